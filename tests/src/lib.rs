//! Whole-system tests: the real programs, driven over HTTP, WebSocket and signals, as a user or an operator drives
//! them. Each test is one scenario with a server of its own, and ends with [`invariants::hold`].
#![expect(clippy::expect_used, reason = "a test may panic")]

pub mod accounts;
pub mod cli;
pub mod client;
pub mod clock;
pub mod cloud;
pub mod database;
mod disk;
pub mod follower;
pub mod invariants;
pub mod log;
pub mod model;
pub mod processes;
pub mod programs;
pub mod promises;
pub mod random;
pub mod repository;
pub mod scripted;
pub mod secrets;
pub mod server;
pub mod setup;
pub mod socket;

pub use self::{
    cli::Cli,
    client::{Api, Ended},
    follower::Follower,
    log::Log,
    repository::Repository,
    server::{End, Server},
    setup::Setup,
};

use std::time::Duration;

/// Nothing that a scenario waits for takes longer. What does is not slow but broken.
pub const DEADLINE: Duration = Duration::from_secs(60);
