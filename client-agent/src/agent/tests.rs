//! The whole agent against a small server that is cut, killed, silent or wrong.

mod school;

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use vigie_protocol::frame::Leaving;
use vigie_protocol::{Connection, Digest, Outcome, Scheme, Sensor};

use self::school::{School, able, agent, config, list_of};
use super::{Agent, Link, StartError};
use crate::brain::{Asked, Refusal, Seen};
use crate::desk::{Desk, Watching};

/// What does not come in this time never will.
const SOON: Duration = Duration::from_mins(1);

fn attempt(host: &str) -> Seen {
    Seen::Connection(Connection {
        host: host.to_owned(),
        port: 443,
        scheme: Scheme::Https,
        url: None,
        outcome: Outcome::Passed,
        block: None,
        times: 1,
    })
}

/// Waits for what must come.
async fn come<T: Clone>(what: &str, of: &mut watch::Receiver<T>, is: impl FnMut(&T) -> bool) -> T {
    match tokio::time::timeout(SOON, of.wait_for(is)).await {
        Ok(value) => value.unwrap().clone(),
        Err(late) => panic!("never came: {what} ({late})"),
    }
}

fn runs(watching: &Watching) -> bool {
    watching.has(Sensor::Connections)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_offline_arrives_once_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (school, running) = School::open(600_000).await;
    let mut book = school.book.subscribe();
    let (agent, mut desk) = agent(&school, dir.path()).await;
    let mut panel = agent.panel();
    come("sensors", &mut desk.watching, runs).await;
    desk.sight.see(attempt("online.example"));
    come("the first event", &mut book, |book| {
        book.hosts() == ["online.example"]
    })
    .await;

    drop(running);
    come("the loss", &mut panel, |state| {
        matches!(state.link, Link::Lost { .. })
    })
    .await;
    for n in 0..20 {
        desk.sight.see(attempt(&format!("offline-{n}.example")));
    }
    let text = "perdu".to_owned().into();
    agent.ask(Asked::Help { text }).await.unwrap();
    let in_force = desk.rules.in_force().expect("it blocks offline too");
    assert!(in_force.blocks("bad.example", 443, None).is_some());

    let _running = school.serve_again().await;
    let book = come("all of it", &mut book, |book| book.hosts().len() == 21).await;
    let numbers: Vec<u64> = book.events.iter().map(|event| event.seq.0).collect();
    let expected: Vec<u64> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected, "each once, in order");
    let mut story = vec!["online.example".to_owned()];
    story.extend((0..20).map(|n| format!("offline-{n}.example")));
    assert_eq!(book.hosts(), story);
    agent.stop(Leaving::Stopped).await;
}

/// Starts an agent on a folder that the one before may still be letting go of.
async fn again(school: &School, data: &Path) -> (Agent, Desk) {
    loop {
        match Agent::start(config(school, data), able()).await {
            Ok(started) => return started,
            Err(StartError::InUse { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Rewrites what is left of the kept lease.
fn leave_of_lease(data: &Path, left_ms: i64) {
    let path = data.join("lease.json");
    let mut kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    kept["lease"]["remaining_ms"] = left_ms.into();
    std::fs::write(path, kept.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_taken_up_after_a_restart_and_stops_the_sensors_when_it_lapses() {
    let dir = tempfile::tempdir().unwrap();
    let (school, running) = School::open(600_000).await;
    let (first, mut desk) = agent(&school, dir.path()).await;
    come("sensors", &mut desk.watching, runs).await;
    assert!(desk.rules.in_force().is_some());
    drop(running);
    first.stop(Leaving::Stopped).await;
    let none = desk.rules.in_force().is_none();
    assert!(none, "a stopped agent rules nothing");
    drop((first, desk));

    let (second, mut desk) = again(&school, dir.path()).await;
    come("sensors without a server", &mut desk.watching, runs).await;
    assert!(desk.rules.in_force().is_some());
    second.stop(Leaving::Stopped).await;
    drop((second, desk));

    // Its last moments: the sensors run, and stop with nobody telling them to.
    let kept = std::fs::metadata(dir.path().join("lease.json")).unwrap();
    let age = kept.modified().unwrap().elapsed().unwrap();
    leave_of_lease(dir.path(), i64::try_from(age.as_millis()).unwrap() + 5_000);
    let (third, mut desk) = again(&school, dir.path()).await;
    come("sensors for the last moments", &mut desk.watching, runs).await;
    come("the lease's end", &mut desk.watching, |watching| {
        watching.sensors().is_empty()
    })
    .await;
    assert!(desk.rules.in_force().is_none());
    desk.sight.see(attempt("after.example"));
    let refused = third.ask(Asked::Accept).await;
    assert_eq!(refused, Err(Refusal::NoSession));
    third.stop(Leaving::Stopped).await;
    drop((third, desk));

    // It lapsed while no agent ran: nothing ever starts, and a server that is back hears of nothing that happened meanwhile.
    let (fourth, desk) = again(&school, dir.path()).await;
    assert_eq!(fourth.ask(Asked::Accept).await, Err(Refusal::NoSession));
    assert!(desk.watching.borrow().sensors().is_empty());
    assert!(desk.rules.in_force().is_none());
    desk.sight.see(attempt("never.example"));
    let mut book = school.book.subscribe();
    let _running = school.serve_again().await;
    let mut watching = desk.watching.clone();
    come("a new lease", &mut watching, runs).await;
    desk.sight.see(attempt("told.example"));
    let book = come("what is seen under it", &mut book, |book| {
        !book.hosts().is_empty()
    })
    .await;
    assert_eq!(book.hosts(), ["told.example"]);
    fourth.stop(Leaving::Stopped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_folder_is_for_one_agent() {
    let dir = tempfile::tempdir().unwrap();
    let (school, _running) = School::open(1_000).await;
    let (first, _desk) = agent(&school, dir.path()).await;
    let second = Agent::start(config(&school, dir.path()), able()).await;
    assert!(matches!(second, Err(StartError::InUse { .. })));
    first.stop(Leaving::Stopped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_agents_live_in_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let (school, _running) = School::open(600_000).await;
    let mut book = school.book.subscribe();
    let mut agents = Vec::new();
    for n in 0..100 {
        agents.push(agent(&school, &dir.path().join(n.to_string())).await);
    }
    come("a hundred links", &mut book, |book| book.links >= 100).await;
    for (n, (_, desk)) in agents.iter_mut().enumerate() {
        come("sensors", &mut desk.watching, runs).await;
        desk.sight.see(attempt(&format!("seat-{n}.example")));
    }
    let book = come("an event of each", &mut book, |book| {
        book.hosts().len() >= 100
    })
    .await;
    let mut heard: Vec<String> = book.hosts().iter().map(|&host| host.to_owned()).collect();
    let mut said: Vec<String> = (0..100).map(|n| format!("seat-{n}.example")).collect();
    heard.sort_unstable();
    said.sort_unstable();
    assert_eq!(heard, said);
    for (agent, _) in &agents {
        agent.stop(Leaving::Stopped).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goodbye_says_which_silence_follows() {
    for why in [Leaving::Off, Leaving::Stopped] {
        let dir = tempfile::tempdir().unwrap();
        let (school, _running) = School::open(600_000).await;
        let mut book = school.book.subscribe();
        let (agent, mut desk) = agent(&school, dir.path()).await;
        come("sensors", &mut desk.watching, runs).await;
        agent.stop(why).await;
        let book = come("a goodbye", &mut book, |book| !book.left.is_empty()).await;
        assert_eq!(book.left, [why]);
    }
}

/// The list by which a host is stopped now.
fn stopped_by(desk: &Desk, host: &str) -> Option<Digest> {
    let (_, block) = desk.rules.in_force()?.blocks(host, 443, None)?;
    block.list
}

/// Between two renewals of a lease: one that comes while a download is being judged asks for none.
const RENEW_AGAIN: Duration = Duration::from_millis(50);

/// Renews the lease until the school has handed out this file once more: whatever came before has been judged by then.
async fn hand_out(school: &School, list: &Digest, bytes: &[u8]) {
    let mut book = school.book.subscribe();
    let before = book.borrow().lists;
    tokio::time::timeout(SOON, async {
        loop {
            school.renew(list, bytes);
            let more = book.wait_for(|book| book.lists > before);
            if tokio::time::timeout(RENEW_AGAIN, more).await.is_ok() {
                return;
            }
        }
    })
    .await
    .expect("a download");
}

/// Waits until a host is stopped by that list.
async fn until_stopped(desk: &Desk, host: &str, list: &Digest) {
    tokio::time::timeout(SOON, async {
        while stopped_by(desk, host).as_ref() != Some(list) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the list to be in use");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_list_is_refused_and_the_one_before_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (school, _running) = School::open(600_000).await;
    let (old, old_bytes) = list_of("croxy.example\n");
    let (new, new_bytes) = list_of("croxy.example\nneuf.example\n");
    school.renew(&old, &old_bytes);
    let (agent, mut desk) = agent(&school, dir.path()).await;
    come("sensors", &mut desk.watching, runs).await;
    until_stopped(&desk, "croxy.example", &old).await;

    let mut flipped = new_bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut header = new_bytes.clone();
    header[0] ^= 1;
    let cut = new_bytes[..new_bytes.len() / 2].to_vec();
    let bad: [(&str, &[u8]); 6] = [
        ("flipped", &flipped),
        ("header", &header),
        ("cut", &cut),
        ("empty", b""),
        ("a page", b"<!doctype html><title>502</title>"),
        ("the old one again", &old_bytes),
    ];
    let files = || {
        let names = std::fs::read_dir(dir.path().join("lists")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    for (what, bytes) in bad {
        hand_out(&school, &new, bytes).await;
        let judged = tokio::time::timeout(SOON, async {
            while files() != [format!("{old}.vgl")] {
                tokio::task::yield_now().await;
            }
        });
        assert!(judged.await.is_ok(), "{what}: {:?}", files());
        let by = stopped_by(&desk, "croxy.example");
        assert_eq!(by, Some(old.clone()), "{what}");
        assert_eq!(stopped_by(&desk, "neuf.example"), None, "{what}");
    }

    hand_out(&school, &new, &new_bytes).await;
    until_stopped(&desk, "neuf.example", &new).await;
    assert_eq!(files(), [format!("{new}.vgl")], "one list is kept");
    agent.stop(Leaving::Stopped).await;
}
