//! The student panel: a page on loopback that shows what is on, what is seen and what the pupil may do about it.
//!
//! Owns the page's server. Never decides anything and never says a word of its own: it shows [`PanelState`] and passes on what
//! the pupil asks. Only its own page may ask: the exact `Host` at each request, the exact `Origin` at each ask.
//! Next: `words` for what is shown, `panel/panel.js` for the page.

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
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, middleware};
use futures_util::{Stream, stream};
use tokio::sync::watch;

use crate::agent::{Agent, PanelState};
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
    lang: Lang,
    pages: Arc<AtomicUsize>,
}

impl Panel {
    /// Serves the panel of this agent on a loopback port; 0 lets the system choose.
    ///
    /// # Errors
    /// The port is in use.
    pub fn start(agent: Agent, port: u16, lang: Lang) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Data::new(Shared {
            agent,
            address,
            lang,
            pages: Arc::default(),
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::JsonConfig::default().limit(ASK_BYTES_MAX))
                .wrap(middleware::from_fn(guard::own_page_only))
                .configure(routes)
        })
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
        .configure(asks::routes);
}

/// `?lang=`, else what the browser prefers, else the agent's own.
fn lang_of(request: &HttpRequest, shared: &Shared) -> Lang {
    let mut query = request.query_string().split('&');
    let asked = query.find_map(|pair| pair.strip_prefix("lang="));
    let header = || request.headers().get(ACCEPT_LANGUAGE)?.to_str().ok();
    asked
        .and_then(Lang::known)
        .or_else(|| header().and_then(Lang::preferred))
        .unwrap_or(shared.lang)
}

async fn show(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    page::page(lang_of(&request, &shared))
}

/// The whole panel as a server-sent event, now and at each change.
async fn live(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    let lang = lang_of(&request, &shared);
    let Some(seat) = Seat::take(&shared.pages) else {
        return HttpResponse::ServiceUnavailable().body(text::say(lang, "panel-full"));
    };
    let mut panel = shared.agent.panel();
    panel.mark_changed();
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(events(panel, lang, seat))
}

fn events(
    panel: watch::Receiver<Arc<PanelState>>,
    lang: Lang,
    seat: Seat,
) -> impl Stream<Item = Result<Bytes, io::Error>> {
    stream::unfold((panel, seat), move |(mut panel, seat)| async move {
        let event = match tokio::time::timeout(KEEP_ALIVE, panel.changed()).await {
            Ok(Ok(())) => {
                let state = Arc::clone(&panel.borrow_and_update());
                let shown = serde_json::to_string(&words::panel(&state, lang));
                format!("data: {}\n\n", shown.unwrap_or_default())
            }
            // The agent is gone: the page says so when the stream ends.
            Ok(Err(_)) => return None,
            Err(_) => ":\n\n".to_owned(),
        };
        Some((Ok(Bytes::from(event)), (panel, seat)))
    })
}

/// One open page among [`PAGES_MAX`].
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(pages: &Arc<AtomicUsize>) -> Option<Self> {
        let taken = pages.fetch_update(Ordering::AcqRel, Ordering::Acquire, |pages| {
            (pages < PAGES_MAX).then(|| pages.saturating_add(1))
        });
        taken.is_ok().then(|| Self(Arc::clone(pages)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
