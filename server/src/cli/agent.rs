//! `vigie agent`: enrolment tokens from the command line. Never shows a token twice.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::Subcommand;
use vigie_protocol::{RoomId, SeatNo, Span, Stamp};

use super::{Site, print};
use crate::agents::digest;
use crate::ids;
use crate::setup::plan::SEATS_MAX;
use crate::store::Store;
use crate::store::enrolment::{NewToken, Newcomers};
use crate::store::places::RoomRow;
use crate::wire::Identity;

#[derive(Debug, Subcommand)]
pub(super) enum Agent {
    /// Make an enrolment token and print it; it is shown once.
    Token(Token),
    /// List a room's tokens: name, state, uses left of how many, end, seat.
    Tokens {
        /// The room's id, as `vigie room list` prints it.
        #[arg(long)]
        room: String,
    },
    /// Take a token back: no further workstation enrols by it.
    Revoke {
        /// The room's id.
        #[arg(long)]
        room: String,
        /// The token's name, as `vigie agent tokens` prints it.
        token: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Token {
    /// The room's id, as `vigie room list` prints it.
    #[arg(long)]
    room: String,
    /// The one seat that it is for; without it each workstation waits until an adult matches its code to a seat.
    #[arg(long)]
    seat: Option<u16>,
    /// Without --seat: each workstation takes the first free seat instead of waiting.
    #[arg(long, conflicts_with = "seat")]
    in_order: bool,
    /// How many workstations may enrol by it.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(SEATS_MAX)))]
    uses: u16,
    /// For how long: 30m, 24h, 7d; at most 30 days.
    #[arg(long, default_value = "24h", value_parser = span)]
    expires: Span,
    /// For how many hours; the same as --expires.
    #[arg(long, conflicts_with = "expires", value_parser = clap::value_parser!(u16).range(1..=720))]
    hours: Option<u16>,
}

pub(super) async fn agent(site: &Site, command: Agent) -> anyhow::Result<ExitCode> {
    let store = site.store().await?;
    match command {
        Agent::Token(asked) => token(site, &store, asked).await?,
        Agent::Tokens { room } => {
            let room = room_named(&store, room).await?;
            let now = site.clock.now();
            for token in store.enrolment_tokens(&room.id).await? {
                let seat = token.seat.map_or("-".to_owned(), |seat| seat.to_string());
                print(&format!(
                    "{}\t{}\t{}/{}\t{}\t{seat}",
                    token.id,
                    token.state(now),
                    token.uses_left,
                    token.uses,
                    local(site, token.ends),
                ));
            }
        }
        Agent::Revoke { room, token } => {
            let room = room_named(&store, room).await?;
            let known = store
                .revoke_enrolment_token(&room.id, &token, site.clock.now())
                .await?;
            ensure!(
                known,
                "the room {} has no token {token}; `vigie agent tokens` lists them",
                room.id
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn token(site: &Site, store: &Store, asked: Token) -> anyhow::Result<()> {
    let room = room_named(store, asked.room).await?;
    let seat = asked.seat.map(SeatNo);
    if let Some(seat) = seat {
        ensure!(
            room.seats.iter().any(|one| one.seat == seat),
            "the room {} has no seat {seat}",
            room.id
        );
        ensure!(
            asked.uses == 1,
            "a seat takes one workstation: leave out --uses"
        );
    }
    let token = ids::token();
    let now = site.clock.now();
    let lasts = asked.hours.map_or(asked.expires, |hours| {
        Span::minutes(i64::from(hours).saturating_mul(60))
    });
    store
        .put_enrolment_token(NewToken {
            digest: &digest(&token),
            room: &room.id,
            seat,
            uses: asked.uses,
            made: now,
            by: None,
            ends: now + lasts,
            newcomers: if asked.in_order {
                Newcomers::InOrder
            } else {
                Newcomers::Wait
            },
        })
        .await?;
    print(&Identity::open(&site.config.data)?.token(&token));
    Ok(())
}

/// `2026-11-24 18:30`, in the school's time zone.
fn local(site: &Site, at: Stamp) -> String {
    let Ok(at) = jiff::Timestamp::from_millisecond(at.0) else {
        return at.0.to_string();
    };
    let there = site.clock.zone().to_offset(at).to_datetime(at);
    format!("{} {:02}:{:02}", there.date(), there.hour(), there.minute())
}

async fn room_named(store: &Store, room: String) -> anyhow::Result<RoomRow> {
    let id = RoomId::new(room);
    match store.room(&id).await? {
        Some(room) => Ok(room),
        None => bail!("there is no room {id}; `vigie room list --school UAI` names them"),
    }
}

/// `30m`, `24h`, `7d`.
fn span(text: &str) -> Result<Span, String> {
    const MINUTES_MAX: i64 = 30 * 24 * 60;
    let wrong = || format!("{text:?} is not a time such as 30m, 24h or 7d, of at most 30 days");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).unwrap_or_default();
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let minutes = match unit {
        'm' => number,
        'h' => number.saturating_mul(60),
        'd' => number.saturating_mul(24 * 60),
        _ => return Err(wrong()),
    };
    if (1..=MINUTES_MAX).contains(&minutes) {
        Ok(Span::minutes(minutes))
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_with_its_unit_and_has_an_end() {
        assert_eq!(span("30m"), Ok(Span::minutes(30)));
        assert_eq!(span("24h"), Ok(Span::minutes(1_440)));
        assert_eq!(span("30d"), Ok(Span::minutes(43_200)));
        for wrong in [
            "",
            "h",
            "12",
            "0h",
            "-3h",
            "31d",
            "9999999999999999999d",
            "3é",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
