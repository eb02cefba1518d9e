//! The writer against real files: what it called durable is there, and one room's trouble is its own.

use futures_util::future::join_all;
use tempfile::TempDir;
use vigie_protocol::{EstablishmentId, Rev, RoomId, SessionId, StaffId, Stamp};
use vigie_room::{Fact, Record};

use super::{AppendError, HeadChange, Run, Writer};
use crate::gauges::Gauges;
use crate::journal::{Journal, is_unreadable};

struct Desk {
    folder: TempDir,
    journal: Journal,
    writer: Writer,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let writer = Writer::start(journal.clone(), Gauges::default());
    Desk {
        folder,
        journal,
        writer,
    }
}

fn session(tail: &str) -> SessionId {
    format!("2026-11-24.{tail}").parse().unwrap()
}

/// `count` records from `first` on, each with `words` in it.
fn run(session: &SessionId, first: u64, count: u64, words: &str) -> Run {
    let records: Vec<Record> = (first..first + count)
        .map(|rev| Record {
            at: Stamp(i64::try_from(rev).unwrap()),
            fact: Fact::HelpEnded {
                help: vigie_protocol::HelpId(rev),
                by: Some(StaffId::new("renaud")),
                how: words.to_owned(),
            },
        })
        .collect();
    Run {
        session: session.clone(),
        first: Rev(first),
        last: Rev(first + count - 1),
        body: serde_json::to_string(&records).unwrap(),
        head: if first == 1 {
            HeadChange::Opened {
                establishment: EstablishmentId::new("0310001A"),
                room: RoomId::new("cdi"),
                at: Stamp(1),
            }
        } else {
            HeadChange::Nothing
        },
    }
}

#[tokio::test]
async fn what_is_appended_reads_back_in_order() {
    let desk = desk();
    let (one, two) = (session("one"), session("two"));
    desk.writer.append(run(&one, 1, 3, "a")).await.unwrap();
    let appended = join_all([
        desk.writer.append(run(&two, 1, 1, "b")),
        desk.writer.append(run(&one, 4, 2, "c")),
    ])
    .await;
    assert!(appended.iter().all(Result::is_ok), "{appended:?}");
    let closing = Run {
        head: HeadChange::Closed { at: Stamp(9) },
        ..run(&one, 6, 1, "d")
    };
    desk.writer.append(closing).await.unwrap();

    let records = desk.journal.read(&one).await.unwrap().unwrap();
    let at: Vec<i64> = records.iter().map(|record| record.at.0).collect();
    assert_eq!(at, [1, 2, 3, 4, 5, 6]);
    let heads = desk.journal.heads(one.day).await.unwrap();
    let closed: Vec<_> = heads
        .iter()
        .map(|head| (head.session.clone(), head.closed))
        .collect();
    assert_eq!(closed, [(one, Some(Stamp(9))), (two, None)]);
}

#[tokio::test]
async fn a_fenced_append_fails_alone() {
    let desk = desk();
    let (one, two) = (session("one"), session("two"));
    desk.writer.append(run(&one, 1, 1, "first")).await.unwrap();
    let outcomes = join_all([
        desk.writer.append(run(&two, 1, 1, "other room")),
        desk.writer.append(run(&one, 1, 1, "deposed")),
        desk.writer.append(run(&one, 2, 1, "owner")),
    ])
    .await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert!(
        matches!(outcomes[1], Err(AppendError::Fenced)),
        "{outcomes:?}"
    );
    assert!(outcomes[2].is_ok(), "{outcomes:?}");
    assert_eq!(desk.journal.read(&one).await.unwrap().unwrap().len(), 2);
    assert_eq!(desk.journal.read(&two).await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_fails_the_append_and_space_heals_it() {
    let desk = desk();
    let one = session("one");
    desk.writer.append(run(&one, 1, 1, "small")).await.unwrap();
    desk.journal.limit_pages(12);
    let writer = &desk.writer;
    let large = "x".repeat(100_000);
    let outcome = writer.append(run(&one, 2, 1, &large)).await;
    assert!(matches!(outcome, Err(AppendError::Full)), "{outcome:?}");
    assert_eq!(desk.journal.read(&one).await.unwrap().unwrap().len(), 1);

    desk.journal.limit_pages(0);
    writer.append(run(&one, 2, 1, &large)).await.unwrap();
    assert_eq!(desk.journal.read(&one).await.unwrap().unwrap().len(), 2);
}

#[tokio::test]
async fn an_erased_day_is_gone_from_the_disk_and_takes_nothing_more() {
    let desk = desk();
    let one = session("one");
    let words = "clafoutis";
    desk.writer.append(run(&one, 1, 2, words)).await.unwrap();
    assert!(files_with(desk.folder.path(), words) > 0);
    assert!(desk.journal.erase(one.day).unwrap());
    let outcome = desk.writer.append(run(&one, 3, 1, words)).await;
    assert!(matches!(outcome, Err(AppendError::Erased)), "{outcome:?}");
    assert_eq!(desk.journal.read(&one).await.unwrap(), None);
    assert_eq!(files_with(desk.folder.path(), words), 0);
}

#[tokio::test]
async fn a_day_that_never_was_is_not_made_by_a_late_event() {
    let desk = desk();
    let outcome = desk.writer.append(run(&session("one"), 7, 1, "late")).await;
    assert!(matches!(outcome, Err(AppendError::Erased)), "{outcome:?}");
    assert_eq!(desk.journal.days().unwrap(), []);
}

#[tokio::test]
async fn a_damaged_file_is_told_from_a_busy_one_and_set_aside() {
    let desk = desk();
    let one = session("one");
    std::fs::write(
        desk.folder.path().join("2026-11-24.sqlite"),
        "this is no database, whatever its name says".repeat(100),
    )
    .unwrap();
    let error = desk.journal.heads(one.day).await.unwrap_err();
    assert!(is_unreadable(&error), "{error:?}");
    let aside = desk.journal.set_aside(one.day, Stamp(5)).unwrap();
    assert!(aside.exists());
    desk.writer.append(run(&one, 1, 1, "new")).await.unwrap();
    assert_eq!(desk.journal.read(&one).await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn a_run_that_is_missing_in_the_middle_is_said() {
    let desk = desk();
    let one = session("one");
    desk.writer.append(run(&one, 1, 1, "a")).await.unwrap();
    desk.writer.append(run(&one, 3, 1, "c")).await.unwrap();
    let error = desk.journal.read(&one).await.unwrap_err();
    assert!(error.to_string().contains("rev 3"), "{error}");
}

#[tokio::test]
async fn stopping_folds_the_wal_into_the_file() {
    let desk = desk();
    let one = session("one");
    desk.writer.append(run(&one, 1, 1, "a")).await.unwrap();
    desk.writer.stop().await;
    let names: Vec<String> = std::fs::read_dir(desk.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["2026-11-24.sqlite"]);
    let outcome = desk.writer.append(run(&one, 2, 1, "b")).await;
    assert!(matches!(outcome, Err(AppendError::Stopped)), "{outcome:?}");
}

fn files_with(folder: &std::path::Path, words: &str) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .filter(|entry| {
            let bytes = std::fs::read(entry.as_ref().unwrap().path()).unwrap();
            bytes
                .windows(words.len())
                .any(|window| window == words.as_bytes())
        })
        .count()
}
