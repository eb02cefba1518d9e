//! What the server's command line calls for `vigie charter check | judge` and `vigie lists build | lookup`. Readers and writers
//! are arguments; nothing here prints by itself or leaves the process.

mod judge;
mod lists;
mod progress;

use std::io::Write;

use crate::charter::{Level, read_charter};
use crate::lists::Lists;
use crate::text;

pub use judge::{JudgeError, judge_lines};
pub use lists::{lists_build, lists_lookup};
pub use progress::Progress;

/// How many faults a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Errors: the charter must not be adopted, the exit status is 1.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
}

/// `vigie charter check FILE`: one line a diagnostic, `name:line:column: error: words`, then a line that sums up. `lang` is `fr`
/// or `en`. With lists, categories that they do not hold are warned of.
pub fn check(
    name: &str,
    text: &str,
    lists: Option<&Lists>,
    lang: &str,
    out: &mut dyn Write,
) -> std::io::Result<Tally> {
    let (charter, diagnostics) = read_charter(text);
    let mut tally = Tally::default();
    for fault in &diagnostics {
        let level = match fault.level {
            Level::Error => {
                tally.errors += 1;
                text::say(lang, "error", &[])
            }
            Level::Warning => {
                tally.warnings += 1;
                text::say(lang, "warning", &[])
            }
        };
        let (line, column) = (fault.line, fault.column);
        writeln!(
            out,
            "{name}:{line}:{column}: {level}: {}",
            fault.message(lang)
        )?;
    }
    if let Some(lists) = lists {
        for category in charter.unlisted_categories(lists) {
            tally.warnings += 1;
            let level = text::say(lang, "warning", &[]);
            let words = text::say(lang, "unlisted-category", &[("category", category)]);
            writeln!(out, "{name}: {level}: {words}")?;
        }
    }
    let words = text::say(
        lang,
        "check-sum",
        &[
            ("articles", &charter.articles.len().to_string()),
            ("rules", &charter.rules.len().to_string()),
            ("errors", &tally.errors.to_string()),
            ("warnings", &tally.warnings.to_string()),
        ],
    );
    writeln!(out, "{words}")?;
    Ok(tally)
}
