//! The window in front: which application, and its title only while a rule reads titles.
//!
//! Follows what the window manager announces (EWMH `_NET_ACTIVE_WINDOW`); never asks what is behind it, never polls.

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, GetPropertyReply,
    Window,
};
use x11rb::rust_connection::RustConnection;

use vigie_protocol::Private;

use super::x11::{Trouble, X11};
use crate::brain::Seen;

/// Characters kept of a title and of an application's name.
const TITLE_MAX: usize = 300;
const APP_MAX: usize = 80;
/// Four-byte units read of a property.
const PROPERTY_UNITS_MAX: u32 = 1_024;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        _NET_SUPPORTED,
        _NET_ACTIVE_WINDOW,
        _NET_WM_NAME,
        UTF8_STRING,
    }
}

/// The sensor, while it runs on one connection.
#[derive(Debug)]
pub(crate) struct Front {
    atoms: Atoms,
    titles: bool,
    active: Window,
    said: Option<Seen>,
}

impl Front {
    /// Begins to follow the root window. Fails when the window manager does not say which window is in front.
    pub(crate) fn begin(x11: &X11, titles: bool) -> Result<Self, Trouble> {
        let connection = x11.connection();
        let atoms = Atoms::new(connection)?.reply()?;
        watch(connection, x11.root(), EventMask::PROPERTY_CHANGE)?;
        let front = Self {
            atoms,
            titles,
            active: x11rb::NONE,
            said: None,
        };
        if front.is_announced(x11)? {
            Ok(front)
        } else {
            Err(Trouble::Missing("front-no-wm"))
        }
    }

    /// Whether the window manager announces the window in front.
    fn is_announced(&self, x11: &X11) -> Result<bool, Trouble> {
        let supported = property(
            x11.connection(),
            x11.root(),
            self.atoms._NET_SUPPORTED,
            AtomEnum::ATOM.into(),
        )?;
        Ok(supported.is_some_and(|reply| {
            reply
                .value32()
                .is_some_and(|mut atoms| atoms.any(|atom| atom == self.atoms._NET_ACTIVE_WINDOW))
        }))
    }

    /// Whether an event may have changed what is in front.
    pub(crate) fn concerns(&self, x11: &X11, event: &Event) -> bool {
        match event {
            Event::PropertyNotify(changed) if changed.window == x11.root() => {
                changed.atom == self.atoms._NET_ACTIVE_WINDOW
            }
            Event::PropertyNotify(changed) => {
                let title = [self.atoms._NET_WM_NAME, AtomEnum::WM_NAME.into()];
                let class = Atom::from(AtomEnum::WM_CLASS);
                changed.window == self.active
                    && (changed.atom == class || self.titles && title.contains(&changed.atom))
            }
            // Some window managers leave the name of a dead window standing.
            Event::DestroyNotify(gone) => gone.window == self.active,
            _ => false,
        }
    }

    /// Looks at what is in front; none when it is what was said last.
    pub(crate) fn look(&mut self, x11: &X11) -> Result<Option<Seen>, Trouble> {
        let connection = x11.connection();
        let active = property(
            connection,
            x11.root(),
            self.atoms._NET_ACTIVE_WINDOW,
            AtomEnum::WINDOW.into(),
        )?
        .and_then(|reply| reply.value32().and_then(|mut windows| windows.next()))
        .unwrap_or(x11rb::NONE);
        if active != self.active {
            self.active = active;
            if active != x11rb::NONE {
                let changes = EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY;
                watch(connection, active, changes)?;
            }
        }
        let app = self.app(connection)?;
        let title = if self.titles {
            self.title(connection)?.map(Private::new)
        } else {
            None
        };
        let seen = Seen::Front { app, title };
        if self.said.as_ref() == Some(&seen) {
            return Ok(None);
        }
        self.said = Some(seen.clone());
        Ok(Some(seen))
    }

    /// The class of the window, which is what desktops call the application; nothing in front is an empty name.
    fn app(&self, connection: &RustConnection) -> Result<String, Trouble> {
        let class = property(
            connection,
            self.active,
            AtomEnum::WM_CLASS.into(),
            AtomEnum::STRING.into(),
        )?;
        let Some(class) = class else {
            return Ok(String::new());
        };
        let mut names = class
            .value
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty());
        let name = match (names.next(), names.next()) {
            (_, Some(class)) => class,
            (Some(instance), None) => instance,
            (None, None) => &[],
        };
        Ok(latin1(name)
            .chars()
            .take(APP_MAX)
            .collect::<String>()
            .to_lowercase())
    }

    /// The title as EWMH has it, else as the older convention does.
    fn title(&self, connection: &RustConnection) -> Result<Option<String>, Trouble> {
        let utf8 = property(
            connection,
            self.active,
            self.atoms._NET_WM_NAME,
            self.atoms.UTF8_STRING,
        )?
        .map(|reply| String::from_utf8_lossy(&reply.value).into_owned())
        .filter(|title| !title.is_empty());
        let title = match utf8 {
            Some(title) => Some(title),
            None => property(
                connection,
                self.active,
                AtomEnum::WM_NAME.into(),
                AtomEnum::ANY.into(),
            )?
            .map(|reply| {
                if reply.type_ == self.atoms.UTF8_STRING {
                    String::from_utf8_lossy(&reply.value).into_owned()
                } else {
                    latin1(&reply.value)
                }
            }),
        };
        Ok(title.map(|title| title.chars().take(TITLE_MAX).collect()))
    }
}

/// Asks to be told of changes. The window may be gone already: the error comes as an event that nobody reads.
fn watch(connection: &RustConnection, window: Window, changes: EventMask) -> Result<(), Trouble> {
    let changes = ChangeWindowAttributesAux::new().event_mask(changes);
    connection.change_window_attributes(window, &changes)?;
    connection.flush()?;
    Ok(())
}

/// A property; none when the window does not have it, or is gone.
fn property(
    connection: &RustConnection,
    window: Window,
    name: Atom,
    kind: Atom,
) -> Result<Option<GetPropertyReply>, Trouble> {
    if window == x11rb::NONE {
        return Ok(None);
    }
    let reply = connection
        .get_property(false, window, name, kind, 0, PROPERTY_UNITS_MAX)?
        .reply();
    match reply {
        Ok(reply) => Ok(Some(reply).filter(|reply| reply.format != 0)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(lost)) => Err(lost.into()),
    }
}

fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}
