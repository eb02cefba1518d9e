//! The seat: who sits here by the system's word, and who else may therefore not speak with the panel and the proxy.
//!
//! Loopback is open to every account of the machine and to every page of its browsers. So the peer of each connection is looked
//! up ([`peer`]), the panel wants a pass that only the seat's own account can have ([`pass`], over the [`door`]), and the data
//! folder is closed to all others ([`crate::closed`]). Never trusts an address, a name or a header for any of this.

pub mod door;
pub mod pass;
pub mod peer;

use std::net::SocketAddr;
use std::process::Command;

use vigie_protocol::Private;

pub use pass::Passes;
pub use peer::Uid;

/// The account that sits here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its number: what the kernel says of each connection is compared with it.
    pub uid: Uid,
    /// Its name, as `seated` tells the server; none when the system knows none.
    pub account: Option<Private<String>>,
}

/// Why nobody can be said to sit here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system knows no account of that name")]
pub struct NoSuchAccount;

impl Seat {
    /// The account of this name; the one that this process runs in when none is given. Blocks: it asks `id`, which knows
    /// accounts of a directory (LDAP, Active Directory) as well.
    ///
    /// # Errors
    /// No such account.
    pub fn of(account: Option<&str>) -> Result<Self, NoSuchAccount> {
        let Some(name) = account else {
            let uid = Uid::own();
            let account = id(&["-un", &uid.0.to_string()]);
            return Ok(Self {
                uid,
                account: account.map(Private::new),
            });
        };
        let uid = id(&["-u", "--", name]).and_then(|uid| uid.parse().ok());
        Ok(Self {
            uid: Uid(uid.ok_or(NoSuchAccount)?),
            account: Some(Private::new(name.to_owned())),
        })
    }

    /// Whether the account that the agent runs in is the pupil's own: then the pupil can read what the agent keeps.
    pub fn is_own(&self) -> bool {
        self.uid == Uid::own()
    }

    /// Whether the other end of a connection between these addresses belongs to the account that sits here. Blocks shortly.
    pub(crate) fn is_peer(&self, peer: SocketAddr, here: SocketAddr) -> bool {
        peer::owner(peer, here) == Some(self.uid)
    }
}

/// What `id` (coreutils, id(1)) answers.
fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_number_and_a_stranger_has_none() {
        assert_eq!(Seat::of(None).unwrap().uid, Uid::own());
        assert_eq!(Seat::of(Some("root")).unwrap().uid, Uid(0));
        for nobody in ["", "no-such-account-here", "--version", "root; id"] {
            assert_eq!(Seat::of(Some(nobody)), Err(NoSuchAccount), "{nobody:?}");
        }
    }
}
