//! What Errand is about, without any of the machinery: tasks, runs, events, commands, limits and the rules between
//! them.
//!
//! **Invariant:** no I/O, no AWS, no clock, no randomness. Whoever calls brings the time.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod audit;
pub mod event;
pub mod id;
pub mod limits;
pub mod problem;
pub mod queue;
pub mod reason;
pub mod retry;
pub mod run;
pub mod socket;
pub mod task;
pub mod usage;
pub mod view;
