//! One session's file, and where each of its events lies in it.
//!
//! Appends only; a rewriting goes to a new file that takes the old one's place once it is on the disk.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use vigie_protocol::{Event, EventKind, Seq, Stamp};

use super::record::{self, Record};
use super::{SpoolError, first_number};

/// Extension of a rewriting's new file.
pub(super) const NEW: &str = "new";
/// Bytes that may lie settled in a file before it is rewritten.
const SETTLED_BYTES_MAX: u64 = 128 << 10;
/// Most bytes of a file that are read; a spool of ours is smaller.
const FILE_BYTES_MAX: u64 = 256 << 20;

#[derive(Clone, Copy, Debug)]
struct Place {
    first: Seq,
    seq: Seq,
    stamp: Stamp,
    at: u64,
    bytes: u64,
}

/// A session's file.
#[derive(Debug)]
pub(super) struct Shelf {
    path: PathBuf,
    file: File,
    /// Length up to which the file is good.
    length: u64,
    places: VecDeque<Place>,
    /// Bytes of `places`.
    live: u64,
    settled: Seq,
    last: Seq,
    unsynced: bool,
}

impl Shelf {
    /// A new file. Its name is on the disk before this returns.
    pub(super) fn create(path: PathBuf, dir: &Path) -> Result<Self, SpoolError> {
        let file = options().create_new(true).open(&path);
        let file = file.map_err(|source| fail(&path, "cannot make the file", source))?;
        let synced = File::open(dir).and_then(|dir| dir.sync_all());
        synced.map_err(|source| fail(dir, "cannot sync the folder", source))?;
        Ok(Self {
            path,
            file,
            length: 0,
            places: VecDeque::new(),
            live: 0,
            settled: Seq(0),
            last: Seq(0),
            unsynced: false,
        })
    }

    /// Reads a file, cuts its torn tail, and gives the events that are not settled.
    pub(super) fn open(path: PathBuf) -> Result<(Self, Vec<Event>), SpoolError> {
        let mut file = options()
            .open(&path)
            .map_err(|source| fail(&path, "cannot open the file", source))?;
        let mut bytes = Vec::new();
        let read = Read::by_ref(&mut file).take(FILE_BYTES_MAX);
        { read }
            .read_to_end(&mut bytes)
            .map_err(|source| fail(&path, "cannot read the file", source))?;
        let mut shelf = Self {
            path,
            file,
            length: 0,
            places: VecDeque::new(),
            live: 0,
            settled: Seq(0),
            last: Seq(0),
            unsynced: false,
        };
        let mut events: VecDeque<Event> = VecDeque::new();
        for found in record::read(&bytes) {
            let (at, length) = (wide(found.at), wide(found.bytes));
            shelf.length = at.saturating_add(length);
            match found.record {
                Record::Settled(through) => shelf.settled = shelf.settled.max(through),
                // Numbers only grow in a file; anything else is a leftover of damage.
                Record::Event(event) if event.seq > shelf.last => {
                    shelf.place(&event, at, length);
                    events.push_back(*event);
                }
                Record::Event(_) => {}
            }
        }
        shelf.last = shelf.last.max(shelf.settled);
        shelf.settle();
        events.retain(|event| event.seq > shelf.settled);
        if shelf.length < wide(bytes.len()) {
            shelf.cut()?;
        }
        Ok((shelf, events.into()))
    }

    /// The number after the last one that this file knows.
    pub(super) fn next(&self) -> Seq {
        self.last.next()
    }

    pub(super) fn is_settled(&self) -> bool {
        self.places.is_empty()
    }

    /// Events and bytes.
    pub(super) fn size(&self) -> (usize, u64) {
        (self.places.len(), self.length)
    }

    /// How many events could give way: one that says what was dropped is all that stays of them, so one alone gains nothing.
    pub(super) fn droppable(&self) -> usize {
        Some(self.places.len()).filter(|len| *len >= 2).unwrap_or(0)
    }

    pub(super) fn append(&mut self, events: &[Event]) -> Result<(), SpoolError> {
        let mut bytes = Vec::new();
        let mut places = Vec::with_capacity(events.len());
        for event in events {
            let at = self.length.saturating_add(wide(bytes.len()));
            let record = Record::Event(Box::new(event.clone()));
            let written = record::write(&record, &mut bytes)
                .ok_or_else(|| io::Error::other("an event is larger than a record may be"))
                .map_err(|source| fail(&self.path, "cannot write the event", source))?;
            places.push((event, at, wide(written)));
        }
        self.write(&bytes)?;
        for (event, at, length) in places {
            self.place(event, at, length);
        }
        Ok(())
    }

    pub(super) fn sync(&mut self) -> Result<(), SpoolError> {
        if self.unsynced {
            let synced = self.file.sync_data();
            synced.map_err(|source| fail(&self.path, "cannot sync the file", source))?;
            self.unsynced = false;
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, through: Seq) -> Result<(), SpoolError> {
        if through <= self.settled {
            return Ok(());
        }
        self.settled = through;
        self.last = self.last.max(through);
        self.settle();
        if self.length.saturating_sub(self.live) > SETTLED_BYTES_MAX {
            return self.rewrite(None);
        }
        let mut bytes = Vec::new();
        let _fits = record::write(&Record::Settled(through), &mut bytes);
        self.write(&bytes)
    }

    /// Drops the oldest `count` events and puts one in their place that says so; gives it back.
    pub(super) fn drop_oldest(&mut self, count: usize) -> Result<Event, SpoolError> {
        let kept = self.places.split_off(count.min(self.places.len()));
        let dropped = std::mem::replace(&mut self.places, kept);
        let (first, last) = (dropped.front().copied(), dropped.back().copied());
        let said = Event {
            seq: last.map_or(self.last, |place| place.seq),
            at: last.map_or(Stamp(0), |place| place.stamp),
            kind: EventKind::Dropped {
                from: first.map_or(self.last, |place| place.first),
            },
        };
        match self.rewrite(Some(&said)) {
            Ok(()) => Ok(said),
            Err(error) => {
                // The old file is whole, so nothing was dropped.
                let kept = std::mem::replace(&mut self.places, dropped);
                self.places.extend(kept);
                Err(error)
            }
        }
    }

    pub(super) fn remove(self) -> Result<(), SpoolError> {
        fs::remove_file(&self.path)
            .map_err(|source| fail(&self.path, "cannot remove the file", source))
    }

    fn place(&mut self, event: &Event, at: u64, bytes: u64) {
        self.places.push_back(Place {
            first: first_number(event),
            seq: event.seq,
            stamp: event.at,
            at,
            bytes,
        });
        self.live = self.live.saturating_add(bytes);
        self.last = self.last.max(event.seq);
    }

    fn settle(&mut self) {
        while let Some(place) = self.places.front().copied()
            && place.seq <= self.settled
        {
            self.live = self.live.saturating_sub(place.bytes);
            self.places.pop_front();
        }
    }

    /// Writes at the end of what is good. When that fails, what was half written is cut off again.
    fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        let end = SeekFrom::Start(self.length);
        let written = self.file.seek(end).and_then(|_| self.file.write_all(bytes));
        if let Err(source) = written {
            let error = fail(&self.path, "cannot write to the file", source);
            // The write's own error is the one to tell; what could not be cut is skipped when the file is read.
            let _second_error = self.cut();
            return Err(error);
        }
        self.length = self.length.saturating_add(wide(bytes.len()));
        self.unsynced = true;
        Ok(())
    }

    fn cut(&mut self) -> Result<(), SpoolError> {
        let cut = self.file.set_len(self.length);
        cut.map_err(|source| fail(&self.path, "cannot cut the file", source))
    }

    /// Copies what is still needed to a new file, which takes this one's place. What fails leaves the old file in place, where
    /// nothing is missing.
    fn rewrite(&mut self, said: Option<&Event>) -> Result<(), SpoolError> {
        let new_path = self.path.with_extension(NEW);
        let copied = self.copy(&new_path, said);
        let (file, places, length) = copied.map_err(|source| {
            let _leftover = fs::remove_file(&new_path);
            fail(&self.path, "cannot rewrite the file", source)
        })?;
        fs::rename(&new_path, &self.path)
            .map_err(|source| fail(&self.path, "cannot replace the file", source))?;
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let synced = File::open(dir).and_then(|dir| dir.sync_all());
        synced.map_err(|source| fail(dir, "cannot sync the folder", source))?;
        self.live = places.iter().map(|place| place.bytes).sum();
        self.file = file;
        self.places = places;
        self.length = length;
        self.unsynced = false;
        Ok(())
    }

    fn copy(
        &mut self,
        new_path: &Path,
        said: Option<&Event>,
    ) -> io::Result<(File, VecDeque<Place>, u64)> {
        let mut bytes = Vec::new();
        let mut places = VecDeque::with_capacity(self.places.len().saturating_add(1));
        let _fits = record::write(&Record::Settled(self.settled), &mut bytes);
        if let Some(event) = said {
            let at = wide(bytes.len());
            let record = Record::Event(Box::new(event.clone()));
            let written = record::write(&record, &mut bytes).unwrap_or(0);
            places.push_back(Place {
                first: first_number(event),
                seq: event.seq,
                stamp: event.at,
                at,
                bytes: wide(written),
            });
        }
        for place in &self.places {
            let at = wide(bytes.len());
            self.file.seek(SeekFrom::Start(place.at))?;
            let read = Read::by_ref(&mut self.file).take(place.bytes);
            { read }.read_to_end(&mut bytes)?;
            places.push_back(Place { at, ..*place });
        }
        let mut file = options().create(true).truncate(true).open(new_path)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        Ok((file, places, wide(bytes.len())))
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn fail(path: &Path, doing: &'static str, source: io::Error) -> SpoolError {
    SpoolError {
        path: path.to_owned(),
        doing,
        source,
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
