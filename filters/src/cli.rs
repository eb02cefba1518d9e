//! What the server's command line calls for `vigie charter check | judge` and `vigie lists build | lookup`. Readers and writers
//! are arguments; nothing here prints by itself or leaves the process.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use crate::charter::Diagnostic;
use crate::lists::{Lists, ListsError};

/// How many faults a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Errors: the charter must not be adopted, the exit status is 1.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
}

/// Why a run of `charter judge` could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The charter has errors; the caller prints them as `check` does.
    #[error("the charter has errors")]
    Charter(Vec<Diagnostic>),
    /// Input could not be read or output written.
    #[error("judging the lines")]
    Io(#[from] std::io::Error),
}

/// `vigie charter check FILE`: one line a diagnostic, `name:line:column: error: words`, then a line that sums up. `lang` is `fr`
/// or `en`. With lists, categories that they do not hold are warned of.
pub fn check(
    _name: &str,
    _text: &str,
    _lists: Option<&Lists>,
    _lang: &str,
    _out: &mut dyn Write,
) -> std::io::Result<Tally> {
    todo!()
}

/// `vigie charter judge`: events as JSON lines in, one JSON line of verdicts each out, in order.
pub fn judge_lines(
    _charter: &str,
    _lists: Option<Arc<Lists>>,
    _input: &mut dyn BufRead,
    _out: &mut dyn Write,
) -> Result<(), JudgeError> {
    todo!()
}

/// `vigie lists build DIR -o FILE`: compiles a squidGuard directory; wrong lines are reported on `report` and skipped.
pub fn lists_build(
    _dir: &Path,
    _to: &Path,
    _lang: &str,
    _report: &mut dyn Write,
) -> Result<(), ListsError> {
    todo!()
}

/// `vigie lists lookup FILE [URL…]`: `URL<TAB>category,category` sorted, or `URL<TAB>-`, for each URL given, else for each line
/// of `input`.
pub fn lists_lookup(
    _file: &Path,
    _urls: &[String],
    _input: &mut dyn BufRead,
    _out: &mut dyn Write,
) -> Result<(), ListsError> {
    todo!()
}
