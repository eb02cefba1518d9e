//! `vigie serve`: starts, says where, and stops on a signal.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{Site, print};
use crate::app;
use crate::config::Config;
use crate::demo::MARK;

pub(super) async fn serve(site: Site) -> anyhow::Result<ExitCode> {
    log_to_stderr(&site.config)?;
    refuse_the_demo(&site.config.data)?;
    allow_many_files();
    // Listened to before anything is said, so that a signal right after `ready` is not lost.
    let mut terminate = signal(SignalKind::terminate()).context("listening to SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening to SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("listening to SIGHUP")?;
    let mut running = app::start(site.config).await?;
    print(&format!("ready {}", running.url()));
    // Nobody can sign in yet: whoever reads this terminal makes the first administrator.
    if let Some(code) = running.first_code().await? {
        print(&format!("code {}", code.reveal()));
    }
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            // As other servers do: look at the files now.
            _ = hangup.recv() => running.look_at_certificate(),
            ended = running.ended() => {
                ended.context("the server ended by itself")?;
                break;
            }
        }
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// The demo prints its passwords: what it made is no school's.
fn refuse_the_demo(data: &Path) -> anyhow::Result<()> {
    let marked = |folder: &Path| folder.join(MARK).is_file();
    ensure!(
        !marked(data) && !data.parent().is_some_and(marked),
        "the data directory {} is the demo's, whose passwords were printed; set another with `data` or VIGIE_DATA",
        data.display()
    );
    Ok(())
}

pub(super) fn log_to_stderr(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .with_context(|| format!("the setting log is {:?}, which is no filter", config.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for a person at a terminal: in a file they are noise, and hide what an attacker may have put there.
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr);
    // A second start in one process keeps the first's log.
    let _ = if config.log_json {
        log.json().try_init()
    } else {
        log.try_init()
    };
    Ok(())
}

/// Every link and every tablet is an open file: take as many as the system allows.
fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, most) {
        tracing::warn!(%error, "the number of open files stays at the system's default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_directory_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let server = folder.path().join("server");
        std::fs::create_dir(&server).unwrap();
        refuse_the_demo(&server).unwrap();
        std::fs::write(folder.path().join(MARK), b"").unwrap();
        for data in [folder.path(), &server] {
            let error = refuse_the_demo(data).unwrap_err().to_string();
            assert!(error.contains("the demo's"), "{error}");
        }
    }
}
