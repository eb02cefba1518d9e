//! Judging: all verdicts of one event. Pure: reads the rules and the memory, changes neither.
//!
//! Next: [`crate::rules`] for how each kind of rule looks at an event, [`crate::memory`] for who updates what is remembered.

use vigie_protocol::{EventKind, SeatNo, Stamp};

use crate::memory::Memory;
use crate::rules::RuleSet;
use crate::verdict::Verdict;

/// Everything that a rule may look at beside the event.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    /// The seat; what is remembered is remembered by seat.
    pub seat: SeatNo,
    /// The session's task in words; empty when it has none.
    pub task: &'a str,
}

/// All verdicts on one event, in charter order. A distress verdict suppresses the others of the same message.
pub fn judge(
    _rules: &RuleSet,
    _memory: &Memory,
    _context: &Context<'_>,
    _at: Stamp,
    _event: &EventKind,
) -> Vec<Verdict> {
    todo!()
}
