//! The rig behind the figures: makes the generated list, compiles it, and looks hosts up so that callgrind can count.
//!
//! Next: `instructions` beside this file, which runs it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    clippy::precedence,
    clippy::range_plus_one,
    clippy::match_overlapping_arm,
    clippy::assigning_clones,
    unreachable_pub,
    reason = "a rig may fail loudly"
)]

#[path = "support/names.rs"]
mod names;

use std::collections::HashSet;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;

use names::{Dice, Names};
use vigie_filters::Lists;
use vigie_filters::lists::build_directory;

/// The seed of the list, and of names that are not in it.
const LISTED: u64 = 2026;
const OTHERS: u64 = 7;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate", count, dir] => generate(count.parse().unwrap(), Path::new(dir)),
        ["hosts", dir] => hosts(Path::new(dir)),
        ["compile", dir, file] => compile(Path::new(dir), Path::new(file)),
        ["open", file] => open(Path::new(file)),
        ["lookup", file, hosts, rounds] => {
            lookup(Path::new(file), Path::new(hosts), rounds.parse().unwrap());
        }
        _ => eprintln!(
            "rig generate COUNT DIR | hosts DIR | compile DIR FILE | open FILE | lookup FILE HOSTS ROUNDS"
        ),
    }
}

/// A directory in the squidGuard layout with so many names: four in five in one category, as in the real list, some in several.
fn generate(count: usize, dir: &Path) {
    const CATEGORIES: [&str; 8] = [
        "adult",
        "games",
        "shopping",
        "malware",
        "gambling",
        "press",
        "vpn",
        "redirector",
    ];
    let mut files: Vec<BufWriter<File>> = CATEGORIES
        .iter()
        .map(|category| {
            fs::create_dir_all(dir.join(category)).unwrap();
            BufWriter::new(File::create(dir.join(category).join("domains")).unwrap())
        })
        .collect();
    let mut dice = Dice(LISTED);
    let mut seen = HashSet::new();
    for name in Names::new(LISTED) {
        if !seen.insert(name.clone()) {
            continue;
        }
        let main = if dice.below(5) < 4 {
            0
        } else {
            1 + dice.below(7) as usize
        };
        writeln!(files[main], "{name}").unwrap();
        if dice.below(50) == 0 {
            writeln!(files[(main + 1 + dice.below(7) as usize) % 8], "{name}").unwrap();
        }
        if seen.len() == count {
            break;
        }
    }
}

/// Beside a generated directory: 100,000 hosts that are all listed, and as many of which one in a hundred is.
fn hosts(dir: &Path) {
    let mut listed = Vec::new();
    for folder in fs::read_dir(dir).unwrap() {
        if let Ok(text) = fs::read_to_string(folder.unwrap().path().join("domains")) {
            listed.extend(text.lines().map(str::to_owned));
        }
    }
    listed.sort_unstable();
    listed.dedup();
    let known: HashSet<&str> = listed.iter().map(String::as_str).collect();
    let is_listed = |host: &str| {
        std::iter::successors(Some(host), |host| Some(host.split_once('.')?.1))
            .any(|host| known.contains(host))
    };
    let mut others = Names::new(OTHERS).filter(|name| !is_listed(name));
    let mut dice = Dice(1);
    let mut all = BufWriter::new(File::create(dir.join("hosts-all")).unwrap());
    let mut few = BufWriter::new(File::create(dir.join("hosts-few")).unwrap());
    for number in 0..100_000 {
        let hit = &listed[dice.below(listed.len() as u64) as usize];
        writeln!(all, "{hit}").unwrap();
        let host = if number % 100 == 0 {
            hit.clone()
        } else {
            others.next().unwrap()
        };
        writeln!(few, "{host}").unwrap();
    }
}

fn compile(dir: &Path, file: &Path) {
    let built = build_directory(dir).unwrap();
    built.write(file).unwrap();
    let lists = Lists::open(file).unwrap();
    let entries: u64 = lists
        .categories()
        .map(|category| lists.entries(category))
        .sum();
    let bytes = fs::metadata(file).unwrap().len();
    println!(
        "{entries} entries, {bytes} bytes, {:.2} bytes an entry, {:.2} CPU-seconds, {} lines skipped",
        bytes as f64 / entries as f64,
        cpu_seconds(),
        built.skipped.len(),
    );
}

fn open(file: &Path) {
    let (memory, started) = (resident(), std::time::Instant::now());
    let lists = Lists::open(file).unwrap();
    let took = started.elapsed();
    println!(
        "opened in {took:?}; {} KiB resident before any look-up",
        resident() - memory
    );
    black_box(&lists);
}

fn lookup(file: &Path, hosts: &Path, rounds: usize) {
    let lists = Lists::open(file).unwrap();
    let text = fs::read_to_string(hosts).unwrap();
    let hosts: Vec<&str> = text.lines().collect();
    let (mut found, started) = (0_u64, std::time::Instant::now());
    for _ in 0..rounds {
        for host in &hosts {
            lists.entries_of(black_box(host), &mut |entry| {
                found += 1 + u64::from(entry.set)
            });
        }
    }
    let asked = (rounds * hosts.len()).max(1);
    eprintln!(
        "{asked} look-ups, {:.0} ns each, {} KiB resident (sum {found})",
        started.elapsed().as_nanos() as f64 / asked as f64,
        resident(),
    );
}

/// KiB of the process in memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |at: usize| {
        after
            .split_whitespace()
            .nth(at)
            .and_then(|number| number.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}
