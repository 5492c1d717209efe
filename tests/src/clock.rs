//! The clock of whoever hands in a task.

use jiff::Timestamp;

/// Now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a client lives in real time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
