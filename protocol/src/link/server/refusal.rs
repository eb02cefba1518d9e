//! How the server's end says no: a `refused` frame that says where, then the close code.

use super::window::Fault;
use super::{ServerEnd, ServerOutput, State};
use crate::frame::{CloseCode, ServerFrame};
use crate::link::short;

impl ServerEnd {
    pub(super) fn refuse_fault(&mut self, fault: Fault, out: &mut Vec<ServerOutput>) {
        let rate = self.limits.events_per_second_max;
        let (code, reason) = match fault {
            Fault::Order { found, expected } => (
                CloseCode::OutOfOrder,
                format!("events batch: number {found} where {expected} was expected"),
            ),
            Fault::Number(number) => (
                CloseCode::Malformed,
                format!("events batch: {number} cannot stand there as a number"),
            ),
            Fault::Credit { unacked, granted } if granted < self.limits.credit => (
                CloseCode::TooFast,
                format!(
                    "events batch: {unacked} unacknowledged where {granted} are granted at {rate} a second"
                ),
            ),
            Fault::Credit { unacked, granted } => (
                CloseCode::OutOfOrder,
                format!("events batch: {unacked} unacknowledged where {granted} are granted"),
            ),
        };
        self.refuse(code, reason, out);
    }

    pub(super) fn refuse_version(&mut self, version: u64, out: &mut Vec<ServerOutput>) {
        let ours = crate::WIRE_VERSION;
        let reason = format!("hello: version {version} where {ours} is spoken");
        self.refuse(CloseCode::UnknownVersion, reason, out);
    }

    pub(super) fn refuse_unproved(&mut self, reason: &str, out: &mut Vec<ServerOutput>) {
        self.refuse(CloseCode::NotProved, reason.to_owned(), out);
    }

    pub(super) fn refuse(&mut self, code: CloseCode, reason: String, out: &mut Vec<ServerOutput>) {
        self.state = State::Over;
        self.windows = Vec::new();
        let close = short(&reason);
        self.send(
            ServerFrame::Refused {
                code: code.number(),
                reason,
            },
            out,
        );
        out.push(ServerOutput::Close {
            code,
            reason: close,
        });
    }
}
