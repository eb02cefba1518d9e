//! The sample school: rooms drawn on a plan, adults with their roles, pupils of the script, and a session in each room.
//!
//! Writes through the same store as the set-up commands, and opens sessions through the rooms' own inboxes. Never a record of
//! its own making: everything after the opening is what the pupils' agents say.

use vigie_filters::default_charter;
use vigie_protocol::{EstablishmentId, Private, RoomId, SeatNo, Span, StaffId};
use vigie_room::Opening;

use super::script::Life;
use crate::agents::digest;
use crate::app::App;
use crate::auth::hash_password;
use crate::ids;
use crate::policy::Role;
use crate::store::enrolment::{NewToken, Newcomers};
use crate::store::people::{Pupil, Staff};
use crate::store::places::{Establishment, RoomRow, Seat};

/// The sample school's code: of the right shape, and of no school.
const UAI: &str = "0319999Z";
/// How long the sample sessions last.
const SESSION: Span = Span::minutes(55);
/// How long an enrolment token of the demo may be used.
const ENROLMENT: Span = Span::minutes(10);

/// A sample adult.
struct Adult {
    role: Role,
    login: &'static str,
    name: &'static str,
}

const ADULTS: [Adult; 7] = [
    Adult {
        role: Role::Documentalist,
        login: "diallo",
        name: "Mme Diallo",
    },
    Adult {
        role: Role::Assistant,
        login: "renaud",
        name: "M. Renaud",
    },
    Adult {
        role: Role::Teacher,
        login: "costa",
        name: "Mme Costa",
    },
    Adult {
        role: Role::Referent,
        login: "haddad",
        name: "M. Haddad",
    },
    Adult {
        role: Role::Head,
        login: "lemoine",
        name: "Mme Lemoine",
    },
    Adult {
        role: Role::Dpo,
        login: "petitjean",
        name: "M. Petitjean",
    },
    Adult {
        role: Role::Admin,
        login: "nguyen",
        name: "Mme Nguyen",
    },
];

/// A sample room: `columns` seats in a row.
struct Place {
    word: &'static str,
    name: &'static str,
    task: &'static str,
    owner: &'static str,
    seats: u16,
    columns: u16,
}

const PLACES: [Place; 2] = [
    Place {
        word: "cdi",
        name: "CDI",
        task: "Exposé : la Révolution française",
        owner: "diallo",
        seats: 16,
        columns: 4,
    },
    Place {
        word: "info",
        name: "Salle informatique 2",
        task: "Scratch : programmer un jeu de plateforme",
        owner: "costa",
        seats: 10,
        columns: 5,
    },
];

/// A way to sign in, to be printed once.
#[derive(Debug)]
pub(crate) struct SampleLogin {
    pub(crate) role: Role,
    pub(crate) name: &'static str,
    pub(crate) password: Private<String>,
}

/// A seat that waits for its pupil's agent.
#[derive(Debug)]
pub(crate) struct Chair {
    pub(crate) life: Life,
    pub(crate) token: Private<String>,
}

/// The id of a sample room.
pub(crate) fn room_id(word: &str) -> RoomId {
    RoomId::new(format!("{UAI}-{word}"))
}

/// Builds the school on empty tables and opens its sessions.
pub(crate) async fn build(
    app: &App,
    lives: Vec<Life>,
) -> anyhow::Result<(Vec<SampleLogin>, Vec<Chair>)> {
    let school = EstablishmentId::from(UAI);
    app.store
        .put_establishment(&Establishment {
            id: school.clone(),
            name: "Collège des Tilleuls".to_owned(),
        })
        .await?;
    let charter = digest(default_charter());
    app.store
        .adopt_charter(&school, (&charter, default_charter()), app.clock.now())
        .await?;
    let logins = hire(app, &school).await?;
    furnish(app, &school, &lives).await?;
    enrol_pupils(app, &school, &lives).await?;
    let mut chairs = Vec::new();
    for life in lives {
        let token = ids::token();
        let sealed = digest(&token);
        app.store
            .put_enrolment_token(NewToken {
                digest: &sealed,
                room: &room_id(&life.room),
                seat: Some(SeatNo(life.seat)),
                uses: 1,
                made: app.clock.now(),
                by: None,
                ends: app.clock.now() + ENROLMENT,
                newcomers: Newcomers::Wait,
            })
            .await?;
        chairs.push(Chair {
            life,
            token: Private::new(token),
        });
    }
    Ok((logins, chairs))
}

async fn hire(app: &App, school: &EstablishmentId) -> anyhow::Result<Vec<SampleLogin>> {
    let mut logins = Vec::new();
    for Adult { role, login, name } in ADULTS {
        let password = Private::new(ids::letters(10));
        let sealed =
            hash_password(&password).ok_or_else(|| anyhow::anyhow!("cannot seal a password"))?;
        let id = StaffId::from(login);
        let staff = Staff {
            id: id.clone(),
            login: login.to_owned(),
            name: Private::new(name.to_owned()),
            password: sealed,
            disabled: false,
            once: None,
        };
        app.store.add_staff(&staff).await?;
        app.store.grant(&id, school, role).await?;
        logins.push(SampleLogin {
            role,
            name: login,
            password,
        });
    }
    app.store
        .name_distress_receiver(school, &StaffId::from("diallo"))
        .await?;
    Ok(logins)
}

/// Rooms as large as their plan, or as the script's pupils need.
async fn furnish(app: &App, school: &EstablishmentId, lives: &[Life]) -> anyhow::Result<()> {
    for (word, name, seats, columns) in rooms(lives) {
        let seats = (1..=seats)
            .map(|number| Seat {
                seat: SeatNo(number),
                at: Some(((number - 1) % columns, (number - 1) / columns)),
                workstation: None,
            })
            .collect();
        app.store
            .put_room(&RoomRow {
                id: room_id(&word),
                establishment: school.clone(),
                name,
                seats,
            })
            .await?;
    }
    Ok(())
}

/// Word, name, seats and columns of every room that the script names.
fn rooms(lives: &[Life]) -> Vec<(String, String, u16, u16)> {
    let mut rooms: Vec<_> = PLACES
        .iter()
        .map(|it| (it.word.to_owned(), it.name.to_owned(), it.seats, it.columns))
        .collect();
    for life in lives {
        match rooms.iter_mut().find(|(word, ..)| *word == life.room) {
            Some((_, _, seats, _)) => *seats = (*seats).max(life.seat),
            None => rooms.push((
                life.room.clone(),
                format!("Salle {}", life.room),
                life.seat,
                6,
            )),
        }
    }
    rooms
}

async fn enrol_pupils(app: &App, school: &EstablishmentId, lives: &[Life]) -> anyhow::Result<()> {
    let pupils: Vec<_> = lives
        .iter()
        .filter_map(|life| {
            let (given, family) = life.name.split_once(' ')?;
            Some(Pupil {
                pseudonym: ids::pseudonym(),
                establishment: school.clone(),
                account: life.account.clone().map(Private::new),
                given: Private::new(given.to_owned()),
                family: Private::new(family.to_owned()),
                class: life.class.clone(),
            })
        })
        .collect();
    Ok(app.store.put_pupils(&pupils).await?)
}

/// Opens a session in every room, once the workstations are enrolled: their seats are part of the opening.
pub(crate) async fn open(app: &App, lives: &[Life]) -> anyhow::Result<()> {
    let school = EstablishmentId::from(UAI);
    let (charter, _) = app
        .store
        .charter_in_force(&school, app.clock.now())
        .await?
        .ok_or_else(|| anyhow::anyhow!("no charter is in force"))?;
    for (word, ..) in rooms(lives) {
        let place = PLACES.iter().find(|it| it.word == word);
        let owner = StaffId::from(place.map_or("costa", |it| it.owner));
        let room = room_id(&word);
        let handle = app
            .rooms
            .room(&room)
            .await?
            .ok_or_else(|| anyhow::anyhow!("room {room} is missing"))?;
        let opening = Opening {
            establishment: school.clone(),
            room: room.clone(),
            by: owner.clone(),
            adults: vec![owner, StaffId::from("renaud")],
            task: place.map_or("Recherche libre", |it| it.task).to_owned(),
            ends: app.clock.now() + SESSION,
            charter: charter.clone(),
            list: None,
            seats: Vec::new(),
            chat_open: true,
            setting: vigie_protocol::Setting::default(),
            sites: Vec::new(),
            sites_only: false,
            pupils: Vec::new(),
        };
        handle
            .open(opening)
            .await
            .map_err(|error| anyhow::anyhow!("room {room} did not open: {error:?}"))?;
    }
    Ok(())
}
