//! What wakes the dispatcher, and what it does, over an embedded table; queue, sockets and containers are a stub.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod dispatch;
mod ends;
mod launch;
mod outage;
mod queue;
mod slots;
mod start;
