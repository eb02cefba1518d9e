//! What the agent makes of what it sees. Pure: input and time in, outputs out.
//!
//! Owns the session's lease, the repeats, the window in front, the commands in force and what the pupil may ask. Never touches
//! a clock, a socket, a disk or the screen, and never judges: the server does. The same inputs give the same outputs.
//! Next: [`seen`] for what goes in; `repeats`, `front`, `orders` and `asks` for one concern each.
//! Long because one machine answers every input in one place.

mod asks;
mod front;
mod orders;
mod repeats;
pub mod seen;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use vigie_protocol::frame::SessionLease;
use vigie_protocol::view::SeatView;
use vigie_protocol::{
    CommandId, Digest, EventKind, Lease, Private, Sensor, SessionId, Span, Stamp,
};

pub use asks::{Asked, CHAT_CHARS_MAX, Refusal, WORDS_CHARS_MAX};
pub use orders::{Message, Order};
pub use seen::Seen;

use crate::clock::{Mono, Now};
use crate::desk::Able;
use crate::text::Lang;
use asks::Asks;
use front::Front;
use orders::Orders;
use repeats::Repeats;

/// How long the sensors are given to say whether they run, before the tile is told.
const SENSORS_SETTLE: Span = Span(300);

/// What happens to the brain.
#[derive(Clone, Debug)]
pub enum Input {
    /// A session is on, or its lease is renewed.
    Session(SessionLease),
    /// No session: nothing is collected.
    NoSession,
    /// A charter was read: the sensors that it needs.
    Charter {
        /// Which.
        digest: Digest,
        /// What it reads.
        needs: BTreeSet<Sensor>,
    },
    /// A sensor or an actuator said something.
    Seen(Seen),
    /// This many things seen could not wait and were dropped.
    Missed {
        /// How many.
        count: u64,
    },
    /// A command is owed to this seat; a repeat of one that is held only renews it.
    Command(Lease),
    /// A command is no longer owed.
    Withdrawn {
        /// Which.
        command: CommandId,
    },
    /// The proxy lets through only what the limits of this seat say.
    Limited,
    /// A page of the panel that is open shows this message.
    Shown {
        /// Which.
        command: CommandId,
    },
    /// Time passed.
    Tick,
}

/// What the driver must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Number this, spool it, send it.
    Say {
        /// The session in which it happened.
        session: SessionId,
        /// When.
        at: Stamp,
        /// What; its kind says whether it may wait to be sent with others.
        kind: EventKind,
    },
    /// Number this many events that were never kept, and say that they are missing.
    Lose {
        /// The session.
        session: SessionId,
        /// When it was noticed.
        at: Stamp,
        /// How many.
        count: u64,
    },
    /// These sensors may run, and no others.
    Watch(BTreeSet<Sensor>),
    /// The session that was on at this seat is over, or its lease was not renewed: no rule is in force.
    Over,
    /// This account sits here now.
    Seated {
        /// The session.
        session: SessionId,
        /// The system account, or none.
        account: Option<Private<String>>,
    },
    /// Something for an actuator.
    Order(Order),
}

/// Those that run, and those that are needed and cannot, with the reason.
type Told = (Vec<Sensor>, Vec<(Sensor, String)>);

/// Who the login says sits here.
#[derive(Debug, PartialEq)]
enum Login {
    /// Nobody has looked yet.
    Unread,
    /// This account, or none.
    Read(Option<Private<String>>),
}

/// A session under its lease.
#[derive(Debug)]
struct Held {
    lease: SessionLease,
    until: Mono,
    /// What the charter reads; none until the charter was read, and then no sensor runs.
    needs: Option<BTreeSet<Sensor>>,
    /// What the tile was last told about sensors.
    told: Option<Told>,
    /// When to tell it, if it changed.
    tell: Option<Mono>,
}

/// The brain.
#[derive(Debug)]
pub struct Brain {
    able: Able,
    lang: Lang,
    held: Option<Held>,
    /// Sensors that were asked to run and cannot.
    trouble: BTreeMap<Sensor, String>,
    login: Login,
    present: Option<bool>,
    front: Front,
    repeats: Repeats,
    orders: Orders,
    asks: Asks,
}

impl Brain {
    /// `lang` is the language of the words that adults read in receipts.
    pub fn new(mut able: Able, lang: Lang) -> Self {
        // The panel is part of every agent, so what is sent in its chat can always be read.
        able.sensors.insert(Sensor::Chat);
        able.missing.remove(&Sensor::Chat);
        Self {
            able,
            lang,
            held: None,
            trouble: BTreeMap::new(),
            login: Login::Unread,
            present: None,
            front: Front::default(),
            repeats: Repeats::default(),
            orders: Orders::default(),
            asks: Asks::default(),
        }
    }

    /// One input, in order.
    pub fn step(&mut self, now: Now, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        self.pass_time(now, &mut out);
        match input {
            Input::Session(lease) => self.begin_or_renew(now, lease, &mut out),
            Input::NoSession => self.end(now, &mut out),
            Input::Charter { digest, needs } => self.learn_needs(now, &digest, needs, &mut out),
            Input::Seen(seen) => self.see(now, seen, &mut out),
            Input::Missed { count } => self.miss(now, count, &mut out),
            Input::Command(lease) => {
                if let Some(session) = self.session().cloned() {
                    self.orders
                        .take(now, &session, lease, &self.able, self.lang, &mut out);
                }
            }
            Input::Withdrawn { command } => self.orders.withdraw(now, &command, &mut out),
            Input::Limited => self.orders.limited(now, &mut out),
            Input::Shown { command } => self.orders.shown(now, &command, &mut out),
            Input::Tick => {}
        }
        out
    }

    /// What the pupil asks through the panel. `view` is the panel's content: it says what makes sense.
    ///
    /// # Errors
    /// Why it is refused; nothing was said then.
    pub fn ask(&mut self, now: Now, asked: Asked, view: &SeatView) -> Result<Vec<Output>, Refusal> {
        let mut out = Vec::new();
        self.pass_time(now, &mut out);
        let held = self.held.as_ref().ok_or(Refusal::NoSession)?;
        let kind = self.asks.take(now.mono, asked, view, &held.lease.charter)?;
        out.push(Output::Say {
            session: held.lease.session.clone(),
            at: now.at,
            kind,
        });
        Ok(out)
    }

    /// The agent stops: what waits to be said together is said now. The session may be taken up again later.
    pub fn stop(&mut self, now: Now) -> Vec<Output> {
        let mut out = Vec::new();
        self.pass_time(now, &mut out);
        if let Some(session) = self.session().cloned() {
            self.say_what_waits(now, &session, &mut out);
        }
        out
    }

    /// The panel's content changed.
    pub fn viewed(&mut self, view: &SeatView) {
        self.asks.viewed(view);
    }

    /// When `Tick` is wanted next.
    pub fn next_tick(&self) -> Option<Mono> {
        let held = self.held.as_ref();
        [
            held.map(|held| held.until),
            held.and_then(|held| held.tell),
            self.front.due(),
            self.repeats.due(),
            self.orders.due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The session under a lease now.
    pub fn session(&self) -> Option<&SessionId> {
        self.held.as_ref().map(|held| &held.lease.session)
    }

    /// The lease held now, and when it ends.
    pub fn lease(&self) -> Option<(&SessionLease, Mono)> {
        self.held.as_ref().map(|held| (&held.lease, held.until))
    }

    /// Messages of this session that commands brought, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.orders.messages()
    }

    /// Until when the screen is locked, if it is.
    pub fn locked_until(&self) -> Option<Mono> {
        self.orders.locked_until()
    }

    /// The sites to which this seat is limited; none when it is not.
    pub fn limits(&self) -> Option<Vec<String>> {
        self.orders.limits()
    }

    /// Whether the hand is up by the pupil's own word, while the panel's content does not say so yet.
    pub fn hand(&self) -> Option<bool> {
        self.asks.hand()
    }

    /// The sensors that run now, as the tile was told.
    pub fn running(&self) -> BTreeSet<Sensor> {
        let (running, _) = self.sensors();
        running.into_iter().collect()
    }

    fn needs(&self, sensor: Sensor) -> bool {
        let needs = self.held.as_ref().and_then(|held| held.needs.as_ref());
        needs.is_some_and(|needs| needs.contains(&sensor))
    }

    fn begin_or_renew(&mut self, now: Now, lease: SessionLease, out: &mut Vec<Output>) {
        let until = now.mono + lease.remaining_ms;
        match &mut self.held {
            Some(held) if held.lease.session == lease.session => {
                if held.lease.charter != lease.charter {
                    held.needs = None;
                }
                held.lease = lease;
                held.until = until;
                return;
            }
            Some(_) => self.end(now, out),
            None => {}
        }
        if let Login::Read(account) = &self.login {
            out.push(Output::Seated {
                session: lease.session.clone(),
                account: account.clone(),
            });
        }
        self.orders.forget_messages();
        self.held = Some(Held {
            lease,
            until,
            needs: None,
            told: None,
            tell: None,
        });
    }

    /// The session is over by the server's word: sensors stop, and nothing that an adult ordered outlives it.
    fn end(&mut self, now: Now, out: &mut Vec<Output>) {
        self.stop_watching(now, out);
        self.orders.release_all(now, out);
        self.orders.forget_messages();
    }

    /// Sensors stop and rules lapse. A lock keeps its own deadline: pulling the plug must not end it early.
    fn stop_watching(&mut self, now: Now, out: &mut Vec<Output>) {
        let Some(held) = &self.held else { return };
        let session = held.lease.session.clone();
        self.say_what_waits(now, &session, out);
        self.held = None;
        self.front = Front::default();
        self.present = None;
        self.trouble.clear();
        self.asks = Asks::default();
        out.push(Output::Watch(BTreeSet::new()));
        out.push(Output::Over);
    }

    fn say_what_waits(&mut self, now: Now, session: &SessionId, out: &mut Vec<Output>) {
        for (at, connection) in self.repeats.drain() {
            out.push(say(session, at, EventKind::Connection(connection)));
        }
        if let Some((at, kind)) = self.front.flush(now.mono) {
            out.push(say(session, at, kind));
        }
    }

    fn learn_needs(
        &mut self,
        now: Now,
        digest: &Digest,
        needs: BTreeSet<Sensor>,
        out: &mut Vec<Output>,
    ) {
        let Some(held) = &mut self.held else { return };
        if held.lease.charter != *digest || held.needs.as_ref() == Some(&needs) {
            return;
        }
        if !needs.contains(&Sensor::Front) && !needs.contains(&Sensor::Titles) {
            self.front = Front::default();
        }
        out.push(Output::Watch(
            needs.intersection(&self.able.sensors).copied().collect(),
        ));
        held.needs = Some(needs);
        held.tell = Some(now.mono + SENSORS_SETTLE);
    }

    fn see(&mut self, now: Now, seen: Seen, out: &mut Vec<Output>) {
        // Receipts and the account are not supervision: they are taken at any time.
        let seen = match seen {
            Seen::Receipt { command, state } => {
                return self.orders.settle(now, &command, state, out);
            }
            Seen::Account { account } => return self.seat(account, out),
            Seen::Sensor { sensor, trouble } => return self.note_sensor(now, sensor, trouble),
            other => other,
        };
        let Some(session) = self.session().cloned() else {
            return;
        };
        let kind = match seen {
            Seen::Connection(connection) => {
                if !self.needs(Sensor::Connections) && !self.needs(Sensor::Urls) {
                    return;
                }
                let urls = self.needs(Sensor::Urls);
                self.repeats
                    .take(now, connection, urls)
                    .map(EventKind::Connection)
            }
            Seen::Front { app, title } => {
                let titles = self.needs(Sensor::Titles);
                if !titles && !self.needs(Sensor::Front) {
                    return;
                }
                self.front.take(now, app, title.filter(|_| titles))
            }
            Seen::Presence { present } => {
                let news = self.needs(Sensor::Presence) && self.present != Some(present);
                news.then(|| {
                    self.present = Some(present);
                    EventKind::Presence { present }
                })
            }
            Seen::Receipt { .. } | Seen::Account { .. } | Seen::Sensor { .. } => None,
        };
        out.extend(kind.map(|kind| say(&session, now.at, kind)));
    }

    fn seat(&mut self, account: Option<Private<String>>, out: &mut Vec<Output>) {
        let login = Login::Read(account.clone());
        if self.login == login {
            return;
        }
        self.login = login;
        if let Some(session) = self.session().cloned() {
            out.push(Output::Seated { session, account });
        }
    }

    fn note_sensor(&mut self, now: Now, sensor: Sensor, trouble: Option<String>) {
        let before = match trouble {
            Some(reason) => self.trouble.insert(sensor, reason.clone()) == Some(reason),
            None => self.trouble.remove(&sensor).is_none(),
        };
        let Some(held) = &mut self.held else { return };
        if !before && held.needs.is_some() && held.tell.is_none() {
            held.tell = Some(now.mono + SENSORS_SETTLE);
        }
    }

    fn miss(&mut self, now: Now, count: u64, out: &mut Vec<Output>) {
        let Some(session) = self.session().cloned() else {
            return;
        };
        if count > 0 {
            out.push(Output::Lose {
                session,
                at: now.at,
                count,
            });
        }
    }

    /// Does what is due by now, in the order in which it became due as far as anybody can tell the difference.
    fn pass_time(&mut self, now: Now, out: &mut Vec<Output>) {
        self.orders.expire(now, out);
        let Some(held) = &self.held else { return };
        let session = held.lease.session.clone();
        if now.mono >= held.until {
            self.stop_watching(now, out);
            return;
        }
        for (at, connection) in self.repeats.expire(now.mono) {
            out.push(say(&session, at, EventKind::Connection(connection)));
        }
        if let Some((at, kind)) = self.front.expire(now.mono) {
            out.push(say(&session, at, kind));
        }
        self.tell_sensors(now, &session, out);
    }

    fn tell_sensors(&mut self, now: Now, session: &SessionId, out: &mut Vec<Output>) {
        let due = self.held.as_ref().and_then(|held| held.tell);
        if due.is_none_or(|due| now.mono < due) {
            return;
        }
        let news = self.sensors();
        let Some(held) = &mut self.held else { return };
        held.tell = None;
        if held.told.as_ref() != Some(&news) {
            held.told = Some(news.clone());
            let (running, missing) = news;
            out.push(say(
                session,
                now.at,
                EventKind::Sensors { running, missing },
            ));
        }
    }

    /// Those that run, and those that the charter needs and that cannot, with the reason.
    fn sensors(&self) -> Told {
        let needs = self.held.as_ref().and_then(|held| held.needs.as_ref());
        let (mut running, mut missing) = (Vec::new(), Vec::new());
        for sensor in needs.into_iter().flatten() {
            let able = self.able.sensors.contains(sensor);
            match (self.trouble.get(sensor), able) {
                (Some(reason), _) => missing.push((*sensor, reason.clone())),
                (None, true) => running.push(*sensor),
                (None, false) => {
                    let unknown = || crate::text::say(self.lang, "sensor-not-here");
                    let reason = self.able.missing.get(sensor).cloned();
                    missing.push((*sensor, reason.unwrap_or_else(unknown)));
                }
            }
        }
        (running, missing)
    }
}

fn say(session: &SessionId, at: Stamp, kind: EventKind) -> Output {
    Output::Say {
        session: session.clone(),
        at,
        kind,
    }
}
