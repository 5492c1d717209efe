//! The clock, and the ids that are made of it.

use jiff::Timestamp;
use uuid::Uuid;

/// Now, by this machine's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Timestamp {
    #[cfg(feature = "virtual-time")]
    if let Some(source) = simulated::source() {
        return (source.now)();
    }
    // Milliseconds are what we store and show; finer digits would be lost on the way and break comparisons.
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// A new id: no other is like it, and it sorts by when it was made.
#[must_use]
pub fn new_id() -> Uuid {
    #[cfg(feature = "virtual-time")]
    if let Some(source) = simulated::source() {
        return (source.new_id)();
    }
    Uuid::now_v7()
}

/// A clock of one's own, thread by thread.
#[cfg(feature = "virtual-time")]
pub mod simulated {
    use std::cell::Cell;

    use super::{Timestamp, Uuid};

    #[cfg(not(debug_assertions))]
    compile_error!("virtual time is for simulations: a product has one clock, the machine's");

    /// What is asked in the place of the machine.
    #[derive(Clone, Copy, Debug)]
    pub struct Source {
        pub now: fn() -> Timestamp,
        pub new_id: fn() -> Uuid,
    }

    thread_local! {
        static SOURCE: Cell<Option<Source>> = const { Cell::new(None) };
    }

    /// From now on this thread asks `source`.
    pub fn read(source: Option<Source>) {
        SOURCE.set(source);
    }

    pub(super) fn source() -> Option<Source> {
        SOURCE.get()
    }
}
