//! The supervisor: runs one attempt at a task in its container, and says what happens.
//!
//! ```text
//!   server ◀── posts, one at a time ── dispatcher ◀── what was heard ── agent ⇄ wrapper ⇄ Claude Code
//!          ── commands ──────────────▶ (one select!)── how urgently ──▶ jobs       │
//!                                            ▲         to stop                     ▼
//!                                    signals, moments             model ◀── proxy ─┘ (phantom key)
//! ```
//!
//! Two actors. The *dispatcher* owns all state that anybody outside sees: what waits to be posted, the limits, why
//! the run ends. The *executor* (`jobs`, `agent`) owns the child processes and does the long work. They talk by
//! channel: bounded upwards (a server that is away is felt by the agent's pipe, and nothing is lost), and one value
//! downwards, the urgency to stop, that only grows.
//!
//! **Invariants:** exactly one end is told, as the last event; a batch is re-sent unchanged until it is
//! acknowledged; after the first sign of being superseded nothing more is said; no process outlives the run; the
//! model key and the run token never leave this process but to where they belong.

mod agent;
mod armor;
mod artifacts;
mod client;
mod clock;
mod clone;
mod cut;
mod dispatcher;
mod ending;
mod facts;
mod git;
mod jobs;
mod launch;
mod limits;
mod lines;
mod oom;
pub mod outbox;
mod patch;
mod proxy;
mod random;
mod reaper;
mod retry;
mod run;
mod settings;
mod signals;
mod stderr;
mod wire;
mod workspace;

use std::process::ExitCode;

use anyhow::Context;
use tracing_subscriber::filter::LevelFilter;

use crate::{dispatcher::Conclusion, settings::Settings};

/// Runs what the environment names, to its end. The exit code is 0 when the server has acknowledged the end, 3 when
/// the run was superseded, 1 otherwise.
#[must_use]
pub fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_max_level(LevelFilter::INFO)
        .init();
    match start() {
        Ok(Conclusion::Acknowledged) => ExitCode::SUCCESS,
        Ok(Conclusion::Superseded) => ExitCode::from(3),
        Ok(Conclusion::Undelivered) => ExitCode::FAILURE,
        Err(err) => {
            tracing::error!("{err:#}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> anyhow::Result<Conclusion> {
    armor::put_on()?;
    let settings = Settings::from_env()?;
    // Fails only if there is a provider already, and then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // One thread: a run mostly waits, and fifty of them share a machine.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no async runtime")?
        .block_on(run::run(settings))
}
