//! Bounded waiting for a condition: the only way in which a test waits.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Between two looks at a condition.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Looks until there is something, or fails saying what never came.
pub async fn until<T, F>(what: &str, within: Duration, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "waited {within:?} in vain for: {what}"
        );
        sleep(LOOK_AGAIN).await;
    }
}

/// Looks until a value is as expected, or fails showing the last one.
pub async fn until_eq<T, F>(what: &str, within: Duration, expected: T, mut look: impl FnMut() -> F)
where
    T: PartialEq + Debug,
    F: Future<Output = T>,
{
    let deadline = Instant::now() + within;
    loop {
        let found = look().await;
        if found == expected {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "waited {within:?} in vain for: {what}\n expected {expected:?}\n last was {found:?}"
        );
        sleep(LOOK_AGAIN).await;
    }
}

/// A future that must end in time.
#[expect(clippy::panic, reason = "a test fails here, with its words")]
pub async fn within<T>(what: &str, span: Duration, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(span, future).await {
        Ok(value) => value,
        Err(late) => panic!("waited {span:?} in vain for: {what} ({late})"),
    }
}
