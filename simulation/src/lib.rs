//! The whole system in one thread, in virtual time.
//!
//! Real: the handlers of all four functions, the store's code, the SDK's clients with their retries and time-outs, the
//! engine of the table, the runner's outbox. Modelled: queue, containers, sockets, bucket, network, runners, people.
//! Everything random comes from one seed, so that a seed is a story that can be told again word for word.
//!
//! ```text
//!   people ── gateway ──▶ api, ws-connect ─┐                       ┌─▶ table (dynoxide, in this thread)
//!   runners ─ gateway ──▶ progress ────────┼─▶ SDK ─▶ the wire ────┼─▶ queue, containers, sockets, bucket (models)
//!   ring, tick, stop ───▶ dispatcher ──────┘     faults, crashes   └─▶ audit: what must hold after each write
//! ```
#![cfg(feature = "simulate")]

mod audit;
mod call;
mod containers;
mod crowd;
mod errand;
mod follower;
mod functions;
mod gateway;
mod heads;
mod invariants;
mod labels;
mod models;
mod operator;
mod outcome;
mod person;
mod plan;
mod queue;
mod runner;
mod script;
mod seed;
mod services;
mod sources;
mod table;
mod trace;
mod wire;
mod world;

pub use self::{
    crowd::{Fairness, crowd},
    labels::{Point, Side},
    outcome::{Outcome, Violation},
    seed::{Order, simulate},
};
