//! The store's contract, on an emulator that we did not write: what holds on both engines is no quirk of one.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "it/contract.rs"]
mod contract;
#[path = "it/ministack.rs"]
mod engine;
