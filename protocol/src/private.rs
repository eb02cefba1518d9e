//! What concerns a person: readable only by asking for it in so many words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that no log, panic message or debug print can show. It serialises as its content, since it exists to travel to
/// those who may read it; reading it in code is spelled [`Private::reveal`] so that a search finds every place.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value that concerns a person.
    pub fn new(value: T) -> Self {
        Self(value)
    }
    /// Reads the value; the caller answers for where it goes.
    pub fn reveal(&self) -> &T {
        &self.0
    }
    /// Unwraps the value; the caller answers for where it goes.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(private)")
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}
