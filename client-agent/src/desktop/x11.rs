//! A connection to the X server that a task can wait on, and the few words of the protocol that several parts need.
//!
//! Never decides anything. Whoever uses it runs on a thread of its own (see [`on_thread`]): a reply is awaited by blocking, which is
//! short on a local socket but must not hold up the proxy when the X server hangs.

use std::cell::OnceCell;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net;

use tokio::io::Interest;
use tokio::net::UnixStream;
use x11rb::connection::Connection as _;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Screen, Window};
use x11rb::rust_connection::{DefaultStream, RustConnection};

use crate::text::{Lang, say};

/// Why a part cannot use the X server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// Words of the catalogue: what a person should read.
    #[error("{0}")]
    Missing(&'static str),
    #[error("the X server cannot be reached")]
    Connect(#[from] ConnectError),
    #[error("the X server hung up")]
    Lost(#[from] ConnectionError),
    #[error("the X server refused a request")]
    Refused(#[from] ReplyError),
    #[error("the X server gave no number for a new thing")]
    NoId(#[from] ReplyOrIdError),
    #[error("the X connection cannot be waited on")]
    Wait(#[from] io::Error),
}

impl Trouble {
    /// The reason in words, for the tile and for receipts.
    pub(crate) fn words(&self, lang: Lang) -> String {
        match self {
            Self::Missing(key) => say(lang, key),
            Self::Connect(_) => say(lang, "x11-unreachable"),
            Self::Lost(_) | Self::Refused(_) | Self::NoId(_) | Self::Wait(_) => {
                say(lang, "x11-lost")
            }
        }
    }
}

/// The display to use, or why there is none: `DISPLAY` under Wayland only shows the windows of Xwayland, which is half the truth.
pub(crate) fn display(asked: Option<&str>) -> Result<Option<String>, Trouble> {
    if let Some(asked) = asked {
        return Ok(Some(asked.to_owned()));
    }
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let wayland = set("WAYLAND_DISPLAY")
        || std::env::var("XDG_SESSION_TYPE").is_ok_and(|kind| kind == "wayland");
    if wayland {
        Err(Trouble::Missing("desktop-wayland"))
    } else if set("DISPLAY") {
        Ok(None)
    } else {
        Err(Trouble::Missing("desktop-none"))
    }
}

/// A connection to the X server.
#[derive(Debug)]
pub(crate) struct X11 {
    connection: RustConnection<DefaultStream>,
    /// The connection's own socket once more: only ever asked whether there is something to read.
    bell: OnceCell<UnixStream>,
    screen: Screen,
}

impl X11 {
    /// Connects.
    pub(crate) fn connect(display: Option<&str>) -> Result<Self, Trouble> {
        let (connection, number) = RustConnection::connect(display)?;
        let screen = connection
            .setup()
            .roots
            .get(number)
            .ok_or(Trouble::Missing("x11-unreachable"))?
            .clone();
        Ok(Self {
            connection,
            bell: OnceCell::new(),
            screen,
        })
    }

    pub(crate) fn connection(&self) -> &RustConnection {
        &self.connection
    }

    pub(crate) fn screen(&self) -> &Screen {
        &self.screen
    }

    pub(crate) fn root(&self) -> Window {
        self.screen.root
    }

    /// Made by the first wait, since it belongs to the runtime that waits.
    fn bell(&self) -> Result<&UnixStream, Trouble> {
        if self.bell.get().is_none() {
            let socket = self.connection.stream().as_fd().try_clone_to_owned()?;
            let bell = UnixStream::from_std(net::UnixStream::from(socket))?;
            return Ok(self.bell.get_or_init(|| bell));
        }
        self.bell.get().ok_or(Trouble::Missing("x11-lost"))
    }

    /// The next event. Safe to drop while it waits: nothing is lost.
    pub(crate) async fn event(&self) -> Result<Event, Trouble> {
        self.connection.flush()?;
        if let Some(event) = self.connection.poll_for_event()? {
            return Ok(event);
        }
        let bell = self.bell()?;
        loop {
            bell.readable().await?;
            // Asked under the bell, which rings again unless the socket is empty: what comes meanwhile is not missed.
            let polled = bell.try_io(Interest::READABLE, || {
                match self.connection.poll_for_event() {
                    Ok(None) => Err(io::ErrorKind::WouldBlock.into()),
                    Ok(Some(event)) => Ok(Ok(event)),
                    Err(lost) => Ok(Err(lost)),
                }
            });
            match polled {
                Ok(event) => return Ok(event?),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Runs a task on a thread and a runtime of its own.
///
/// # Errors
/// The system gives no thread or no runtime.
pub(crate) fn on_thread<F, T>(name: &str, task: F) -> io::Result<()>
where
    F: FnOnce() -> T + Send + 'static,
    T: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || runtime.block_on(task()))?;
    Ok(())
}
