//! How far long work is: one line on standard error that rewrites itself, only where somebody watches a terminal.
//!
//! Never a clock: it speaks when the percentage changes. Never part of an answer.

use std::io::{IsTerminal, Write};

/// Columns of the bar.
const WIDTH: usize = 40;

/// A bar that fills.
#[derive(Debug)]
pub struct Progress {
    all: usize,
    done: usize,
    said: usize,
    watched: bool,
}

impl Progress {
    /// A bar for so many steps, on standard error when that is a terminal, else silent.
    pub fn on_stderr(all: usize) -> Self {
        Self {
            all: all.max(1),
            done: 0,
            said: 0,
            watched: std::io::stderr().is_terminal(),
        }
    }

    /// One step more.
    pub fn step(&mut self) {
        self.done = (self.done + 1).min(self.all);
        let percent = self.done * 100 / self.all;
        if self.watched && percent != self.said {
            self.said = percent;
            let mut err = std::io::stderr().lock();
            // Nobody is told when the terminal went away.
            let _ = write!(err, "{}", bar(percent)).and_then(|()| err.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.watched && self.said > 0 {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}

fn bar(percent: usize) -> String {
    let full = percent * WIDTH / 100;
    let (full, rest) = ("█".repeat(full), "░".repeat(WIDTH.saturating_sub(full)));
    format!("\r{full}{rest} {percent:3}\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_always_as_wide() {
        for percent in [0, 1, 50, 99, 100] {
            assert_eq!(bar(percent).chars().count(), 1 + WIDTH + 6, "{percent}");
        }
        assert!(bar(50).contains("█░"));
    }
}
