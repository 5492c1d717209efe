//! The real binary, with a scripted child in the place of the wrapper and a small server in the place of `progress`.
//!
//! Whatever a test does, [`harness::Run::end`] checks what holds for every run: events without a gap, one end and
//! nothing after it, no secret in anything that left, no process and no file left behind.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod agent;
mod delivery;
mod harness;
mod limits;
mod memory;
mod proxy;
mod repository;
mod server;
mod stopping;
