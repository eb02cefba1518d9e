//! What is counted: CPU time and memory of a process as the system tells them, and latencies.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;

/// The system counts CPU time in hundredths of a second (`USER_HZ`, fixed for all Linux programs).
const TICKS_A_SECOND: f64 = 100.0;

/// CPU seconds (user and system, all threads) that a process has used.
///
/// # Errors
/// The process is gone.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("CPU time")?;
    // The name in parentheses may hold anything; the fields begin after it with the state, which is field 3.
    let (_, fields) = stat.rsplit_once(')').context("CPU time")?;
    let ticks: u32 = fields
        .split_ascii_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    Ok(f64::from(ticks) / TICKS_A_SECOND)
}

/// Resident memory of a process, KiB.
///
/// # Errors
/// The process is gone.
pub fn resident_kib(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("memory")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|number| number.trim().parse().ok())
        .context("memory")
}

/// Latencies in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    pub fn add(&mut self, took: Duration) {
        self.0
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The latency that so many of a thousand do not exceed, in milliseconds.
    pub fn permille(&mut self, permille: usize) -> f64 {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        let at = (self.0.len() * permille / 1_000).min(last);
        self.0
            .get(at)
            .map_or(f64::NAN, |micros| f64::from(*micros) / 1_000.0)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.clone();
        write!(
            f,
            "p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms of {}",
            sorted.permille(500),
            sorted.permille(990),
            sorted.permille(1_000),
            sorted.count()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_figures_are_there() {
        let me = std::process::id();
        assert!(cpu_seconds(me).unwrap() >= 0.0);
        assert!(resident_kib(me).unwrap() > 100);
        let mut latencies = Latencies::default();
        (1..=1_000).for_each(|n| latencies.add(Duration::from_millis(n)));
        assert_eq!(
            latencies.to_string(),
            "p50 501.0 ms, p99 991.0 ms, longest 1000.0 ms of 1000"
        );
    }
}
