//! A seat, a room, and the wire between them, all moved by one seed.

use std::collections::VecDeque;

use vigie_protocol::link::{AgentInput, AgentOutput, Limits, ServerEnd, ServerInput};
use vigie_protocol::{CloseCode, Day, EventKind, Private, ServerFrame, SessionId, Span, Stamp};

use super::room::{Room, world_signature};
use super::seat::Seat;

/// splitmix64.
pub(crate) struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
    fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }
}

/// What happened, over all seeds.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cuts: u64,
    pub(crate) kills: u64,
    pub(crate) restarts: u64,
    pub(crate) failed_commits: u64,
    pub(crate) repeats: u64,
    pub(crate) silences: u64,
    pub(crate) dropped: u64,
    pub(crate) late: u64,
    pub(crate) arrived: u64,
    pub(crate) frames: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.cuts += other.cuts;
        self.kills += other.kills;
        self.restarts += other.restarts;
        self.failed_commits += other.failed_commits;
        self.repeats += other.repeats;
        self.silences += other.silences;
        self.dropped += other.dropped;
        self.late += other.late;
        self.arrived += other.arrived;
        self.frames += other.frames;
    }
}

#[derive(Default)]
struct Way {
    queue: VecDeque<(Stamp, String)>,
    old: Vec<String>,
    free_at: Stamp,
}

pub(crate) struct World {
    dice: Dice,
    tell: bool,
    now: Stamp,
    limits: Limits,
    seat: Seat,
    room: Room,
    up: Way,
    down: Way,
    linked: bool,
    redial_at: Stamp,
    sessions: u64,
    tally: Tally,
}

impl World {
    pub(crate) fn new(seed: u64, tell: bool) -> Self {
        let mut dice = Dice(seed);
        let limits = Limits {
            credit: [8, 40, 256][usize::try_from(dice.roll(3)).unwrap()],
            batch_max: [1, 8, 32][usize::try_from(dice.roll(3)).unwrap()],
            frame_max: 16_384,
            beat: Span::seconds(5),
            events_per_second_max: [40, 400][usize::try_from(dice.roll(2)).unwrap()],
            proof_within: Span::seconds(10),
        };
        let spool_max = [20, 60, 100_000][usize::try_from(dice.roll(3)).unwrap()];
        Self {
            dice,
            tell,
            now: Stamp(1_000_000),
            limits,
            seat: Seat::new(spool_max),
            room: Room::default(),
            up: Way::default(),
            down: Way::default(),
            linked: false,
            redial_at: Stamp(0),
            sessions: 0,
            tally: Tally::default(),
        }
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.tell {
            println!("{:>8} {}", self.now.0 - 1_000_000, what());
        }
    }

    pub(crate) fn run(mut self) -> Tally {
        self.new_session();
        for _ in 0..260 {
            self.now = self.now + Span(i64::try_from(self.dice.roll(60)).unwrap());
            self.chaos();
            self.pupil();
            self.machinery(true);
        }
        self.say(|| "the storm is over".to_owned());
        for step in 0.. {
            self.now = self.now + Span(100);
            self.machinery(false);
            let quiet = self.seat.spool.values().all(|file| file.unacked.is_empty());
            if quiet && self.linked {
                break;
            }
            assert!(step < 5_000, "the link never came to rest");
        }
        self.check();
        self.tally
    }

    fn new_session(&mut self) {
        self.sessions += 1;
        let day = Day {
            year: 2026,
            month: 11,
            day: 24,
        };
        let session = SessionId::new(day, format!("s{}", self.sessions));
        self.say(|| format!("session {session} opens"));
        self.room.session = Some(session.clone());
        self.tell_session();
    }

    fn tell_session(&mut self) {
        if !self.linked {
            return;
        }
        let input = match self.room.lease() {
            Some(lease) => ServerInput::Session(lease),
            None => ServerInput::NoSession {
                code: None,
                why: "ended".to_owned(),
            },
        };
        self.serve(input);
    }

    fn chaos(&mut self) {
        match self.dice.roll(140) {
            0..=2 => {
                self.say(|| "cut".to_owned());
                self.tally.cuts += 1;
                self.cut();
            }
            3 => {
                self.say(|| "the agent is killed".to_owned());
                self.tally.kills += 1;
                self.cut();
                self.seat.kill();
            }
            4 => {
                self.say(|| "the server is killed".to_owned());
                self.tally.restarts += 1;
                self.cut();
                self.room.uncommitted.clear();
            }
            5 => {
                self.say(|| "a commit fails".to_owned());
                self.tally.failed_commits += 1;
                self.room.uncommitted.clear();
                self.room.asked.clear();
                self.serve(ServerInput::Close {
                    code: CloseCode::CommitFailed,
                    reason: "disk".to_owned(),
                });
            }
            6 => self.new_session(),
            7 => {
                self.say(|| "the session ends".to_owned());
                self.room.session = None;
                self.tell_session();
            }
            8 if self.dice.once_in(4) => {
                self.say(|| "silence for 20 s".to_owned());
                self.tally.silences += 1;
                self.now = self.now + Span::seconds(20);
                self.up.free_at = self.now + Span(50);
                self.down.free_at = self.now + Span(50);
            }
            9 if self.dice.once_in(4) => {
                self.say(|| "the clock is set back".to_owned());
                self.now = self.now - Span::seconds(3);
            }
            10..=18 => self.repeat(),
            _ => {}
        }
    }

    /// An old frame of this link arrives once more.
    fn repeat(&mut self) {
        let way = if self.dice.once_in(2) {
            &mut self.up
        } else {
            &mut self.down
        };
        // The handshake is not repeated: TCP repeats nothing, and a second `hello` is refused.
        let many = u64::try_from(way.old.len()).unwrap();
        if many > 0 {
            let which = usize::try_from(self.dice.roll(many)).unwrap();
            let text = way.old[which].clone();
            if !text.contains("\"t\":\"hello\"") && !text.contains("\"t\":\"proof\"") {
                self.tally.repeats += 1;
                way.queue.push_back((self.now, text));
            }
        }
    }

    fn pupil(&mut self) {
        for _ in 0..self.dice.roll(4) {
            let kind = match self.dice.roll(3) {
                0 => EventKind::Chat {
                    channel: "room".into(),
                    text: Private::new(format!("é\"{}", self.dice.roll(1_000_000))),
                },
                1 => EventKind::Front {
                    app: format!("app {}", self.dice.roll(1_000_000)),
                    title: None,
                },
                _ => EventKind::Presence {
                    present: self.dice.once_in(2),
                },
            };
            if let Some((session, events)) = self.seat.see(self.now, kind) {
                for event in events {
                    self.say(|| format!("spooled {session} {event:?}"));
                    let session = session.clone();
                    self.act(AgentInput::Spooled { session, event });
                }
            }
        }
    }

    fn machinery(&mut self, storm: bool) {
        if !self.linked && self.now >= self.redial_at {
            self.say(|| "dials".to_owned());
            self.linked = true;
            self.room.open(self.limits, self.now);
            self.act(AgentInput::Opened {
                nonce: "a".repeat(43),
                exporter: Some("e".repeat(43)),
            });
        }
        while let Some(text) = self.up.arrive(self.now) {
            self.say(|| format!("server <- {text}"));
            self.serve(ServerInput::Text(&text));
        }
        if !storm || self.dice.once_in(3) {
            let committed = self.room.commit();
            for (session, through) in committed {
                self.say(|| format!("committed {session} {through}"));
                self.serve(ServerInput::Committed { session, through });
            }
            for session in std::mem::take(&mut self.room.asked) {
                let through = Some(self.room.through(&session));
                self.say(|| format!("resumes {session} after {through:?}"));
                self.serve(ServerInput::Resume { session, through });
            }
        }
        while let Some(text) = self.down.arrive(self.now) {
            self.say(|| format!("agent <- {text}"));
            let frame = ServerFrame::decode(&text).unwrap();
            assert!(!matches!(frame, ServerFrame::Unknown(_)), "{text}");
            self.act(AgentInput::Received(frame));
        }
        if self.linked && self.seat.end.next_tick().is_some_and(|at| self.now >= at) {
            self.act(AgentInput::Tick);
        }
        let due = self.room.end.as_ref().and_then(ServerEnd::next_tick);
        if self.linked && due.is_some_and(|at| self.now >= at) {
            self.serve(ServerInput::Tick);
        }
    }

    fn act(&mut self, input: AgentInput) {
        let mut todo = VecDeque::from(self.seat.end.step(self.now, input));
        while let Some(output) = todo.pop_front() {
            match output {
                AgentOutput::Send(frame) => {
                    self.tally.frames += 1;
                    let delay = self.dice.roll(120);
                    self.up.send(self.now, delay, frame.encode());
                }
                AgentOutput::Sign {
                    said,
                    signature,
                    text,
                    ..
                } => {
                    assert_eq!(signature, world_signature(&said), "the server's proof");
                    let signature = world_signature(&text);
                    let input = AgentInput::Signed { signature };
                    todo.extend(self.seat.end.step(self.now, input));
                }
                AgentOutput::Forget { session, through } => {
                    let durable = self.room.through(&session);
                    assert!(through <= durable, "{through} acked, {durable} durable");
                    self.seat.forget(&session, through);
                }
                AgentOutput::Session(lease) => self.seat.lease = Some(lease.session),
                AgentOutput::NoSession { .. } => self.seat.lease = None,
                AgentOutput::Close { code, reason } => {
                    self.say(|| format!("agent hangs up: {code:?} {reason}"));
                    self.cut();
                }
                AgentOutput::Up(_)
                | AgentOutput::Charter { .. }
                | AgentOutput::Command(_)
                | AgentOutput::Withdrawn { .. }
                | AgentOutput::Panel(_)
                | AgentOutput::Refused { .. } => {}
            }
        }
    }

    fn serve(&mut self, input: ServerInput<'_>) {
        let (frames, hung_up) = self.room.step(self.limits, self.now, input);
        for frame in frames {
            let delay = self.dice.roll(120);
            self.down.send(self.now, delay, frame);
        }
        if hung_up && self.linked {
            self.say(|| "server hangs up".to_owned());
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.linked = false;
        self.room.end = None;
        self.room.asked.clear();
        self.up = Way::default();
        self.down = Way::default();
        self.redial_at = self.now + Span(i64::try_from(self.dice.roll(800)).unwrap());
        self.act(AgentInput::Closed);
    }

    fn check(&mut self) {
        assert!(
            self.room.refused.is_empty(),
            "refused: {:?}",
            self.room.refused
        );
        for (session, truth) in &self.seat.truth {
            let mut arrived = Vec::new();
            for event in &self.room.journal[session] {
                match &event.kind {
                    EventKind::Dropped { from } => {
                        for number in from.0..=event.seq.0 {
                            let said = self.seat.dropped.contains(&(session.clone(), number));
                            assert!(said, "{session}: {number} was never dropped");
                            self.tally.dropped += 1;
                            arrived.push(number);
                        }
                    }
                    kind => {
                        assert_eq!(
                            Some(kind),
                            truth.get(&event.seq.0),
                            "{session} {}",
                            event.seq
                        );
                        arrived.push(event.seq.0);
                    }
                }
            }
            let expected: Vec<u64> = truth.keys().copied().collect();
            assert_eq!(arrived, expected, "{session}");
            self.tally.arrived += u64::try_from(arrived.len()).unwrap();
        }
        self.tally.late += self.room.late;
    }
}

impl Way {
    fn send(&mut self, now: Stamp, delay: u64, text: String) {
        // Delayed but in order, as TCP does.
        let at = (now + Span(i64::try_from(delay).unwrap())).max(self.free_at);
        self.free_at = at;
        self.queue.push_back((at, text));
    }

    fn arrive(&mut self, now: Stamp) -> Option<String> {
        let (at, _) = self.queue.front()?;
        if *at > now {
            return None;
        }
        let (_, text) = self.queue.pop_front()?;
        self.old.push(text.clone());
        Some(text)
    }
}
