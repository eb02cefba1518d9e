//! `vigie demo`: its arguments. The sample itself is [`crate::demo`].

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Site, serve};

use crate::config::Config;
use crate::demo::{self, Options, SCRIPTED};

/// What the demo logs unless it is told otherwise: its logins and its address should not drown among two dozen agents' lines.
const LOG: &str = "warn";

/// What the demo is told.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Port on loopback; 0 lets the system choose.
    #[arg(long, default_value_t = 8080, value_name = "N")]
    port: u16,
    /// How many pupils.
    #[arg(long, default_value_t = SCRIPTED, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=2_000))]
    seats: u16,
    /// Where to keep the sample; a temporary folder otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// End by itself after so many seconds.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
}

pub(super) async fn demo(
    mut site: Site,
    Demo {
        port,
        seats,
        data,
        seconds,
    }: Demo,
) -> anyhow::Result<ExitCode> {
    if site.config.log == Config::default().log {
        LOG.clone_into(&mut site.config.log);
    }
    serve::log_to_stderr(&site.config)?;
    let options = Options {
        port,
        seats,
        data,
        seconds,
    };
    demo::run(options, &mut std::io::stdout()).await?;
    Ok(ExitCode::SUCCESS)
}
