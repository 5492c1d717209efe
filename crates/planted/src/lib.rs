//! Bugs on purpose. A suite that finds each of them may be believed when it finds none.
//!
//! Where product code asks [`planted!`], it gets `false` as a constant: nothing of a bug is left in a product. With the
//! feature `planted`, which only a build with debug assertions can have, the simulation chooses one bug at a time.

/// Whether this bug is planted.
#[cfg(not(feature = "planted"))]
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {{
        const _: $crate::Bug = $crate::Bug::$bug;
        false
    }};
}

/// Whether this bug is planted.
#[cfg(feature = "planted")]
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {
        $crate::chosen() == Some($crate::Bug::$bug)
    };
}

macro_rules! bugs {
    ($($(#[doc = $doc:literal])+ $bug:ident,)+) => {
        /// What somebody could get wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $($(#[doc = $doc])+ $bug,)+
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$bug,)+];

            /// What is wrong, in a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$bug => concat!($($doc,)+).trim_ascii(),)+
                }
            }
        }
    };
}

bugs! {
    /// Two containers of one run both write: the process is no part of the condition.
    AppendWithoutRunner,
    /// A post is compared with the log before it is written, and not with it.
    FenceOnlyRead,
    /// A post is acknowledged although the table did not take it.
    AckBeforeWrite,
    /// The end of a run is placed where its reader believed the log to end.
    SequenceFromMemory,
    /// A heartbeat renews the lease of whatever run is live.
    LeaseRenewedBySuperseded,
    /// The end of a run frees two slots.
    SlotReleasedTwice,
    /// A run that is ended from outside keeps its slot.
    SlotNotReleased,
    /// The counter is repaired if it says what it said, though runs ended and began meanwhile.
    RepairByValue,
    /// Limits are compared before the claim and not in it.
    LimitOnlyRead,
    /// A task that was called off a moment ago is started all the same.
    CancelForgottenByClaim,
    /// A run that was called off a moment ago succeeds all the same.
    CancelForgottenByEnd,
    /// A run that is lost is repeated for ever.
    RetryWithoutCap,
    /// Runs that failed together are repeated together.
    RetryWithoutJitter,
    /// Whoever rings for a task's time does so a second early, when nothing is due yet.
    RingBeforeTime,
    /// All attempts at a task share one client token.
    TokenWithoutAttempt,
    /// A run is lost when its heartbeat is a moment late, not when its lease is over.
    SweepEndsLiveRun,
    /// Whoever follows a task is remembered for ever.
    StaleFollowers,
    /// The Idempotency-Key is checked and then ignored.
    KeyIgnored,
    /// A new task is rung for and promised although the table did not take it.
    RingWithoutCommit,
}

#[cfg(feature = "planted")]
mod choice {
    use std::cell::Cell;

    use crate::Bug;

    #[cfg(not(debug_assertions))]
    compile_error!("bugs are planted in simulations, never in a product");

    thread_local! {
        static CHOSEN: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// The bug that is planted on this thread.
    #[must_use]
    pub fn chosen() -> Option<Bug> {
        CHOSEN.get()
    }

    /// Plants a bug on this thread, or none.
    pub fn plant(bug: Option<Bug>) {
        CHOSEN.set(bug);
    }
}

#[cfg(feature = "planted")]
pub use choice::{chosen, plant};
