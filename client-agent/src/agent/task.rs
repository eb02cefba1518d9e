//! The agent's one task: takes one thing at a time, lets brain and link say what follows, writes it down, then speaks.
//!
//! The order is the law: what the brain says gets its number, goes to the spool, and only when the spool holds it durably is
//! it handed to the link. Never holds anything across an await that another task needs.
//!
//! Long because the task owns everything, and its one loop reads better whole.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use vigie_filters::Words;
use vigie_protocol::frame::SessionLease;
use vigie_protocol::frame::{Leaving, Welcome};
use vigie_protocol::link::{AgentEnd, AgentInput, AgentOutput};
use vigie_protocol::view::SeatView;
use vigie_protocol::{
    CloseCode, CommandId, EventKind, Outcome, Private, ReceiptState, Span, Stamp,
};

use super::Call;
use super::jobs::{Hands, Result as JobResult};
use super::state::{BlockHere, Link, PanelState, ShownMessage};
use crate::board::{Board, Gap};
use crate::brain::{Asked, Brain, Input, Order, Output, Refusal, Seen};
use crate::clock::{Clock, Mono};
use crate::config::Config;
use crate::desk::{Able, Chair, Errand, Gates, InForce, LockOrder};
use crate::disk::{Disk, Job};
use crate::keys::Key;
use crate::known::Known;
use crate::law::{Library, Prepared};
use crate::line::dial::{Channel, Dialler};
use crate::line::{Heard, Line, Mouth};
use crate::text::Lang;
use crate::{ids, text};

/// Most things seen that are taken together, so that they share one write to the disk.
const SEEN_TOGETHER_MAX: usize = 64;
/// Blocks kept for the panel; the oldest leaves.
const BLOCKS_MAX: usize = 20;
/// How often files of old sessions are looked for.
const SWEEP_EVERY: Span = Span::minutes(60);
/// Time given to the server to take a goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// How long a server's refusal holds at least, where coming back at once would change nothing.
fn again_after(code: u16) -> Option<Span> {
    const HOPELESS: [CloseCode; 3] = [
        CloseCode::NotEnrolled,
        CloseCode::Cloned,
        CloseCode::UnknownVersion,
    ];
    if HOPELESS.iter().any(|hopeless| hopeless.number() == code) {
        Some(Span::minutes(5))
    } else {
        (code == CloseCode::Replaced.number()).then(|| Span::seconds(30))
    }
}

/// What a task is made of.
pub(super) struct Parts {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) able: Able,
    pub(super) dialler: Arc<Dialler>,
    pub(super) end: AgentEnd,
    pub(super) key: Key,
    pub(super) known: Known,
    pub(super) disk: Disk,
    pub(super) library: Library,
    pub(super) chair: Chair,
    pub(super) panel: watch::Sender<Arc<PanelState>>,
    pub(super) lock: File,
}

/// The task.
pub(super) struct Task {
    config: Config,
    clock: Clock,
    key: Key,
    known: Known,
    dialler: Arc<Dialler>,
    /// What this link's connection shares with its other end, and the key that the server proved over it.
    channel: Channel,
    server: String,
    brain: Brain,
    end: AgentEnd,
    line: Line,
    mouth: Option<Mouth>,
    hands: Hands,
    chair: Chair,
    board: Board,
    panel: watch::Sender<Arc<PanelState>>,
    link: Link,
    no_session: String,
    /// The language that the pupil wants.
    lang: Lang,
    /// What the panel shows while this workstation waits for a seat.
    code: String,
    blocks: VecDeque<BlockHere>,
    /// What the panel showed last of the session that is over; gone when the next one begins.
    last: Option<SeatView>,
    /// How far this machine's clock is ahead of the server's, as of the welcome.
    ahead: Span,
    lost: usize,
    sweep: Mono,
    /// What the brain said and was not done yet.
    said: VecDeque<Output>,
    /// What the link said and was not done yet.
    linked: VecDeque<AgentOutput>,
    _lock: File,
}

/// What woke the task.
enum Woken {
    Call(Option<Call>),
    Heard(Option<Heard>),
    Seen(Option<Seen>),
    Job(Option<JobResult>),
    Time,
}

impl Task {
    pub(super) fn new(parts: Parts) -> Self {
        let line = Line::start(Arc::clone(&parts.dialler), parts.config.back_off);
        let hands = Hands::new(
            parts.disk,
            parts.library,
            Arc::clone(&parts.config.compiled),
            Arc::clone(&parts.dialler),
        );
        Self {
            brain: Brain::new(parts.able, parts.config.lang),
            lang: parts.config.lang,
            config: parts.config,
            clock: parts.clock,
            key: parts.key,
            known: parts.known,
            dialler: parts.dialler,
            channel: Channel::default(),
            server: String::new(),
            end: parts.end,
            line,
            mouth: None,
            hands,
            chair: parts.chair,
            board: Board::default(),
            panel: parts.panel,
            link: Link::default(),
            no_session: String::new(),
            code: String::new(),
            blocks: VecDeque::new(),
            last: None,
            ahead: Span(0),
            lost: 0,
            sweep: Mono(0),
            said: VecDeque::new(),
            linked: VecDeque::new(),
            _lock: parts.lock,
        }
    }

    pub(super) async fn run(mut self, mut calls: mpsc::Receiver<Call>) {
        self.speak(self.lang);
        if let Some(lease) = self.hands.kept_lease().await {
            tracing::info!(session = %lease.session, "a session's lease is taken up again");
            self.begin_session(lease);
        }
        let (why, told) = loop {
            self.settle().await;
            match self.wait(&mut calls).await {
                Woken::Call(Some(Call::Ask(asked, answer))) => self.ask(asked, answer).await,
                Woken::Call(Some(Call::Shown(command))) => self.think(Input::Shown { command }),
                Woken::Call(Some(Call::Speak(lang))) => self.speak(lang),
                Woken::Call(Some(Call::Stop(why, told))) => break (why, Some(told)),
                Woken::Call(None) => break (Leaving::Stopped, None),
                Woken::Heard(Some(heard)) => self.hear(heard),
                Woken::Heard(None) => break (Leaving::Stopped, None),
                Woken::Seen(seen) => self.see(seen),
                Woken::Job(result) => self.take(result),
                Woken::Time => self.pass_time(),
            }
        };
        self.stop(why).await;
        if let Some(told) = told {
            // Whoever asked may have stopped waiting.
            let _gone = told.send(());
        }
    }

    async fn wait(&mut self, calls: &mut mpsc::Receiver<Call>) -> Woken {
        let link = self.end.next_tick().map(|at| self.clock.mono_of(at));
        let due = [self.brain.next_tick(), link, Some(self.sweep)];
        let due = due.into_iter().flatten().min().unwrap_or(self.sweep);
        let until = tokio::time::Instant::from_std(self.clock.instant(due));
        tokio::select! {
            biased;
            call = calls.recv() => Woken::Call(call),
            heard = self.line.hear() => Woken::Heard(heard),
            result = self.hands.result() => Woken::Job(result),
            seen = self.chair.seen.recv(), if !self.chair.seen.is_closed() || !self.chair.seen.is_empty() => Woken::Seen(seen),
            () = tokio::time::sleep_until(until) => Woken::Time,
        }
    }

    /// Does what brain and link said, until neither has more to say; then tells the panel.
    async fn settle(&mut self) {
        let mut jobs = Vec::new();
        loop {
            if let Some(output) = self.said.pop_front() {
                self.act(output, &mut jobs);
            } else if let Some(output) = self.linked.pop_front() {
                self.link(output, &mut jobs);
            } else if jobs.is_empty() && !self.hands.has_later() {
                break;
            } else {
                let ran = self.hands.run(std::mem::take(&mut jobs)).await;
                self.note_loss(ran.lost, ran.trouble);
                if !ran.durable.is_empty() && ran.lost == 0 {
                    self.lost = 0;
                }
                for (session, event) in ran.durable {
                    self.step(AgentInput::Spooled { session, event });
                }
            }
        }
        self.tell_panel();
    }

    fn note_loss(&mut self, lost: usize, trouble: Option<crate::spool::SpoolError>) {
        if let Some(error) = trouble
            && (self.lost == 0 || lost == 0)
        {
            let error = crate::chain(&error);
            tracing::error!(error, lost, "the spool does not hold what it should");
        }
        self.lost = self.lost.saturating_add(lost);
    }

    fn think(&mut self, input: Input) {
        let out = self.brain.step(self.clock.now(), input);
        self.said.extend(out);
    }

    fn step(&mut self, input: AgentInput) {
        let out = self.end.step(self.clock.now().at, input);
        self.linked.extend(out);
    }

    fn pass_time(&mut self) {
        self.think(Input::Tick);
        self.step(AgentInput::Tick);
        let now = self.clock.now();
        if now.mono >= self.sweep {
            self.sweep = now.mono + SWEEP_EVERY;
            self.hands.later(Job::Sweep {
                current: self.brain.session().cloned(),
                now: now.at,
            });
        }
    }

    fn see(&mut self, seen: Option<Seen>) {
        let Some(first) = seen else { return };
        self.think(Input::Seen(first));
        for _ in 1..SEEN_TOGETHER_MAX {
            let Ok(seen) = self.chair.seen.try_recv() else {
                break;
            };
            self.think(Input::Seen(seen));
        }
        let count = self.chair.take_dropped();
        if count > 0 {
            tracing::warn!(count, "the sensors saw more than could be taken");
            self.think(Input::Missed { count });
        }
    }

    fn speak(&mut self, lang: Lang) {
        self.lang = lang;
        let lang = lang.tag().to_owned();
        self.step(AgentInput::Speaks { lang });
    }

    /// The answer waits for the disk: what the pupil is told was heard has been kept.
    async fn ask(&mut self, asked: Asked, answer: oneshot::Sender<Result<(), Refusal>>) {
        let lost_before = self.lost;
        let asked = self.brain.ask(self.clock.now(), asked, self.board.view());
        let answered = match asked {
            Ok(out) => {
                self.said.extend(out);
                self.settle().await;
                if self.lost > lost_before {
                    Err(Refusal::NotKept)
                } else {
                    Ok(())
                }
            }
            Err(refusal) => Err(refusal),
        };
        // The page may be gone; what it asked is kept all the same.
        let _gone = answer.send(answered);
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Opened(mouth, channel) => match ids::nonce() {
                Ok(nonce) => {
                    self.clock.set();
                    self.mouth = Some(mouth);
                    let exporter = channel.exporter.clone();
                    self.channel = channel;
                    self.step(AgentInput::Opened { nonce, exporter });
                }
                Err(error) => tracing::error!(error = crate::chain(&error), "no nonce for a link"),
            },
            Heard::Text(text) => match vigie_protocol::ServerFrame::decode(&text) {
                Ok(frame) if self.mouth.is_some() => self.step(AgentInput::Received(frame)),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the server sent what is not a frame");
                    self.hang_up(CloseCode::Malformed, error.to_string());
                }
            },
            Heard::NotText => self.hang_up(CloseCode::Malformed, "not a text message".to_owned()),
            Heard::Closed { why } => {
                if self.mouth.take().is_some() || self.link == Link::Dialling {
                    tracing::info!(why, "no link");
                }
                self.step(AgentInput::Closed);
                self.lose_link();
            }
        }
    }

    fn lose_link(&mut self) {
        if self.link == Link::Up {
            self.link = Link::Lost {
                since: self.clock.now().at,
            };
        }
    }

    fn hang_up(&mut self, code: CloseCode, reason: String) {
        if let Some(mouth) = self.mouth.take() {
            mouth.close(code, reason);
            self.step(AgentInput::Closed);
            self.lose_link();
        }
    }

    /// Does one thing that the brain said.
    fn act(&mut self, output: Output, jobs: &mut Vec<Job>) {
        match output {
            Output::Say { session, at, kind } => {
                self.show_block(at, &kind);
                let event = self.end.number(&session, at, kind);
                jobs.push(Job::Append(session, event));
            }
            Output::Lose { session, at, count } => {
                let unsaid = EventKind::Dropped {
                    from: vigie_protocol::Seq(0),
                };
                let mut event = self.end.number(&session, at, unsaid);
                let from = event.seq;
                for _ in 1..count {
                    event = self.end.number(&session, at, event.kind);
                }
                event.kind = EventKind::Dropped { from };
                jobs.push(Job::Append(session, event));
            }
            Output::Watch(sensors) => {
                tracing::info!(?sensors, "sensors that may run");
                self.chair
                    .watching
                    .send_replace(crate::desk::Watching::new(sensors));
            }
            Output::Over => {
                tracing::info!("no session: nothing is collected");
                self.chair.enforce(None);
                self.hands.forget_rules();
                self.blocks.clear();
                self.last =
                    (self.board.view() != &SeatView::default()).then(|| self.board.view().clone());
                self.board.clear();
                jobs.push(Job::DropLease);
            }
            Output::Seated { session, account } => {
                self.step(AgentInput::Seated { session, account });
            }
            Output::Order(order) => self.order(order),
        }
    }

    fn order(&mut self, order: Order) {
        let (order, held) = match order {
            Order::Hold {
                command,
                text,
                until,
            } => {
                let until = self.clock.instant(until);
                let held = Some(command.clone());
                let order = LockOrder::Hold {
                    command,
                    text,
                    until,
                };
                (order, held)
            }
            Order::Release { command } => (LockOrder::Release { command }, None),
            Order::Limit => return self.enforce(),
            Order::Open { command, url } => {
                return self.errand(command.clone(), Errand::Open { command, url });
            }
            Order::Close { command } => {
                return self.errand(command.clone(), Errand::Close { command });
            }
        };
        if self.chair.locks.try_send(order).is_err()
            && let Some(command) = held
        {
            let reason = text::say(self.config.lang, "refused-lock-busy");
            let state = ReceiptState::Refused { reason };
            self.think(Input::Seen(Seen::Receipt { command, state }));
        }
    }

    fn errand(&mut self, command: CommandId, errand: Errand) {
        if self.chair.errands.try_send(errand).is_err() {
            let reason = text::say(self.config.lang, "refused-errand-busy");
            let state = ReceiptState::Refused { reason };
            self.think(Input::Seen(Seen::Receipt { command, state }));
        }
    }

    /// Does one thing that the link said.
    fn link(&mut self, output: AgentOutput, jobs: &mut Vec<Job>) {
        match output {
            AgentOutput::Send(frame) => {
                let kept_up = self
                    .mouth
                    .as_ref()
                    .is_none_or(|mouth| mouth.say(frame.encode()));
                if !kept_up {
                    tracing::warn!("the server does not keep up: the link is dropped");
                    self.mouth = None;
                    self.step(AgentInput::Closed);
                    self.lose_link();
                }
            }
            AgentOutput::Sign {
                server,
                said,
                signature,
                text,
            } => self.sign(server, (&said, &signature), &text),
            AgentOutput::Forget { session, through } => jobs.push(Job::Forget(session, through)),
            AgentOutput::Up(welcome) => self.welcome(welcome),
            AgentOutput::Session(lease) => {
                jobs.push(Job::KeepLease(lease.clone()));
                self.begin_session(lease);
            }
            AgentOutput::NoSession { why, code } => {
                self.no_session = why;
                self.code = code.unwrap_or_default();
                self.think(Input::NoSession);
                self.sweep = Mono(0);
            }
            AgentOutput::Charter { digest, text } => self.hands.keep_charter(digest, text),
            AgentOutput::Command(lease) => self.think(Input::Command(lease)),
            AgentOutput::Withdrawn { command } => self.think(Input::Withdrawn { command }),
            AgentOutput::Panel(frame) => {
                match self.board.lay(frame) {
                    Ok(()) => {}
                    Err(Gap::Rev) => {
                        self.hang_up(CloseCode::GoingAway, Gap::Rev.to_string());
                    }
                    Err(Gap::Shape) => tracing::warn!("a part of the panel is not of its shape"),
                }
                self.brain.viewed(self.board.view());
            }
            AgentOutput::Close { code, reason } => {
                if code != CloseCode::GoingAway {
                    tracing::warn!(code = code.number(), reason, "the link is closed");
                }
                if let Some(mouth) = self.mouth.take() {
                    mouth.close(code, reason);
                }
                self.lose_link();
            }
            AgentOutput::Refused { code, reason } => {
                tracing::warn!(code, reason, "the server refused");
                if let (Some(mouth), Some(wait)) = (&self.mouth, again_after(code)) {
                    mouth.refused(wait);
                }
                self.link = Link::Refused { code, reason };
            }
        }
    }

    /// Proves who we are to the server that we know, and to no other.
    fn sign(&mut self, server: String, (said, signature): (&[u8], &str), text: &[u8]) {
        match self.known.check(&server, said, signature) {
            Ok(()) => {
                self.server = server;
                let signature = self.key.sign(text);
                self.step(AgentInput::Signed { signature });
            }
            Err(impostor) => {
                let reason = impostor.to_string();
                tracing::error!(reason, "the server is not ours: it gets nothing");
                self.step(AgentInput::Impostor {
                    reason: reason.clone(),
                });
                self.link = Link::Refused {
                    code: CloseCode::Impostor.number(),
                    reason,
                };
            }
        }
    }

    fn welcome(&mut self, welcome: Welcome) {
        tracing::info!("the link is up");
        self.dialler.prove(self.channel.clone());
        if let Err(error) = self.known.keep(&self.server) {
            tracing::error!(%error, "which server this is could not be kept");
        }
        self.ahead = self.clock.now().at - welcome.at_ms;
        self.link = Link::Up;
        if let Some(mouth) = &self.mouth {
            mouth.welcomed();
        }
        self.hands.set_ticket(welcome.ticket);
    }

    /// A session begins, or its lease is renewed: its rules are made ready if they are not.
    fn begin_session(&mut self, lease: SessionLease) {
        let (charter, list) = (lease.charter.clone(), lease.list.clone());
        self.no_session.clear();
        self.code.clear();
        self.last = None;
        self.think(Input::Session(lease));
        self.hands.prepare(charter, list);
        self.enforce();
    }

    /// Puts the rules that are ready in force for as long as the lease lasts.
    fn enforce(&mut self) {
        let lease = self.brain.lease();
        let in_force = lease.and_then(|(lease, until)| {
            let rules = self.hands.rules(&lease.charter)?;
            let (setting, clock) = (lease.setting.clone(), self.clock);
            let gates = gates(lease, self.brain.limits());
            Some(InForce::new(rules, setting, clock, until).with(gates))
        });
        if in_force.is_some() {
            self.chair.enforce(in_force);
            self.think(Input::Limited);
        }
    }

    fn take(&mut self, result: Option<JobResult>) {
        let Some(JobResult::Prepared(prepared)) = result else {
            return;
        };
        match prepared {
            Prepared::Ready { charter, needs, .. } => {
                self.enforce();
                self.think(Input::Charter {
                    digest: charter,
                    needs,
                });
            }
            Prepared::NoCharter(charter) => self.step(AgentInput::Want { charter }),
            Prepared::Broken { charter, place } => {
                tracing::error!(%charter, place, "the charter cannot be used: no sensor runs");
            }
        }
    }

    fn show_block(&mut self, at: Stamp, kind: &EventKind) {
        let EventKind::Connection(connection) = kind else {
            return;
        };
        let lease = self.brain.lease();
        let rules = lease.and_then(|(lease, _)| self.hands.rules(&lease.charter));
        if connection.outcome == Outcome::Blocked && connection.block.is_none() {
            // Not a rule: only what an adult has opened passes now.
            self.add_block(BlockHere {
                at,
                host: Private::new(connection.host.clone()),
                words: Words::default(),
                article: String::new(),
            });
            return;
        }
        let (Some(block), Some(rules)) = (&connection.block, rules) else {
            return;
        };
        let mut known = rules.charter().rules.iter();
        let Some(rule) = known.find(|rule| rule.id == block.rule) else {
            return;
        };
        let here = BlockHere {
            at,
            host: Private::new(connection.host.clone()),
            words: rule.to_pupil.clone(),
            article: rule.article.clone(),
        };
        self.add_block(here);
    }

    fn add_block(&mut self, here: BlockHere) {
        self.blocks.push_front(here);
        self.blocks.truncate(BLOCKS_MAX);
    }

    fn tell_panel(&mut self) {
        let now = self.clock.now();
        let at = |mono: Mono| now.at + (mono - now.mono);
        let view = self.board.view();
        let messages = self.brain.messages().map(|message| ShownMessage {
            command: message.command.clone(),
            at: message.at,
            text: message.text.clone(),
        });
        let state = PanelState {
            lang: Lang::known(&view.lang).unwrap_or(self.lang),
            link: self.link.clone(),
            session: self.brain.session().cloned(),
            no_session: self.no_session.clone(),
            code: self.code.clone(),
            sensors: self.brain.running(),
            hand: self.brain.hand(),
            ahead: self.ahead,
            ends: view.ends_ms.map(|ends| ends + self.ahead),
            view: view.clone(),
            last: self.last.clone(),
            messages: messages.collect(),
            blocks: self.blocks.iter().cloned().collect(),
            locked_until: self.brain.locked_until().map(at),
            lost: self.lost,
        };
        self.panel.send_if_modified(|shown| {
            let news = **shown != state;
            if news {
                *shown = Arc::new(state);
            }
            news
        });
    }

    /// Sensors stop, what waits is written down, the server is told. The lease stays: the agent may be started again under it.
    async fn stop(&mut self, why: Leaving) {
        self.chair.enforce(None);
        self.chair
            .watching
            .send_replace(crate::desk::Watching::default());
        let rest = self.brain.stop(self.clock.now());
        self.said.extend(rest);
        self.settle().await;
        let spoke = self.mouth.is_some();
        self.step(AgentInput::Leave { why });
        self.settle().await;
        let line = &mut self.line;
        let closed = async {
            while let Some(heard) = line.hear().await {
                if matches!(heard, Heard::Closed { .. }) {
                    break;
                }
            }
        };
        if spoke {
            // A server that does not answer the goodbye has had its time.
            let _late = tokio::time::timeout(GOODBYE_WITHIN, closed).await;
        }
        tracing::info!("the agent stops");
    }
}

/// What passes whatever the charter says, and whether nothing else does: what the session opens, and while a command limits the
/// seat, what that lists.
fn gates(lease: &SessionLease, limits: Option<Vec<String>>) -> Gates {
    let only = lease.sites_only || limits.is_some();
    let mut sites = lease.sites.clone();
    sites.extend(limits.unwrap_or_default());
    Gates { sites, only }
}
