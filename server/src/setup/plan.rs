//! A room's plan: which seats, and where.
//!
//! Owns its limits, and the drawing by which a file describes it. Never knows which machine is on a seat.

use std::collections::BTreeSet;

use vigie_protocol::SeatNo;

use super::Why;
use crate::store::places::Seat;

/// Most seats of a room: a limit of the plan, said aloud.
pub(crate) const SEATS_MAX: u16 = 500;
/// Columns and rows of a plan.
pub(crate) const SIDE_MAX: u16 = 40;

/// A plan that can be drawn: seats in order, each once, none over another.
pub(crate) fn checked(seats: &[(u16, Option<(u16, u16)>)]) -> Result<Vec<Seat>, Why> {
    if seats.is_empty() {
        return Err(Why::NoSeat);
    }
    if seats.len() > usize::from(SEATS_MAX) {
        return Err(Why::Seats(SEATS_MAX));
    }
    let (mut numbers, mut places) = (BTreeSet::new(), BTreeSet::new());
    let mut plan = Vec::with_capacity(seats.len());
    for &(seat, at) in seats {
        if seat == 0 || seat > 9_999 {
            return Err(Why::SeatOutside(seat));
        }
        if !numbers.insert(seat) {
            return Err(Why::SeatTwice(seat));
        }
        if let Some(at) = at {
            if at.0 >= SIDE_MAX || at.1 >= SIDE_MAX {
                return Err(Why::SeatOutside(seat));
            }
            if !places.insert(at) {
                return Err(Why::SeatOver(seat));
            }
        }
        plan.push(Seat {
            seat: SeatNo(seat),
            at,
            workstation: None,
        });
    }
    plan.sort_by_key(|seat| seat.seat);
    Ok(plan)
}

/// So many seats in rows of `columns`.
pub(crate) fn in_rows(seats: u16, columns: u16) -> Vec<(u16, Option<(u16, u16)>)> {
    (1..=seats)
        .map(|seat| {
            let place = seat.saturating_sub(1);
            let at = place.checked_rem(columns).zip(place.checked_div(columns));
            (seat, at)
        })
        .collect()
}

/// Reads a drawing: a line a row, numbers and dots between blanks, a dot where nobody sits.
pub(crate) fn drawn(text: &str) -> Result<Vec<(u16, Option<(u16, u16)>)>, String> {
    let mut seats = Vec::new();
    for (row, line) in (0_u16..).zip(text.trim_matches(['\n', '\r']).lines()) {
        for (column, word) in (0_u16..).zip(line.split_whitespace()) {
            if word.chars().all(|c| c == '.') {
                continue;
            }
            let seat = word
                .parse()
                .map_err(|_| format!("{word:?} is neither a seat's number nor a dot"))?;
            seats.push((seat, Some((column, row))));
        }
    }
    Ok(seats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_a_plan() {
        let seats = drawn("\n  1 2 . 3\n  . . . .\n  5 4\n").unwrap();
        let plan = checked(&seats).unwrap();
        let places: Vec<_> = plan.iter().map(|seat| (seat.seat.0, seat.at)).collect();
        assert_eq!(
            places,
            [
                (1, Some((0, 0))),
                (2, Some((1, 0))),
                (3, Some((3, 0))),
                (4, Some((1, 2))),
                (5, Some((0, 2))),
            ]
        );
        assert!(drawn("1 x").unwrap_err().contains("\"x\""));
    }

    #[test]
    fn a_plan_that_cannot_be_drawn_says_why() {
        for (seats, why) in [
            (vec![], Why::NoSeat),
            (vec![(1, None), (1, None)], Why::SeatTwice(1)),
            (vec![(1, Some((0, 0))), (2, Some((0, 0)))], Why::SeatOver(2)),
            (vec![(3, Some((40, 0)))], Why::SeatOutside(3)),
            (vec![(0, None)], Why::SeatOutside(0)),
            (in_rows(501, 10), Why::Seats(500)),
        ] {
            assert_eq!(checked(&seats), Err(why));
        }
        assert_eq!(checked(&in_rows(16, 4)).unwrap().len(), 16);
    }
}
