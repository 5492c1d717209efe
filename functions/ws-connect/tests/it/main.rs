//! Sockets over an embedded table; what they are sent goes to a stub that remembers.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod connect;
mod follow;
mod frames;
mod gateway;
