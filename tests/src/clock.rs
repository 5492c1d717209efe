//! The clock of whoever hands in a task.

use jiff::Timestamp;

/// Now, as exactly as the service keeps times: to the millisecond.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a client lives in real time")]
pub fn now() -> Timestamp {
    let now = Timestamp::now().as_millisecond();
    Timestamp::from_millisecond(now).expect("a moment of our time")
}
