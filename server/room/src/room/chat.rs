//! The session's chat: which channels are open, to whom, and the lines that panels show.
//!
//! Never decides who may open one. A channel that is closed takes no message, and what it took stays readable.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use vigie_protocol::{ChannelId, SeatNo};

use crate::limit::CHAT_MAX;
use crate::picture::Line;

/// The channel of every seat.
pub(super) const ROOM_CHANNEL: &str = "room";
/// The channel in which a pupil writes to the adults: every seat may write, each reads only its own lines.
pub(super) const ADULTS_CHANNEL: &str = "adults";

/// The chat of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chat {
    open: BTreeMap<ChannelId, Members>,
    /// Members of every channel that ever was open, so that its lines stay readable to them.
    known: BTreeMap<ChannelId, Members>,
    /// With the sitting that wrote each.
    lines: VecDeque<(Option<u32>, Line)>,
}

/// Who reads and writes in a channel.
#[derive(Clone, Debug, PartialEq)]
enum Members {
    Everybody,
    /// Each seat with the adults.
    Alone,
    Seats(BTreeSet<SeatNo>),
}

/// Whether a channel is one that every seat has.
pub(super) fn is_common(channel: &ChannelId) -> bool {
    matches!(channel.as_str(), ROOM_CHANNEL | ADULTS_CHANNEL)
}

impl Chat {
    pub(super) fn open(&mut self, channel: ChannelId, seats: &[SeatNo]) {
        let members = match channel.as_str() {
            ROOM_CHANNEL => Members::Everybody,
            ADULTS_CHANNEL => Members::Alone,
            _ => Members::Seats(seats.iter().copied().collect()),
        };
        self.known.insert(channel.clone(), members.clone());
        self.open.insert(channel, members);
    }
    pub(super) fn close(&mut self, channel: &ChannelId) {
        self.open.remove(channel);
    }
    pub(super) fn close_all(&mut self) {
        self.open.clear();
    }
    pub(super) fn is_open(&self, channel: &ChannelId) -> bool {
        self.open.contains_key(channel)
    }
    pub(super) fn room_is_open(&self) -> bool {
        self.open
            .keys()
            .any(|channel| channel.as_str() == ROOM_CHANNEL)
    }
    pub(super) fn known_len(&self) -> usize {
        self.known.len()
    }
    pub(super) fn takes(&self, channel: &ChannelId, from: SeatNo) -> bool {
        match self.open.get(channel) {
            Some(Members::Everybody | Members::Alone) => true,
            Some(Members::Seats(seats)) => seats.contains(&from),
            None => false,
        }
    }
    /// Channels in which this seat may write now.
    pub(super) fn channels(&self, seat: SeatNo) -> Vec<ChannelId> {
        self.open
            .keys()
            .filter(|channel| self.takes(channel, seat))
            .cloned()
            .collect()
    }
    pub(super) fn say(&mut self, sitting: Option<u32>, line: Line) {
        if self.lines.len() >= CHAT_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back((sitting, line));
    }
    /// Whether a line from one seat is read at another.
    pub(super) fn reads(&self, channel: &ChannelId, from: SeatNo, at: SeatNo) -> bool {
        match self.known.get(channel) {
            Some(Members::Everybody) => true,
            Some(Members::Alone) => from == at,
            Some(Members::Seats(seats)) => seats.contains(&at),
            None => false,
        }
    }
    /// The lines that the sitting at this seat reads.
    pub(super) fn lines(&self, seat: SeatNo, sitting: u32) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(move |(whose, line)| {
                self.reads(&line.channel, line.seat, seat)
                    && (line.channel.as_str() != ADULTS_CHANNEL || *whose == Some(sitting))
            })
            .map(|(_, line)| line)
    }
}
