//! `vigie backup` and `vigie restore`. Next: [`crate::backup`].

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use vigie_protocol::Stamp;

use super::{Site, lang, print, setup};
use crate::app::Place;
use crate::audit::Audit;
use crate::backup;
use crate::texts::say;

/// Copy everything, while the server runs or not, into a new folder below DIR; prints it. Backups there whose seven days are
/// over are erased.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The folder of backups: on another disk, best on another machine. It holds keys and pupils' data.
    #[arg(value_name = "DIR")]
    parent: PathBuf,
}

pub(super) async fn backup(site: &Site, command: Backup) -> anyhow::Result<ExitCode> {
    let data = &site.config.data;
    let (folder, manifest) = backup::take(data, &command.parent, &site.clock).await?;
    let gone = backup::erase_old(&command.parent, site.clock.now())?;
    let until = site.clock.day(Stamp(manifest.destroy_by_ms)).to_string();
    print(&folder.display().to_string());
    print(&say(
        lang(site),
        "cli-backup",
        &[
            ("files", manifest.files.len().into()),
            ("until", until.into()),
            ("gone", gone.len().into()),
        ],
    ));
    Ok(ExitCode::SUCCESS)
}

/// Put a backup back into an empty data directory: every digest is checked, and what retention owes is erased at once.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup's folder, as `vigie backup` printed it.
    #[arg(value_name = "BACKUP")]
    from: PathBuf,
}

pub(super) async fn restore(site: &Site, command: Restore) -> anyhow::Result<ExitCode> {
    let data = &site.config.data;
    let place = Place::take(data).context("taking the data directory")?;
    let manifest = backup::restore(&command.from, data, site.clock.now())?;
    let store = site.store().await?;
    let audit = Audit::start(&data.join("audit"), site.clock.clone(), store.clone())?;
    let verified = audit.verify(None).await?;
    audit.stop().await;
    ensure!(
        verified.faults.is_empty(),
        "the audit log that was restored does not hold; `vigie audit verify` names the lines"
    );
    // Where a login may have been ended since, and a token renewed: everybody signs in anew.
    store.forget_logins(Stamp(i64::MAX)).await?;
    store.close().await?;
    let taken = site.clock.day(Stamp(manifest.taken_ms)).to_string();
    print(&say(
        lang(site),
        "cli-restored",
        &[
            ("files", manifest.files.len().into()),
            ("taken", taken.into()),
        ],
    ));
    let done = setup::retention(site, setup::Retention::Run).await?;
    drop(place);
    Ok(done)
}
