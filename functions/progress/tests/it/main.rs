//! What a runner may say and ask, over an embedded table; the queue, the bucket and the sockets are a stub.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bodies;
mod calls;
mod ends;
mod input;
mod posts;
mod pushes;
mod runner;
mod superseded;
mod tokens;
mod uploads;
