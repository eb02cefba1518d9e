//! A password from standard input: never an argument, which every user of the machine could read in the list of processes.

use std::io::{BufRead, IsTerminal};

use anyhow::Context;
use vigie_protocol::Private;

use crate::ids;

/// Letters of a password that is made here: five bits each, eighty in all, and it can be read aloud.
pub(super) const MADE_LETTERS: usize = 16;

/// One line of standard input; a terminal is asked for it. Gives also whether it is empty.
pub(super) fn read() -> anyhow::Result<(Private<String>, bool)> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("reading the password")?;
    let given = line.trim_end_matches(['\r', '\n']).to_owned();
    let empty = given.is_empty();
    Ok((Private::new(given), empty))
}

/// The password that is piped in; none when standard input is a terminal or empty.
pub(super) fn piped() -> anyhow::Result<Option<Private<String>>> {
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let (given, empty) = read()?;
    Ok((!empty).then_some(given))
}

/// A password that nobody guesses.
pub(super) fn made() -> Private<String> {
    Private::new(ids::letters(MADE_LETTERS))
}
