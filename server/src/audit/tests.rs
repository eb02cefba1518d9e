//! The log on disk: months, looks, and what a hand in the files leaves behind.

use jiff::tz::TimeZone;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;
use vigie_protocol::{SeatNo, Span, StaffId};

use super::*;
use crate::store::open_sqlite;

const NOVEMBER: Stamp = Stamp(1_764_000_000_000);
const DAY: i64 = 24 * 60;

struct Log {
    data: TempDir,
    store: Store,
    audit: Audit,
    clock: Clock,
}

impl Log {
    async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (clock, _hand) = Clock::by_hand(NOVEMBER, TimeZone::UTC);
        let store = Store::open(data.path()).await.unwrap();
        let audit = Audit::start(&data.path().join("audit"), clock.clone(), store.clone()).unwrap();
        Self {
            data,
            store,
            audit,
            clock,
        }
    }

    fn again(&self) -> Audit {
        let folder = self.data.path().join("audit");
        Audit::start(&folder, self.clock.clone(), self.store.clone()).unwrap()
    }

    async fn write(&self, at: Stamp, school: &str, act: Act) {
        let school = EstablishmentId::new(school);
        let mut entry = Entry::new(at, &school, &StaffId::new("s1"), act);
        entry.seat = Some(SeatNo(4));
        entry.subject = Some("needle-in-the-log".to_owned());
        self.audit.write(entry).await.unwrap();
    }

    async fn tamper(&self, month: &str, sql: &str) {
        let file = self
            .data
            .path()
            .join("audit")
            .join(format!("{month}.sqlite"));
        let db = open_sqlite(&file, 1).await.unwrap();
        db.execute_unprepared(sql).await.unwrap();
        db.close().await.unwrap();
    }

    async fn faults(&self) -> Vec<String> {
        let verified = self.audit.verify(None).await.unwrap();
        verified.faults.iter().map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn acts_go_into_their_month_and_months_are_erased() {
    let log = Log::open().await;
    let (here, there) = ("0310001A", "0310002B");
    log.write(NOVEMBER - Span::minutes(DAY * 40), here, Act::Command)
        .await;
    log.write(NOVEMBER, here, Act::LookSheet).await;
    // The page refreshed by itself: the same look.
    log.write(NOVEMBER + Span::seconds(9), here, Act::LookSheet)
        .await;
    log.write(NOVEMBER, there, Act::Dismiss).await;
    let read = async || {
        let schools = vec![EstablishmentId::new(here)];
        log.audit
            .read(schools, NOVEMBER + Span::minutes(1))
            .await
            .unwrap()
    };
    let acts: Vec<String> = read().await.into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts, ["look-sheet", "command"]);
    assert_eq!(log.faults().await, Vec::<String>::new());
    let gone = log.audit.erase_before("2025-11".to_owned()).await.unwrap();
    assert_eq!(gone, ["2025-10"]);
    assert_eq!(read().await.len(), 1);
    // What retention erased is no fault, and the month after it still begins where it ended.
    assert_eq!(log.faults().await, Vec::<String>::new());
    let verified = log.audit.verify(None).await.unwrap();
    assert_eq!(verified.lines, 2);
}

#[tokio::test]
async fn a_hand_in_the_files_is_found_and_the_line_is_named() {
    for (sql, expected) in [
        (
            "UPDATE audit SET staff = 's2' WHERE id = 3",
            "2025-11 line 3: changed (0)",
        ),
        (
            "UPDATE audit SET at_ms = at_ms + 1 WHERE id = 1",
            "2025-11 line 1: changed (0)",
        ),
        (
            "DELETE FROM audit WHERE id IN (3, 4)",
            "2025-11 line 3: missing (4)",
        ),
        (
            "DELETE FROM audit WHERE id >= 5",
            "2025-11 line 5: truncated (6)",
        ),
        ("DELETE FROM audit", "2025-11 line 1: truncated (6)"),
        (
            "UPDATE audit SET id = 99 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 99",
            "2025-11 line 2: moved (3)",
        ),
    ] {
        let log = Log::open().await;
        for minute in 0..6 {
            log.write(NOVEMBER + Span::minutes(minute), "0310001A", Act::Command)
                .await;
        }
        let noted = log.audit.verify(None).await.unwrap();
        assert_eq!((noted.lines, noted.faults.len()), (6, 0));
        log.tamper("2025-11", sql).await;
        let found = log.faults().await;
        assert_eq!(
            found.first().map(String::as_str),
            Some(expected),
            "{sql}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_month_that_is_gone_and_a_log_begun_anew_are_found() {
    let log = Log::open().await;
    log.write(NOVEMBER - Span::minutes(DAY * 40), "0310001A", Act::Open)
        .await;
    log.write(NOVEMBER, "0310001A", Act::Close).await;
    let noted = log.audit.verify(None).await.unwrap().end;
    std::fs::remove_file(log.data.path().join("audit/2025-10.sqlite")).unwrap();
    assert_eq!(log.faults().await, ["2025-10 line 0: month-missing (0)"]);

    // Somebody who owns the machine starts the log and its witness anew: only what was noted elsewhere tells.
    log.audit.stop().await;
    for month in ["2025-11", "2025-10"] {
        let _ = std::fs::remove_file(log.data.path().join(format!("audit/{month}.sqlite")));
    }
    log.store.forget_audit_heads().await.unwrap();
    let audit = log.again();
    let entry = Entry::new(
        NOVEMBER,
        &EstablishmentId::new("0310001A"),
        &StaffId::new("s1"),
        Act::Close,
    );
    audit.write(entry).await.unwrap();
    assert!(audit.verify(None).await.unwrap().faults.is_empty());
    let found = audit.verify(Some(noted)).await.unwrap().faults;
    assert_eq!(
        found.first().map(|fault| &fault.what),
        Some(&chain::Wrong::NotedMissing)
    );
}

#[tokio::test]
async fn two_processes_append_to_one_chain() {
    let log = Log::open().await;
    let other = log.again();
    for minute in 0..20 {
        let at = NOVEMBER + Span::minutes(minute);
        let entry = || {
            Entry::new(
                at,
                &EstablishmentId::new("0310001A"),
                &StaffId::new("s1"),
                Act::Command,
            )
        };
        let (one, two) = tokio::join!(log.audit.write(entry()), other.write(entry()));
        one.unwrap();
        two.unwrap();
    }
    let verified = log.audit.verify(None).await.unwrap();
    assert_eq!(verified.lines, 40);
    assert!(verified.faults.is_empty(), "{:?}", verified.faults);
}
