//! `rig`: measures the server against mosquitto and prints what it finds. Build the workspace in release first, and let
//! nothing else run.
//!
//! ```text
//! rig load   [--links N] [--rate N] [--seconds N] [--pairs N]   CPU for a million events, in turns with mosquitto
//! rig alerts [--links N] [--rate N] [--seconds N]               from an agent's write to a tablet's read, under load
//! rig idle   [--links N]                                        memory of idle links
//! rig pure                                                      decide and apply alone, for each event
//! rig floor  [--links N] [--rate N] [--seconds N]               the least that the comparison stands on
//! rig all                                                       load, alerts, idle and pure, as in the README
//! ```
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::time::Duration;

use anyhow::{Context as _, bail};
use vigie_tests::rig::bare::{self, Bare};
use vigie_tests::rig::broker::{Broker, Pubacks};
use vigie_tests::rig::load::{self, Outcome, Plan};
use vigie_tests::rig::measure::resident_kib;
use vigie_tests::rig::pure;
use vigie_tests::rig::school::School;
use vigie_tests::rig::tablet::{self, Alarms};

fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some(bare::SERVE) {
        return bare::serve();
    }
    // One thread: the other processor is the server's.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_else(|| "all".to_owned());
    let mut plan = Plan {
        links: 1_000,
        rate: 10,
        batch: 1,
        seconds: 20,
        alarms: false,
    };
    let mut pairs = 3_u32;
    while let Some(name) = words.next() {
        let value = words.next().with_context(|| format!("{name} what?"))?;
        match name.as_str() {
            "--links" => plan.links = value.parse()?,
            "--rate" => plan.rate = value.parse()?,
            "--seconds" => plan.seconds = value.parse()?,
            "--pairs" => pairs = value.parse()?,
            other => bail!("{other} is no option"),
        }
    }
    match what.as_str() {
        "load" => compare(plan, pairs).await,
        "alerts" => alerts(plan).await,
        "idle" => idle(plan.links).await,
        "pure" => measure_pure(),
        "floor" => floor(plan).await,
        "all" => {
            compare(plan, pairs).await?;
            alerts(plan).await?;
            idle(plan.links).await?;
            measure_pure()
        }
        other => bail!("{other} is no measurement: load, alerts, idle, pure, floor or all"),
    }
}

/// Ours and mosquitto in turns: with one event a frame, then as the agent batches, and what the two make together.
async fn compare(plan: Plan, pairs: u32) -> anyhow::Result<()> {
    let mut found = Ratios::default();
    for pair in 1..=pairs {
        let mut figures = Vec::new();
        for plan in [plan, plan.batched()] {
            println!(
                "\n{pair}  {} links × {} events/s, {} a frame, {} s: CPU seconds of the server for a million events",
                plan.links, plan.rate, plan.batch, plan.seconds
            );
            let mine = ours(plan).await?;
            print(pair, "vigie, durable and judged", &mine);
            let yours = theirs(plan, Pubacks::Each).await?;
            if let Some(yours) = &yours {
                print(pair, "mosquitto, relay in memory", yours);
            } else {
                println!("{pair}  mosquitto is not installed: no ratio");
            }
            figures.push((mine.for_a_million(), yours.map(|one| one.for_a_million())));
        }
        if let [(single, Some(peer)), (batched, Some(peer_batched))] = figures.as_slice() {
            found.single.push(single / peer);
            found.batched.push(batched / peer);
            found.both_batched.push(batched / peer_batched);
        }
    }
    println!("\nmiddle ratios of {pairs} pairs to mosquitto at one event a message");
    println!("   one a frame          {}", middle(&mut found.single));
    println!("   as the agent batches {}", middle(&mut found.batched));
    println!(
        "   both batched equally {}",
        middle(&mut found.both_batched)
    );
    Ok(())
}

/// Ratios of ours to mosquitto, one a pair.
#[derive(Default)]
struct Ratios {
    single: Vec<f64>,
    batched: Vec<f64>,
    both_batched: Vec<f64>,
}

fn middle(ratios: &mut [f64]) -> String {
    ratios.sort_by(f64::total_cmp);
    match (ratios.first(), ratios.get(ratios.len() / 2), ratios.last()) {
        (Some(least), Some(middle), Some(most)) => {
            format!("{middle:.2} ({least:.2} to {most:.2})")
        }
        _ => "none".to_owned(),
    }
}

fn print(pair: u32, who: &str, outcome: &Outcome) {
    println!(
        "{pair}  {who:<28} {:6.1}   {} events in {:.1} s, {:.2} CPU s; ack {}",
        outcome.for_a_million(),
        outcome.events,
        outcome.took.as_secs_f64(),
        outcome.cpu_seconds,
        outcome.acks
    );
}

/// What the comparison stands on: an actix-ws server that only acknowledges, and mosquitto with the least to read.
async fn floor(plan: Plan) -> anyhow::Result<()> {
    let bare = Bare::start().await?;
    let links = bare.link_all(plan.links).await?;
    let (outcome, links) =
        load::run(plan, links, bare.process.pid(), async { Ok(()) }, |_| {}).await?;
    print(1, "bare actix-ws ack", &outcome);
    drop(links);
    bare.process.stop().await;
    for (words, pubacks) in [
        ("mosquitto, a puback a message", Pubacks::Each),
        ("mosquitto, pubacks together", Pubacks::Together),
    ] {
        if let Some(outcome) = theirs(plan, pubacks).await? {
            print(1, words, &outcome);
        }
    }
    Ok(())
}

async fn ours(plan: Plan) -> anyhow::Result<Outcome> {
    let school = School::start(plan.links).await?;
    school.open_sessions().await?;
    let links = school.link_all(plan.links).await?;
    let (alarms, tablets) = watch_all(&school).await?;
    let (outcome, links) =
        load::run(plan, links, school.server.pid(), async { Ok(()) }, |_| {}).await?;
    tablets.iter().for_each(tokio::task::JoinHandle::abort);
    let (_, _, frames, bytes) = alarms.so_far();
    println!(
        "   {} tablets read {frames} frames, {} KiB; {} KiB resident",
        tablets.len(),
        bytes / 1_024,
        resident_kib(school.server.pid())?
    );
    drop(links);
    school.server.stop().await;
    Ok(outcome)
}

async fn theirs(plan: Plan, pubacks: Pubacks) -> anyhow::Result<Option<Outcome>> {
    let Some(broker) = Broker::start().await? else {
        return Ok(None);
    };
    let mut readers = broker.subscribers(&plan, pubacks).await?;
    let links = broker.publishers(plan.links).await?;
    let delivered = async {
        while let Some(read) = readers.join_next().await {
            read??;
        }
        Ok(())
    };
    let (outcome, links) = load::run(plan, links, broker.process.pid(), delivered, |_| {}).await?;
    drop(links);
    broker.process.stop().await;
    Ok(Some(outcome))
}

async fn watch_all(
    school: &School,
) -> anyhow::Result<(Alarms, Vec<tokio::task::JoinHandle<anyhow::Result<()>>>)> {
    let alarms = Alarms::default();
    let mut tablets = Vec::new();
    for room in 0..school.rooms.len() {
        tablets.push(tablet::watch(school, room, &alarms).await?);
    }
    Ok((alarms, tablets))
}

/// Each link raises one alert while all of them go on; a tablet watches each room.
async fn alerts(plan: Plan) -> anyhow::Result<()> {
    for plan in [plan, plan.batched()] {
        let plan = Plan {
            alarms: true,
            ..plan
        };
        let school = School::start(plan.links).await?;
        school.open_sessions().await?;
        let links = school.link_all(plan.links).await?;
        let (alarms, tablets) = watch_all(&school).await?;
        let note = alarms.clone();
        let (outcome, links) = load::run(
            plan,
            links,
            school.server.pid(),
            async { Ok(()) },
            move |link| note.written(link),
        )
        .await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        tablets.iter().for_each(tokio::task::JoinHandle::abort);
        let (took, unread, ..) = alarms.so_far();
        println!(
            "\n{} links × {} events/s, {} a frame: alert, from the agent's write to the tablet's read: {took}; {unread} never read; ack {}",
            plan.links, plan.rate, plan.batch, outcome.acks
        );
        drop(links);
        school.server.stop().await;
    }
    Ok(())
}

/// Memory of idle links, before and while a session is on.
async fn idle(links: usize) -> anyhow::Result<()> {
    for session in [false, true] {
        let school = School::start(links).await?;
        if session {
            school.open_sessions().await?;
        }
        settle().await;
        let none = resident_kib(school.server.pid())?;
        let held = school.link_all(links).await?;
        settle().await;
        let all = resident_kib(school.server.pid())?;
        let count = u64::try_from(links.max(1))?;
        println!(
            "\n{links} idle links, {}: {all} KiB with them, {none} KiB without: {} KiB a link",
            if session { "in session" } else { "no session" },
            all.saturating_sub(none).div_ceil(count)
        );
        drop(held);
        school.server.stop().await;
    }
    Ok(())
}

/// Lets the server finish what a burst of links gave it to do.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}

/// What the pure part costs, without a server around it.
fn measure_pure() -> anyhow::Result<()> {
    let found = pure::measure()?;
    println!(
        "\ndecide and apply: {:.2} µs an event, with its record's JSON {:.2} µs ({} events, {} records)",
        found.pure_us, found.written_us, found.events, found.records
    );
    Ok(())
}
