//! Faults of the cloud: the functions together, over one embedded table and one wire, and what the wire, the queue and
//! the containers can do to them. Each test is a row of `docs/faults.toml`; and what all that costs when nothing fails.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod accepted;
mod containers;
mod errand;
mod keys_and_clocks;
mod ledger;
mod ring;
mod table;
mod upgrade;
