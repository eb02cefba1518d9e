//! The real desktop: the filtering proxy, what is in front, whether somebody is there, the lock.
//!
//! Never decides *whether* to run: the brain says which sensors a session needs, and each part here stops when told.
//! Next: [`crate::desk`] for the seam, [`proxy`] for connections, `errands` for what is done once, `eyes` for the X11 sensors (`front`, `presence`), `lock` for the
//! one actuator with a window.

mod errands;
mod eyes;
mod front;
mod lock;
mod presence;
pub mod proxy;
mod x11;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::{CancellationToken, DropGuard};
use vigie_protocol::Sensor;

use self::errands::Errands;
use self::eyes::Eyes;
use self::front::Front;
use self::lock::Lock;
use self::presence::{AWAY_AFTER, Presence};
use self::proxy::{Proxy, Reach, Resolve, Setup, Waits};
use self::x11::{Trouble, X11};
use crate::brain::Seen;
use crate::desk::{Able, Desk};
use crate::seat::{Passes, Seat};
pub use crate::text::Lang;
use crate::text::say;

/// What `vigie-agent run` was told about the desktop.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Loopback port of the proxy; 0 lets the system choose.
    pub proxy_port: u16,
    /// The X display; none takes `DISPLAY` from the environment.
    pub display: Option<String>,
    /// Where the student panel answers, for the blocked page.
    pub panel: Option<SocketAddr>,
    /// Language of the blocked page and the lock window when nothing better is known: `fr` or `en`.
    pub lang: String,
    /// `name=address:port`: names that do not go to the system's resolver.
    pub resolve: Vec<String>,
    /// Without keyboard or pointer for this long, nobody is at the seat; none takes five minutes.
    pub away_after: Option<Duration>,
    /// Ranges of the local network that the proxy may reach, as `10.31.0.0/16`.
    pub allow: Vec<String>,
    /// The program that opens a link in the pupil's browser; none takes the desktop's own.
    pub opener: Option<String>,
}

/// A desktop that runs; dropping it stops every sensor and lets go of every lock.
#[derive(Debug)]
pub struct Desktop {
    /// Where the proxy listens.
    pub proxy: SocketAddr,
    _running: DropGuard,
}

/// Finds out what can run here. What cannot now may later: the sensors try again and say so.
pub fn probe(options: &Options) -> Able {
    let lang = Lang::of(&options.lang);
    let mut able = Able {
        sensors: [Sensor::Connections, Sensor::Urls].into(),
        ..Able::default()
    };
    let mut able_or_missing = |sensors: &[Sensor], trouble: Option<&Trouble>| {
        for sensor in sensors {
            match trouble {
                None => {
                    able.sensors.insert(*sensor);
                }
                Some(trouble) => {
                    able.missing.insert(*sensor, trouble.words(lang));
                }
            }
        }
    };
    let display = x11::display(options.display.as_deref());
    let opened = display.and_then(|display| X11::connect(display.as_deref()));
    match &opened {
        Ok(x11) => {
            let front = Front::begin(x11, false).err();
            able_or_missing(&[Sensor::Front, Sensor::Titles], front.as_ref());
            let presence = Presence::begin(x11, AWAY_AFTER).err();
            able_or_missing(&[Sensor::Presence], presence.as_ref());
            able.no_close = errands::can_close(x11)
                .err()
                .map(|trouble| trouble.words(lang));
        }
        Err(trouble) => {
            able_or_missing(&eyes::OURS, Some(trouble));
            able.no_lock = Some(trouble.words(lang));
            able.no_close = Some(trouble.words(lang));
        }
    }
    if errands::opener(options.opener.as_deref()).is_none() {
        able.no_pages = Some(say(lang, "open-no-browser"));
    }
    able.desktop = match opened {
        Err(Trouble::Missing("desktop-wayland")) => "wayland",
        Err(Trouble::Missing("desktop-none")) => "none",
        _ => "x11",
    }
    .into();
    able
}

/// Starts the proxy at once, and the sensors and the lock as the desk asks.
///
/// # Errors
/// The proxy's port is in use, a fixed name cannot be read, or the system gives no thread.
pub async fn start(
    desk: Desk,
    options: Options,
    seat: Seat,
    passes: Arc<Passes>,
) -> anyhow::Result<Desktop> {
    let stop = CancellationToken::new();
    let running = stop.clone().drop_guard();
    let lang = Lang::of(&options.lang);
    let account = seat.account.clone();
    let errands_seat = seat.clone();
    let proxy = Proxy::bind(Setup {
        port: options.proxy_port,
        panel: options.panel,
        lang,
        resolve: Resolve::new(options.resolve.iter().map(String::as_str))?,
        reach: Reach::new(options.allow.iter().map(String::as_str))?,
        seat,
        passes,
        waits: Waits::default(),
        rules: desk.rules.clone(),
        sight: desk.sight.clone(),
    })
    .await?;
    let address = proxy.address();
    tokio::spawn(proxy.run(stop.clone()));
    desk.sight.see(Seen::Account { account });
    let eyes = Eyes {
        display: options.display.clone(),
        lang,
        sight: desk.sight.clone(),
        watching: desk.watching,
        away_after: options.away_after.unwrap_or(AWAY_AFTER),
    };
    let (eyes_stop, lock_stop) = (stop.clone(), stop);
    x11::on_thread("vigie-eyes", move || eyes.run(eyes_stop))?;
    let errands = Errands {
        display: options.display.clone(),
        opener: errands::opener(options.opener.as_deref()),
        seat: errands_seat,
        lang,
        sight: desk.sight.clone(),
    };
    let errands_stop = lock_stop.clone();
    x11::on_thread("vigie-errands", move || {
        errands.run(desk.errands, errands_stop)
    })?;
    let lock = Lock::new(options.display, lang, desk.sight);
    x11::on_thread("vigie-lock", move || lock.run(desk.locks, lock_stop))?;
    Ok(Desktop {
        proxy: address,
        _running: running,
    })
}
