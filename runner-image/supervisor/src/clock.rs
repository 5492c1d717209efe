//! The time of day, for the `at` of events. Durations are measured with [`tokio::time::Instant`].

use jiff::Timestamp;

#[expect(
    clippy::disallowed_methods,
    reason = "a program's edge: the one place that reads the clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
