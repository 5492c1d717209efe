//! The clock.

use jiff::Timestamp;

/// Now, by this machine's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Timestamp {
    // Milliseconds are what we store and show; finer digits would be lost on the way and break comparisons.
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
