//! The tablets of the rig: one a room, reading the live socket as a page does, noting when each new alert was read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::ensure;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use vigie_protocol::view::{Card, LiveFrame};

use super::measure::Latencies;
use super::school::{SEATS, School};
use super::websocket::{Kind, Socket};

/// When each link wrote its alarm, and how long each took to be read.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    written: BTreeMap<usize, Instant>,
    took: Latencies,
    frames: u64,
    bytes: u64,
}

impl Alarms {
    /// A link is about to write what becomes an alert.
    pub fn written(&self, link: usize) {
        self.with(|inner| inner.written.insert(link, Instant::now()));
    }

    /// What was read so far, how many alarms are still unread, how many frames and bytes came.
    pub fn so_far(&self) -> (Latencies, usize, u64, u64) {
        self.with(|inner| {
            (
                inner.took.clone(),
                inner.written.len(),
                inner.frames,
                inner.bytes,
            )
        })
    }

    fn read(&self, link: usize) {
        self.with(|inner| {
            if let Some(written) = inner.written.remove(&link) {
                inner.took.add(written.elapsed());
            }
        });
    }

    fn with<T>(&self, what: impl FnOnce(&mut Inner) -> T) -> T {
        what(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Watches a room until its task is aborted. Ready once the snapshot came.
///
/// # Errors
/// The server refuses.
pub async fn watch(
    school: &School,
    room: usize,
    alarms: &Alarms,
) -> anyhow::Result<JoinHandle<anyhow::Result<()>>> {
    let name = school.rooms.get(room).cloned().unwrap_or_default();
    let headers = school.tablet_headers();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let path = format!("/api/v1/rooms/{name}/live");
    let mut socket = Socket::open(school.address, &path, &headers).await?;
    let first = next(&mut socket).await?.0;
    ensure!(
        matches!(first, LiveFrame::Snapshot { .. }),
        "the first frame is no snapshot"
    );
    let alarms = alarms.clone();
    Ok(tokio::spawn(async move {
        let mut known = BTreeSet::new();
        loop {
            let (frame, bytes) = next(&mut socket).await?;
            alarms.with(|inner| {
                inner.frames += 1;
                inner.bytes += bytes;
            });
            let LiveFrame::Delta { cards, .. } = frame else {
                continue;
            };
            for (key, card) in cards {
                if let Some(Card::Item(item)) = card
                    && known.insert(key)
                {
                    for seat in item.seats {
                        alarms.read(room * SEATS + usize::from(seat.0).saturating_sub(1));
                    }
                }
            }
        }
    }))
}

async fn next(socket: &mut Socket) -> anyhow::Result<(LiveFrame, u64)> {
    let (kind, payload) = socket.next().await?;
    ensure!(kind == Kind::Text, "the live socket closed");
    let bytes = u64::try_from(payload.len()).unwrap_or(0);
    Ok((serde_json::from_slice(&payload)?, bytes))
}
