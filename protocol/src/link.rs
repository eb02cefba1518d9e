//! The two ends of the agent's link as pure machines: input and time in, outputs out. They never touch a socket, a clock,
//! a key or randomness; whoever drives them does what the outputs say, in order.
//!
//! [`agent`] numbers events, sends them in batches within the credit, resumes after a cut. [`server`] admits a proven
//! workstation, returns what is new exactly once and in order, and acknowledges only what it is told is committed.
//! `protocol/README.md` says the same in frames; `protocol/tests/pair.rs` drives both over a wire that cuts.

pub mod agent;
pub mod server;

pub use agent::{AgentEnd, AgentInput, AgentOutput, Identity, LINGER};
pub use server::{Door, Limits, ServerEnd, ServerInput, ServerOutput};

use crate::time::{Span, Stamp};

/// Silences of the peer after which a link is hung up, each as long as the beat.
pub const SILENCES_MAX: i64 = 3;
/// The largest number on the wire: beyond it JSON's numbers are no longer exact everywhere.
pub const SEQ_MAX: u64 = (1 << 53) - 1;
/// Length of 32 bytes in base64 (URL alphabet) without padding: keys and nonces.
const BASE64_32: usize = 43;

/// Whether this is 32 bytes in base64, as a key or a nonce must be. It also keeps line ends out of the signed text.
fn is_base64_32(text: &str) -> bool {
    text.len() == BASE64_32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether this may be a workstation's id: 1 to 64 letters, digits, dots, hyphens, underscores.
fn is_workstation(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// When each side last spoke, on one clock.
#[derive(Clone, Copy, Debug)]
struct Pulse {
    now: Stamp,
    heard: Stamp,
    spoke: Stamp,
}

impl Pulse {
    fn new(now: Stamp) -> Self {
        Self {
            now,
            heard: now,
            spoke: now,
        }
    }

    /// Moves to `now`. A clock that was set back must not make a silence last: what is measured then begins anew, and the
    /// answer is how far it went back (0 otherwise).
    fn look(&mut self, now: Stamp) -> Span {
        let back = Span((self.now - now).0.max(0));
        self.heard = self.heard - back;
        self.spoke = self.spoke - back;
        self.now = now;
        back
    }

    fn hang_up_at(&self, beat: Span) -> Stamp {
        self.heard + Span(beat.0.saturating_mul(SILENCES_MAX))
    }

    fn beat_at(&self, beat: Span) -> Stamp {
        self.spoke + beat
    }
}

/// A reason short enough for a WebSocket's close frame (123 bytes), cut between characters.
fn short(reason: &str) -> String {
    const CLOSE_REASON_MAX: usize = 120;
    let end = (0..=CLOSE_REASON_MAX.min(reason.len()))
        .rev()
        .find(|at| reason.is_char_boundary(*at))
        .unwrap_or(0);
    reason.get(..end).unwrap_or_default().to_owned()
}
