//! `vigie charter` and `vigie lists`: thin doors to `vigie_filters::cli`, and the adoption of what it accepts.

use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Subcommand;
use vigie_filters::cli::{self as filters, Progress};
use vigie_filters::{Lists as ListFile, RuleSet, default_charter, read_charter};
use vigie_protocol::{Day, EstablishmentId};

use super::setup::school_named;
use super::{Site, lang, print};
use crate::journal::Journal;
use crate::rehearse::{Change, rehearse as rehearsal};
use crate::store::Store;
use crate::texts::say;

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
        /// The first day on which it is in force, `2026-12-01`; without it from now on.
        #[arg(long)]
        from: Option<Day>,
    },
    /// List the versions that a school adopted: from when, which, under what title.
    Versions {
        /// The school's UAI code; without it every school.
        #[arg(long)]
        school: Option<String>,
    },
    /// Judge the sessions that are still in the journal by another charter, and say for each rule what would change.
    Rehearse {
        #[arg(long)]
        charter: PathBuf,
        /// The first day, `2026-11-24`.
        #[arg(long)]
        from: Day,
        /// The last day.
        #[arg(long)]
        to: Day,
        /// The list file; without it the one in force in each session's school.
        #[arg(long)]
        lists: Option<PathBuf>,
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
        Charter::Adopt { file, school, from } => {
            let (name, text) = charter_text(file.as_deref())?;
            let tally = filters::check(&name, &text, None, lang(site).code(), out)?;
            out.flush()?;
            if tally.errors > 0 {
                bail!("a charter with an error is not adopted");
            }
            let store = site.store().await?;
            let (charter, _) = read_charter(&text);
            let now = site.clock.now();
            // A day that has begun is in force from now on: what was opened under another version keeps it.
            let from = from.map_or(now, |day| site.clock.begins(day).max(now));
            for school in schools(&store, school.as_deref()).await? {
                store
                    .adopt_charter(&school, (&charter.digest, &text), from)
                    .await?;
                let day = site.clock.day(from);
                print(&format!("{school}\t{day}\t{}", charter.digest));
            }
        }
        Charter::Versions { school } => {
            let store = site.store().await?;
            for school in schools(&store, school.as_deref()).await? {
                let in_force = store.charter_in_force(&school, site.clock.now()).await?;
                for (from, digest, text) in store.charter_versions(&school).await? {
                    let day = site.clock.day(from);
                    let title = read_charter(&text).0.title;
                    let title = title.in_lang(lang(site).code()).to_owned();
                    let mark = match &in_force {
                        Some((current, _)) if *current == digest => "*",
                        _ => "",
                    };
                    print(&format!("{school}\t{day}\t{digest}\t{title}\t{mark}"));
                }
            }
        }
        Charter::Rehearse {
            charter,
            from,
            to,
            lists,
        } => {
            let name = charter.display().to_string();
            let text = read(&charter)?;
            let err = &mut std::io::stderr().lock();
            let tally = filters::check(&name, &text, None, lang(site).code(), err)?;
            if tally.errors > 0 {
                return Ok(ExitCode::FAILURE);
            }
            let lists = open_lists(lists.as_deref())?;
            rehearse(site, &text, lists, (from, to)).await?;
        }
        Charter::Show => {
            out.write_all(default_charter().as_bytes())?;
            out.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a line a rule: verdicts before and after, and what adults had dismissed as false.
async fn rehearse(
    site: &Site,
    text: &str,
    lists: Option<Arc<ListFile>>,
    (from, to): (Day, Day),
) -> anyhow::Result<()> {
    let journal = Journal::open(&site.config.data.join("days"))?;
    let store = site.store().await?;
    let mut by_school: BTreeMap<EstablishmentId, RuleSet> = BTreeMap::new();
    let mut changes = BTreeMap::new();
    let mut sessions = 0_usize;
    let mut heads = Vec::new();
    for day in journal.days()? {
        if (from..=to).contains(&day) {
            heads.extend(journal.heads(day).await?);
        }
    }
    let mut progress = Progress::on_stderr(heads.len());
    for head in heads {
        progress.step();
        let Some(records) = journal.read(&head.session).await? else {
            continue;
        };
        if !by_school.contains_key(&head.establishment) {
            let lists = match &lists {
                Some(given) => Some(Arc::clone(given)),
                None => in_force(site, &store, &head.establishment).await?,
            };
            let rules = RuleSet::new(read_charter(text).0, lists);
            by_school.insert(head.establishment.clone(), rules);
        }
        if let Some(rules) = by_school.get(&head.establishment) {
            rehearsal(head.session, &records, rules, &mut changes);
            sessions = sessions.saturating_add(1);
        }
    }
    drop(progress);
    print(&say(
        lang(site),
        "cli-rehearsed",
        &[("sessions", sessions.into())],
    ));
    print(&say(lang(site), "cli-rehearsal-head", &[]).replace(" | ", "\t"));
    for (rule, change) in changes {
        let Change {
            before,
            after,
            dismissed,
            again,
        } = change;
        print(&format!("{rule}\t{before}\t{after}\t{dismissed}\t{again}"));
    }
    Ok(())
}

/// The list file in force in a school, from our own adopted copy.
async fn in_force(
    site: &Site,
    store: &Store,
    school: &EstablishmentId,
) -> anyhow::Result<Option<Arc<ListFile>>> {
    match store.list_in_force(school).await? {
        Some(digest) => {
            let file = site.config.data.join("lists").join(format!("{digest}.vgl"));
            open_lists(Some(&file))
        }
        None => Ok(None),
    }
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
