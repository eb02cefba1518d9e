//! `vigie charter` and `vigie lists`: thin doors to `vigie_filters::cli`, and the adoption of what it accepts.

use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Subcommand;
use vigie_filters::cli as filters;
use vigie_filters::{Lists as ListFile, default_charter, read_charter};
use vigie_protocol::EstablishmentId;

use super::setup::school_named;
use super::{Site, lang, print};
use crate::store::Store;

/// The name under which diagnostics speak of the charter that ships.
const SHIPPED: &str = "default.toml";

#[derive(Debug, Subcommand)]
pub(super) enum Charter {
    /// Check a charter: each fault with its line and column; exit 1 on an error.
    Check {
        file: PathBuf,
        /// Warn of categories that this list file does not hold.
        #[arg(long)]
        lists: Option<PathBuf>,
    },
    /// Judge events, a JSON object a line on standard input, a line of verdicts each on standard output.
    Judge {
        /// The charter; without it the one that ships.
        #[arg(long)]
        charter: Option<PathBuf>,
        /// The list file.
        #[arg(long)]
        lists: Option<PathBuf>,
    },
    /// Put a charter in force; sessions that are open keep theirs.
    Adopt {
        /// The charter; without it the one that ships.
        file: Option<PathBuf>,
        /// The school's UAI code; without it every school.
        #[arg(long)]
        school: Option<String>,
    },
    /// Print the charter that ships, to start one's own from.
    Show,
}

pub(super) async fn charter(site: &Site, command: Charter) -> anyhow::Result<ExitCode> {
    let out = &mut BufWriter::new(std::io::stdout().lock());
    match command {
        Charter::Check { file, lists } => {
            let text = read(&file)?;
            let lists = open_lists(lists.as_deref())?;
            let name = file.display().to_string();
            let tally = filters::check(&name, &text, lists.as_deref(), lang(site).code(), out)?;
            out.flush()?;
            return Ok(ExitCode::from(u8::from(tally.errors > 0)));
        }
        Charter::Judge { charter, lists } => {
            let (name, text) = charter_text(charter.as_deref())?;
            let lists = open_lists(lists.as_deref())?;
            let mut input = BufReader::new(std::io::stdin().lock());
            match filters::judge_lines(&text, lists, &mut input, out) {
                Ok(()) => out.flush()?,
                Err(filters::JudgeError::Charter(_)) => {
                    let err = &mut std::io::stderr().lock();
                    filters::check(&name, &text, None, lang(site).code(), err)?;
                    return Ok(ExitCode::FAILURE);
                }
                Err(filters::JudgeError::Io(error))
                    if error.kind() == std::io::ErrorKind::BrokenPipe => {}
                Err(error) => return Err(error.into()),
            }
        }
        Charter::Adopt { file, school } => {
            let (name, text) = charter_text(file.as_deref())?;
            let tally = filters::check(&name, &text, None, lang(site).code(), out)?;
            out.flush()?;
            if tally.errors > 0 {
                bail!("a charter with an error is not adopted");
            }
            let store = site.store().await?;
            let (charter, _) = read_charter(&text);
            for school in schools(&store, school.as_deref()).await? {
                store
                    .adopt_charter(&school, (&charter.digest, &text), site.clock.now())
                    .await?;
                print(&format!("{school}\t{}", charter.digest));
            }
        }
        Charter::Show => {
            out.write_all(default_charter().as_bytes())?;
            out.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Subcommand)]
pub(super) enum Lists {
    /// Compile a directory in the squidGuard layout: a folder a category.
    Build {
        directory: PathBuf,
        /// The list file to write.
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Say in which categories addresses are; without any, each line of standard input.
    Lookup { file: PathBuf, urls: Vec<String> },
    /// Put a list file in force: it is checked in full and copied into the data directory.
    Adopt {
        file: PathBuf,
        /// The school's UAI code; without it every school.
        #[arg(long)]
        school: Option<String>,
    },
}

pub(super) async fn lists(site: &Site, command: Lists) -> anyhow::Result<ExitCode> {
    let out = &mut BufWriter::new(std::io::stdout().lock());
    match command {
        Lists::Build { directory, output } => {
            let err = &mut std::io::stderr().lock();
            filters::lists_build(&directory, &output, lang(site).code(), err)
                .with_context(|| format!("compiling {}", directory.display()))?;
        }
        Lists::Lookup { file, urls } => {
            let mut input = BufReader::new(std::io::stdin().lock());
            filters::lists_lookup(&file, &urls, &mut input, out)
                .with_context(|| format!("looking up in {}", file.display()))?;
            out.flush()?;
        }
        Lists::Adopt { file, school } => {
            let store = site.store().await?;
            let schools = schools(&store, school.as_deref()).await?;
            let folder = site.config.data.join("lists");
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("making {}", folder.display()))?;
            let adopted = ListFile::adopt(&file, &folder)
                .with_context(|| format!("adopting {}", file.display()))?;
            for school in schools {
                store
                    .adopt_list(&school, adopted.digest(), site.clock.now())
                    .await?;
                print(&format!("{school}\t{}", adopted.digest()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn schools(store: &Store, named: Option<&str>) -> anyhow::Result<Vec<EstablishmentId>> {
    let schools = match named {
        Some(named) => vec![school_named(store, named).await?],
        None => store
            .establishments()
            .await?
            .into_iter()
            .map(|school| school.id)
            .collect(),
    };
    if schools.is_empty() {
        bail!("there is no school yet; add one with `vigie school add UAI NAME`");
    }
    Ok(schools)
}

fn charter_text(file: Option<&Path>) -> anyhow::Result<(String, String)> {
    Ok(match file {
        Some(file) => (file.display().to_string(), read(file)?),
        None => (SHIPPED.to_owned(), default_charter().to_owned()),
    })
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn open_lists(file: Option<&Path>) -> anyhow::Result<Option<Arc<ListFile>>> {
    file.map(|file| {
        ListFile::open(file)
            .map(Arc::new)
            .with_context(|| format!("opening {}", file.display()))
    })
    .transpose()
}
