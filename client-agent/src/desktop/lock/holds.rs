//! The leases of the lock. Pure: time is an argument.

use std::time::Duration;

use tokio::time::Instant;
use vigie_protocol::{CommandId, Private, ReceiptState};

/// Under a minute the time left is shown in seconds; above, in minutes, so that the screen is calm.
const MINUTE: Duration = Duration::from_mins(1);

/// Everything that is to be held, oldest first: few at once, so a list.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    held: Vec<Hold>,
}

#[derive(Debug)]
struct Hold {
    command: CommandId,
    text: Private<String>,
    until: Instant,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Ordered, not in force yet.
    New,
    /// In force, and said so.
    InForce,
    /// Released by an adult.
    Released,
}

impl Holds {
    /// Holds, or renews what is held: the text and the deadline are the newest.
    pub(crate) fn hold(&mut self, command: CommandId, text: Private<String>, until: Instant) {
        match self.held.iter_mut().find(|hold| hold.command == command) {
            Some(hold) => {
                hold.text = text;
                hold.until = until;
            }
            None => self.held.push(Hold {
                command,
                text,
                until,
                state: State::New,
            }),
        }
    }

    pub(crate) fn release(&mut self, now: Instant, command: &CommandId) {
        for hold in &mut self.held {
            if hold.command == *command {
                hold.until = hold.until.min(now);
                hold.state = match hold.state {
                    State::New => State::Released,
                    kept => kept,
                };
            }
        }
    }

    /// Takes away what is over, with what to say of it.
    pub(crate) fn take_over(&mut self, now: Instant) -> Vec<(CommandId, ReceiptState)> {
        self.held
            .extract_if(.., |hold| hold.until <= now)
            .map(|hold| {
                let state = match hold.state {
                    State::New => ReceiptState::Expired {},
                    State::InForce | State::Released => ReceiptState::Ended {},
                };
                (hold.command, state)
            })
            .collect()
    }

    /// Those that are in force from now on and were not before.
    pub(crate) fn take_new(&mut self) -> Vec<CommandId> {
        self.held
            .iter_mut()
            .filter(|hold| hold.state == State::New)
            .map(|hold| {
                hold.state = State::InForce;
                hold.command.clone()
            })
            .collect()
    }

    /// Gives up those that were never in force.
    pub(crate) fn refuse_new(&mut self) -> Vec<CommandId> {
        self.held
            .extract_if(.., |hold| hold.state == State::New)
            .map(|hold| hold.command)
            .collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// When the first of them ends.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.held.iter().map(|hold| hold.until).min()
    }

    /// What the pupil reads: the newest text, and the time until the last of them ends.
    pub(crate) fn shown(&self, now: Instant) -> Option<(&Private<String>, Left)> {
        let last_end = self.held.iter().map(|hold| hold.until).max()?;
        let text = &self.held.last()?.text;
        Some((text, Left::of(last_end.saturating_duration_since(now))))
    }

    /// When the words of the time left change.
    pub(crate) fn next_words(&self, now: Instant) -> Option<Instant> {
        let last_end = self.held.iter().map(|hold| hold.until).max()?;
        let left = last_end.saturating_duration_since(now);
        let shown = match Left::of(left) {
            Left::Minutes(minutes) => MINUTE.saturating_mul(minutes.saturating_sub(1)),
            Left::Seconds(seconds) => Duration::from_secs(u64::from(seconds.saturating_sub(1))),
        };
        Some(now + left.saturating_sub(shown).max(Duration::from_millis(20)))
    }
}

/// The time left as it is shown, rounded up: a lock never lasts longer than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Minutes(u32),
    Seconds(u32),
}

impl Left {
    fn of(left: Duration) -> Self {
        let whole = |span: Duration, unit: u128| {
            u32::try_from(span.as_millis().div_ceil(unit)).unwrap_or(u32::MAX)
        };
        if left > MINUTE {
            Self::Minutes(whole(left, 60_000))
        } else {
            Self::Seconds(whole(left, 1_000))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Private<String> {
        Private::new(text.to_owned())
    }

    fn after(zero: Instant, seconds: u64) -> Instant {
        zero + Duration::from_secs(seconds)
    }

    #[test]
    fn a_lease_is_said_done_once_and_ends_at_its_deadline() {
        let zero = Instant::now();
        let mut holds = Holds::default();
        holds.hold("a".into(), words("un"), after(zero, 90));
        assert_eq!(holds.take_new(), [CommandId::from("a")]);
        holds.hold("a".into(), words("deux"), after(zero, 120));
        assert!(holds.take_new().is_empty(), "a renewal is not a new lease");
        assert!(holds.take_over(after(zero, 119)).is_empty());
        let over = holds.take_over(after(zero, 120));
        assert_eq!(over, [("a".into(), ReceiptState::Ended {})]);
        assert!(holds.is_empty());
    }

    #[test]
    fn what_never_was_in_force_has_expired_or_is_refused() {
        let zero = Instant::now();
        let mut holds = Holds::default();
        holds.hold("a".into(), words(""), after(zero, 1));
        holds.hold("b".into(), words(""), after(zero, 9));
        assert_eq!(
            holds.take_over(after(zero, 2)),
            [("a".into(), ReceiptState::Expired {})]
        );
        assert_eq!(holds.refuse_new(), [CommandId::from("b")]);
        assert!(holds.is_empty());
    }

    #[test]
    fn two_leases_cover_until_the_last_and_show_the_newest_words() {
        let zero = Instant::now();
        let mut holds = Holds::default();
        holds.hold("a".into(), words("un"), after(zero, 200));
        holds.hold("b".into(), words("deux"), after(zero, 30));
        let (text, left) = holds.shown(zero).unwrap();
        assert_eq!((text.reveal().as_str(), left), ("deux", Left::Minutes(4)));
        assert_eq!(holds.next_end(), Some(after(zero, 30)));
        assert_eq!(holds.next_words(zero), Some(after(zero, 20)));
        holds.take_over(after(zero, 30));
        assert_eq!(holds.shown(after(zero, 141)).unwrap().1, Left::Seconds(59));
        assert_eq!(holds.next_words(after(zero, 141)), Some(after(zero, 142)));
    }
}
