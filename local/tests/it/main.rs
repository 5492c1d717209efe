//! The program as a whole, with a stand-in for the supervisor: how it starts, how it ends, what it leaves behind.
//! What runs do is the subject of the whole-system tests.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod ends;
mod server;
mod starts;
mod works;
