//! What an adult asks for once: a page in the pupil's browser, the window in front closed.
//!
//! Polite: a window is asked to close as its own close button asks it, so that unsaved work is asked for and never lost; a page
//! goes to the browser that the desktop opens links with. Never waits for either. The address was checked by the server and is
//! checked again here: only `http` and `https`, so that it can be nothing but a link.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vigie_protocol::{CommandId, ReceiptState};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, Window,
};

use super::x11::{Trouble, X11};
use crate::brain::Seen;
use crate::desk::{Errand, Sight};
use crate::seat::Seat;
use crate::text::{Lang, say};

/// Programs that open a link, the desktop's own first.
const OPENERS: [&str; 7] = [
    "xdg-open",
    "x-www-browser",
    "sensible-browser",
    "firefox",
    "chromium",
    "chromium-browser",
    "google-chrome",
];
/// How long an opener is watched for a failure: beyond it, it is a browser that runs.
const OPENER_WATCHED: Duration = Duration::from_secs(2);

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        _NET_SUPPORTED,
        _NET_ACTIVE_WINDOW,
        _NET_CLOSE_WINDOW,
    }
}

/// The program that opens links here.
pub(crate) fn opener(asked: Option<&str>) -> Option<PathBuf> {
    if let Some(asked) = asked {
        return Some(PathBuf::from(asked));
    }
    let path = std::env::var_os("PATH")?;
    OPENERS.iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
    })
}

/// Whether the window in front can be asked to close.
pub(crate) fn can_close(x11: &X11) -> Result<(), Trouble> {
    let connection = x11.connection();
    let atoms = Atoms::new(connection)?.reply()?;
    let supported = connection
        .get_property(
            false,
            x11.root(),
            atoms._NET_SUPPORTED,
            AtomEnum::ATOM,
            0,
            1_024,
        )?
        .reply()?;
    let mut known = supported.value32().into_iter().flatten();
    if known.any(|atom| atom == atoms._NET_CLOSE_WINDOW) {
        Ok(())
    } else {
        Err(Trouble::Missing("front-no-wm"))
    }
}

/// The actuator.
#[derive(Debug)]
pub(crate) struct Errands {
    pub(crate) display: Option<String>,
    pub(crate) opener: Option<PathBuf>,
    /// Whose browser it is: another account's is never run in ours.
    pub(crate) seat: Seat,
    pub(crate) lang: Lang,
    pub(crate) sight: Sight,
}

impl Errands {
    /// Obeys until told to stop, or until the agent is gone.
    pub(crate) async fn run(self, mut errands: mpsc::Receiver<Errand>, stop: CancellationToken) {
        loop {
            let errand = tokio::select! {
                () = stop.cancelled() => return,
                errand = errands.recv() => errand,
            };
            match errand {
                None => return,
                Some(Errand::Open { command, url }) => {
                    let state = self.open(url.reveal()).await;
                    self.receipt(command, state);
                }
                Some(Errand::Close { command }) => {
                    let state = match self.close() {
                        Ok(true) => ReceiptState::Done {},
                        Ok(false) => self.refused("close-nothing"),
                        Err(trouble) => ReceiptState::Refused {
                            reason: trouble.words(self.lang),
                        },
                    };
                    self.receipt(command, state);
                }
            }
        }
    }

    async fn open(&self, url: &str) -> ReceiptState {
        let (true, Some(opener)) = (is_a_link(url), &self.opener) else {
            return self.refused("open-no-browser");
        };
        let mut command = match &self.seat.account {
            _ if self.seat.is_own() => Command::new(opener),
            Some(account) => {
                let mut command = Command::new("runuser");
                command.args(["-u", account.reveal(), "--"]).arg(opener);
                command
            }
            None => return self.refused("open-no-browser"),
        };
        command
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(display) = &self.display {
            command.env("DISPLAY", OsString::from(display));
        }
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                tracing::warn!(%error, opener = %opener.display(), "a page could not be opened");
                return self.refused("open-no-browser");
            }
        };
        match tokio::time::timeout(OPENER_WATCHED, child.wait()).await {
            // It runs on: a browser of its own. It is reaped when it ends.
            Err(_) => {
                tokio::spawn(async move { child.wait().await });
                ReceiptState::Done {}
            }
            Ok(Ok(status)) if status.success() => ReceiptState::Done {},
            Ok(ended) => {
                tracing::warn!(?ended, opener = %opener.display(), "a page could not be opened");
                self.refused("open-no-browser")
            }
        }
    }

    /// Asks the window manager to close what is in front. False when nothing is.
    fn close(&self) -> Result<bool, Trouble> {
        let x11 = X11::connect(self.display.as_deref())?;
        can_close(&x11)?;
        let connection = x11.connection();
        let atoms = Atoms::new(connection)?.reply()?;
        let active = connection
            .get_property(
                false,
                x11.root(),
                atoms._NET_ACTIVE_WINDOW,
                AtomEnum::WINDOW,
                0,
                1,
            )?
            .reply()?;
        let window: Window = active
            .value32()
            .and_then(|mut windows| windows.next())
            .unwrap_or(x11rb::NONE);
        if window == x11rb::NONE {
            return Ok(false);
        }
        // Source 2: a pager, which acts for the person (EWMH, _NET_CLOSE_WINDOW).
        let ask = ClientMessageEvent::new(32, window, atoms._NET_CLOSE_WINDOW, [0, 2, 0, 0, 0]);
        let to_manager = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        connection
            .send_event(false, x11.root(), to_manager, ask)?
            .check()?;
        connection.flush()?;
        Ok(true)
    }

    fn refused(&self, key: &str) -> ReceiptState {
        ReceiptState::Refused {
            reason: say(self.lang, key),
        }
    }

    fn receipt(&self, command: CommandId, state: ReceiptState) {
        self.sight.see(Seen::Receipt { command, state });
    }
}

/// Whether this can be nothing but a link.
fn is_a_link(url: &str) -> bool {
    let scheme = url.starts_with("https://") || url.starts_with("http://");
    scheme && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::is_a_link;

    #[test]
    fn only_a_link_is_handed_to_a_program() {
        assert!(is_a_link("https://fr.vikidia.org/wiki/Volcan"));
        for odd in [
            "--help",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://a b",
            "",
        ] {
            assert!(!is_a_link(odd), "{odd}");
        }
    }
}
