//! The student panel: a page on loopback that shows what is on, what is seen and what the pupil may do about it.
//!
//! Owns the page's server. Never decides anything and never says a word of its own: it shows [`PanelState`] and passes on what
//! the pupil asks. It answers the account that sits here alone, by the kernel's word; its own page alone, by the exact `Host` and
//! `Origin`; and whoever holds the run's secret in a cookie, which a one-time ticket is exchanged for.
//! Next: `guard` for these locks, [`crate::seat`] for tickets, `words` for what is shown, `panel/panel.js` for the page.

mod asks;
mod guard;
mod page;
#[cfg(test)]
mod tests;
mod words;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer, middleware};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::watch;

use crate::agent::{Agent, PanelState};
use crate::seat::{Passes, Seat};
use crate::text::{self, Lang};

/// Most pages that are open at once; one more is told so.
const PAGES_MAX: usize = 8;
/// Largest ask in bytes; a larger one is refused.
const ASK_BYTES_MAX: usize = 8 << 10;
/// Silence after which an open page is sent a comment, so that a page that is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The panel's server. Dropping it leaves the panel running; [`Panel::stop`] stops it.
#[derive(Clone, Debug)]
pub struct Panel {
    address: SocketAddr,
    server: ServerHandle,
}

/// What every request shares.
struct Shared {
    agent: Agent,
    address: SocketAddr,
    seat: Seat,
    passes: Arc<Passes>,
    pages: Arc<AtomicUsize>,
}

impl Panel {
    /// Serves the panel of this agent to this seat on a loopback port; 0 lets the system choose.
    ///
    /// # Errors
    /// The port is in use.
    pub fn start(agent: Agent, port: u16, seat: Seat, passes: Arc<Passes>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Data::new(Shared {
            agent,
            address,
            seat,
            passes,
            pages: Arc::default(),
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::JsonConfig::default().limit(ASK_BYTES_MAX))
                .wrap(middleware::from_fn(guard::own_page_only))
                .configure(routes)
        })
        .on_connect(guard::note_peer)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self {
            address,
            server: handle,
        })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it; pages that are open say that the agent does not answer.
    pub async fn stop(&self) {
        self.server.stop(false).await;
    }
}

fn routes(routes: &mut web::ServiceConfig) {
    routes
        .route("/", web::get().to(show))
        .route("/panel.css", web::get().to(page::style))
        .route("/panel.js", web::get().to(page::script))
        .route("/icon.svg", web::get().to(page::icon))
        .route("/live", web::get().to(live))
        .configure(guard::routes)
        .configure(asks::routes);
}

impl Shared {
    /// The language of the whole panel, whatever a page prefers: the server's words are in it already.
    fn lang(&self) -> Lang {
        self.agent.panel().borrow().lang
    }

    fn say(&self, key: &str) -> String {
        text::say(self.lang(), key)
    }

    /// A refusal, in words (RFC 9457).
    fn refuse(&self, status: StatusCode, key: &str) -> HttpResponse {
        HttpResponse::build(status)
            .content_type("application/problem+json")
            .json(json!({ "status": status.as_u16(), "title": key, "detail": self.say(key) }))
    }
}

/// The page itself holds nothing of the pupil's.
async fn show(shared: Data<Shared>) -> HttpResponse {
    page::page(shared.lang())
}

/// The whole panel as a server-sent event, now and at each change.
async fn live(shared: Data<Shared>) -> HttpResponse {
    let Some(place) = Place::take(&shared.pages) else {
        return shared.refuse(StatusCode::SERVICE_UNAVAILABLE, "panel-full");
    };
    let mut panel = shared.agent.panel();
    panel.mark_changed();
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(events(panel, place))
}

fn events(
    panel: watch::Receiver<Arc<PanelState>>,
    place: Place,
) -> impl Stream<Item = Result<Bytes, io::Error>> {
    stream::unfold((panel, place), move |(mut panel, place)| async move {
        let event = match tokio::time::timeout(KEEP_ALIVE, panel.changed()).await {
            Ok(Ok(())) => {
                let state = Arc::clone(&panel.borrow_and_update());
                let shown = serde_json::to_string(&words::panel(&state));
                format!("data: {}\n\n", shown.unwrap_or_default())
            }
            // The agent is gone: the page says so when the stream ends.
            Ok(Err(_)) => return None,
            Err(_) => ":\n\n".to_owned(),
        };
        Some((Ok(Bytes::from(event)), (panel, place)))
    })
}

/// One open page among [`PAGES_MAX`].
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(pages: &Arc<AtomicUsize>) -> Option<Self> {
        let taken = pages.fetch_update(Ordering::AcqRel, Ordering::Acquire, |pages| {
            (pages < PAGES_MAX).then(|| pages.saturating_add(1))
        });
        taken.is_ok().then(|| Self(Arc::clone(pages)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
