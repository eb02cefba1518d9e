//! What is erased when: days of events, days of alerts, months of audit, logins that are over, names of pupils who left.
//!
//! Owns the rule of what is due. Erasing is unlinking a file, and its bytes are overwritten first: whoever still holds it open
//! reads zeros, and so does a copy of the disk's free space, where the disk writes in place (a journalling or copying file
//! system and a flash disk may keep older blocks: encrypt the disk). What is deleted inside a file that stays is zeroed by
//! SQLite's `secure_delete`, and the log is folded. Never touches what is not due. Runs by the schedule and on `vigie retention run`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use vigie_protocol::{Day, Span, Stamp};

use crate::alerts::{Alerts, AlertsError};
use crate::audit::{Audit, AuditError};
use crate::clock::Clock;
use crate::config::Retention;
use crate::journal::{Journal, JournalError};
use crate::store::{Store, StoreError};

/// Everything that retention erases from.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) journal: Journal,
    pub(crate) audit: Audit,
    pub(crate) store: Store,
    pub(crate) alerts: Alerts,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gone {
    pub(crate) days: usize,
    pub(crate) alerts: usize,
    pub(crate) months: usize,
    pub(crate) logins: u64,
    /// Pupils who left and whose names are due.
    pub(crate) pupils: u64,
}

impl Gone {
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Why something that is due is still there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RetentionError {
    #[error("events")]
    Journal(#[from] JournalError),
    #[error("the audit log")]
    Audit(#[from] AuditError),
    #[error("logins and pupils who left")]
    Store(#[from] StoreError),
    #[error("alerts")]
    Alerts(#[from] AlertsError),
    #[error("events: the server is stopping")]
    Interrupted,
}

/// Erases what is due by the clock. Idempotent.
pub(crate) async fn run(
    kept: &Kept,
    keep: Retention,
    clock: &Clock,
) -> Result<Gone, RetentionError> {
    let now = clock.now();
    let today = clock.day(now);
    let mut gone = Gone::default();
    let first = first_kept(today, keep.events_days);
    for day in kept.journal.days_kept()? {
        if day < first {
            let journal = kept.journal.clone();
            // A day of a large school takes a second to overwrite: not on a thread that serves.
            let erased = tokio::task::spawn_blocking(move || journal.erase(day)).await;
            if erased.map_err(|_| RetentionError::Interrupted)?? {
                gone.days += 1;
            }
        }
    }
    gone.alerts = kept
        .alerts
        .erase_before(first_kept(today, keep.alerts_days))
        .await?;
    let month = first_month_kept(today, keep.audit_months);
    gone.months = kept.audit.erase_before(month).await?.len();
    gone.logins = kept.store.forget_logins(now).await?;
    gone.pupils = kept.store.forget_pupils(left_before(now, keep)).await?;
    kept.store.fold_log().await?;
    // A guest's name goes with the last thing that can be filed under it.
    let days = keep.events_days.max(keep.alerts_days);
    let before = now - Span::minutes((i64::from(days) + 1).saturating_mul(24 * 60));
    kept.store.forget_guests(before).await?;
    Ok(gone)
}

/// Pupils who left before this moment are due.
pub(crate) fn left_before(now: Stamp, keep: Retention) -> Stamp {
    now - left_span(keep)
}

/// For how long a pupil who left keeps a name.
pub(crate) fn left_span(keep: Retention) -> Span {
    Span::minutes(i64::from(keep.left_days).saturating_mul(24 * 60))
}

/// The first day that is still kept: `days` whole days before today are.
pub(crate) fn first_kept(today: Day, days: u16) -> Day {
    let Some(date) = date_of(today) else {
        return today;
    };
    let first = date.saturating_sub(i32::from(days).days());
    Day {
        year: u16::try_from(first.year()).unwrap_or(1970),
        month: u8::try_from(first.month()).unwrap_or(1),
        day: u8::try_from(first.day()).unwrap_or(1),
    }
}

/// The first month that is still kept: `months` whole months before this one are, never more than a year and the current one.
fn first_month_kept(today: Day, months: u16) -> String {
    let first = date_of(today).map(|date| {
        date.first_of_month()
            .saturating_sub(i32::from(months).months())
    });
    match first {
        Some(first) => format!("{:04}-{:02}", first.year(), first.month()),
        None => String::new(),
    }
}

fn date_of(day: Day) -> Option<Date> {
    Date::new(
        i16::try_from(day.year).ok()?,
        i8::try_from(day.month).ok()?,
        i8::try_from(day.day).ok()?,
    )
    .ok()
}

/// Overwrites and unlinks a SQLite file with its log and its index.
pub(crate) fn unlink(file: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", ""] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        let path = PathBuf::from(path);
        if path.try_exists()? {
            match overwrite(&path).and_then(|()| fs::remove_file(&path)) {
                // Another run, by the schedule and by hand at once, was faster.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
    }
    Ok(())
}

fn overwrite(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    let zeros = vec![0; 64 * 1_024];
    while left > 0 {
        let some = usize::try_from(left)
            .unwrap_or(zeros.len())
            .min(zeros.len());
        file.write_all(zeros.get(..some).unwrap_or_default())?;
        left = left.saturating_sub(u64::try_from(some).unwrap_or(left));
    }
    file.sync_data()
}
