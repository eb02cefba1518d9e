//! `vigie lists build` and `vigie lists lookup`.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;

use crate::lists::{Lists, ListsError, build_directory};
use crate::text;

/// Most wrong lines that a build cites; the rest are counted.
const CITED_MAX: usize = 50;

/// `vigie lists build DIR -o FILE`: compiles a squidGuard directory; wrong lines are reported on `report` and skipped.
pub fn lists_build(
    dir: &Path,
    to: &Path,
    lang: &str,
    report: &mut dyn Write,
) -> Result<(), ListsError> {
    let said = |path: &Path| {
        let path = path.to_owned();
        move |source| ListsError::Io {
            path,
            doing: "reporting",
            source,
        }
    };
    let built = build_directory(dir)?;
    for skipped in built.skipped.iter().take(CITED_MAX) {
        let words = text::say(lang, "list-line-skipped", &[("text", &skipped.text)]);
        writeln!(report, "{}:{}: {words}", skipped.file, skipped.line).map_err(said(to))?;
    }
    for folder in &built.ignored {
        let words = text::say(lang, "list-folder-ignored", &[("folder", folder)]);
        writeln!(report, "{words}").map_err(said(to))?;
    }
    let before = Lists::open(to).ok();
    built.write(to)?;
    let lists = Lists::open(to)?;
    let changed = before.filter(|before| before.digest() != lists.digest());
    let [added, removed] = changed.as_ref().map_or_else(Default::default, |before| {
        [newcomers(&lists, before), newcomers(before, &lists)]
    });
    for category in lists.categories() {
        let now = lists.entries(category);
        let count = |names: &BTreeMap<String, u64>| names.get(category).copied().unwrap_or(0);
        let change = match (count(&added), count(&removed)) {
            (0, 0) => String::new(),
            (more, fewer) => format!(" (+{more} −{fewer})"),
        };
        writeln!(report, "{category}\t{now}{change}").map_err(said(to))?;
    }
    let words = text::say(
        lang,
        "list-built",
        &[
            ("file", &to.display().to_string()),
            ("categories", &lists.categories().count().to_string()),
            ("skipped", &built.skipped.len().to_string()),
            ("digest", lists.digest().as_str()),
        ],
    );
    writeln!(report, "{words}").map_err(said(to))
}

/// For each category, how many names one file has in it that the other has not.
fn newcomers(lists: &Lists, other: &Lists) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    lists.each_name(&mut |name, set| {
        let known: Vec<&str> = other.categories_of_name(name);
        for category in lists
            .set(set)
            .map(|number| lists.category_name(usize::from(number)))
        {
            if !known.contains(&category) {
                *counts.entry(category.to_owned()).or_insert(0) += 1;
            }
        }
    });
    counts
}

/// `vigie lists lookup FILE [URL…]`: `URL<TAB>category,category` sorted, or `URL<TAB>-`, for each URL given, else for each line
/// of `input`.
pub fn lists_lookup(
    file: &Path,
    urls: &[String],
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), ListsError> {
    let io = |source| ListsError::Io {
        path: file.to_owned(),
        doing: "answering",
        source,
    };
    let lists = Lists::open_checked(file)?;
    for url in urls {
        answer(&lists, url, out).map_err(io)?;
    }
    if urls.is_empty() {
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line).map_err(io)? > 0 {
            let url = String::from_utf8_lossy(&line);
            let url = url.trim_end_matches(['\n', '\r']);
            if !url.trim().is_empty() {
                answer(&lists, url, out).map_err(io)?;
            }
            line.clear();
        }
    }
    out.flush().map_err(io)
}

fn answer(lists: &Lists, url: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let categories = lists.lookup(url);
    if categories.is_empty() {
        writeln!(out, "{url}\t-")
    } else {
        writeln!(out, "{url}\t{}", categories.join(","))
    }
}
