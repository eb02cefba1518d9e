//! What is durable, read from the files themselves: the server's journal and the agent's spool.

use std::path::Path;

use anyhow::Context as _;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use serde_json::Value;
use vigie_agent::spool::{Kept, Limits, Spool};
use vigie_protocol::{Event, Stamp};

/// All records of every session that the journal holds, each with its session, in order. Read from a copy, so that a server that
/// runs, or was killed, is not disturbed.
///
/// # Errors
/// A file cannot be read.
pub async fn records(server_data: &Path) -> anyhow::Result<Vec<(String, Value)>> {
    let copy = tempfile::tempdir()?;
    let days = server_data.join("days");
    let mut files: Vec<_> = std::fs::read_dir(&days)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in &files {
        std::fs::copy(file.path(), copy.path().join(file.file_name()))?;
    }
    let mut records = Vec::new();
    for file in files {
        let name = file.file_name();
        let name = name.to_str().context("a name that is text")?;
        if !name.ends_with(".sqlite") {
            continue;
        }
        let url = format!("sqlite://{}", copy.path().join(name).display());
        let day = Database::connect(url).await?;
        let ask = "SELECT session, body FROM runs ORDER BY session, first_rev";
        let ask = Statement::from_string(DbBackend::Sqlite, ask);
        for row in day.query_all_raw(ask).await? {
            let session: String = row.try_get("", "session")?;
            let run: Vec<Value> = serde_json::from_str(&row.try_get::<String>("", "body")?)?;
            records.extend(run.into_iter().map(|record| (session.clone(), record)));
        }
        day.close().await?;
    }
    Ok(records)
}

/// The numbers of the events of one seat that the journal holds, in the journal's order.
///
/// # Errors
/// A file cannot be read.
pub async fn saw(server_data: &Path, seat: u64) -> anyhow::Result<Vec<u64>> {
    let events = events(server_data, seat).await?;
    let numbers = events.iter().map(|event| event.seq.0);
    Ok(numbers.collect())
}

/// The events of one seat that the journal holds, in the journal's order.
///
/// # Errors
/// A file cannot be read.
pub async fn events(server_data: &Path, seat: u64) -> anyhow::Result<Vec<Event>> {
    let records = records(server_data).await?;
    let of_seat = records.iter().filter(|(_, record)| {
        record.get("fact").is_some_and(|it| it == "saw")
            && record.get("seat").and_then(Value::as_u64) == Some(seat)
    });
    of_seat
        .map(|(_, record)| {
            let event = record.get("event").context("an event")?;
            Ok(serde_json::from_value(event.clone())?)
        })
        .collect()
}

/// What an agent's spool says of its newest session: the last number given, and the last that the server acknowledged.
///
/// # Errors
/// The spool cannot be read.
pub fn spooled(agent_data: &Path) -> anyhow::Result<(u64, u64)> {
    let newest = newest(agent_data)?;
    let last = newest.next.0.saturating_sub(1);
    let acked = newest
        .unacked
        .first()
        .map_or(last, |event| event.seq.0.saturating_sub(1));
    Ok((last, acked))
}

/// The events of an agent's newest session that the server has not acknowledged, as the spool holds them.
///
/// # Errors
/// The spool cannot be read.
pub fn unacked(agent_data: &Path) -> anyhow::Result<Vec<Event>> {
    Ok(newest(agent_data)?.unacked)
}

fn newest(agent_data: &Path) -> anyhow::Result<Kept> {
    let copy = tempfile::tempdir()?;
    for file in std::fs::read_dir(agent_data.join("spool"))? {
        let file = file?;
        std::fs::copy(file.path(), copy.path().join(file.file_name()))?;
    }
    let (_, kept) = Spool::open(copy.path(), Limits::default(), Stamp(0))?;
    kept.into_iter().next_back().context("a spooled session")
}
