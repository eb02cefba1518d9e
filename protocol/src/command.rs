//! What an adult asks of a seat, and the lease under which the agent holds it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::CommandId;
use crate::private::Private;
use crate::tagged::read_tagged;
use crate::time::Span;

/// The closed list of what an agent obeys. An unknown action is refused by the agent, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Show a message in the student panel.
    Message {
        /// The words.
        text: Private<String>,
    },
    /// Cover the screen and hold the input until the deadline.
    Lock {
        /// What the pupil reads meanwhile.
        text: Private<String>,
    },
    /// End a command that is in force before its deadline.
    Release {
        /// The command to end.
        command: CommandId,
    },
    /// Until the deadline, the proxy passes these sites and those of the session's lease, and no others.
    Focus {
        /// Hosts, each with what lies under it ([`site_admits`]); at least one.
        sites: Vec<String>,
    },
    /// Open a page in the browser of whoever sits there.
    Open {
        /// `http` or `https`, absolute.
        url: Private<String>,
    },
    /// Ask the window in front to close, as its own close button does: what is not saved is asked for.
    Close {},
    /// An action that this build does not know, kept as it came.
    #[serde(untagged)]
    Unknown(Value),
}

/// Mirror of the known actions, for the reader: what is missing here is read as unknown.
#[derive(Deserialize)]
#[serde(remote = "Action", rename_all = "snake_case")]
enum KnownAction {
    Message { text: Private<String> },
    Lock { text: Private<String> },
    Release { command: CommandId },
    Focus { sites: Vec<String> },
    Open { url: Private<String> },
    Close {},
}
read_tagged!(Action by KnownAction, "do", "an action");

impl Action {
    /// Whether it holds something at the seat after it was done, until its deadline or a release.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Lock { .. } | Self::Focus { .. })
    }
    /// Its name among what an agent can do ([`crate::frame::Capabilities::actions`]); none for one that this build does not know.
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Message { .. } => "message",
            Self::Lock { .. } => "lock",
            Self::Release { .. } => "release",
            Self::Focus { .. } => "focus",
            Self::Open { .. } => "open",
            Self::Close {} => "close",
            Self::Unknown(_) => return None,
        })
    }
}

/// Whether a host is one of these sites or lies under one: `fr.wikipedia.org` under `wikipedia.org`, never `notwikipedia.org`.
pub fn site_admits<S: AsRef<str>>(sites: &[S], host: &str) -> bool {
    let host = host.trim_end_matches('.');
    sites.iter().any(|site| {
        let site = site.as_ref();
        let Some(cut) = host.len().checked_sub(site.len()) else {
            return false;
        };
        let tail = host.get(cut..);
        !site.is_empty()
            && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(site))
            && (cut == 0 || host.get(..cut).is_some_and(|head| head.ends_with('.')))
    })
}

/// A command as it travels: it ends when `remaining` has run out on the agent's monotonic clock, whoever is alive then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Which command; a repeat of one that is held already only renews the remaining time.
    pub id: CommandId,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
    /// How long it still holds.
    #[serde(rename = "remaining_ms")]
    pub remaining: Span,
}

#[cfg(test)]
mod tests {
    use super::site_admits;

    #[test]
    fn a_site_admits_itself_and_what_lies_under_it() {
        let sites = ["wikipedia.org", "10.0.0.1"];
        for host in [
            "wikipedia.org",
            "FR.Wikipedia.ORG",
            "fr.wikipedia.org.",
            "10.0.0.1",
        ] {
            assert!(site_admits(&sites, host), "{host}");
        }
        for host in [
            "notwikipedia.org",
            "wikipedia.org.evil.test",
            "org",
            "",
            "é.org",
        ] {
            assert!(!site_admits(&sites, host), "{host}");
        }
        assert!(!site_admits(&[""], "wikipedia.org"));
    }
}
