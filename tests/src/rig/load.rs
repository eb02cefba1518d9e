//! The traffic: each link writes frames at an even pace, and notes how long each took to be acknowledged.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use vigie_protocol::ServerFrame;
use vigie_protocol::link::LINGER;

use super::agents::now;
use super::measure::{Latencies, cpu_seconds};
use super::mqtt::{self, Said};
use super::payload;
use super::websocket::{Kind, Socket};

/// How much traffic.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub links: usize,
    /// Events a second on each link.
    pub rate: u32,
    /// Events in one frame.
    pub batch: u64,
    pub seconds: u32,
    /// Whether each link says one thing that becomes an alert, spread over the run.
    pub alarms: bool,
}

/// How long the last acks may take after the last frame.
const SETTLE_MAX: Duration = Duration::from_mins(1);

impl Plan {
    /// How many events the agent's linger gathers at this rate: the first one waits for the others.
    pub fn batched(self) -> Self {
        let linger_ms = u64::try_from(LINGER.0).unwrap_or(0);
        Self {
            batch: linger_ms * u64::from(self.rate) / 1_000 + 1,
            ..self
        }
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(self.batch) / self.rate.max(1)
    }

    /// Frames of one link.
    pub fn frames(&self) -> u32 {
        let pause = self.pause().as_micros().max(1);
        let frames = Duration::from_secs(u64::from(self.seconds)).as_micros() / pause;
        u32::try_from(frames).unwrap_or(u32::MAX)
    }

    /// Events of the whole run, without the alarms.
    pub fn events(&self) -> u64 {
        u64::from(self.frames()) * self.batch * u64::try_from(self.links).unwrap_or(0)
    }
}

/// What the link speaks.
#[derive(Debug)]
pub enum Wire {
    /// Ours; `next` is the next event's number.
    Vigie { session: String, next: u64 },
    /// MQTT, QoS 1.
    Mqtt { topic: String, id: u16 },
}

/// One link of the load.
#[derive(Debug)]
pub struct Link {
    pub number: usize,
    pub socket: Socket,
    pub wire: Wire,
}

/// What a run showed.
#[derive(Debug)]
pub struct Outcome {
    pub events: u64,
    pub cpu_seconds: f64,
    pub acks: Latencies,
    pub took: Duration,
}

impl Outcome {
    /// CPU seconds of the server for a million events.
    pub fn for_a_million(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::as_conversions,
            reason = "a figure to print"
        )]
        let events = self.events as f64;
        self.cpu_seconds * 1e6 / events
    }
}

/// Runs the plan over links that are up, until everything is acknowledged and `delivered` is done. `alarm` is told when a link
/// writes what becomes an alert.
///
/// # Errors
/// A link is refused, lost, or never acknowledged.
pub async fn run(
    plan: Plan,
    links: Vec<Link>,
    server: u32,
    delivered: impl Future<Output = anyhow::Result<()>>,
    alarm: impl Fn(usize) + Clone + Send + Sync + 'static,
) -> anyhow::Result<(Outcome, Vec<Link>)> {
    ensure!(links.len() == plan.links, "some links are missing");
    let before = cpu_seconds(server)?;
    let start = Instant::now() + Duration::from_millis(50);
    let mut tasks = JoinSet::new();
    for link in links {
        tasks.spawn(drive(plan, link, start, alarm.clone()));
    }
    let mut acks = Latencies::default();
    let mut back = Vec::with_capacity(plan.links);
    while let Some(done) = tasks.join_next().await {
        let (link, took) = done??;
        acks.append(took);
        back.push(link);
    }
    timeout(SETTLE_MAX, delivered)
        .await
        .context("not everything was delivered")??;
    back.sort_by_key(|link| link.number);
    let outcome = Outcome {
        events: plan.events(),
        cpu_seconds: cpu_seconds(server)? - before,
        acks,
        took: start.elapsed(),
    };
    Ok((outcome, back))
}

/// Frames on their way, by what acknowledges them, oldest first.
type Pending = VecDeque<(u64, Instant)>;

async fn drive(
    plan: Plan,
    mut link: Link,
    start: Instant,
    alarm: impl Fn(usize),
) -> anyhow::Result<(Link, Latencies)> {
    let share = |of: Duration| {
        of.mul_f64(f64::from(u32::try_from(link.number).unwrap_or(0)))
            .div_f64(f64::from(u32::try_from(plan.links.max(1)).unwrap_or(1)))
    };
    // The links take turns within a pause, and once over the run for their alarm.
    let mut due = start + share(plan.pause());
    let mut alarm_due = plan
        .alarms
        .then(|| start + share(Duration::from_secs(u64::from(plan.seconds))));
    let mut left = plan.frames();
    let (mut pending, mut acks, mut text) = (Pending::new(), Latencies::default(), String::new());
    while left > 0 || alarm_due.is_some() || !pending.is_empty() {
        let next = match alarm_due {
            Some(at) if left == 0 || at < due => at,
            _ => due,
        };
        let writes = left > 0 || alarm_due.is_some();
        tokio::select! {
            biased;
            () = sleep_until(next), if writes => {
                if alarm_due == Some(next) {
                    alarm_due = None;
                    write_alarm(&mut link, &mut text, &mut pending, &alarm).await?;
                } else {
                    left -= 1;
                    due += plan.pause();
                    write(&plan, &mut link, &mut text, &mut pending).await?;
                }
            }
            message = link.socket.next() => {
                let (kind, payload) = message.with_context(|| format!("link {}", link.number))?;
                heard(&link, kind, &payload, &mut pending, &mut acks)?;
            }
            () = sleep_until(due + SETTLE_MAX), if !writes => {
                bail!("link {}: {} frames were never acknowledged", link.number, pending.len());
            }
        }
    }
    Ok((link, acks))
}

async fn write(
    plan: &Plan,
    link: &mut Link,
    text: &mut String,
    pending: &mut Pending,
) -> anyhow::Result<()> {
    let at_ms = now().0;
    match &mut link.wire {
        Wire::Vigie { session, next } => {
            payload::frame(text, session, link.number, *next, plan.batch, at_ms);
            *next += plan.batch;
            pending.push_back((*next - 1, Instant::now()));
            link.socket.send(Kind::Text, text.as_bytes()).await
        }
        Wire::Mqtt { topic, id } => {
            *id = id.checked_add(1).unwrap_or(1);
            let first = u64::from(*id);
            payload::frame(
                text,
                "2026-11-24.k3v9q2m7xa",
                link.number,
                first,
                plan.batch,
                at_ms,
            );
            pending.push_back((first, Instant::now()));
            let packet = mqtt::publish(topic, *id, text.as_bytes());
            link.socket.send(Kind::Binary, &packet).await
        }
    }
}

async fn write_alarm(
    link: &mut Link,
    text: &mut String,
    pending: &mut Pending,
    alarm: &impl Fn(usize),
) -> anyhow::Result<()> {
    if let Wire::Vigie { session, next } = &mut link.wire {
        payload::alarm(text, session, *next, now().0);
        pending.push_back((*next, Instant::now()));
        *next += 1;
        alarm(link.number);
        link.socket.send(Kind::Text, text.as_bytes()).await?;
    }
    Ok(())
}

fn heard(
    link: &Link,
    kind: Kind,
    payload: &[u8],
    pending: &mut Pending,
    acks: &mut Latencies,
) -> anyhow::Result<()> {
    let read = Instant::now();
    let mut acked = |pending: &mut Pending, is: &dyn Fn(u64) -> bool| {
        while let Some((key, written)) = pending.front()
            && is(*key)
        {
            acks.add(read - *written);
            pending.pop_front();
        }
    };
    match &link.wire {
        Wire::Vigie { .. } => {
            ensure!(kind != Kind::Close, "link {}: hung up", link.number);
            match ServerFrame::decode(&String::from_utf8_lossy(payload))? {
                ServerFrame::Ack { through, .. } => acked(pending, &|key| key <= through.0),
                ServerFrame::Refused { code, reason } => {
                    bail!("link {}: refused with {code}: {reason}", link.number)
                }
                _ => {}
            }
        }
        Wire::Mqtt { .. } => {
            let mut rest = payload;
            while let Some(said) = mqtt::take(&mut rest) {
                if let Said::Acked(id) = said {
                    acked(pending, &|key| key == u64::from(id));
                }
            }
        }
    }
    Ok(())
}
