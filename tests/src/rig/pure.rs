//! Decide and apply alone: a room in memory, the charter that ships, the same mix of events that the load sends.

use std::time::{Duration, Instant};

use anyhow::ensure;
use vigie_filters::RuleSet;
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    AgentFrame, Day, EstablishmentId, Event, RoomId, SeatNo, SessionId, Span, StaffId, Stamp,
    WorkstationId,
};
use vigie_room::{Delta, Input, Opening, Room, apply_into, decide};

use super::payload;
use super::school::SEATS;

/// Events of each seat.
const EACH: u64 = 5_000;
/// Events read together, so that reading them is not what is timed.
const SOME: u64 = 25;
const START: Stamp = Stamp(1_795_500_000_000);

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub events: u64,
    pub records: u64,
    /// Microseconds of one event, decided and applied.
    pub pure_us: f64,
    /// The same with its records written as JSON.
    pub written_us: f64,
}

/// Measures one processor's time for each event.
///
/// # Errors
/// The charter that ships does not compile, or the payload is no frame.
pub fn measure() -> anyhow::Result<Found> {
    let (charter, faults) = vigie_filters::read_charter(vigie_filters::default_charter());
    let rules = RuleSet::new(charter, None);
    ensure!(faults.is_empty(), "the charter that ships has faults");
    let (pure, events, records) = run(&rules, false)?;
    let (written, ..) = run(&rules, true)?;
    Ok(Found {
        events,
        records,
        pure_us: micros(pure, events),
        written_us: micros(written, events),
    })
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a figure to print"
)]
fn micros(took: Duration, events: u64) -> f64 {
    took.as_secs_f64() * 1e6 / events as f64
}

fn run(rules: &RuleSet, written: bool) -> anyhow::Result<(Duration, u64, u64)> {
    let mut room = open(rules);
    let (mut took, mut events, mut records) = (Duration::ZERO, 0, 0);
    let (mut text, mut body) = (String::new(), Vec::new());
    for first in (1..=EACH).step_by(usize::try_from(SOME)?) {
        for seat in 0..SEATS {
            let at = START.0 + i64::try_from(first)? * 100;
            payload::frame(&mut text, "2026-11-24.pure", seat, first, SOME, at);
            let AgentFrame::Events { batch, .. } = AgentFrame::decode(&text)? else {
                anyhow::bail!("no events: {text}");
            };
            let inputs = inputs(&workstation(seat), batch);
            let (begun, mut delta) = (Instant::now(), Delta::default());
            body.clear();
            for input in inputs {
                events += 1;
                for record in decide(&room, rules, Stamp(at), input) {
                    records += 1;
                    if written {
                        serde_json::to_writer(&mut body, &record)?;
                    }
                    apply_into(&mut room, &record, &mut delta);
                }
            }
            took += begun.elapsed();
        }
    }
    Ok((took, events, records))
}

fn inputs(workstation: &WorkstationId, batch: Vec<Event>) -> Vec<Input> {
    batch
        .into_iter()
        .map(|event| Input::Event {
            workstation: workstation.clone(),
            ahead: Span(0),
            event,
        })
        .collect()
}

fn workstation(seat: usize) -> WorkstationId {
    WorkstationId::new(format!("rig-{seat}"))
}

fn open(rules: &RuleSet) -> Room {
    let day = Day {
        year: 2026,
        month: 11,
        day: 24,
    };
    let mut room = Room::new(SessionId::new(day, "pure"));
    let adult = StaffId::new("rig");
    let seats = (1..).map(SeatNo).zip(0..SEATS);
    let opening = Opening {
        establishment: EstablishmentId::new("0310001A"),
        room: RoomId::new("0310001A-rig"),
        by: adult.clone(),
        adults: vec![adult],
        task: "Exposé sur les volcans".to_owned(),
        ends: START + Span::minutes(90),
        charter: rules.charter().digest.clone(),
        list: None,
        seats: seats
            .map(|(seat, number)| (seat, Some(workstation(number))))
            .collect(),
        chat_open: true,
        setting: vigie_protocol::Setting::default(),
        sites: Vec::new(),
        sites_only: false,
        pupils: Vec::new(),
    };
    let mut inputs = vec![Input::Open(opening)];
    inputs.extend((0..SEATS).map(|seat| Input::LinkUp {
        workstation: workstation(seat),
        can: Capabilities::default(),
    }));
    let mut delta = Delta::default();
    for input in inputs {
        for record in decide(&room, rules, START, input) {
            apply_into(&mut room, &record, &mut delta);
        }
    }
    room
}
