//! The limits of a link, each with a name and a way to end.

use crate::frame::Welcome;
use crate::private::Private;
use crate::time::{Span, Stamp};

/// The named limits of a link and what happens there: hang up, with the close code of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most events unacknowledged.
    pub credit: u32,
    /// Most events in one frame.
    pub batch_max: u32,
    /// Largest frame, bytes.
    pub frame_max: u32,
    /// Silence after which each end sends a beat; three of them hang up.
    pub beat: Span,
    /// Most events a second, sustained (a bucket of `credit` on top).
    pub events_per_second_max: u32,
    /// Time allowed from the socket's opening to a proof that holds.
    pub proof_within: Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            credit: 256,
            batch_max: 32,
            frame_max: 65_536,
            beat: Span::seconds(15),
            events_per_second_max: 200,
            proof_within: Span::seconds(10),
        }
    }
}

impl Limits {
    /// The `welcome` that says these limits. `ticket` is what the link may download lists with.
    pub fn welcome(&self, now: Stamp, ticket: Private<String>) -> Welcome {
        Welcome {
            at_ms: now,
            beat_ms: self.beat,
            batch_max: self.batch_max,
            frame_max: self.frame_max,
            ticket,
        }
    }
}
