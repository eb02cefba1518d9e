//! One attempt of the pupil, reported exactly once whatever becomes of it.

use vigie_protocol::{Block, Connection, Outcome};

use super::target::Target;
use crate::brain::Seen;
use crate::desk::Sight;

/// An attempt whose outcome is not known yet. Dropped, it has failed: a client that leaves before the far end answered has
/// still attempted.
#[derive(Debug)]
pub(crate) struct Attempt {
    unreported: Option<Connection>,
    sight: Sight,
}

impl Attempt {
    pub(crate) fn new(target: &Target, sight: Sight) -> Self {
        let connection = Connection {
            host: target.host.clone(),
            port: target.port,
            scheme: target.scheme,
            url: target.url.clone().map(Into::into),
            outcome: Outcome::Failed,
            block: None,
            times: 1,
        };
        Self {
            unreported: Some(connection),
            sight,
        }
    }

    /// The rules stopped it.
    pub(crate) fn blocked(mut self, block: Block) {
        if let Some(connection) = &mut self.unreported {
            connection.outcome = Outcome::Blocked;
            connection.block = Some(block);
        }
    }

    /// It went on, and this came of it.
    pub(crate) fn settled(mut self, outcome: Outcome) {
        if let Some(connection) = &mut self.unreported {
            connection.outcome = outcome;
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(connection) = self.unreported.take() {
            self.sight.see(Seen::Connection(connection));
        }
    }
}
