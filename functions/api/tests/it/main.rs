//! The function behind its router, over an embedded table; the queue, the bucket and the sockets are a stub.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod accounts;
mod answer;
mod aws;
mod bulk;
mod contract;
mod edge;
mod fences;
mod input;
mod lists;
mod log;
mod once;
mod people;
mod queue;
mod runs;
mod sign_in;
mod tasks;
mod usage;
mod world;
