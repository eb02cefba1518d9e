//! Judges: from an input to the records that it makes. Mutates nothing.
//!
//! The only place where a charter is consulted for the record. Never remembers: `room/apply.rs` does, from the records alone.

use vigie_filters::{Act, Context, Memory, RuleSet, Verdict, judge};
use vigie_protocol::{
    Action, Block, ChannelId, CommandId, Event, EventKind, Private, ReceiptState, SeatNo, Span,
    StaffId, Stamp, WorkstationId,
};

use super::person::Person;
use super::seat::Seat;
use super::{Phase, Room, admit};
use crate::fact::{Fact, Opening, Record};
use crate::input::{Ask, Input};
use crate::limit::{OFFSET_MAX, SAME_LOOK, SESSION_MAX};
use crate::picture::{AlertState, Link};

/// Judges. Mutates nothing. `rules` are those of the session's charter, compiled with its list.
pub fn decide(room: &Room, rules: &RuleSet, now: Stamp, input: Input) -> Vec<Record> {
    if let Input::Event {
        workstation,
        ahead,
        event,
    } = input
    {
        return seen(room, rules, now, &workstation, ahead, event);
    }
    if admit(room, &input).is_err() {
        return Vec::new();
    }
    let mut facts = Facts {
        now,
        records: Vec::new(),
    };
    match input {
        Input::Open(opening) => facts.push(Fact::Opened(Opening {
            ends: opening.ends.min(now + SESSION_MAX),
            ..opening
        })),
        Input::Adult { by, ask } => adult(room, &mut facts, by, ask),
        Input::Tick => tick(room, &mut facts),
        _ if !room.is_open() => {}
        Input::LinkUp { workstation, can } => {
            if let Some(seat) = room.seat_of(&workstation) {
                facts.push(Fact::LinkUp { seat, can });
            }
        }
        Input::LinkDown { workstation, why } => {
            if let Some((seat, there)) = seat_of(room, &workstation)
                && matches!(there.link, Link::Up | Link::Waiting)
            {
                facts.push(Fact::LinkDown { seat, why });
            }
        }
        Input::Placed { seat, workstation } => {
            if let Some(there) = room.seats.get(&seat)
                && there.workstation.as_ref() != Some(&workstation)
            {
                facts.push(Fact::Placed { seat, workstation });
            }
        }
        Input::Seated { workstation, who } => {
            if let Some((seat, there)) = seat_of(room, &workstation)
                && there.is_up()
                && there.person.login() != Some(&who)
            {
                facts.push(Fact::Seated { seat, who });
            }
        }
        Input::Event { .. } => {}
    }
    facts.records
}

/// Records of one moment.
struct Facts {
    now: Stamp,
    records: Vec<Record>,
}

impl Facts {
    fn push(&mut self, fact: Fact) {
        self.records.push(Record { at: self.now, fact });
    }
}

fn seat_of<'a>(room: &'a Room, workstation: &WorkstationId) -> Option<(SeatNo, &'a Seat)> {
    let seat = room.seat_of(workstation)?;
    Some((seat, room.seats.get(&seat)?))
}

/// One event: recorded once and in order, judged once. Late events of a session that is over are recorded and judged too.
fn seen(
    room: &Room,
    rules: &RuleSet,
    now: Stamp,
    workstation: &WorkstationId,
    ahead: Span,
    mut event: Event,
) -> Vec<Record> {
    let Some((number, seat)) = seat_of(room, workstation) else {
        return Vec::new();
    };
    let expected = seat.through.next();
    if room.phase == Phase::Empty || event.seq < expected {
        return Vec::new();
    }
    let mut facts = Facts {
        now,
        records: Vec::with_capacity(2),
    };
    if let EventKind::Dropped { .. } = event.kind {
        facts.push(Fact::Missing {
            seat: number,
            from: expected,
            through: event.seq,
        });
        return facts.records;
    }
    if event.seq > expected {
        facts.push(Fact::Missing {
            seat: number,
            from: expected,
            through: vigie_protocol::Seq(event.seq.0.saturating_sub(1)),
        });
    }
    event.at = clamp(room, now, event.at - ahead);
    if let EventKind::Chat { channel, text } = &mut event.kind
        && !room.chat.takes(channel, number)
    {
        // A message that no channel takes was never sent: its words are not kept.
        *text = Private::new(String::new());
    }
    let verdicts = verdicts(room, rules, number, &event);
    let after = follow(room, rules, number, &event, &verdicts);
    let seq = event.seq;
    facts.push(Fact::Saw {
        seat: number,
        event,
    });
    for verdict in verdicts {
        facts.push(Fact::Judged {
            seat: number,
            seq,
            verdict,
        });
    }
    for fact in after {
        facts.push(fact);
    }
    facts.records
}

/// What the charter says of what was seen. What was seen of somebody who sits here no longer is judged without the windows of
/// whoever does.
fn verdicts(room: &Room, rules: &RuleSet, number: SeatNo, event: &Event) -> Vec<Verdict> {
    match &event.kind {
        EventKind::Chat { text, .. } if text.reveal().is_empty() => return Vec::new(),
        EventKind::Connection(_)
        | EventKind::Chat { .. }
        | EventKind::Front { .. }
        | EventKind::Presence { .. } => {}
        _ => return Vec::new(),
    }
    if let EventKind::Connection(connection) = &event.kind
        && room.opens(number, &connection.host)
    {
        // An adult has opened it here.
        return Vec::new();
    }
    let blank;
    let now = room
        .seats
        .get(&number)
        .is_some_and(|seat| seat.person.sits(event.at));
    let memory = if now {
        &room.memory
    } else {
        blank = Memory::default();
        &blank
    };
    let context = match &room.opening {
        Some(opening) => Context {
            seat: number,
            task: &opening.task,
            setting: &opening.setting,
        },
        None => Context {
            seat: number,
            ..Context::default()
        },
    };
    judge(rules, memory, &context, event.at, &event.kind)
}

/// The agent's time, corrected by the measured offset, inside the session and never in the future.
fn clamp(room: &Room, now: Stamp, corrected: Stamp) -> Stamp {
    let last = room.ended().map_or(now, |ended| ended.min(now));
    if corrected < room.started - OFFSET_MAX || corrected > last + OFFSET_MAX {
        return last.max(room.started);
    }
    corrected.min(last).max(room.started)
}

/// What an event says beyond itself: a disagreement, a receipt.
fn follow(
    room: &Room,
    rules: &RuleSet,
    number: SeatNo,
    event: &Event,
    verdicts: &[Verdict],
) -> Vec<Fact> {
    match &event.kind {
        EventKind::Connection(connection) => connection
            .block
            .as_ref()
            .filter(|block| disagrees(room, rules, block, verdicts))
            .map(|block| Fact::Disagreed {
                seat: number,
                seq: event.seq,
                block: block.clone(),
            })
            .into_iter()
            .collect(),
        EventKind::Receipt { command, state } => settle(room, number, command, state),
        _ => Vec::new(),
    }
}

/// Judged once, here: by another charter or list than the session's, or where its rule does not say so, the agent was wrong.
fn disagrees(room: &Room, rules: &RuleSet, block: &Block, verdicts: &[Verdict]) -> bool {
    let Some(opening) = &room.opening else {
        return true;
    };
    if block.charter != opening.charter {
        return true;
    }
    let reads_lists = rules
        .charter()
        .rules
        .iter()
        .any(|rule| rule.id == block.rule && rule.reads_lists());
    if reads_lists && block.list != opening.list {
        return true;
    }
    !verdicts
        .iter()
        .any(|verdict| verdict.rule == block.rule && verdict.act == Act::Block)
}

fn settle(room: &Room, number: SeatNo, command: &CommandId, state: &ReceiptState) -> Vec<Fact> {
    let mut settled = Vec::new();
    let Some(seat) = room.seats.get(&number) else {
        return settled;
    };
    let Some((held, issue)) = room.held_at(seat, command) else {
        return settled;
    };
    if !issue.admits(held.state.as_ref(), state) {
        return settled;
    }
    settled.push(Fact::Settled {
        command: command.clone(),
        seat: number,
        state: state.clone(),
    });
    // A release that was done ended what it released, also where the agent held nothing any more.
    if let (Action::Release { command: target }, ReceiptState::Done {}) = (&issue.action, state)
        && let Some((held, issue)) = room.held_at(seat, target)
        && !issue.is_over(held.state.as_ref())
    {
        settled.push(Fact::Settled {
            command: target.clone(),
            seat: number,
            state: ReceiptState::Ended {},
        });
    }
    settled
}

/// Expires what is due and ends the session at its end.
fn tick(room: &Room, facts: &mut Facts) {
    if !room.is_open() {
        return;
    }
    let now = facts.now;
    for (&number, seat) in &room.seats {
        for (held, issue) in room.open_orders(seat) {
            if issue.deadline <= now
                && let Some(state) = issue.at_deadline(held.state.as_ref())
            {
                facts.push(Fact::Settled {
                    command: held.command.clone(),
                    seat: number,
                    state,
                });
            }
        }
    }
    if room.ends <= now {
        facts.push(Fact::Closed { by: None });
    }
}

fn adult(room: &Room, facts: &mut Facts, by: StaffId, ask: Ask) {
    match ask {
        Ask::Extend { by_span } => facts.push(Fact::Extended {
            ends: room.ends + by_span,
            by,
        }),
        Ask::Close => facts.push(Fact::Closed { by: Some(by) }),
        Ask::TakeHelp { help } => {
            let free = |filed: &super::Filed<crate::picture::Help>| filed.it.taken.is_none();
            if room.helps.get(&help).is_some_and(free) {
                facts.push(Fact::HelpTaken { help, by });
            }
        }
        Ask::EndHelp { help, how } => facts.push(Fact::HelpEnded {
            help,
            by: Some(by),
            how,
        }),
        Ask::Acknowledge { alert } => {
            if is_in(room, alert, &[AlertState::Open, AlertState::Contested]) {
                facts.push(Fact::Acknowledged { alert, by });
            }
        }
        Ask::Dismiss { alert } => {
            if !is_in(room, alert, &[AlertState::Dismissed]) {
                facts.push(Fact::Dismissed { alert, by });
            }
        }
        Ask::Raise { alert } => {
            if !is_in(room, alert, &[AlertState::Raised]) {
                facts.push(Fact::Raised { alert, by });
            }
        }
        Ask::Join { .. }
        | Ask::HandOver { .. }
        | Ask::TellHelp { .. }
        | Ask::LeaveHelp { .. }
        | Ask::TakeAlert { .. }
        | Ask::Reopen { .. }
        | Ask::Grant { .. }
        | Ask::Ungrant { .. }
        | Ask::Look { .. } => among_adults(room, facts, by, ask),
        Ask::Confirm { seat, pupil } => {
            let already = |person: &Person| person.confirmed() == Some(&pupil);
            if !room
                .seats
                .get(&seat)
                .is_some_and(|seat| already(&seat.person))
            {
                facts.push(Fact::Confirmed { seat, pupil, by });
            }
        }
        Ask::Command {
            command,
            seats,
            action,
            holds,
        } => issue(room, facts, by, (command, seats, action, holds)),
        Ask::OpenChat { channel, seats } => open_chat(room, facts, by, channel, seats),
        Ask::CloseChat { channel } => facts.push(Fact::ChatClosed { channel, by }),
    }
}

/// What adults arrange among themselves; where it is so already, nothing happens.
fn among_adults(room: &Room, facts: &mut Facts, by: StaffId, ask: Ask) {
    match ask {
        Ask::Join { staff } if !room.adults.contains(&staff) => {
            facts.push(Fact::Joined { staff, by });
        }
        Ask::HandOver { to } if room.owner() != Some(&to) => {
            facts.push(Fact::HandedOver { to, by });
        }
        Ask::TellHelp { help } => {
            let untaken = |filed: &super::Filed<crate::picture::Help>| filed.it.taken.is_none();
            if room.helps.get(&help).is_some_and(untaken) {
                let by = by.clone();
                facts.push(Fact::HelpTaken { help, by });
            }
            facts.push(Fact::HelpTold { help, by });
        }
        Ask::LeaveHelp { help } => {
            let taken = |filed: &super::Filed<crate::picture::Help>| filed.it.taken.is_some();
            if room.helps.get(&help).is_some_and(taken) {
                facts.push(Fact::HelpLeft { help, by });
            }
        }
        Ask::TakeAlert { alert } => {
            let free = |filed: &super::Filed<crate::picture::Alert>| filed.it.taken.is_none();
            if room.alerts.get(&alert).is_some_and(free) {
                facts.push(Fact::AlertTaken { alert, by });
            }
        }
        Ask::Reopen { alert }
            if !is_in(room, alert, &[AlertState::Open, AlertState::Contested]) =>
        {
            facts.push(Fact::Reopened { alert, by });
        }
        Ask::Grant { site, help } => {
            let open = |help| {
                let help: Option<&super::Filed<crate::picture::Help>> = room.helps.get(help);
                help.is_some_and(|filed| !filed.it.ended)
            };
            if !room.sites.contains(&site) || help.as_ref().is_some_and(open) {
                facts.push(Fact::Granted { site, help, by });
            }
        }
        Ask::Ungrant { site } if room.sites.contains(&site) => {
            facts.push(Fact::Ungranted { site, by });
        }
        Ask::Look { seat } => {
            let lately = |(at, who, sitting): &(Stamp, StaffId, u32), there: &Seat| {
                *who == by && *sitting == there.person.sitting() && facts.now - *at < SAME_LOOK
            };
            let again = room
                .seats
                .get(&seat)
                .is_none_or(|there| there.looks.iter().any(|look| lately(look, there)));
            if !again {
                facts.push(Fact::Looked { seat, by });
            }
        }
        _ => {}
    }
}

fn is_in(room: &Room, alert: vigie_protocol::AlertId, states: &[AlertState]) -> bool {
    room.alerts
        .get(&alert)
        .is_some_and(|filed| states.contains(&filed.it.state))
}

fn open_chat(
    room: &Room,
    facts: &mut Facts,
    by: StaffId,
    channel: ChannelId,
    mut seats: Vec<SeatNo>,
) {
    if super::chat::is_common(&channel) {
        if room.chat.is_open(&channel) {
            return;
        }
        seats.clear();
    }
    seats.sort_unstable();
    seats.dedup();
    facts.push(Fact::ChatOpened { channel, seats, by });
}

fn issue(
    room: &Room,
    facts: &mut Facts,
    by: StaffId,
    (command, mut seats, action, holds): (CommandId, Vec<SeatNo>, Action, Span),
) {
    if room.issues.contains_key(&command) {
        return;
    }
    seats.sort_unstable();
    seats.dedup();
    let mut deadline = (facts.now + holds).min(room.ends);
    if let Action::Release { command: target } = &action
        && let Some(issue) = room.issues.get(target)
    {
        // Only where it still holds, and never longer than what it ends.
        seats.retain(|seat| {
            room.seats
                .get(seat)
                .and_then(|seat| seat.held(target))
                .is_some_and(|held| issue.is_owed(held))
        });
        deadline = issue.deadline;
    }
    facts.push(Fact::Issued {
        command,
        seats,
        action,
        deadline,
        by,
    });
}
