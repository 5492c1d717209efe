//! The store's contract, on the engine that `errand up` embeds. `tests/ministack.rs` runs the same suite elsewhere.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "contract.rs"]
mod contract;
#[path = "embedded.rs"]
mod engine;
mod units;
