//! One pupil of the demo: plays a [`Life`] through the sensors of the real agent, and obeys as a workstation does.
//!
//! Owns when what is seen is said. Never speaks to the server itself: the agent's brain, spool and link do.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use vigie_agent::desk::{Errand, Gate};
use vigie_agent::{Agent, Asked, Desk, LockOrder, Seen};
use vigie_protocol::event::Connection;
use vigie_protocol::{ChannelId, CommandId, Outcome, Private, ReceiptState, Scheme, Span, Stamp};

use super::cable::Cable;
use super::script::{Deed, Life, Step};
use crate::clock::Clock;

/// A pupil at a seat.
pub(crate) struct Pupil {
    pub(crate) life: Life,
    pub(crate) agent: Agent,
    pub(crate) desk: Desk,
    pub(crate) cable: Cable,
    pub(crate) clock: Clock,
}

/// What is to be done when.
struct Planned {
    at: Stamp,
    deed: Deed,
}

/// A lock that holds the screen.
struct Held {
    command: CommandId,
    until: std::time::Instant,
}

/// What a turn of the loop waited for.
enum Turn {
    Watching,
    Order(Option<LockOrder>),
    Errand(Option<Errand>),
    Panel,
    Deed,
    LockOver,
}

impl Pupil {
    /// Lives until the agent is gone. Outside a session nothing of the script happens: the pupil has not come in yet.
    pub(crate) async fn live(mut self) {
        let mut plan: Vec<Planned> = Vec::new();
        let mut held: Option<Held> = None;
        let mut messages_seen = 0;
        let mut panel = self.agent.panel();
        loop {
            let on = !self.desk.watching.borrow_and_update().sensors().is_empty();
            if on && plan.is_empty() {
                self.come_in();
                plan = self.day(self.clock.now());
            } else if !on {
                plan.clear();
            }
            let next = plan.iter().map(|it| it.at).min();
            let turn = tokio::select! {
                changed = self.desk.watching.changed() => match changed {
                    Ok(()) => Turn::Watching,
                    Err(_gone) => return,
                },
                order = self.desk.locks.recv() => Turn::Order(order),
                errand = self.desk.errands.recv() => Turn::Errand(errand),
                changed = panel.changed() => match changed {
                    Ok(()) => Turn::Panel,
                    Err(_gone) => return,
                },
                () = wait(&self.clock, next) => Turn::Deed,
                () = lock_over(held.as_ref()) => Turn::LockOver,
            };
            match turn {
                Turn::Watching => {}
                Turn::Order(None) | Turn::Errand(None) => return,
                Turn::Errand(Some(errand)) => self.run(errand),
                Turn::Order(Some(order)) => self.obey(order, &mut held, &mut plan),
                Turn::LockOver => self.let_go(&mut held, &mut plan),
                Turn::Panel => {
                    let shown = panel.borrow_and_update().messages.len();
                    if shown > messages_seen && on && !self.life.on_message.is_empty() {
                        // Whoever is spoken to stops chatting and straying.
                        plan.retain(|it| {
                            !matches!(it.deed, Deed::Say(_) | Deed::Visit(_) | Deed::Browse { .. })
                        });
                        follow(&mut plan, &self.life.on_message, self.clock.now());
                    }
                    messages_seen = shown;
                }
                Turn::Deed => self.play(&mut plan).await,
            }
        }
    }

    /// The scripted browser shows the page, or the window is gone.
    fn run(&self, errand: Errand) {
        let (command, app) = match errand {
            Errand::Open { command, .. } => (command, "firefox"),
            Errand::Close { command } => (command, "files"),
        };
        self.desk.sight.see(Seen::Front {
            app: app.to_owned(),
            title: None,
        });
        let state = ReceiptState::Done {};
        self.desk.sight.see(Seen::Receipt { command, state });
    }

    fn come_in(&self) {
        let account = self
            .life
            .account
            .clone()
            .unwrap_or_else(|| "invite-cdi".to_owned());
        self.desk.sight.see(Seen::Account {
            account: Some(Private::new(account)),
        });
        self.desk.sight.see(Seen::Presence { present: true });
    }

    /// The script from its beginning; when its last step is played, the next day starts `again_after` the first.
    fn day(&self, begins: Stamp) -> Vec<Planned> {
        let mut plan = Vec::new();
        follow(&mut plan, &self.life.steps, begins);
        plan
    }

    /// Plays what is due, and begins again when nothing is left.
    async fn play(&mut self, plan: &mut Vec<Planned>) {
        let now = self.clock.now();
        let (due, later): (Vec<_>, Vec<_>) = plan.drain(..).partition(|it| it.at <= now);
        *plan = later;
        for Planned { deed, .. } in due {
            self.act(deed, plan).await;
        }
        if plan.is_empty() {
            let last = self.life.steps.last().map_or(Span(0), |step| step.after);
            let rest = Span((self.life.again_after.0 - last.0).max(1_000));
            *plan = self.day(self.clock.now() + rest);
        }
    }

    async fn act(&self, deed: Deed, plan: &mut Vec<Planned>) {
        match deed {
            Deed::Front(app) => self.desk.sight.see(Seen::Front { app, title: None }),
            Deed::Visit(host) => self.connect(host, 443, Scheme::Https, None),
            Deed::Browse { host, url } => self.connect(host, 80, Scheme::Http, Some(url)),
            Deed::Present(present) => self.desk.sight.see(Seen::Presence { present }),
            Deed::Say(text) => {
                self.ask(Asked::Chat {
                    channel: ChannelId::from("room"),
                    text: Private::new(text),
                })
                .await;
            }
            Deed::Ask(text) => {
                self.ask(Asked::Help {
                    text: Private::new(text),
                })
                .await;
            }
            Deed::Withdraw => self.ask(Asked::HelpWithdrawn).await,
            Deed::Unplug(span) if span.0 > 0 => {
                self.cable.plug(false);
                // The same verb with nothing left of its time is the cable coming back.
                plan.push(Planned {
                    at: self.clock.now() + span,
                    deed: Deed::Unplug(Span(0)),
                });
            }
            Deed::Unplug(_) => self.cable.plug(true),
        }
    }

    /// What the local proxy would do: ask the rules in force, and say what became of the attempt.
    fn connect(&self, host: String, port: u16, scheme: Scheme, url: Option<String>) {
        let rules = self.desk.rules.in_force();
        let gate = rules.as_ref().map_or(Gate::Open, |rules| rules.gate(&host));
        let block = rules
            .filter(|_| gate == Gate::Charter)
            .and_then(|rules| rules.blocks(&host, port, url.as_deref()))
            .map(|(_, block)| block);
        let outcome = if block.is_some() || gate == Gate::Shut {
            Outcome::Blocked
        } else {
            Outcome::Passed
        };
        let url = url.map(Private::new);
        self.desk.sight.see(Seen::Connection(Connection {
            host,
            port,
            scheme,
            url,
            outcome,
            block,
            times: 1,
        }));
    }

    async fn ask(&self, asked: Asked) {
        if let Err(refusal) = self.agent.ask(asked).await {
            // A closed chat, a hand that is up already: a pupil meets these too, and goes on.
            tracing::debug!(seat = self.life.seat, %refusal, "the panel refused");
        }
    }

    fn obey(&self, order: LockOrder, held: &mut Option<Held>, plan: &mut Vec<Planned>) {
        match order {
            LockOrder::Hold { command, until, .. } => {
                self.receipt(&command, ReceiptState::Done {});
                *held = Some(Held { command, until });
            }
            LockOrder::Release { command }
                if held.as_ref().is_some_and(|it| it.command == command) =>
            {
                self.let_go(held, plan);
            }
            LockOrder::Release { .. } => {}
        }
    }

    fn let_go(&self, held: &mut Option<Held>, plan: &mut Vec<Planned>) {
        if let Some(Held { command, .. }) = held.take() {
            self.receipt(&command, ReceiptState::Ended {});
            follow(plan, &self.life.on_release, self.clock.now());
        }
    }

    fn receipt(&self, command: &CommandId, state: ReceiptState) {
        self.desk.sight.see(Seen::Receipt {
            command: command.clone(),
            state,
        });
    }
}

/// Adds steps to a plan, counted from `begins`.
fn follow(plan: &mut Vec<Planned>, steps: &[Step], begins: Stamp) {
    plan.extend(steps.iter().map(|step| Planned {
        at: begins + step.after,
        deed: step.deed.clone(),
    }));
}

async fn wait(clock: &Clock, next: Option<Stamp>) {
    match next {
        Some(at) => clock.until(at).await,
        None => std::future::pending().await,
    }
}

async fn lock_over(held: Option<&Held>) {
    match held {
        Some(held) => sleep_until(Instant::from_std(held.until) + Duration::from_millis(1)).await,
        None => std::future::pending().await,
    }
}
