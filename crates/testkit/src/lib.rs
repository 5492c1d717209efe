//! A world for the tests of one function: the table for real, embedded; queue, bucket, sockets and containers as a stub
//! that remembers; a ledger and faults on the wire. Nothing here is part of the product.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod cloud;
mod faults;
mod invariants;
mod lag;
mod rows;
mod servers;
mod tasks;
mod world;

pub use self::{
    cloud::{Cloud, Container, Launch, Reply},
    faults::{Fault, Faults, Held},
    invariants::check_table,
    lag::Lag,
    rows::Item,
    tasks::user,
    world::World,
};
