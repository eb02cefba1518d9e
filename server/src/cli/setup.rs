//! `vigie school`, `vigie room`, `vigie retention`: a school from an empty directory.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Subcommand;
use vigie_protocol::{EstablishmentId, RoomId};

use super::{Site, lang, print};
use crate::alerts::Alerts;
use crate::audit::Audit;
use crate::journal::Journal;
use crate::retention;
use crate::setup::plan::{self, SEATS_MAX};
use crate::setup::{self, slug, uai_shape};
use crate::store::Store;
use crate::store::places::{Establishment, RoomRow};
use crate::texts::say;

#[derive(Debug, Subcommand)]
pub(super) enum School {
    /// Add a school, or give it another name.
    Add {
        /// The UAI code: seven digits and a letter.
        uai: String,
        /// Its name.
        name: String,
    },
    /// List the schools.
    List,
}

pub(super) async fn school(site: &Site, command: School) -> anyhow::Result<ExitCode> {
    let store = site.store().await?;
    match command {
        School::Add { uai, name } => {
            let id = uai_shape(&uai)?;
            // A made-up code is of use to those who try Vigie out; a school's own has the right letter.
            if let Err(why) = setup::uai(id.as_str()) {
                let _ = writeln!(std::io::stderr(), "vigie: {}", why.words(lang(site)));
            }
            store.put_establishment(&Establishment { id, name }).await?;
        }
        School::List => {
            for school in store.establishments().await? {
                print(&format!("{}\t{}", school.id, school.name));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A school that exists.
pub(super) async fn school_named(store: &Store, text: &str) -> anyhow::Result<EstablishmentId> {
    let id = uai_shape(text)?;
    let known = store.establishments().await?;
    ensure!(
        known.iter().any(|school| school.id == id),
        "there is no school {id}; add it with `vigie school add {id} NAME`"
    );
    Ok(id)
}

#[derive(Debug, Subcommand)]
pub(super) enum Room {
    /// Add a room, or give it a new name and plan; prints its id.
    Add {
        /// The school's UAI code.
        #[arg(long)]
        school: String,
        /// Its name: `CDI`.
        name: String,
        /// How many seats it has.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(SEATS_MAX)))]
        seats: u16,
        /// Seats in a row of the plan; without it the tiles are laid out in order.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=100))]
        columns: Option<u16>,
    },
    /// List the rooms of a school.
    List {
        #[arg(long)]
        school: String,
    },
}

pub(super) async fn room(site: &Site, command: Room) -> anyhow::Result<ExitCode> {
    let store = site.store().await?;
    match command {
        Room::Add {
            school,
            name,
            seats,
            columns,
        } => {
            let establishment = school_named(&store, &school).await?;
            let id = RoomId::new(format!(
                "{establishment}-{}",
                slug(&name).context("the room's name")?
            ));
            let drawn: Vec<_> = match columns {
                Some(columns) => plan::in_rows(seats, columns),
                None => (1..=seats).map(|seat| (seat, None)).collect(),
            };
            let seats = plan::checked(&drawn).context("the plan")?;
            store
                .put_room(&RoomRow {
                    id: id.clone(),
                    establishment,
                    name,
                    seats,
                })
                .await?;
            print(id.as_str());
        }
        Room::List { school } => {
            let school = school_named(&store, &school).await?;
            for room in store.rooms_of(&school).await? {
                print(&format!("{}\t{}\t{}", room.id, room.name, room.seats.len()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Subcommand)]
pub(super) enum Retention {
    /// Erase now what is due; the server does it by itself every hour.
    Run,
}

pub(super) async fn retention(site: &Site, command: Retention) -> anyhow::Result<ExitCode> {
    let Retention::Run = command;
    let data = &site.config.data;
    let store = site.store().await?;
    let kept = retention::Kept {
        journal: Journal::open(&data.join("days"))?,
        audit: Audit::start(&data.join("audit"), site.clock.clone(), store.clone())?,
        alerts: Alerts::start(&data.join("alerts"), store.clone())?,
        store,
    };
    kept.alerts.sweep(&kept.journal).await?;
    let gone = retention::run(&kept, site.config.retention, &site.clock)
        .await
        .context("erasing what is due")?;
    print(&say(
        lang(site),
        "cli-erased",
        &[
            ("days", gone.days.into()),
            ("alerts", gone.alerts.into()),
            ("months", gone.months.into()),
        ],
    ));
    Ok(ExitCode::SUCCESS)
}
