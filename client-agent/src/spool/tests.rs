//! A spool that is killed, torn, damaged, filled: nothing acknowledged is missing, nothing is doubled, and losses are said.

#![allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "small numbers of a test"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use vigie_protocol::{Event, EventKind, Seq, SessionId, Stamp};

use super::{Kept, Limits, Spool, day_number};

const NOW: Stamp = Stamp(1_795_500_000_000); // 2026-11-24

fn session(name: &str) -> SessionId {
    format!("2026-11-24.{name}").parse().unwrap()
}

/// The content follows from the number, so that a doubled or mixed up event shows.
fn event(n: u64) -> Event {
    Event {
        seq: Seq(n),
        at: Stamp(i64::try_from(n).unwrap()),
        kind: EventKind::Front {
            app: format!("app-{}", n * 7),
            title: None,
        },
    }
}

fn open(dir: &Path) -> (Spool, Vec<Kept>) {
    Spool::open(dir, Limits::default(), NOW).unwrap()
}

fn numbers(kept: &[Kept]) -> Vec<u64> {
    let events = kept.iter().flat_map(|kept| &kept.unacked);
    events.map(|event| event.seq.0).collect()
}

#[test]
fn what_was_appended_comes_back_and_what_was_forgotten_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, kept) = open(dir.path());
    assert_eq!(kept, vec![]);
    let events: Vec<Event> = (1..=10).map(event).collect();
    spool.append(&session("a"), &events[..6]).unwrap();
    spool.append(&session("a"), &events[6..]).unwrap();
    spool.append(&session("b"), &events[..2]).unwrap();
    spool.sync().unwrap();
    spool.forget(&session("a"), Seq(4)).unwrap();
    drop(spool);
    let (mut spool, kept) = open(dir.path());
    assert_eq!(kept[0].unacked, events[4..]);
    assert_eq!(kept[0].next, Seq(11));
    assert_eq!(kept[1].unacked, events[..2]);
    spool.forget(&session("a"), Seq(10)).unwrap();
    drop(spool);
    let (_, kept) = open(dir.path());
    assert_eq!(kept[0].next, Seq(11), "a number is never given twice");
    assert_eq!(kept[0].unacked, vec![]);
}

#[test]
fn files_are_for_the_agent_alone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("spool");
    let (mut spool, _) = open(&folder);
    spool.append(&session("a"), &[event(1)]).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("2026-11-24.a.spool")), 0o600);
}

#[test]
fn a_tear_at_any_byte_costs_only_what_was_torn() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(dir.path());
    let mut ends = Vec::new();
    let path = dir.path().join("2026-11-24.a.spool");
    for n in 1..=6 {
        spool.append(&session("a"), &[event(n)]).unwrap();
        ends.push(fs::metadata(&path).unwrap().len());
    }
    drop(spool);
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let (mut spool, kept) = open(dir.path());
        let length = u64::try_from(length).unwrap();
        let complete = ends.iter().filter(|end| **end <= length).count();
        let complete = u64::try_from(complete).unwrap();
        assert_eq!(numbers(&kept), (1..=complete).collect::<Vec<_>>());
        assert_eq!(kept[0].next, Seq(complete + 1));
        // The file takes up again where it was cut.
        let next = event(complete + 1);
        spool.append(&session("a"), &[next]).unwrap();
        let (_, kept) = open(dir.path());
        assert_eq!(numbers(&kept), (1..=complete + 1).collect::<Vec<_>>());
    }
}

#[test]
fn a_damaged_byte_costs_one_record_and_never_invents_one() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(dir.path());
    let events: Vec<Event> = (1..=6).map(event).collect();
    for event in &events {
        spool
            .append(&session("a"), std::slice::from_ref(event))
            .unwrap();
    }
    drop(spool);
    let path = dir.path().join("2026-11-24.a.spool");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            let (_, kept) = open(dir.path());
            let unacked = &kept[0].unacked;
            assert!(unacked.len() >= 5, "at {at}");
            assert!(unacked.iter().all(|event| events.contains(event)));
        }
    }
}

#[test]
fn any_bytes_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("2026-11-24.a.spool");
    let mut seed = 42_u64;
    for round in 0..200 {
        let bytes: Vec<u8> = (0..round * 7)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if seed >> 60 == 0 {
                    0xF6
                } else {
                    seed.to_be_bytes()[3]
                }
            })
            .collect();
        fs::write(&path, &bytes).unwrap();
        let (_, kept) = open(dir.path());
        assert_eq!(numbers(&kept), Vec::<u64>::new());
    }
}

#[test]
fn the_oldest_give_way_and_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        events_max: 16,
        ..Limits::default()
    };
    let (mut spool, _) = Spool::open(dir.path(), limits, NOW).unwrap();
    let mut said = Vec::new();
    for n in 1..=40 {
        let gave_way = spool.append(&session("a"), &[event(n)]).unwrap();
        said.extend(
            gave_way
                .into_iter()
                .map(|(_, event)| (event.seq.0, event.kind)),
        );
        assert!(spool.size().0 <= 16);
    }
    assert_eq!(said[0], (2, EventKind::Dropped { from: Seq(1) }));
    let (last, kind) = said.last().unwrap().clone();
    assert_eq!(kind, EventKind::Dropped { from: Seq(1) });
    drop(spool);
    let (_, kept) = open(dir.path());
    let numbers = numbers(&kept);
    assert_eq!(numbers, (last..=40).collect::<Vec<_>>(), "no hole");
    assert_eq!(kept[0].unacked[0].kind, kind);
}

#[test]
fn bytes_are_bounded_too_and_older_sessions_give_way_first() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        bytes_max: 4_000,
        ..Limits::default()
    };
    let (mut spool, _) = Spool::open(dir.path(), limits, NOW).unwrap();
    let old: Vec<Event> = (1..=20).map(event).collect();
    spool.append(&session("a"), &old).unwrap();
    let mut from_b = false;
    for n in 1..=200 {
        let gave_way = spool.append(&session("b"), &[event(n)]).unwrap();
        from_b |= gave_way.iter().any(|(from, _)| *from == session("b"));
        assert!(spool.size().1 <= 4_000, "{:?}", spool.size());
    }
    assert!(from_b);
    drop(spool);
    let (_, kept) = open(dir.path());
    assert_eq!(kept[0].unacked.len(), 1, "all of a in one word");
    assert_eq!(kept[0].unacked[0].seq, Seq(20));
    assert_eq!(kept[1].unacked.last().unwrap(), &event(200));
}

#[test]
fn a_settled_file_shrinks_and_goes_when_its_session_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(dir.path());
    let path = dir.path().join("2026-11-24.a.spool");
    let mut largest = 0;
    for n in 1..=8_000 {
        spool.append(&session("a"), &[event(n)]).unwrap();
        spool
            .forget(&session("a"), Seq(n.saturating_sub(3)))
            .unwrap();
        largest = largest.max(fs::metadata(&path).unwrap().len());
    }
    assert!(largest < 200 << 10, "{largest}");
    assert_eq!(spool.sweep(Some(&session("b")), NOW).unwrap(), vec![]);
    spool.forget(&session("a"), Seq(8_000)).unwrap();
    assert_eq!(spool.sweep(Some(&session("a")), NOW).unwrap(), vec![]);
    let gone = spool.sweep(Some(&session("b")), NOW).unwrap();
    assert_eq!(gone, vec![session("a")]);
    assert!(!path.exists());
}

#[test]
fn a_session_past_its_retention_is_forgotten_unsent() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(dir.path());
    spool.append(&session("a"), &[event(1)]).unwrap();
    drop(spool);
    let days = |n: i64| Stamp(NOW.0 + n * 86_400_000);
    let (_, kept) = Spool::open(dir.path(), Limits::default(), days(15)).unwrap();
    assert_eq!(numbers(&kept), vec![1]);
    let (_, kept) = Spool::open(dir.path(), Limits::default(), days(16)).unwrap();
    assert_eq!(kept, vec![]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn days_are_counted_as_the_calendar_does() {
    for (day, number) in [
        ("1970-01-01", 0),
        ("2000-02-29", 11_016),
        ("2026-11-24", 20_781),
    ] {
        assert_eq!(day_number(day.parse().unwrap()), number);
    }
}

/// Runs this test binary again as a child that plays `part` on `dir`.
fn child(part: &str, dir: &Path, before: &str) -> Command {
    let exe = std::env::current_exe().unwrap();
    let script = format!("{before} exec \"$0\" --exact spool::tests::{part} --nocapture");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(exe)
        .env("VIGIE_SPOOL_CHILD", dir)
        .stdout(Stdio::piped());
    command
}

/// The child of the next test; alone it does nothing.
#[test]
fn writes_until_killed() {
    let Some(dir) = std::env::var_os("VIGIE_SPOOL_CHILD") else {
        return;
    };
    let (mut spool, kept) = open(Path::new(&dir));
    let mut next = kept.first().map_or(1, |kept| kept.next.0);
    let mut out = std::io::stdout().lock();
    loop {
        let count = 1 + next % 5;
        let events: Vec<Event> = (next..next + count).map(event).collect();
        next += count;
        spool.append(&session("a"), &events).unwrap();
        spool.sync().unwrap();
        writeln!(out, "synced {}", next - 1).unwrap();
        if next % 3 == 0 && next > 4 {
            // Said before it is done: the server had acknowledged it by then.
            writeln!(out, "acked {}", next - 4).unwrap();
            spool.forget(&session("a"), Seq(next - 4)).unwrap();
        }
    }
}

#[test]
fn killed_at_any_moment_it_keeps_what_was_synced_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut seed = 20_261_124_u64;
    let (mut synced, mut acked) = (0_u64, 0_u64);
    for round in 0..40 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let lines = 1 + (seed >> 33) % 60;
        let mut writer = child("writes_until_killed", dir.path(), "")
            .spawn()
            .unwrap();
        let mut out = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut heard = 0;
        let mut hear = |line: String| {
            let word = |name| line.strip_prefix(name).and_then(|n| n.parse().ok());
            synced = word("synced ").unwrap_or(synced);
            acked = word("acked ").unwrap_or(acked);
        };
        while heard < lines {
            let line = out.next().unwrap().unwrap();
            heard += u64::from(line.starts_with("synced"));
            hear(line);
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        out.map_while(Result::ok).for_each(hear);
        let (_, kept) = open(dir.path());
        let kept = kept.first().unwrap();
        let story = format!("round {round}, {lines} lines, synced {synced}, acked {acked}");
        let first = kept.unacked.first().map_or(kept.next.0, |e| e.seq.0);
        assert!(first <= acked + 1, "{story}: lost up to {first}");
        assert!(kept.next.0 > synced, "{story}: next is {}", kept.next);
        let expected: Vec<Event> = (first..kept.next.0).map(event).collect();
        assert_eq!(kept.unacked, expected, "{story}");
    }
    assert!(synced > 500, "{synced}");
}

/// The child of the next test: its files may not grow beyond a limit, as on a full disk.
#[test]
fn writes_on_a_full_disk() {
    let Some(dir) = std::env::var_os("VIGIE_SPOOL_CHILD") else {
        return;
    };
    let (mut spool, _) = open(Path::new(&dir));
    let mut kept = Vec::new();
    let mut refused = 0;
    for n in 1..=200 {
        match spool.append(&session("a"), &[event(n)]) {
            Ok(_) => kept.push(n),
            Err(error) => {
                assert!(std::error::Error::source(&error).is_some());
                refused += 1;
            }
        }
    }
    assert!(refused > 50, "{refused}");
    // The disk has room again once the server has what was kept.
    let last = *kept.last().unwrap();
    spool.sync().unwrap();
    rustix::process::setrlimit(
        rustix::process::Resource::Fsize,
        rustix::process::Rlimit {
            current: None,
            maximum: None,
        },
    )
    .unwrap();
    spool.append(&session("a"), &[event(201)]).unwrap();
    spool.sync().unwrap();
    println!("kept {last} and 201");
}

#[test]
fn a_full_disk_costs_the_events_it_cannot_hold_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let limit = "trap '' XFSZ; ulimit -S -f 8;";
    let output = child("writes_on_a_full_disk", dir.path(), limit)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let kept_line = said.lines().find_map(|line| line.strip_prefix("kept "));
    let last: u64 = kept_line
        .and_then(|rest| rest.split(' ').next())
        .unwrap()
        .parse()
        .unwrap();
    let (_, kept) = open(dir.path());
    let mut expected: Vec<u64> = (1..=last).collect();
    expected.push(201);
    assert_eq!(numbers(&kept), expected);
}
