//! The worlds in which a scenario runs.
//!
//! World 1 is the room alone: `decide` and `apply`, with what the driver does around them (ticks when they are due, links taken
//! down after a crash), and the law that folding the journal again gives an equal room, checked after every input.
//! World 2 is one server on SQLite: the same inputs go through the room's driver and the one writer to a journal on disk, and every
//! story is told of what that journal folds to. Never a socket and never a real clock here.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::runtime::Runtime;
use vigie_filters::RuleSet;
use vigie_protocol::{Day, SessionId, Stamp};
use vigie_room::fact::LinkEnd;
use vigie_room::picture::Link;
use vigie_room::{Audience, Input, Record, Refusal, Room, admit, apply, decide, due};
use vigie_server::stage::{Set, Stage};

/// Where a scenario runs.
#[derive(Debug)]
pub enum World {
    /// The room alone.
    Alone(Box<Alone>),
    /// One server on SQLite.
    Served(Box<Served>),
}

impl World {
    /// The room alone.
    pub fn alone() -> Self {
        Self::Alone(Box::new(Alone {
            room: Room::new(session()),
            journal: Vec::new(),
            rules: None,
        }))
    }
    /// One server on SQLite, with an engine of its own.
    ///
    /// # Errors
    /// There are no threads to be had.
    pub fn served() -> Result<Self> {
        Ok(Self::Served(Box::new(Served {
            runtime: Runtime::new()?,
            stage: None,
        })))
    }
    /// Its number, as scenarios name it.
    pub fn number(&self) -> u8 {
        match self {
            Self::Alone(_) => 1,
            Self::Served(_) => 2,
        }
    }
    /// The charter that is in force, and everything that stands in the room.
    ///
    /// # Errors
    /// When the world cannot be built.
    pub fn furnish(&mut self, rules: RuleSet, set: Set) -> Result<()> {
        match self {
            Self::Alone(alone) => alone.rules = Some(Arc::new(rules)),
            Self::Served(served) => {
                served.stage = Some(served.runtime.block_on(Stage::build(set))?);
            }
        }
        Ok(())
    }
    /// Gives an input.
    ///
    /// # Errors
    /// When the world breaks a law.
    pub fn input(&mut self, now: Stamp, input: Input) -> Result<Option<Refusal>> {
        match self {
            Self::Alone(alone) => alone.input(now, input),
            Self::Served(served) => {
                let (runtime, stage) = served.parts()?;
                runtime.block_on(stage.input(input))
            }
        }
    }
    /// Lets time pass.
    ///
    /// # Errors
    /// When the world breaks a law.
    pub fn advance(&mut self, to: Stamp) -> Result<()> {
        match self {
            Self::Alone(alone) => alone.advance(to),
            Self::Served(served) => {
                let (runtime, stage) = served.parts()?;
                runtime.block_on(stage.advance(to))
            }
        }
    }
    /// The room as everybody may see it: committed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn room(&mut self) -> Result<Room> {
        match self {
            Self::Alone(alone) => Ok(alone.room.clone()),
            Self::Served(served) => {
                let (runtime, stage) = served.parts()?;
                runtime.block_on(stage.room())
            }
        }
    }
    /// The server dies and comes back.
    ///
    /// # Errors
    /// When what comes back is not what was.
    pub fn dies(&mut self, now: Stamp) -> Result<()> {
        match self {
            Self::Alone(alone) => alone.dies(now),
            Self::Served(served) => {
                let (runtime, stage) = served.parts()?;
                runtime.block_on(stage.kill())
            }
        }
    }
    /// Stops everything that was started.
    ///
    /// # Errors
    /// When something does not stop.
    pub fn stop(&mut self) -> Result<()> {
        match self {
            Self::Alone(_) => Ok(()),
            Self::Served(served) => {
                if let Some(stage) = served.stage.take() {
                    served.runtime.block_on(stage.stop());
                }
                Ok(())
            }
        }
    }
}

fn session() -> SessionId {
    let day = Day {
        year: 2026,
        month: 11,
        day: 24,
    };
    SessionId::new(day, "scenario")
}

/// World 2.
#[derive(Debug)]
pub struct Served {
    runtime: Runtime,
    stage: Option<Stage>,
}

impl Served {
    fn parts(&mut self) -> Result<(&Runtime, &mut Stage)> {
        let stage = self.stage.as_mut().context("nothing is on the stage")?;
        Ok((&self.runtime, stage))
    }
}

/// World 1.
#[derive(Debug)]
pub struct Alone {
    room: Room,
    /// As it is written.
    journal: Vec<String>,
    rules: Option<Arc<RuleSet>>,
}

impl Alone {
    fn input(&mut self, now: Stamp, input: Input) -> Result<Option<Refusal>> {
        let refusal = admit(&self.room, &input).err();
        let Some(rules) = self.rules.clone() else {
            bail!("no charter was adopted");
        };
        let before = self.room.clone();
        let repeat = input.clone();
        let records = decide(&self.room, &rules, now, input);
        ensure!(self.room == before, "decide changed the room");
        ensure!(
            refusal.is_none() || records.is_empty(),
            "what was refused left a record"
        );
        for record in &records {
            self.remember(record)?;
        }
        if let Input::Event { .. } = repeat {
            let again = decide(&self.room, &rules, now, repeat);
            ensure!(again.is_empty(), "the same event again left a record");
        }
        self.check_replay()?;
        self.check_discretion(now)?;
        Ok(refusal)
    }
    fn remember(&mut self, record: &Record) -> Result<()> {
        let rev = self.room.rev();
        apply(&mut self.room, record);
        ensure!(
            self.room.rev() == rev.next(),
            "a record did not advance the rev"
        );
        self.journal.push(serde_json::to_string(record)?);
        Ok(())
    }
    fn fold(&self) -> Result<Room> {
        let mut room = Room::new(session());
        for line in &self.journal {
            apply(&mut room, &serde_json::from_str(line)?);
        }
        Ok(room)
    }
    fn check_replay(&self) -> Result<()> {
        ensure!(
            self.fold()? == self.room,
            "the journal folds to another room after: {:?}",
            self.journal.last()
        );
        Ok(())
    }
    /// Nothing that others may see tells of distress.
    fn check_discretion(&self, now: Stamp) -> Result<()> {
        for key in self.room.items(Audience::Others) {
            let item = self.room.item(key);
            ensure!(
                item.is_some_and(|item| !item.is_distress()),
                "distress in the queue of others"
            );
        }
        for seat in self.room.seats() {
            let tile = self.room.tile(seat, now, Audience::Others);
            let alert = tile.and_then(|tile| tile.alert);
            let alert = alert.and_then(|alert| self.room.alert(alert));
            ensure!(
                alert.is_none_or(|alert| !alert.is_distress()),
                "distress on a tile of others"
            );
        }
        Ok(())
    }
    fn advance(&mut self, to: Stamp) -> Result<()> {
        while let (_, Some(next)) = due(&self.room)
            && next <= to
        {
            let rev = self.room.rev();
            self.input(next, Input::Tick)?;
            ensure!(
                self.room.rev() > rev,
                "the room asked to be looked at again and had nothing to do"
            );
        }
        Ok(())
    }
    fn dies(&mut self, now: Stamp) -> Result<()> {
        self.room = self.fold()?;
        let up: Vec<_> = self
            .room
            .seats()
            .into_iter()
            .filter(|seat| {
                let tile = self.room.tile(*seat, now, Audience::Others);
                tile.is_some_and(|tile| tile.link == Link::Up)
            })
            .filter_map(|seat| self.room.workstation_at(seat).cloned())
            .collect();
        for workstation in up {
            let why = LinkEnd::Lost;
            self.input(now, Input::LinkDown { workstation, why })?;
        }
        Ok(())
    }
}
