//! What every request and every task shares, and the start and stop of the whole.
//!
//! Owns the order in which things start and end: the data directory, the tables, the journal and its writer, the rooms, and
//! only then the door. `serve`, the demo and the tests all start here. Never serves a request itself: [`crate::routes`].

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web;
use jiff::tz::TimeZone;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vigie_protocol::link::Limits;
use vigie_protocol::{EstablishmentId, Private, RoomId, Stamp};
use vigie_room::Refusal;

use crate::agents::Gate;
use crate::alerts::AlertsError;
use crate::audit::{Audit, AuditError, Entry};
use crate::auth::{Auth, KeyError};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::{Config, Retention};
use crate::door::{Closer, Door};
use crate::driver::Engine;
use crate::journal::JournalError;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::rooms::{RoomHandle, Rooms, TellError, Unavailable};
use crate::routes;
use crate::store::{Store, StoreError};
use crate::texts::Lang;
use crate::wire::{self, CertificateError, Certificates, FileError, Identity};

mod hall;
mod housekeeping;
mod place;

use hall::Hall;
pub use place::PlaceError;
pub(crate) use place::{Place, make as make_data};

/// Connections that wait to be taken; a school's tablets and agents come back all at once after a cut.
const BACKLOG: u32 = 4_096;

/// The server's state: handlers take it as `web::Data<App>`.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) auth: Auth,
    pub(crate) audit: Audit,
    pub(crate) metrics: Metrics,
    pub(crate) rooms: Rooms,
    /// What agents' links share.
    pub(crate) gate: Gate,
    /// What browsers are shown; none where plain HTTP is spoken.
    pub(crate) certificates: Option<Certificates>,
    /// Origins of our own pages, as browsers name them.
    pub(crate) origins: Vec<String>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("cannot listen on {address}: {hint}")]
    Listen {
        address: SocketAddr,
        hint: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("cannot use the server's own key")]
    Identity(#[source] FileError),
    #[error("cannot speak TLS")]
    Certificate(#[from] CertificateError),
    #[error("cannot use the main tables in {}", data.display())]
    Store {
        data: PathBuf,
        #[source]
        source: Inner,
    },
    #[error("cannot use the journal")]
    Journal(#[source] Inner),
    #[error("cannot project alerts")]
    Alerts(#[source] Inner),
    #[error("cannot use the audit log")]
    Audit(#[source] Inner),
    #[error("cannot serve on {address}")]
    Serve {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
}

/// An error whose type stays inside the server.
type Inner = Box<dyn std::error::Error + Send + Sync>;

impl From<JournalError> for StartError {
    fn from(error: JournalError) -> Self {
        Self::Journal(Box::new(error))
    }
}

impl From<AlertsError> for StartError {
    fn from(error: AlertsError) -> Self {
        Self::Alerts(Box::new(error))
    }
}

impl From<AuditError> for StartError {
    fn from(error: AuditError) -> Self {
        Self::Audit(Box::new(error))
    }
}

/// A server that answers.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    app: web::Data<App>,
    closer: Closer,
    served: oneshot::Receiver<std::io::Result<()>>,
    housekeeping: JoinHandle<()>,
    _hall: Hall,
    /// Held until the end: no other server may use the data directory meanwhile.
    _place: Place,
}

/// Starts a server by the machine's clock.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let clock = Clock::system(config.time_zone());
    start_at(config, clock).await
}

/// Starts a server by this clock. When it returns, the server answers.
pub async fn start_at(config: Config, clock: Clock) -> Result<Running, StartError> {
    // First, so that a port in use is said before anything on disk was touched.
    let listener = listen(config.listen)?;
    let address = listener.local_addr().map_err(|source| StartError::Serve {
        address: config.listen,
        source,
    })?;
    let place = Place::take(&config.data)?;
    let identity = Identity::open(&config.data).map_err(StartError::Identity)?;
    let certificates = certificates(&config, clock.now())?;
    let origins = origins(&config, address);
    let secure = origins.iter().any(|origin| origin.starts_with("https:"));
    let auth = Auth::open(&config.data, secure)?;
    let store = Store::open(&config.data)
        .await
        .map_err(|source| StartError::Store {
            data: config.data.clone(),
            source: Box::new(source),
        })?;
    tell_zone(&config, &store, &clock)
        .await
        .map_err(|source| StartError::Store {
            data: config.data.clone(),
            source: Box::new(source),
        })?;
    let audit = Audit::start(&config.data.join("audit"), clock.clone(), store.clone())?;
    let failed = |source| StartError::Serve { address, source };
    let hall = Hall::open().map_err(failed)?;
    let gone = |_| failed(std::io::ErrorKind::BrokenPipe.into());
    let engine = (
        config.data.clone(),
        clock.clone(),
        store.clone(),
        (config.lang, config.retention),
    );
    let rooms = hall.begin(move || rooms(engine)).await;
    let rooms = rooms.await.map_err(gone)??;
    let metrics = Metrics::new(|registry| rooms.engine().gauges.register(registry));
    let app = web::Data::new(App {
        gate: Gate {
            limits: Limits::default(),
            identity: Arc::new(identity),
            audit: audit.clone(),
        },
        certificates,
        config,
        clock,
        store,
        auth,
        audit,
        metrics,
        rooms,
        origins,
    });
    let tls = match &app.certificates {
        Some(certificates) => Some(Arc::new(certificates.server_config()?)),
        None => None,
    };
    let closer = Closer::default();
    let (behind, closing) = (app.clone(), closer.clone());
    let served = hall
        .begin(move || serve((listener, tls), behind, closing))
        .await;
    Ok(Running {
        address,
        closer,
        served,
        housekeeping: tokio::spawn(housekeeping::run(app.clone())),
        app,
        _hall: hall,
        _place: place,
    })
}

/// Takes up the rooms, on the thread where they will live.
async fn rooms(
    (data, clock, store, (lang, retention)): (PathBuf, Clock, Store, (Lang, Retention)),
) -> Result<Rooms, StartError> {
    let engine = Engine::open(&data, clock, store, (lang, retention))?;
    Rooms::start(engine, Bus::default())
        .await
        .map_err(|source| StartError::Store {
            data,
            source: Box::new(source),
        })
}

async fn serve(
    (listener, tls): (TcpListener, Option<Arc<rustls::ServerConfig>>),
    app: web::Data<App>,
    closer: Closer,
) -> std::io::Result<()> {
    let door = Door {
        listener,
        tls,
        rooms: app.rooms.clone(),
        gate: app.gate.clone(),
    };
    let pages = actix_web::App::new()
        .app_data(app)
        .configure(routes::register)
        .wrap(from_fn(routes::headers))
        .wrap(Compress::default());
    door.serve(pages, closer).await
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    bind(address).map_err(|source| StartError::Listen {
        address,
        hint: match source.kind() {
            std::io::ErrorKind::AddrInUse => {
                "the port is in use; set another with `listen` or VIGIE_LISTEN, or stop what holds it"
            }
            std::io::ErrorKind::PermissionDenied => {
                "the system does not allow it; ports below 1024 are reserved"
            }
            std::io::ErrorKind::AddrNotAvailable => "this machine does not have the address",
            _ => "see the cause",
        },
        source,
    })
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // What an earlier server left behind is no port in use.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// The certificate to show, where TLS is spoken.
fn certificates(config: &Config, now: Stamp) -> Result<Option<Certificates>, CertificateError> {
    if !config.is_secure() {
        return Ok(None);
    }
    let source = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => wire::Source::Given {
            certificate: certificate.clone(),
            key: key.clone(),
        },
        _ => wire::Source::Own {
            keys: config.data.join("keys"),
            names: wire::names(config),
        },
    };
    let certificates = Certificates::open(source, now)?;
    for name in certificates.unvouched(now) {
        tracing::warn!(
            name,
            "the server's own authority was made for other names, and devices refuse this one; delete keys/authority*.pem to make a \
             new one, which every tablet must trust anew"
        );
    }
    Ok(Some(certificates))
}

/// How browsers name our pages: the origin that is set, else every name of ours with the port. The first is the one to print.
fn origins(config: &Config, address: SocketAddr) -> Vec<String> {
    if let Some(origin) = &config.origin {
        return vec![origin.trim_end_matches('/').to_owned()];
    }
    let (scheme, usual) = if config.is_secure() {
        ("https", 443)
    } else {
        ("http", 80)
    };
    let port = match address.port() {
        port if port == usual => String::new(),
        port => format!(":{port}"),
    };
    wire::names(config)
        .into_iter()
        .map(|name| {
            if name.contains(':') {
                format!("{scheme}://[{name}]{port}")
            } else {
                format!("{scheme}://{name}{port}")
            }
        })
        .collect()
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port that the system chose.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address for a browser: `http://127.0.0.1:PORT`, `https://vigie.example`.
    pub fn url(&self) -> String {
        self.app.origins.first().cloned().unwrap_or_default()
    }

    /// Looks at the certificate's files now; the server does it by itself every few seconds.
    pub fn look_at_certificate(&self) {
        housekeeping::certificate(&self.app);
    }

    /// A fresh code for the page of the first run, while nobody can sign in.
    pub(crate) async fn first_code(&self) -> Result<Option<Private<String>>, StoreError> {
        crate::setup::first::first_code(&self.app).await
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Waits until the server ends by itself, which only a fault makes it do.
    pub async fn ended(&mut self) -> std::io::Result<()> {
        (&mut self.served).await.unwrap_or(Ok(()))
    }

    /// Stops: what rooms hold becomes durable, sockets are closed, open requests end, and the tables are closed.
    pub async fn stop(self) {
        self.housekeeping.abort();
        self.app.rooms.stop().await;
        self.closer.close();
        let _ = self.served.await;
        self.app.rooms.engine().writer.stop().await;
        self.app.rooms.engine().alerts.stop().await;
        self.app.audit.stop().await;
        if let Err(error) = self.app.store.close().await {
            tracing::warn!(error = %error, "the main tables were not closed in order");
        }
    }
}

impl App {
    /// A room's inbox; 404 for a room that the tables do not know.
    pub(crate) async fn room(&self, room: &RoomId) -> Result<RoomHandle, Problem> {
        self.rooms.room(room).await?.ok_or(Problem::NotFound)
    }

    /// Where agents dial, by the first of our own names.
    pub(crate) fn agents_address(&self) -> String {
        let origin = self.origins.first().map_or("", String::as_str);
        format!("{}/agent/v1", origin.replacen("http", "ws", 1))
    }

    /// Writes an act into the audit log. An act that cannot be written down does not happen.
    pub(crate) async fn write_down(&self, entry: Entry) -> Result<(), Problem> {
        self.audit.write(entry).await.map_err(|error| {
            tracing::error!(
                error = crate::problem::cause(&error),
                "an act was refused, since the audit log could not be written"
            );
            Problem::Unavailable
        })
    }

    /// Tells days and hours in the zone of the school that was set up first, unless a setting says which.
    pub(crate) async fn tell_zone(&self) -> Result<(), StoreError> {
        tell_zone(&self.config, &self.store, &self.clock).await
    }

    /// Words a room's refusal with the names of its school.
    pub(crate) fn refused(&self, refusal: Refusal, school: &EstablishmentId) -> Problem {
        Problem::refused(refusal, &self.store.names(school))
    }

    /// Words why a room did not take an input.
    pub(crate) fn not_told(&self, error: TellError, school: &EstablishmentId) -> Problem {
        match error {
            TellError::Refused(refusal) => self.refused(refusal, school),
            TellError::Unavailable(why) => why.into(),
        }
    }

    /// Whether the server can do its work: the tables answer, and the disk takes a write where the journal is.
    pub(crate) async fn healthy(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| error.to_string())?;
        let days = self.config.data.join("days");
        tokio::task::spawn_blocking(move || place::probe(&days))
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }
}

/// Tells days and hours in the zone of the school that was set up first, unless a setting says which.
pub(crate) async fn tell_zone(
    config: &Config,
    store: &Store,
    clock: &Clock,
) -> Result<(), StoreError> {
    if config.zone.is_some() {
        return Ok(());
    }
    let schools = store.schools().await?;
    let named = schools.into_iter().find_map(|school| school.zone);
    if let Some(zone) = named.and_then(|zone| TimeZone::get(&zone).ok()) {
        clock.tell_in(zone);
    }
    Ok(())
}

impl From<Unavailable> for Problem {
    fn from(why: Unavailable) -> Self {
        tracing::warn!(%why, "a room could not answer");
        Self::Unavailable
    }
}
