//! The only file of the server that reads a clock; everybody else is given a [`Stamp`], or this [`Clock`] to ask.
//!
//! Never decides anything by the time it reads. A test holds a hand-set clock and moves it: nothing here sleeps for real then.
//! Next: [`crate::driver`], which turns the clock into ticks.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;
use vigie_protocol::{Day, Span, Stamp};

/// Where the time comes from, and the zone that says which day it is.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    /// Shared by every copy: the first school's zone is known only once it is set up.
    zone: Arc<ArcSwap<TimeZone>>,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Set by hand; kept alive by its [`Hand`].
    Hand(watch::Receiver<Stamp>),
}

/// Moves a hand-set clock.
#[derive(Clone, Debug)]
pub struct Hand(Arc<watch::Sender<Stamp>>);

impl Hand {
    /// Sets the clock; whoever waits for a moment that is now past wakes up.
    pub fn set(&self, now: Stamp) {
        self.0.send_replace(now);
    }
    /// Moves the clock on.
    pub fn advance(&self, by: Span) {
        self.0.send_modify(|now| *now = *now + by);
    }
}

impl Clock {
    /// The machine's clock, days told in this zone.
    pub fn system(zone: TimeZone) -> Self {
        Self {
            source: Source::System,
            zone: Arc::new(ArcSwap::from_pointee(zone)),
        }
    }

    /// A clock that only moves when its hand does.
    pub fn by_hand(now: Stamp, zone: TimeZone) -> (Self, Hand) {
        let (sender, receiver) = watch::channel(now);
        let clock = Self {
            source: Source::Hand(receiver),
            zone: Arc::new(ArcSwap::from_pointee(zone)),
        };
        (clock, Hand(Arc::new(sender)))
    }

    /// The moment now.
    pub fn now(&self) -> Stamp {
        match &self.source {
            Source::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Stamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Hand(now) => *now.borrow(),
        }
    }

    /// Waits until `when` is not in the future any more.
    pub async fn until(&self, when: Stamp) {
        match &self.source {
            Source::System => {
                let left = when - self.now();
                if left.0 > 0 {
                    tokio::time::sleep(left.duration()).await;
                }
            }
            Source::Hand(now) => {
                let mut now = now.clone();
                if now.wait_for(|now| *now >= when).await.is_err() {
                    // The hand is gone: this clock never moves again.
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// The local day on which a moment falls.
    pub fn day(&self, at: Stamp) -> Day {
        let date = Timestamp::from_millisecond(at.0)
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned_datetime(self.zone())
            .date();
        Day {
            year: u16::try_from(date.year()).unwrap_or(1970),
            month: u8::try_from(date.month()).unwrap_or(1),
            day: u8::try_from(date.day()).unwrap_or(1),
        }
    }

    /// When a local day begins.
    pub fn begins(&self, day: Day) -> Stamp {
        let (month, number) = (i8::try_from(day.month), i8::try_from(day.day));
        let midnight = i16::try_from(day.year)
            .ok()
            .zip(month.ok())
            .zip(number.ok())
            .and_then(|((year, month), day)| jiff::civil::Date::new(year, month, day).ok())
            .and_then(|date| date.to_zoned_datetime(self.zone()).ok());
        midnight.map_or(Stamp(0), |begins| {
            Stamp(begins.timestamp().as_millisecond())
        })
    }

    /// What local time is ahead of UTC at a moment, in minutes.
    pub fn offset_min(&self, at: Stamp) -> i16 {
        let at = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        i16::try_from(self.zone().to_offset(at).seconds() / 60).unwrap_or(0)
    }

    /// The zone in which days and hours are told.
    pub fn zone(&self) -> TimeZone {
        TimeZone::clone(&self.zone.load())
    }

    /// Tells days and hours in another zone from now on; days that have begun keep their names.
    pub(crate) fn tell_in(&self, zone: TimeZone) {
        self.zone.store(Arc::new(zone));
    }
}

/// Measures how long something takes, by a clock that nobody can set back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A span as the runtime's timers want it; a negative one is zero.
pub(crate) trait Lasting {
    fn duration(self) -> Duration;
}

impl Lasting for Span {
    fn duration(self) -> Duration {
        Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_schools_not_greenwichs() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let late = Stamp(1_764_026_400_000); // 2025-11-24T23:20:00Z
        let (clock, _hand) = Clock::by_hand(late, paris);
        assert_eq!(clock.day(late).to_string(), "2025-11-25");
        assert_eq!(
            clock.day(late - Span::minutes(60)).to_string(),
            "2025-11-24"
        );
    }

    #[tokio::test]
    async fn waiting_ends_when_the_hand_passes() {
        let (clock, hand) = Clock::by_hand(Stamp(0), TimeZone::UTC);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.until(Stamp(1_000)).await }
        });
        hand.advance(Span::seconds(1));
        waiting.await.unwrap();
        assert_eq!(clock.now(), Stamp(1_000));
    }
}
