//! The real binary against a service in the test.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test may panic")]

mod accounts;
mod errand;
mod files;
mod service;
mod tasks;
mod watching;
