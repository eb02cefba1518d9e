//! One seat: its workstation and link, who sits there, what is in front, its timeline.
//!
//! Owns what belongs to one seat only; never looks at another seat or at the queue. Next: `room/person.rs`.

use std::collections::VecDeque;

use vigie_protocol::event::Sensor;
use vigie_protocol::{
    AlertId, ChannelId, CommandId, Connection, HelpId, Outcome, Private, ReceiptState, Seq,
    StaffId, Stamp, WorkstationId,
};

use super::person::{Change, Person};
use crate::limit::{BLOCKS_MAX, MESSAGES_MAX, MOMENTS_MAX, SITE_LINES, SITE_WINDOW};
use crate::picture::{Audience, Blocked, Link, Moment, What};

/// A seat.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seat {
    pub(super) workstation: Option<WorkstationId>,
    /// Last number of the workstation that sits here now.
    pub(super) through: Seq,
    pub(super) link: Link,
    pub(super) desktop: String,
    pub(super) missing: Vec<(Sensor, String)>,
    pub(super) person: Person,
    pub(super) present: Option<bool>,
    pub(super) front: Option<Front>,
    /// Host of the last connection that passed.
    pub(super) site: Option<String>,
    pub(super) latest: Latest,
    pub(super) hand: Option<HelpId>,
    /// Sites that are asked for here.
    pub(super) asks: Vec<HelpId>,
    /// What the agent can carry out.
    pub(super) can: Vec<String>,
    /// Who looked at whom, the newest first.
    pub(super) looks: VecDeque<(Stamp, StaffId, u32)>,
    /// Alerts of this seat that wait for an adult.
    pub(super) alerts: Vec<AlertId>,
    pub(super) orders: Vec<Held>,
    /// How many of `orders` are not over.
    pub(super) orders_open: usize,
    /// The sitting that accepted the charter in force.
    pub(super) accepted: Option<u32>,
    pub(super) messages: VecDeque<Message>,
    pub(super) blocks: VecDeque<(Option<u32>, Blocked)>,
    pub(super) timeline: Timeline,
}

/// What is in front.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Front {
    pub(super) app: String,
    pub(super) browser: bool,
}

/// The event to which verdicts belong: they follow it at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Latest {
    pub(super) seq: Seq,
    pub(super) at: Stamp,
    pub(super) times: u32,
    pub(super) blocked: bool,
    /// Of a message.
    pub(super) channel: Option<ChannelId>,
}

/// A command at this seat.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) command: CommandId,
    /// None while pending.
    pub(super) state: Option<ReceiptState>,
    /// Since when.
    pub(super) since: Stamp,
    /// An adult asked to end it: it is no longer owed.
    pub(super) released: bool,
}

/// A message from an adult, to whoever sat here then.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) command: CommandId,
    pub(super) at: Stamp,
    pub(super) by: StaffId,
    pub(super) text: Private<String>,
    pub(super) sitting: u32,
}

impl Seat {
    pub(super) fn new(workstation: Option<WorkstationId>) -> Self {
        Self {
            link: match workstation {
                Some(_) => Link::Waiting,
                None => Link::Never,
            },
            workstation,
            through: Seq(0),
            desktop: String::new(),
            missing: Vec::new(),
            person: Person::nobody(),
            present: None,
            front: None,
            site: None,
            latest: Latest::default(),
            hand: None,
            asks: Vec::new(),
            can: Vec::new(),
            looks: VecDeque::new(),
            alerts: Vec::new(),
            orders: Vec::new(),
            orders_open: 0,
            accepted: None,
            messages: VecDeque::new(),
            blocks: VecDeque::new(),
            timeline: Timeline::default(),
        }
    }
    pub(super) fn is_up(&self) -> bool {
        self.link == Link::Up
    }
    /// What only a live link tells is forgotten with it.
    pub(super) fn forget_senses(&mut self) {
        self.forget_front();
        self.missing.clear();
    }
    /// What somebody was doing is not what the next one does.
    pub(super) fn forget_front(&mut self) {
        self.present = None;
        self.front = None;
        self.site = None;
    }
    /// Messages that nobody has read yet, when the login changes.
    pub(super) fn readdress(&mut self, change: Change) {
        let sitting = self.person.sitting();
        for message in &mut self.messages {
            let held = self
                .orders
                .iter_mut()
                .find(|held| held.command == message.command && held.state.is_none());
            match (held, change) {
                (Some(_), Change::Came) => message.sitting = sitting,
                (Some(held), Change::Left) => held.released = true,
                _ => {}
            }
        }
    }
    /// The host to show: only a browser in front shows one.
    pub(super) fn site_in_front(&self) -> Option<&String> {
        match &self.front {
            Some(front) if front.browser => self.site.as_ref(),
            _ => None,
        }
    }
    /// Remembers a connection. Returns whether the tile changed and whether the panel did.
    pub(super) fn connected(
        &mut self,
        seq: Seq,
        at: Stamp,
        connection: &Connection,
    ) -> (bool, bool) {
        let blocked = connection.outcome == Outcome::Blocked;
        self.latest.times = connection.times.max(1);
        self.latest.blocked = blocked;
        self.timeline
            .site(seq, at, &connection.host, blocked, connection.times.max(1));
        if blocked {
            self.block(at, connection);
            return (false, true);
        }
        if connection.outcome != Outcome::Passed || self.site.as_deref() == Some(&connection.host) {
            return (false, false);
        }
        match &mut self.site {
            Some(site) => site.clone_from(&connection.host),
            site @ None => *site = Some(connection.host.clone()),
        }
        (
            self.front.as_ref().is_some_and(|front| front.browser),
            false,
        )
    }

    fn block(&mut self, at: Stamp, connection: &Connection) {
        let sitting = self.person.owner_at(at).sitting;
        let times = connection.times.max(1);
        let same = self
            .blocks
            .iter()
            .position(|(whose, block)| *whose == sitting && block.host == connection.host);
        let block = match same.and_then(|at| self.blocks.remove(at)) {
            Some((_, mut block)) => {
                block.at = at;
                block.times = block.times.saturating_add(times);
                block.rule = connection.block.as_ref().map(|block| block.rule.clone());
                block
            }
            None => Blocked {
                at,
                host: connection.host.clone(),
                times,
                rule: connection.block.as_ref().map(|block| block.rule.clone()),
                verdict: None,
            },
        };
        self.blocks.push_front((sitting, block));
        self.blocks.truncate(BLOCKS_MAX);
    }
    pub(super) fn message(&mut self, message: Message) {
        if self.messages.len() >= MESSAGES_MAX {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }
    pub(super) fn held(&self, command: &CommandId) -> Option<&Held> {
        self.orders.iter().find(|held| held.command == *command)
    }
}

/// Names by which browsers go on a desktop, in part.
const BROWSERS: [&str; 14] = [
    "firefox",
    "chrom",
    "edge",
    "brave",
    "opera",
    "vivaldi",
    "epiphany",
    "falkon",
    "konqueror",
    "safari",
    "librewolf",
    "navigator",
    "web-browser",
    "qutebrowser",
];

impl Front {
    pub(super) fn new(app: &str) -> Self {
        let lower = app.to_lowercase();
        Self {
            browser: BROWSERS.iter().any(|name| lower.contains(name)),
            app: app.to_owned(),
        }
    }
}

/// The session so far at one seat, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Timeline {
    kept: VecDeque<Kept>,
    dropped: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Kept {
    moment: Moment,
    /// The event it comes from; 0 for what is not an event.
    seq: Seq,
    /// Part of a message of distress.
    discreet: bool,
}

impl Timeline {
    pub(super) fn push(&mut self, seq: Seq, at: Stamp, what: What) {
        self.keep(seq, at, what, false);
    }
    /// A verdict; one of distress makes its message discreet too.
    pub(super) fn judged(&mut self, seq: Seq, at: Stamp, what: What, distress: bool) {
        if distress {
            for kept in self
                .kept
                .iter_mut()
                .rev()
                .take_while(|kept| kept.seq >= seq)
            {
                kept.discreet |= kept.seq == seq;
            }
        }
        self.keep(seq, at, what, distress);
    }
    pub(super) fn site(&mut self, seq: Seq, at: Stamp, host: &str, blocked: bool, more: u32) {
        for kept in self.kept.iter_mut().rev().take(SITE_LINES) {
            if let What::Site {
                host: there,
                blocked: was,
                times,
            } = &mut kept.moment.what
                && *was == blocked
                && there == host
                && at >= kept.moment.at
                && at - kept.moment.at <= SITE_WINDOW
            {
                *times = times.saturating_add(more);
                return;
            }
        }
        self.keep(
            seq,
            at,
            What::Site {
                host: host.to_owned(),
                blocked,
                times: more,
            },
            false,
        );
    }
    pub(super) fn draw(&self, audience: Audience) -> Vec<Moment> {
        let older = self
            .kept
            .front()
            .filter(|_| self.dropped > 0)
            .map(|first| Moment {
                at: first.moment.at,
                what: What::Older {
                    count: self.dropped,
                },
            });
        let mut moments: Vec<Moment> = self
            .kept
            .iter()
            .filter(|kept| audience == Audience::Named || !kept.discreet)
            .map(|kept| kept.moment.clone())
            .collect();
        // What came late is told where it happened.
        moments.sort_by_key(|moment| moment.at);
        older.into_iter().chain(moments).collect()
    }
    fn keep(&mut self, seq: Seq, at: Stamp, what: What, discreet: bool) {
        if self.kept.len() >= MOMENTS_MAX {
            self.kept.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
        self.kept.push_back(Kept {
            moment: Moment { at, what },
            seq,
            discreet,
        });
    }
}
