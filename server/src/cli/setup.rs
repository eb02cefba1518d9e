//! `vigie school`, `vigie room`, `vigie retention`: a school from an empty directory.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Subcommand;
use vigie_protocol::{EstablishmentId, RoomId, SeatNo};

use super::{Site, lang, print};
use crate::alerts::Alerts;
use crate::audit::Audit;
use crate::journal::Journal;
use crate::retention;
use crate::store::Store;
use crate::store::places::{Establishment, RoomRow, Seat};
use crate::texts::say;

/// Most seats of a room: a limit of the plan, said aloud.
pub(super) const SEATS_MAX: u16 = 500;

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
            let id = uai_code(&uai)?;
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

/// A school's code as people write it: any case.
fn uai_code(text: &str) -> anyhow::Result<EstablishmentId> {
    let code = text.trim().to_ascii_uppercase();
    let shaped = code.len() == 8
        && code.bytes().take(7).all(|b| b.is_ascii_digit())
        && code.bytes().last().is_some_and(|b| b.is_ascii_uppercase());
    ensure!(
        shaped,
        "{text:?} is not a UAI code: seven digits and a letter, such as 0310001A"
    );
    Ok(EstablishmentId::new(code))
}

/// A school that exists.
pub(super) async fn school_named(store: &Store, text: &str) -> anyhow::Result<EstablishmentId> {
    let id = uai_code(text)?;
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
            let id = RoomId::new(format!("{establishment}-{}", slug(&name)?));
            let seats = (1..=seats)
                .map(|seat| Seat {
                    seat: SeatNo(seat),
                    at: columns.map(|columns| {
                        let place = seat.saturating_sub(1);
                        (
                            place.checked_rem(columns).unwrap_or(0),
                            place.checked_div(columns).unwrap_or(0),
                        )
                    }),
                    workstation: None,
                })
                .collect();
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

/// `Salle 12 bis` becomes `salle-12-bis`: a part of an address.
fn slug(name: &str) -> anyhow::Result<String> {
    let lower = name.to_lowercase();
    let plain = lower.chars().map(|c| match c {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        c if c.is_ascii_alphanumeric() => c,
        _ => ' ',
    });
    let plain: String = plain.collect();
    let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
    ensure!(!slug.is_empty(), "the name {name:?} has no letter or digit");
    Ok(slug)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_slugs() {
        assert_eq!(uai_code(" 0310001a ").unwrap().as_str(), "0310001A");
        for wrong in ["031000A", "03100011", "0310001AA", "é310001A", ""] {
            assert!(uai_code(wrong).is_err(), "{wrong}");
        }
        assert_eq!(slug("Salle 12 bis (été)").unwrap(), "salle-12-bis-ete");
        assert!(slug("··").is_err());
    }
}
