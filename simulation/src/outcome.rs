//! What came of a seed.

use std::collections::BTreeSet;

use crate::labels::Point;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its number in the list of invariants.
    pub invariant: u8,
    pub what: String,
}

/// What came of a seed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub violation: Option<Violation>,
    /// Of the whole trace: the same seed has the same.
    pub hash: u64,
    /// The last lines of the trace.
    pub trace: Vec<String>,
    /// Tasks that were accepted.
    pub tasks: usize,
    /// Runs that were begun.
    pub runs: usize,
    /// Calls of AWS.
    pub calls: u64,
    /// How long it took in the system's own time.
    pub virtual_seconds: u64,
    /// Where a function could have died.
    pub reached: BTreeSet<Point>,
    /// Where one did.
    pub visited: BTreeSet<Point>,
    /// How often which fault fired.
    pub faults: std::collections::BTreeMap<&'static str, u64>,
}
