//! The time of day, for the `at` of events. Durations are measured with `tokio::time::Instant`.

use jiff::{Timestamp, Unit};

/// To the millisecond, as the wrapper tells it.
#[expect(
    clippy::disallowed_methods,
    reason = "a program's edge: the one place that reads the clock"
)]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}
