//! Plays a scenario's steps in a world, as the people and machines of the file would.
//!
//! Owns what agents own: numbers, clocks. Looks up in the room what an adult would tap on. Next: [`super::story`].
//!
//! Long because every verb of the language is done in one place.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use vigie_filters::{Level, RuleSet, default_charter, read_charter};
use vigie_protocol::event::Sensor;
use vigie_protocol::frame::Capabilities;
use vigie_protocol::{
    Action, AlertId, Block, CommandId, Digest, Event, EventKind, HelpId, Outcome, Private,
    ReceiptState, Scheme, SeatNo, Seq, Span, StaffId, Stamp, WorkstationId,
};
use vigie_room::fact::LinkEnd;
use vigie_room::{Ask, Input, Opening, Refusal, Room, Who};
use vigie_server::stage::Set;

use super::read::{Account, Adult, Connection, Receipt, Script, Seat, Step};
use super::story;
use super::world::World;

/// Where every scenario happens.
const SCHOOL: &str = "0310001A";
const ROOM: &str = "0310001A-cdi";

/// A scenario being played.
#[derive(Debug)]
pub struct Play {
    world: World,
    now: Stamp,
    charter: Digest,
    seats: Vec<(SeatNo, Option<WorkstationId>)>,
    machines: BTreeMap<WorkstationId, Machine>,
    /// Where each machine stands; the room may not know yet.
    places: BTreeMap<SeatNo, WorkstationId>,
    commands: u32,
    last_ask: Option<(StaffId, Ask)>,
    refusal: Option<Refusal>,
}

/// What an agent remembers.
#[derive(Debug, Default)]
struct Machine {
    said: Seq,
    ahead: Span,
    last: Option<Event>,
}

impl Play {
    /// Sets the room up, before any session.
    ///
    /// # Errors
    /// A charter that cannot be read or has errors.
    pub fn new(script: &Script, mut world: World, file: &Path) -> Result<Self> {
        let text = match script.charter.as_str() {
            "" => default_charter().to_owned(),
            name => std::fs::read_to_string(file.with_file_name(name)).context("charte")?,
        };
        let (charter, diagnostics) = read_charter(&text);
        for diagnostic in &diagnostics {
            ensure!(diagnostic.level != Level::Error, "charte: {diagnostic:?}");
        }
        let digest = charter.digest.clone();
        let seats: Vec<(SeatNo, Option<WorkstationId>)> = script
            .seats
            .iter()
            .map(|(seat, enrolled)| {
                let workstation = WorkstationId::new(format!("machine-{seat}"));
                (SeatNo(*seat), enrolled.then_some(workstation))
            })
            .collect();
        let set = Set {
            establishment: SCHOOL.into(),
            room: ROOM.into(),
            seats: seats.clone(),
            charter: text,
            now: super::read::MIDNIGHT,
        };
        world.furnish(RuleSet::new(charter, None), set)?;
        Ok(Self {
            world,
            now: super::read::MIDNIGHT,
            charter: digest,
            places: seats
                .iter()
                .filter_map(|(seat, machine)| Some((*seat, machine.clone()?)))
                .collect(),
            seats,
            machines: BTreeMap::new(),
            commands: 0,
            last_ask: None,
            refusal: None,
        })
    }

    /// Does one step.
    ///
    /// # Errors
    /// A step that makes no sense in the file, or a world that breaks a law.
    pub fn step(&mut self, at: Stamp, step: &Step) -> Result<()> {
        ensure!(at >= self.now, "le temps recule");
        self.now = at;
        self.world.advance(at)?;
        match step {
            Step::Nothing => Ok(()),
            Step::ServerDies => self.world.dies(at),
            Step::Adult { who, does } => self.adult(who, does),
            Step::Seat { seat, seen, does } => self.seat(SeatNo(*seat), *seen, does),
        }
    }
    /// Tells a part of the picture.
    ///
    /// # Errors
    /// A part that does not exist.
    pub fn tell(&mut self, part: &str) -> Result<String> {
        let room = self.world.room()?;
        story::tell(&room, self.now, part, self.refusal.as_ref())
    }
    /// Stops the world.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&mut self) -> Result<()> {
        self.world.stop()
    }

    fn adult(&mut self, who: &str, does: &Adult) -> Result<()> {
        let by = StaffId::from(who);
        if let Adult::Open {
            task,
            minutes,
            with,
            chat,
            sites,
            only,
        } = does
        {
            let adults = std::iter::once(by.clone())
                .chain(with.iter().map(|name| StaffId::from(name.as_str())))
                .collect();
            let opening = Opening {
                establishment: SCHOOL.into(),
                room: ROOM.into(),
                by,
                adults,
                task: task.clone(),
                ends: self.now + Span::minutes(*minutes),
                charter: self.charter.clone(),
                list: None,
                seats: self.seats.clone(),
                chat_open: *chat,
                setting: vigie_protocol::Setting::default(),
                sites: sites.clone(),
                sites_only: *only,
                pupils: Vec::new(),
            };
            return self.input(Input::Open(opening));
        }
        let (by, ask) = match does {
            Adult::Again => self.last_ask.clone().context("quelle consigne ?")?,
            other => (by, self.ask(other)?),
        };
        self.last_ask = Some((by.clone(), ask.clone()));
        self.input(Input::Adult { by, ask })
    }

    fn ask(&mut self, does: &Adult) -> Result<Ask> {
        let room = self.world.room()?;
        Ok(match does {
            Adult::Extend(minutes) => Ask::Extend {
                by_span: Span::minutes(*minutes),
            },
            Adult::Open { .. } | Adult::Again | Adult::Close => Ask::Close,
            Adult::TakeHelp(seat) => Ask::TakeHelp {
                help: hand(&room, *seat),
            },
            Adult::EndHelp(seat, how) => Ask::EndHelp {
                help: hand(&room, *seat),
                how: how.clone(),
            },
            Adult::Acknowledge(seat) => Ask::Acknowledge {
                alert: alert(&room, *seat),
            },
            Adult::Dismiss(seat) => Ask::Dismiss {
                alert: alert(&room, *seat),
            },
            Adult::Raise(seat) => Ask::Raise {
                alert: alert(&room, *seat),
            },
            Adult::Confirm(pupil, seat) => Ask::Confirm {
                seat: SeatNo(*seat),
                pupil: pupil.as_str().into(),
            },
            Adult::Message(seats, text, minutes) => {
                let text = Private::new(text.clone());
                self.command(&room, seats, Action::Message { text }, *minutes)
            }
            Adult::Lock(seats, text, minutes) => {
                let text = Private::new(text.clone());
                self.command(&room, seats, Action::Lock { text }, *minutes)
            }
            Adult::Focus(seats, sites, minutes) => {
                let sites = sites.clone();
                self.command(&room, seats, Action::Focus { sites }, *minutes)
            }
            Adult::OpenPage(seats, url, minutes) => {
                let url = Private::new(url.clone());
                self.command(&room, seats, Action::Open { url }, *minutes)
            }
            Adult::CloseApp(seats) => self.command(&room, seats, Action::Close {}, 1),
            Adult::Join(staff) => Ask::Join {
                staff: staff.as_str().into(),
            },
            Adult::HandOver(to) => Ask::HandOver {
                to: to.as_str().into(),
            },
            Adult::TellHelp(seat) => Ask::TellHelp {
                help: hand(&room, *seat),
            },
            Adult::LeaveHelp(seat) => Ask::LeaveHelp {
                help: hand(&room, *seat),
            },
            Adult::TakeAlert(seat) => Ask::TakeAlert {
                alert: alert(&room, *seat),
            },
            Adult::Reopen(seat) => Ask::Reopen {
                alert: alert(&room, *seat),
            },
            Adult::Grant(site) => Ask::Grant {
                site: site.clone(),
                help: None,
            },
            Adult::Ungrant(site) => Ask::Ungrant { site: site.clone() },
            Adult::Look(seat) => Ask::Look {
                seat: SeatNo(*seat),
            },
            Adult::Release(seats) => {
                let lock = seats
                    .iter()
                    .flat_map(|seat| room.orders(SeatNo(*seat)).into_iter().rev())
                    .find(|order| order.action.holds())
                    .context("aucun verrou à ce poste")?;
                let command = lock.command;
                self.command(&room, seats, Action::Release { command }, 1)
            }
            Adult::OpenChat(channel, seats) => Ask::OpenChat {
                channel: channel_id(channel),
                seats: seats.iter().copied().map(SeatNo).collect(),
            },
            Adult::CloseChat(channel) => Ask::CloseChat {
                channel: channel_id(channel),
            },
        })
    }

    fn command(&mut self, room: &Room, seats: &[u16], action: Action, minutes: i64) -> Ask {
        self.commands = self.commands.saturating_add(1);
        Ask::Command {
            command: CommandId::new(format!("consigne-{}", self.commands)),
            seats: match seats {
                [] => room.seats(),
                some => some.iter().copied().map(SeatNo).collect(),
            },
            action,
            holds: Span::minutes(minutes),
        }
    }

    fn input(&mut self, input: Input) -> Result<()> {
        self.refusal = self.world.input(self.now, input)?;
        Ok(())
    }

    fn seat(&mut self, seat: SeatNo, seen: Option<Stamp>, does: &Seat) -> Result<()> {
        let known = self.places.get(&seat).cloned();
        if let Seat::Placed(from) = does {
            let workstation = match from {
                Some(from) => self
                    .places
                    .remove(&SeatNo(*from))
                    .context("quelle machine ?")?,
                None => WorkstationId::new(format!("machine-neuve-{seat}")),
            };
            self.places.insert(seat, workstation.clone());
            return self.input(Input::Placed { seat, workstation });
        }
        let workstation = known.context("pas de machine à ce poste")?;
        match does {
            Seat::Up(login) => {
                let input = Input::LinkUp {
                    workstation: workstation.clone(),
                    can: capabilities(),
                };
                self.input(input)?;
                match login {
                    Some(login) => self.login(workstation, login),
                    None => Ok(()),
                }
            }
            Seat::Off => self.down(workstation, LinkEnd::Off),
            Seat::Stopped => self.down(workstation, LinkEnd::Stopped),
            Seat::Lost => self.down(workstation, LinkEnd::Lost),
            Seat::Login(login) => self.login(workstation, login),
            Seat::Ahead(ahead) => {
                self.machines.entry(workstation).or_default().ahead = *ahead;
                Ok(())
            }
            Seat::Skip(count) => {
                let machine = self.machines.entry(workstation).or_default();
                machine.said = Seq(machine.said.0.saturating_add(*count));
                Ok(())
            }
            Seat::Repeat => {
                let machine = self.machines.get(&workstation);
                let last = machine.and_then(|machine| machine.last.clone());
                self.send(workstation, last.context("quel événement ?")?)
            }
            Seat::Drop(count) => {
                let machine = self.machines.entry(workstation.clone()).or_default();
                let from = machine.said.next();
                machine.said = Seq(machine.said.0.saturating_add(count.saturating_sub(1)));
                self.event(workstation, seen, EventKind::Dropped { from })
            }
            other => {
                let kind = self.kind(seat, other)?;
                self.event(workstation, seen, kind)
            }
        }
    }

    fn login(&mut self, workstation: WorkstationId, login: &Account) -> Result<()> {
        let who = match login {
            Account::Pupil(name) => Who::Pupil(name.as_str().into()),
            Account::Unknown => Who::Unknown,
            Account::Nobody => Who::Nobody,
        };
        self.input(Input::Seated { workstation, who })
    }

    fn down(&mut self, workstation: WorkstationId, why: LinkEnd) -> Result<()> {
        self.input(Input::LinkDown { workstation, why })
    }

    /// The agent numbers what it saw and says it.
    fn event(
        &mut self,
        workstation: WorkstationId,
        seen: Option<Stamp>,
        kind: EventKind,
    ) -> Result<()> {
        let machine = self.machines.entry(workstation.clone()).or_default();
        machine.said = machine.said.next();
        let event = Event {
            seq: machine.said,
            at: seen.unwrap_or(self.now) + machine.ahead,
            kind,
        };
        machine.last = Some(event.clone());
        self.send(workstation, event)
    }

    fn send(&mut self, workstation: WorkstationId, event: Event) -> Result<()> {
        let ahead = self
            .machines
            .get(&workstation)
            .map_or(Span(0), |machine| machine.ahead);
        let input = Input::Event {
            workstation,
            ahead,
            event,
        };
        self.input(input)
    }

    fn kind(&mut self, seat: SeatNo, does: &Seat) -> Result<EventKind> {
        let private = |text: &String| Private::new(text.clone());
        Ok(match does {
            Seat::Front(app, title) => EventKind::Front {
                app: app.clone(),
                title: title.as_ref().map(private),
            },
            Seat::Connection(connection) => self.connection(connection),
            Seat::Chat(channel, text) => EventKind::Chat {
                channel: channel_id(channel),
                text: private(text),
            },
            Seat::Help(text) => EventKind::HelpAsked {
                text: private(text),
            },
            Seat::AskSite(host, text) => EventKind::SiteAsked {
                host: host.clone(),
                text: private(text),
            },
            Seat::HelpWithdrawn => EventKind::HelpWithdrawn {},
            Seat::Contest(from, text) => EventKind::Contested {
                alert: alert(&self.world.room()?, from.unwrap_or(seat.0)),
                text: private(text),
            },
            Seat::Accept => EventKind::CharterAccepted {
                charter: self.charter.clone(),
            },
            Seat::Present(present) => EventKind::Presence { present: *present },
            Seat::Receipt(receipt) => self.receipt(seat, receipt)?,
            Seat::Blind(sensor, why) => EventKind::Sensors {
                running: Vec::new(),
                missing: vec![(
                    serde_json::from_value::<Sensor>(sensor.as_str().into())?,
                    why.clone(),
                )],
            },
            other => anyhow::bail!("{other:?} is no event"),
        })
    }

    fn connection(&self, connection: &Connection) -> EventKind {
        let block = connection.blocked_by.as_ref().map(|rule| Block {
            rule: rule.as_str().into(),
            charter: if connection.other_charter {
                "une-autre".into()
            } else {
                self.charter.clone()
            },
            list: None,
        });
        EventKind::Connection(vigie_protocol::Connection {
            host: connection.host.clone(),
            port: 443,
            scheme: Scheme::Https,
            url: None,
            outcome: match (&block, connection.failed) {
                (Some(_), _) => Outcome::Blocked,
                (None, _) if connection.shut => Outcome::Blocked,
                (None, true) => Outcome::Failed,
                (None, false) => Outcome::Passed,
            },
            block,
            times: connection.times,
        })
    }

    /// About the latest command of the seat: the newest that is not over, or the newest.
    fn receipt(&mut self, seat: SeatNo, receipt: &Receipt) -> Result<EventKind> {
        let orders = self.world.room()?.orders(seat);
        let open = orders.iter().rev().find(|order| match receipt {
            Receipt::Ended => order.state == Some(ReceiptState::Done {}),
            Receipt::Done | Receipt::Refused(_) => order.state.is_none(),
        });
        let order = open
            .or(orders.last())
            .context("aucune consigne à ce poste")?;
        Ok(EventKind::Receipt {
            command: order.command.clone(),
            state: match receipt {
                Receipt::Done => ReceiptState::Done {},
                Receipt::Refused(reason) => ReceiptState::Refused {
                    reason: reason.clone(),
                },
                Receipt::Ended => ReceiptState::Ended {},
            },
        })
    }
}

/// The hand that is up at a seat, or else the last that was; one that never was is asked for as 0.
fn hand(room: &Room, seat: u16) -> HelpId {
    let seat = SeatNo(seat);
    (1..=room.rev().0)
        .rev()
        .map(HelpId)
        .find(|help| room.help(*help).is_some_and(|help| help.seat == seat))
        .unwrap_or_default()
}

/// The latest alert of a seat, whatever became of it.
pub(super) fn alert(room: &Room, seat: u16) -> AlertId {
    let seat = SeatNo(seat);
    (1..=room.rev().0)
        .rev()
        .map(AlertId)
        .find(|alert| room.alert(*alert).is_some_and(|alert| alert.seat == seat))
        .unwrap_or_default()
}

fn channel_id(name: &str) -> vigie_protocol::ChannelId {
    match name {
        "salle" => "room".into(),
        "adultes" => "adults".into(),
        other => other.into(),
    }
}

fn capabilities() -> Capabilities {
    Capabilities {
        agent: "0.1.0".into(),
        desktop: "x11".into(),
        sensors: vec![
            Sensor::Connections,
            Sensor::Front,
            Sensor::Presence,
            Sensor::Chat,
        ],
        actions: ["message", "lock", "release", "focus", "open", "close"]
            .map(str::to_owned)
            .to_vec(),
        when_dead: Some("open".into()),
    }
}
