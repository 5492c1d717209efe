//! The clock of this program.

use jiff::Timestamp;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the program's edge: the one place that asks"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
