//! The command line. Owns its words, its exit codes and what it prints; each command's work is in a file below.
//!
//! Never prints anything but what was asked for on standard output: logs and errors go to standard error.
//! Next: [`demo`], [`serve`], [`setup`], [`agent`], [`people`], [`charter`].

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;
use crate::texts::Lang;

mod agent;
mod audit;
mod backup;
mod charter;
mod demo;
mod import;
mod password;
mod people;
mod serve;
mod setup;
mod trust;

/// Supervises pupils who work on their own at the school's computers.
#[derive(Debug, Parser)]
#[command(name = "vigie", version, disable_help_subcommand = true)]
struct Arguments {
    /// The settings file; every setting is also a variable VIGIE_*.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a sample school with pupils at work: nothing to configure.
    Demo(demo::Demo),
    /// Serve rooms, tablets and agents until told to stop.
    Serve,
    Import(import::Import),
    /// Schools.
    #[command(subcommand)]
    School(setup::School),
    /// Rooms and their plans.
    #[command(subcommand)]
    Room(setup::Room),
    /// Adults who may sign in.
    #[command(subcommand)]
    User(people::User),
    /// Pupils.
    #[command(subcommand)]
    Pupil(people::Pupil),
    /// Workstations.
    #[command(subcommand)]
    Agent(agent::Agent),
    /// What to compare before a device is told to trust the server.
    Trust,
    /// The charter: check it, judge with it, adopt it.
    #[command(subcommand)]
    Charter(charter::Charter),
    /// Category lists: build, look up, adopt.
    #[command(subcommand)]
    Lists(charter::Lists),
    Backup(backup::Backup),
    Restore(backup::Restore),
    /// The key that signs logins.
    #[command(subcommand)]
    Key(people::Key),
    /// The audit log: prove it, read it.
    #[command(subcommand)]
    Audit(audit::AuditLog),
    /// What is erased when.
    #[command(subcommand)]
    Retention(setup::Retention),
}

/// What a command works with.
struct Site {
    config: Config,
    clock: Clock,
}

impl Site {
    /// Opens the tables; the server may run meanwhile.
    async fn store(&self) -> anyhow::Result<Store> {
        crate::app::make_data(&self.config.data)?;
        let store = Store::open(&self.config.data).await?;
        crate::app::tell_zone(&self.config, &store, &self.clock).await?;
        Ok(store)
    }
}

/// Reads the arguments and the environment, does what they ask, and says how it went.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let environment: BTreeMap<String, String> = std::env::vars()
        .filter(|(name, _)| name.starts_with("VIGIE_"))
        .collect();
    match run(arguments, &environment) {
        Ok(code) => code,
        Err(error) => {
            // The whole chain, each cause once: this line is all that an operator gets.
            let _ = writeln!(std::io::stderr(), "vigie: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, environment: &BTreeMap<String, String>) -> anyhow::Result<ExitCode> {
    // Two providers may be linked in; whoever speaks TLS in this process speaks it through this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = Config::read(arguments.config.as_deref(), environment)?;
    let clock = Clock::system(config.time_zone());
    let site = Site { config, clock };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Demo(command) => demo::demo(site, command).await,
            Command::Serve => serve::serve(site).await,
            Command::Import(command) => import::import(&site, command).await,
            Command::School(command) => setup::school(&site, command).await,
            Command::Room(command) => setup::room(&site, command).await,
            Command::Agent(command) => agent::agent(&site, command).await,
            Command::Trust => trust::trust(&site),
            Command::Retention(command) => setup::retention(&site, command).await,
            Command::Backup(command) => backup::backup(&site, command).await,
            Command::Restore(command) => backup::restore(&site, command).await,
            Command::Key(command) => people::key(&site, &command),
            Command::Audit(command) => audit::audit(site, command).await,
            Command::User(command) => people::user(&site, command).await,
            Command::Pupil(command) => people::pupil(&site, command).await,
            Command::Charter(command) => charter::charter(&site, command).await,
            Command::Lists(command) => charter::lists(&site, command).await,
        }
    })
}

/// The language of what a command prints: that of the terminal, else the site's.
fn lang(site: &Site) -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .and_then(|tag| Lang::of(&tag))
        .unwrap_or(site.config.lang)
}

/// Prints a line on standard output; whoever closed it wanted no more.
fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
