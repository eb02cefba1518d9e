//! What is owed to seats, and when to look again. Reads; never remembers what was sent: that is the driver's.

use vigie_protocol::Stamp;

use super::{Command, Phase, Room};

/// What is owed to linked seats now, and when to look again with [`crate::Input::Tick`].
///
/// A command is owed from its issue until it is over, a lock also while it holds: after a reconnection the driver sends it again,
/// and an agent that holds it already renews it. What was sent to a link and is no longer owed is withdrawn there. A seat whose
/// link is down keeps its commands pending until their deadline. A session that is over owes nothing.
pub fn due(room: &Room) -> (Vec<Command>, Option<Stamp>) {
    if room.phase != Phase::Open {
        return (Vec::new(), None);
    }
    let mut owed = Vec::new();
    let mut next = room.ends;
    for (&number, seat) in &room.seats {
        for (held, issue) in room.open_orders(seat) {
            next = next.min(issue.deadline);
            if let Some(workstation) = &seat.workstation
                && seat.is_up()
                && issue.is_owed(held)
            {
                owed.push(Command {
                    seat: number,
                    workstation: workstation.clone(),
                    order: issue.order(held),
                });
            }
        }
    }
    (owed, Some(next))
}
