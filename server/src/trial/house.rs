//! A school with one room, its server, and a way to lose everything but the files.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::{App, HttpRequest, web};
use jiff::tz::TimeZone;
use tempfile::TempDir;
use vigie_protocol::link::Limits;
use vigie_protocol::view::LiveFrame;
use vigie_protocol::{
    Digest, EstablishmentId, Private, Pseudonym, RoomId, SeatNo, SessionId, Span, StaffId, Stamp,
    WorkstationId,
};
use vigie_room::fact::Opening;

use super::within;
use crate::agents::{self, Gate, digest};
use crate::audit::Audit;
use crate::bus::Bus;
use crate::clock::{Clock, Hand};
use crate::config::Retention;
use crate::door::{Closer, Door};
use crate::driver::Engine;
use crate::live::{self, Watcher};
use crate::rooms::{RoomHandle, Rooms, Watching};
use crate::store::Store;
use crate::store::enrolment::{NewToken, Newcomers};
use crate::store::people::{Pupil, Staff};
use crate::store::places::{Establishment, RoomRow, Seat};
use crate::texts::Lang;
use crate::wire::Identity;

/// The adult of the room.
pub(crate) const STAFF: &str = "renaud";
/// When every test begins: a Tuesday morning.
const MORNING: Stamp = Stamp(1_763_971_200_000);
const SCHOOL: &str = "0310001A";

/// A charter small enough to know by heart.
pub(crate) const CHARTER: &str = include_str!("charter.toml");

/// The server of one school, and the hand of its clock.
pub(crate) struct House {
    data: TempDir,
    pub(crate) hand: Hand,
    pub(crate) clock: Clock,
    pub(crate) rooms: Rooms,
    pub(crate) address: SocketAddr,
    closer: Closer,
    server: actix_web::rt::task::JoinHandle<std::io::Result<()>>,
}

impl House {
    /// A room of `seats` seats, with a charter adopted and nobody there.
    pub(crate) async fn build(seats: u16) -> Self {
        let data = tempfile::tempdir().unwrap();
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let (clock, hand) = Clock::by_hand(MORNING, zone);
        let store = Store::open(data.path()).await.unwrap();
        furnish(&store, seats).await;
        Self::open(data, clock, hand, store).await
    }

    async fn open(data: TempDir, clock: Clock, hand: Hand, store: Store) -> Self {
        let engine = Engine::open(
            data.path(),
            clock.clone(),
            store,
            (Lang::Fr, Retention::default()),
        )
        .unwrap();
        let rooms = Rooms::start(engine, Bus::default()).await.unwrap();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let store = rooms.engine().store.clone();
        let audit = Audit::start(&data.path().join("audit"), clock.clone(), store).unwrap();
        let door = Door {
            listener,
            tls: None,
            rooms: rooms.clone(),
            gate: Gate {
                limits: Limits::default(),
                identity: Arc::new(Identity::open(data.path()).unwrap()),
                audit: audit.clone(),
            },
        };
        let pages = App::new()
            .app_data(web::Data::new(rooms.clone()))
            .app_data(web::Data::new(audit))
            .route("/agent/v1/lists/{digest}", web::get().to(list))
            .route("/live", web::get().to(tablet));
        let closer = Closer::default();
        let server = actix_web::rt::spawn(door.serve(pages, closer.clone()));
        Self {
            data,
            hand,
            clock,
            rooms,
            address,
            closer,
            server,
        }
    }

    /// Stops in good order and starts again on the same files.
    pub(crate) async fn restart(self) -> Self {
        let Self {
            data,
            hand,
            clock,
            rooms,
            closer,
            server,
            ..
        } = self;
        within("the rooms stop", rooms.stop()).await;
        closer.close();
        within("the server stops", server).await.unwrap().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        Self::open(data, clock, hand, store).await
    }

    /// Loses everything but the files: a second server starts on a copy of them while the first knows nothing of it, as
    /// after a power cut. What the first had not made durable is not in the copy.
    pub(crate) async fn crash(self) -> Self {
        let copy = tempfile::tempdir().unwrap();
        copy_all(self.data.path(), copy.path());
        let (clock, hand) = (self.clock.clone(), self.hand.clone());
        self.server.abort();
        let store = Store::open(copy.path()).await.unwrap();
        Self::open(copy, clock, hand, store).await
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.data.path()
    }

    pub(crate) async fn room(&self) -> RoomHandle {
        self.rooms.room(&room_id()).await.unwrap().unwrap()
    }

    pub(crate) async fn open_session(&self) -> SessionId {
        let told = within("the session opens", self.room().await.open(self.opening())).await;
        told.unwrap().session
    }

    pub(crate) fn opening(&self) -> Opening {
        Opening {
            establishment: EstablishmentId::new(SCHOOL),
            room: room_id(),
            by: StaffId::new(STAFF),
            adults: vec![StaffId::new(STAFF)],
            task: "Exposé sur les volcans".to_owned(),
            ends: self.clock.now() + Span::minutes(55),
            charter: digest(CHARTER),
            list: None,
            seats: Vec::new(),
            chat_open: true,
            setting: vigie_protocol::Setting::default(),
            sites: Vec::new(),
            sites_only: false,
            pupils: Vec::new(),
        }
    }

    /// Watches the room as its adult.
    pub(crate) async fn watch(&self) -> Watching {
        let room = self.room().await;
        room.watch(StaffId::new(STAFF), Lang::Fr).await.unwrap()
    }

    /// The law of the house: folding the journal again gives the room that is in memory.
    pub(crate) async fn assert_folds(&self) {
        let room = self.room().await;
        let live = room.look(|glimpse| glimpse.room.cloned());
        let live = within("the room is looked at", live).await.unwrap();
        if let Some(live) = live {
            let journal = &self.rooms.engine().journal;
            let folded = journal.fold(live.session()).await.unwrap().unwrap();
            assert_eq!(folded, live, "the fold differs from the room in memory");
        }
    }
}

/// The next frame of a live page.
pub(crate) async fn frame(watching: &mut Watching) -> LiveFrame {
    *within("a live frame comes", watching.frames.recv())
        .await
        .expect("the room watches on")
}

pub(crate) fn room_id() -> RoomId {
    RoomId::new("0310001A-cdi")
}

/// The workstation of a seat.
pub(crate) fn workstation(seat: u16) -> WorkstationId {
    WorkstationId::new(format!("cdi-{seat:02}"))
}

/// The enrolment token of a seat.
pub(crate) fn token(seat: u16) -> String {
    format!("token-{seat}")
}

/// The account that signs in at a seat.
pub(crate) fn account(seat: u16) -> String {
    format!("pupil{seat}")
}

async fn furnish(store: &Store, seats: u16) {
    let (_, faults) = vigie_filters::read_charter(CHARTER);
    assert!(faults.is_empty(), "{faults:?}");
    let establishment = EstablishmentId::new(SCHOOL);
    store
        .put_establishment(&Establishment {
            id: establishment.clone(),
            name: "Collège des Tilleuls".to_owned(),
        })
        .await
        .unwrap();
    store
        .put_room(&RoomRow {
            id: room_id(),
            establishment: establishment.clone(),
            name: "CDI".to_owned(),
            seats: (1..=seats)
                .map(|seat| Seat {
                    seat: SeatNo(seat),
                    at: None,
                    workstation: None,
                })
                .collect(),
        })
        .await
        .unwrap();
    store
        .add_staff(&Staff {
            id: StaffId::new(STAFF),
            login: STAFF.to_owned(),
            name: Private::new("M. Renaud".to_owned()),
            password: Private::new(String::new()),
            disabled: false,
            once: None,
        })
        .await
        .unwrap();
    let pupils: Vec<Pupil> = (1..=seats)
        .map(|seat| Pupil {
            pseudonym: Pseudonym::new(format!("pseudo{seat}")),
            establishment: establishment.clone(),
            account: Some(Private::new(account(seat))),
            given: Private::new(format!("Élève{seat}")),
            family: Private::new("Martin".to_owned()),
            class: "4e B".to_owned(),
        })
        .collect();
    store.put_pupils(&pupils).await.unwrap();
    let charter: Digest = digest(CHARTER);
    store
        .adopt_charter(&establishment, (&charter, CHARTER), MORNING)
        .await
        .unwrap();
    for seat in 1..=seats {
        store
            .put_enrolment_token(NewToken {
                digest: &digest(&token(seat)),
                room: &room_id(),
                seat: Some(SeatNo(seat)),
                uses: 1,
                made: MORNING,
                by: None,
                ends: MORNING + Span::minutes(600),
                newcomers: Newcomers::Wait,
            })
            .await
            .unwrap();
    }
}

async fn list(
    request: HttpRequest,
    digest: web::Path<String>,
    rooms: web::Data<Rooms>,
) -> actix_web::HttpResponse {
    agents::list(&request, &digest, &rooms).await
}

async fn tablet(
    request: HttpRequest,
    body: web::Payload,
    rooms: web::Data<Rooms>,
    audit: web::Data<Audit>,
) -> Result<actix_web::HttpResponse, actix_web::Error> {
    let room = rooms.room(&room_id()).await.unwrap().unwrap();
    let watcher = Watcher {
        staff: StaffId::new(STAFF),
        lang: Lang::Fr,
        login: "the-login".to_owned(),
        until: MORNING + Span::minutes(600),
        school: EstablishmentId::new(SCHOOL),
        audit: audit.get_ref().clone(),
    };
    live::watch(&request, body, &rooms, &room, watcher)
        .await
        .unwrap()
}

fn copy_all(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_all(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
