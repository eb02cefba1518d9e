//! What the desktop tells the brain. A sensor says everything it sees; the brain keeps what the charter in force needs.

use vigie_protocol::{CommandId, Connection, Private, ReceiptState, Sensor};

/// One thing that a sensor saw or that became of an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// One attempt to connect, once its outcome is known, with `times` 1 and the whole URL where it was seen: the brain
    /// counts repeats, and drops a URL that no rule reads.
    Connection(Connection),
    /// The window now in front. The sensor may say the same one again.
    Front {
        /// Application, as the desktop names it.
        app: String,
        /// The title; the sensor reads it only while [`Sensor::Titles`] is watched.
        title: Option<Private<String>>,
    },
    /// Somebody is, or nobody is, at the seat. The sensor may say the same again.
    Presence {
        /// Whether somebody is at the seat.
        present: bool,
    },
    /// The account logged in at this seat, or none.
    Account {
        /// The system account.
        account: Option<Private<String>>,
    },
    /// Whether a sensor that was asked to run does: a reason in words when it cannot.
    Sensor {
        /// Which.
        sensor: Sensor,
        /// Why it cannot run; none when it runs.
        trouble: Option<String>,
    },
    /// What became of a lock: `Done` only once its window is mapped and holds the input, `Ended` once it is gone.
    Receipt {
        /// The command.
        command: CommandId,
        /// What became of it.
        state: ReceiptState,
    },
}
