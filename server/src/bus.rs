//! What one part of the server tells all others, without knowing them.
//!
//! Owns the notices. A notice may be lost to a listener that is far behind: it is told so, and acts as if the worst had been
//! said. Many nodes will share it behind this same seam. Never carries what a pupil did: the journal does.

use tokio::sync::broadcast;

/// Most notices that a listener may be behind.
const BEHIND_MAX: usize = 64;

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A login was ended before its time: whatever leans on it closes.
    LoginEnded {
        /// The login's row.
        login: String,
    },
    /// Somebody's rights changed, here or in another process: whatever leans on rights looks at its own again.
    RightsChanged,
    /// The server stops: close what is open, so that the graceful stop need not wait for its time-out.
    Stopping,
}

/// Carries notices. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) enum Bus {
    /// One node.
    Local(broadcast::Sender<Notice>),
}

impl Default for Bus {
    fn default() -> Self {
        Self::Local(broadcast::channel(BEHIND_MAX).0)
    }
}

impl Bus {
    /// Tells everybody who listens.
    pub(crate) fn tell(&self, notice: Notice) {
        let Self::Local(sender) = self;
        // Nobody may be listening.
        let _ = sender.send(notice);
    }

    /// Hears every notice from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Notice> {
        let Self::Local(sender) = self;
        sender.subscribe()
    }
}
