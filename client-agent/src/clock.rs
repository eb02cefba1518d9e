//! The agent's only clock. Nothing else in this crate asks for the time.
//!
//! The monotonic half carries every lease and window; the wall half only stamps events. The wall is read when the clock is
//! made and when it is set anew (at each link), so that a stamp never jumps while a link measures its offset.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vigie_protocol::{Span, Stamp};

/// Milliseconds on the monotonic clock since the agent's clock was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mono(pub i64);

impl std::ops::Add<Span> for Mono {
    type Output = Mono;
    fn add(self, span: Span) -> Mono {
        Mono(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub for Mono {
    type Output = Span;
    fn sub(self, earlier: Mono) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// One reading of both halves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For leases and windows.
    pub mono: Mono,
    /// For the stamps of events.
    pub at: Stamp,
}

/// The clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    zero: Instant,
    wall_at_zero: Stamp,
}

impl Clock {
    /// A clock that begins now.
    pub fn start() -> Self {
        let mut clock = Self {
            zero: Instant::now(),
            wall_at_zero: Stamp(0),
        };
        clock.set();
        clock
    }

    /// Reads the wall again: the machine's clock may have been put right since.
    pub fn set(&mut self) {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.wall_at_zero = Stamp(millis(since_epoch)) - Span(self.mono().0);
    }

    /// Both halves.
    pub fn now(&self) -> Now {
        let mono = self.mono();
        Now {
            mono,
            at: self.wall_at_zero + Span(mono.0),
        }
    }

    /// The monotonic half.
    pub fn mono(&self) -> Mono {
        Mono(millis(self.zero.elapsed()))
    }

    /// The moment of the operating system's monotonic clock, for timers and for actuators.
    pub fn instant(&self, mono: Mono) -> Instant {
        let since_zero = Duration::from_millis(u64::try_from(mono.0).unwrap_or(0));
        self.zero.checked_add(since_zero).unwrap_or(self.zero)
    }

    /// The moment of the monotonic clock at which the stamp is due.
    pub fn mono_of(&self, at: Stamp) -> Mono {
        Mono((at - self.wall_at_zero).0)
    }
}

/// The moment now on the runtime's monotonic clock, for whoever only waits: timers, time-outs, the lock's deadlines.
#[cfg(feature = "desktop")]
pub(crate) fn moment() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

/// The hour and minute of a moment where this machine stands: `14:05`.
#[cfg(feature = "desktop")]
pub(crate) fn local_time(at: Stamp) -> String {
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(moment) => moment
            .to_zoned_datetime(jiff::tz::TimeZone::system())
            .strftime("%H:%M")
            .to_string(),
        // Beyond the year 9999 no hour is of any use.
        Err(_) => String::new(),
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A moment since the machine was started, comparable only within the same run of the machine.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct BootTime {
    boot: String,
    up_ms: i64,
}

impl BootTime {
    /// Now; none where the system does not say (`/proc`, see proc(5): `boot_id` is fresh at each start, `uptime` counts sleep).
    pub(crate) fn now() -> Option<Self> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
        // Hundredths of a second: `12345.67 …`.
        let (seconds, hundredths) = uptime.split_whitespace().next()?.split_once('.')?;
        let seconds: i64 = seconds.parse().ok()?;
        let hundredths: i64 = hundredths.parse().ok()?;
        Some(Self {
            boot: boot.trim().to_owned(),
            up_ms: seconds
                .checked_mul(1_000)?
                .checked_add(hundredths.checked_mul(10)?)?,
        })
    }

    /// The time since an earlier moment; none when the machine was started again in between.
    pub(crate) fn since(&self, earlier: &Self) -> Option<Span> {
        let same = self.boot == earlier.boot && self.up_ms >= earlier.up_ms;
        same.then_some(Span(self.up_ms.saturating_sub(earlier.up_ms)))
    }
}
