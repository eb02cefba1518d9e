//! Whether what an adult asks still makes sense. Whether they may ask it was decided before, by the server's policy table.

use std::collections::BTreeSet;

use vigie_protocol::{Action, AlertId, CommandId, HelpId, SeatNo, Span, StaffId};

use super::chat::is_common;
use super::{Phase, Room};
use crate::input::{Ask, Input, Refusal};
use crate::limit::{
    ADULTS_MAX, CHANNELS_MAX, FOCUS_MAX, HOLD_MAX, ORDERS_MAX, SESSION_MAX, SITES_MAX,
};
use crate::picture::AlertState;

/// Whether an input still makes sense; `decide` gives no record where this refuses.
///
/// # Errors
/// Why it does not. What has no effect any more but did what was asked (a retry, a second tap) is no error.
pub fn admit(room: &Room, input: &Input) -> Result<(), Refusal> {
    match input {
        Input::Open(opening) => {
            if room.phase != Phase::Empty {
                return Err(Refusal::AlreadyOpen);
            }
            let mut seen = BTreeSet::new();
            match opening.seats.iter().find(|(seat, _)| !seen.insert(*seat)) {
                Some((twice, _)) => Err(Refusal::NoSuchSeat(*twice)),
                None => Ok(()),
            }
        }
        Input::Adult { by, ask } => adult(room, by, ask),
        Input::LinkUp { .. }
        | Input::LinkDown { .. }
        | Input::Placed { .. }
        | Input::Seated { .. }
        | Input::Event { .. }
        | Input::Tick => Ok(()),
    }
}

fn adult(room: &Room, by: &StaffId, ask: &Ask) -> Result<(), Refusal> {
    // What is dealt with after the session is dealt with all the same.
    match ask {
        Ask::Acknowledge { alert } | Ask::Dismiss { alert } | Ask::Raise { alert } => {
            return deal(room, by, *alert, ask);
        }
        Ask::Reopen { alert } => return reopen(room, *alert),
        _ if !room.is_open() => return Err(Refusal::NoSession),
        _ => {}
    }
    match ask {
        Ask::Acknowledge { .. }
        | Ask::Dismiss { .. }
        | Ask::Raise { .. }
        | Ask::Reopen { .. }
        | Ask::Ungrant { .. }
        | Ask::Close => Ok(()),
        Ask::Join { staff } | Ask::HandOver { to: staff } => {
            if room.adults.len() >= ADULTS_MAX && !room.adults.contains(staff) {
                return Err(Refusal::Limit("adults_max"));
            }
            Ok(())
        }
        Ask::TellHelp { help } => take(room, by, *help),
        Ask::LeaveHelp { help } => leave(room, by, *help),
        Ask::TakeAlert { alert } => take_alert(room, by, *alert),
        Ask::Grant { site, .. } => {
            if room.sites.len() >= SITES_MAX && !room.sites.contains(site) {
                return Err(Refusal::Limit("sites_max"));
            }
            if site.is_empty() {
                return Err(Refusal::Limit("site"));
            }
            Ok(())
        }
        Ask::Look { seat } => known(room, &[*seat]),
        Ask::Extend { by_span } => extend(room, *by_span),
        Ask::TakeHelp { help } => take(room, by, *help),
        Ask::EndHelp { help, .. } => match room.helps.get(help) {
            None => Err(Refusal::NoSuchItem),
            Some(filed) if filed.it.ended => Err(ended(by, filed.it.by.as_ref())),
            Some(_) => Ok(()),
        },
        Ask::Confirm { seat, .. } => match room.seats.get(seat) {
            None => Err(Refusal::NoSuchSeat(*seat)),
            Some(there) if !there.is_up() => Err(Refusal::Offline(*seat)),
            Some(_) => Ok(()),
        },
        Ask::Command {
            command,
            seats,
            action,
            holds,
        } => issue(room, command, seats, action, *holds),
        Ask::OpenChat { channel, seats } => {
            if !room.chat.is_open(channel) && room.chat.known_len() >= CHANNELS_MAX {
                return Err(Refusal::Limit("channels_max"));
            }
            if !is_common(channel) && seats.is_empty() {
                return Err(Refusal::Limit("seats_min"));
            }
            known(room, seats)
        }
        Ask::CloseChat { channel } => {
            if room.chat.is_open(channel) {
                Ok(())
            } else {
                Err(Refusal::AlreadyEnded)
            }
        }
    }
}

/// It is over: by whom, when that was another adult.
fn ended(me: &StaffId, by: Option<&StaffId>) -> Refusal {
    match by {
        Some(other) if other != me => Refusal::DealtBy(other.clone()),
        _ => Refusal::AlreadyEnded,
    }
}

/// The first adult decides what becomes of an alert; another learns who was faster, and may reopen it first. One's own mind may be
/// changed, and an alert that was seen can still become an incident.
fn deal(room: &Room, by: &StaffId, alert: AlertId, ask: &Ask) -> Result<(), Refusal> {
    let Some(filed) = room.alerts.get(&alert) else {
        return Err(Refusal::NoSuchItem);
    };
    let seen = filed.it.state == AlertState::Acknowledged;
    match &filed.it.by {
        Some(_) if filed.it.is_open() => Ok(()),
        Some(_) if seen && matches!(ask, Ask::Raise { .. }) => Ok(()),
        Some(other) if other != by => Err(Refusal::DealtBy(other.clone())),
        _ => Ok(()),
    }
}

/// What became an incident stays one.
fn reopen(room: &Room, alert: AlertId) -> Result<(), Refusal> {
    match room.alerts.get(&alert) {
        None => Err(Refusal::NoSuchItem),
        Some(filed) if filed.it.state == AlertState::Raised => Err(Refusal::AlreadyEnded),
        Some(_) => Ok(()),
    }
}

fn take_alert(room: &Room, by: &StaffId, alert: AlertId) -> Result<(), Refusal> {
    let Some(filed) = room.alerts.get(&alert) else {
        return Err(Refusal::NoSuchItem);
    };
    match &filed.it.taken {
        _ if !filed.it.is_open() => Err(ended(by, filed.it.by.as_ref())),
        Some(other) if other != by => Err(Refusal::TakenBy(other.clone())),
        _ => Ok(()),
    }
}

/// Only what is one's own can be given back.
fn leave(room: &Room, by: &StaffId, help: HelpId) -> Result<(), Refusal> {
    let Some(filed) = room.helps.get(&help) else {
        return Err(Refusal::NoSuchItem);
    };
    match &filed.it.taken {
        _ if filed.it.ended => Err(ended(by, filed.it.by.as_ref())),
        Some(other) if other != by => Err(Refusal::TakenBy(other.clone())),
        _ => Ok(()),
    }
}

fn extend(room: &Room, by_span: Span) -> Result<(), Refusal> {
    if by_span <= Span(0) {
        return Err(Refusal::Limit("extend_min"));
    }
    if (room.ends + by_span) - room.started > SESSION_MAX {
        return Err(Refusal::Limit("session_max"));
    }
    Ok(())
}

/// One adult wins; the same adult asking again is no contest.
fn take(room: &Room, by: &StaffId, help: HelpId) -> Result<(), Refusal> {
    let Some(filed) = room.helps.get(&help) else {
        return Err(Refusal::NoSuchItem);
    };
    match &filed.it.taken {
        _ if filed.it.ended && filed.it.by.is_some() => Err(ended(by, filed.it.by.as_ref())),
        Some(other) if other != by => Err(Refusal::TakenBy(other.clone())),
        _ if filed.it.ended => Err(Refusal::AlreadyEnded),
        _ => Ok(()),
    }
}

fn issue(
    room: &Room,
    command: &CommandId,
    seats: &[SeatNo],
    action: &Action,
    holds: Span,
) -> Result<(), Refusal> {
    if room.issues.contains_key(command) {
        return Ok(());
    }
    known(room, seats)?;
    if let Action::Release { command: target } = action {
        let issue = room.issues.get(target).ok_or(Refusal::NoSuchItem)?;
        let open = seats
            .iter()
            .filter_map(|seat| room.seats.get(seat))
            .any(|seat| seat.held(target).is_some_and(|held| issue.is_owed(held)));
        return if open {
            Ok(())
        } else {
            Err(Refusal::AlreadyEnded)
        };
    }
    if seats.is_empty() {
        return Err(Refusal::Limit("seats_min"));
    }
    if let Action::Focus { sites } = action
        && (sites.is_empty() || sites.len() > FOCUS_MAX)
    {
        return Err(Refusal::Limit("sites"));
    }
    if holds <= Span(0) {
        return Err(Refusal::Limit("hold_min"));
    }
    if holds > HOLD_MAX {
        return Err(Refusal::Limit("hold_max"));
    }
    let full = |seat: &SeatNo| {
        room.seats
            .get(seat)
            .is_some_and(|seat| seat.orders.len() >= ORDERS_MAX)
    };
    if seats.iter().any(full) {
        return Err(Refusal::Limit("orders_max"));
    }
    Ok(())
}

fn known(room: &Room, seats: &[SeatNo]) -> Result<(), Refusal> {
    match seats.iter().find(|seat| !room.seats.contains_key(seat)) {
        Some(seat) => Err(Refusal::NoSuchSeat(*seat)),
        None => Ok(()),
    }
}
