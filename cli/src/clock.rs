//! The clock of this program.

use jiff::{Timestamp, tz::TimeZone};

#[expect(
    clippy::disallowed_methods,
    reason = "this is the program's edge: the one place that asks"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The name of this machine's time zone; that of UTC where it has none.
pub(crate) fn zone() -> String {
    TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}
