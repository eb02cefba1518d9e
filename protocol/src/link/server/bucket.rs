//! How much may still come in: a token bucket on the time argument.

use crate::time::{Span, Stamp};

const MILLI: i64 = 1_000;

/// Holds up to `size` tokens and gains `per_second` a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    milli: i64,
    at: Stamp,
    size: u32,
    per_second: u32,
}

impl Bucket {
    pub(super) fn new(size: u32, per_second: u32, now: Stamp) -> Self {
        Self {
            milli: i64::from(size) * MILLI,
            at: now,
            size,
            per_second,
        }
    }

    /// A clock that was set back gives nothing and takes nothing.
    pub(super) fn fill(&mut self, now: Stamp) {
        let gained = (now - self.at)
            .0
            .max(0)
            .saturating_mul(i64::from(self.per_second));
        self.milli = self
            .milli
            .saturating_add(gained)
            .min(i64::from(self.size) * MILLI);
        self.at = now;
    }

    /// Takes tokens, into debt when there are not enough.
    pub(super) fn take(&mut self, tokens: u32) {
        self.milli = self.milli.saturating_sub(i64::from(tokens) * MILLI);
    }

    /// Whole tokens owed.
    pub(super) fn debt(&self) -> u32 {
        u32::try_from((self.milli / MILLI).saturating_neg()).unwrap_or(0)
    }

    /// Whole tokens left.
    pub(super) fn left(&self) -> u32 {
        u32::try_from(self.milli / MILLI).unwrap_or(0)
    }

    /// When there will be so many.
    pub(super) fn when(&self, tokens: u32) -> Stamp {
        let short = (i64::from(tokens.min(self.size)) * MILLI).saturating_sub(self.milli);
        let per_milli = i64::from(self.per_second).max(1);
        let wait = short.max(0).saturating_add(per_milli - 1) / per_milli;
        self.at + Span(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_with_time_and_never_over_its_size() {
        let mut bucket = Bucket::new(10, 100, Stamp(0));
        bucket.take(12);
        assert_eq!(bucket.debt(), 2);
        assert_eq!(bucket.when(1), Stamp(30));
        bucket.fill(Stamp(29));
        assert_eq!(bucket.left(), 0);
        bucket.fill(Stamp(30));
        assert_eq!(bucket.left(), 1);
        bucket.fill(Stamp(5));
        assert_eq!(bucket.left(), 1);
        bucket.fill(Stamp(100_000));
        assert_eq!(bucket.left(), 10);
    }
}
