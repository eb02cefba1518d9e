//! The rules of the house as tests: arrows between crates, what each room must never touch, and how a file reads.
//!
//! Reads the tree's text only. Owns no behaviour of the product; a rule that cannot be checked from text is a lint in
//! `Cargo.toml` instead.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Every tracked-looking file below the root with this extension, as (path relative to the root, text).
fn files(extension: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_str().unwrap();
            if name.starts_with('.') || name == "target" || name == "node_modules" {
                continue;
            }
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), extension, &mut found);
    found.sort();
    let relative = |path: &Path| {
        path.strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    found
        .iter()
        .map(|path| (relative(path), fs::read_to_string(path).unwrap()))
        .collect()
}

/// Fails with one line for each finding, so that a whole sweep is seen at once.
fn none(rule: &str, findings: Vec<String>) {
    assert!(findings.is_empty(), "{rule}\n  {}", findings.join("\n  "));
}

/// The code of a file without what stands in its test module and without comments: good enough for a text rule.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"))
        .enumerate()
        .map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default()))
}

fn dependencies(folder: &str, table: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let keys = manifest
        .get(table)
        .and_then(|it| it.as_table())
        .map(|it| it.keys().cloned().collect());
    keys.unwrap_or_default()
}

#[test]
fn the_arrows_are_those_of_the_architecture() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("protocol", &[][..]),
        ("filters", &["vigie-protocol"]),
        ("server/room", &["vigie-protocol", "vigie-filters"]),
        (
            "server",
            &[
                "vigie-protocol",
                "vigie-filters",
                "vigie-room",
                "vigie-migrations",
                "vigie-agent",
            ],
        ),
        ("client-agent", &["vigie-protocol", "vigie-filters"]),
        ("migrations", &[]),
    ]);
    for (folder, may) in allowed {
        for table in ["dependencies", "build-dependencies"] {
            let ours = dependencies(folder, table)
                .into_iter()
                .filter(|name| name.starts_with("vigie-"));
            for name in ours {
                assert!(
                    may.contains(&name.as_str()),
                    "{folder}/Cargo.toml: no arrow to {name}"
                );
            }
        }
    }
}

#[test]
fn pure_crates_cannot_do_io() {
    let never = [
        "tokio",
        "actix-web",
        "actix-ws",
        "sea-orm",
        "hyper",
        "getrandom",
        "rand",
    ];
    for folder in ["protocol", "filters", "server/room"] {
        let taken = dependencies(folder, "dependencies");
        let wrong: Vec<_> = never.iter().filter(|name| taken.contains(**name)).collect();
        assert!(
            wrong.is_empty(),
            "{folder} is pure, yet depends on {wrong:?}"
        );
    }
}

#[test]
fn only_the_demo_uses_the_agent() {
    let wrong = files("rs")
        .into_iter()
        .filter(|(path, _)| path.starts_with("server/src/") && !path.starts_with("server/src/demo"))
        .filter(|(_, text)| code(text).any(|(_, line)| line.contains("vigie_agent")))
        .map(|(path, _)| path)
        .collect();
    none("vigie_agent is named outside server/src/demo", wrong);
}

#[test]
fn the_top_level_holds_what_was_agreed() {
    let agreed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "README.md",
        "client-agent",
        "filters",
        "migrations",
        "protocol",
        "server",
        "target",
        "tests",
    ];
    let wrong = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && !agreed.contains(&name.as_str()))
        .collect();
    none("unexpected at the top level", wrong);
}

#[test]
fn every_file_says_what_it_owns() {
    let wrong = files("rs")
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    none("no `//!` on the first line", wrong);
}

#[test]
fn names_are_words_of_the_glossary() {
    let vague = [
        "mod", "manager", "service", "helper", "helpers", "util", "utils", "common", "data",
        "info", "misc",
    ];
    let wrong = files("rs")
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| vague.contains(&Path::new(path).file_stem().unwrap().to_str().unwrap()))
        .collect();
    none("a file whose name says nothing", wrong);
}

#[test]
fn long_files_give_a_reason() {
    let lines_max = 500;
    let wrong = files("rs")
        .into_iter()
        .chain(files("js"))
        .filter(|(_, text)| text.lines().count() > lines_max && !text.contains("Long because"))
        .map(|(path, text)| {
            format!(
                "{path}: {} lines and no comment `Long because …`",
                text.lines().count()
            )
        })
        .collect();
    none("files above 500 lines", wrong);
}

#[test]
fn nothing_is_left_open() {
    let never = [
        "todo!(",
        "unimplemented!(",
        "dbg!(",
        "#[ignore",
        "thread::sleep",
        "unbounded_channel",
        "unbounded()",
    ];
    let mut wrong = Vec::new();
    for (path, text) in files("rs")
        .into_iter()
        .filter(|(path, _)| path != "tests/tests/house.rs")
    {
        for (number, line) in text.lines().enumerate() {
            // The hall rests between two looks at its sockets: the one place where a thread of ours sleeps.
            let rests = path == "server/src/app/hall.rs" && line.contains("thread::sleep(REST)");
            if rests {
                continue;
            }
            let line = line.split("//").next().unwrap_or_default();
            wrong.extend(
                never
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{path}:{}: {word}", number + 1)),
            );
        }
    }
    none("unfinished, ignored, sleeping or unbounded", wrong);
}

/// Files that may read the real clock or make randomness: one for each process, and the rigs, which measure real time.
const CLOCKS: [&str; 2] = ["server/src/clock.rs", "client-agent/src/clock.rs"];
const RANDOMNESS: [&str; 2] = ["server/src/ids.rs", "client-agent/src/ids.rs"];

/// A module that `cfg(test)` alone compiles.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("src/trial")
}

#[test]
fn one_file_reads_the_clock_and_one_makes_randomness() {
    let mut wrong = Vec::new();
    for (path, text) in files("rs")
        .into_iter()
        .filter(|(path, _)| path.contains("src/") && !path.starts_with("tests/") && !is_test(path))
    {
        for (number, line) in code(&text) {
            let reads_clock = [
                "Instant::now",
                "SystemTime::now",
                "Timestamp::now",
                "now_utc",
                "Zoned::now",
            ];
            let makes_noise = [
                "getrandom",
                "OsRng",
                " rand::",
                "(rand::",
                "now_v7",
                "Uuid::new_v4",
                "thread_rng",
            ];
            if reads_clock.iter().any(|word| line.contains(word))
                && !CLOCKS.contains(&path.as_str())
            {
                wrong.push(format!("{path}:{number}: reads a clock"));
            }
            if makes_noise.iter().any(|word| line.contains(word))
                && !RANDOMNESS.contains(&path.as_str())
            {
                wrong.push(format!("{path}:{number}: makes randomness"));
            }
        }
    }
    none("time and randomness are arguments", wrong);
}

#[test]
fn tests_do_not_sleep() {
    let mut wrong = Vec::new();
    for (path, text) in files("rs")
        .into_iter()
        .filter(|(path, _)| path.contains("/tests/") && path != "tests/tests/house.rs")
    {
        let sleeps = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains("time::sleep") || line.contains("rt::time::sleep"));
        wrong.extend(sleeps.map(|(number, _)| format!("{path}:{}", number + 1)));
    }
    none("a test sleeps", wrong);
}

#[test]
fn the_readme_is_short_and_every_path_in_it_exists() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(
        readme.lines().count() <= 300,
        "README.md has {} lines",
        readme.lines().count()
    );
    let looks_like_a_path = |word: &str| {
        word.contains('/')
            && !word.contains("://")
            && !word.starts_with('/')
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
            && [
                "protocol/",
                "filters/",
                "server/",
                "client-agent/",
                "migrations/",
                "tests/",
                ".ci/",
            ]
            .iter()
            .any(|it| word.starts_with(it))
    };
    let wrong = readme
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(str::split_whitespace)
        .filter(|word| looks_like_a_path(word) && !root().join(word).exists())
        .map(str::to_owned)
        .collect();
    none("README.md names a path that does not exist", wrong);
}

/// How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has: they are its first ones, without a gap.
#[rustfmt::skip]
const ASVS: [(&str, u32); 66] = [
    ("1.1", 2), ("1.2", 9), ("1.3", 11), ("1.4", 3), ("1.5", 2), ("2.1", 3), ("2.2", 3), ("2.3", 4), ("2.4", 1), ("3.2", 2),
    ("3.3", 4), ("3.4", 6), ("3.5", 5), ("3.7", 2), ("4.1", 3), ("4.2", 1), ("4.3", 2), ("4.4", 4), ("5.1", 1), ("5.2", 3),
    ("5.3", 2), ("5.4", 3), ("6.1", 3), ("6.2", 12), ("6.3", 4), ("6.4", 4), ("6.5", 5), ("6.6", 3), ("6.8", 4), ("7.1", 3),
    ("7.2", 4), ("7.3", 2), ("7.4", 5), ("7.5", 2), ("7.6", 2), ("8.1", 2), ("8.2", 3), ("8.3", 1), ("8.4", 1), ("9.1", 3),
    ("9.2", 4), ("10.1", 2), ("10.2", 2), ("10.3", 4), ("10.4", 11), ("10.5", 5), ("10.6", 2), ("10.7", 3), ("11.1", 2),
    ("11.2", 3), ("11.3", 3), ("11.4", 4), ("11.5", 1), ("11.6", 1), ("12.1", 3), ("12.2", 2), ("12.3", 4), ("13.1", 1),
    ("13.2", 5), ("13.3", 2), ("13.4", 5), ("14.1", 2), ("14.2", 4), ("14.3", 3), ("15.1", 3), ("15.2", 3),
];
#[rustfmt::skip]
const ASVS_LAST: [(&str, u32); 9] = [
    ("15.3", 7), ("16.1", 1), ("16.2", 5), ("16.3", 4), ("16.4", 3), ("16.5", 3), ("17.1", 1), ("17.2", 4), ("17.3", 2),
];

#[test]
fn the_table_of_asvs_cites_what_exists() {
    let table = fs::read_to_string(root().join("tests/asvs.md")).unwrap();
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [ids, verdict, place] = cells[..] else {
            wrong.push(format!("not three cells: {line}"));
            continue;
        };
        if ids == "requirement" {
            continue;
        }
        if !["yes", "part", "no", "n/a"].contains(&verdict) || place.is_empty() {
            wrong.push(format!("{ids}: no verdict or no reason"));
        }
        for id in ids.split(',') {
            *seen.entry(id.trim().to_owned()).or_default() += 1;
        }
        for cited in place
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|cited| looks_cited(cited))
        {
            let (file, name) = cited.split_once("::").unwrap_or((cited, ""));
            match fs::read_to_string(root().join(file)) {
                Err(_) => wrong.push(format!("{ids}: {file} does not exist")),
                Ok(text) if !name.is_empty() && !text.contains(&format!("fn {name}(")) => {
                    wrong.push(format!("{ids}: {file} has no {name}"));
                }
                Ok(_) => {}
            }
        }
    }
    for (section, last) in ASVS.iter().chain(&ASVS_LAST) {
        for number in 1..=*last {
            let id = format!("{section}.{number}");
            match seen.remove(&id) {
                Some(1) => {}
                times => wrong.push(format!("{id} is there {} times", times.unwrap_or(0))),
            }
        }
    }
    wrong.extend(
        seen.into_keys()
            .map(|id| format!("{id} is no requirement of level 1 or 2")),
    );
    none("tests/asvs.md", wrong);
}

/// A path of this tree, with or without a test's name; not a command or a word.
fn looks_cited(text: &str) -> bool {
    let file = text.split("::").next().unwrap_or_default();
    !file.contains(' ')
        && [".rs", ".js", ".md", ".toml", ".txt", ".lock"]
            .iter()
            .any(|ending| file.ends_with(ending))
}
