//! Nobody at the seat: yes or no. Never a duration, never a score; the time since the last input is compared and forgotten.

use std::time::Duration;

use x11rb::connection::RequestConnection as _;
use x11rb::protocol::screensaver::{self, ConnectionExt as _};

use super::x11::{Trouble, X11};
use crate::brain::Seen;

/// Without keyboard or pointer for this long, nobody is at the seat: long enough to read a page or to listen.
pub(crate) const AWAY_AFTER: Duration = Duration::from_mins(5);
/// How often to look while nobody is there; while somebody is, the next look is when they could first count as away.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The sensor, while it runs on one connection.
#[derive(Debug)]
pub(crate) struct Presence {
    away_after: Duration,
    said: Option<bool>,
}

impl Presence {
    /// Fails when the X server does not count the time since the last input.
    pub(crate) fn begin(x11: &X11, away_after: Duration) -> Result<Self, Trouble> {
        let known = x11
            .connection()
            .extension_information(screensaver::X11_EXTENSION_NAME)?;
        match known {
            Some(_) => Ok(Self {
                away_after,
                said: None,
            }),
            None => Err(Trouble::Missing("presence-no-extension")),
        }
    }

    /// Looks; says when to look again. None when nothing changed.
    pub(crate) fn look(&mut self, x11: &X11) -> Result<(Option<Seen>, Duration), Trouble> {
        let reply = x11
            .connection()
            .screensaver_query_info(x11.root())?
            .reply()?;
        let since_input = Duration::from_millis(u64::from(reply.ms_since_user_input));
        let present = since_input < self.away_after;
        let again = if present {
            self.away_after.saturating_sub(since_input).max(LOOK_AGAIN)
        } else {
            LOOK_AGAIN
        };
        let changed = self.said != Some(present);
        self.said = Some(present);
        Ok((changed.then_some(Seen::Presence { present }), again))
    }
}
