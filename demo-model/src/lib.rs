//! A scripted stand-in for the Anthropic Messages API.
//!
//! It serves two ends: a demonstration for an operator without a model key, and tests that drive
//! the real Claude Code. No model is behind it. The prompt says what happens by directives such as
//! `[[demo:hello]]`; `README.md` lists them.
//!
//! The server keeps no conversation: which turn comes next is counted from the request, so
//! retries, resumed sessions and concurrent tasks need no care. Two things are kept, both bounded
//! and both for tests: how often a fault has struck, and what was asked lately.

mod api_error;
mod canned;
mod canned_tools;
mod conversation;
mod delivery;
mod directive;
mod errand;
mod fault;
mod journal;
mod notices;
mod play;
mod reply;
mod request;
mod script;
mod server;
mod todos;

use std::{io, time::Duration};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How the stand-in behaves, whatever the prompt says.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Refuse requests that do not bring this key, as `x-api-key` or as a bearer token.
    pub required_key: Option<String>,
    /// Wait this long before each streamed chunk of the demonstration errand, so that a person can
    /// watch it. Canned scripts are not slowed down; they have `[[delay:…]]`.
    pub pace: Duration,
    /// Remember the latest requests, keys and prompts included, and show them to whoever asks for
    /// `GET /__demo/requests`. For tests; never where tasks of several people run.
    pub journal: bool,
}

/// The API as a router, for whoever has a server already.
pub fn router(options: Options) -> Router {
    server::router(options, CancellationToken::new())
}

/// Serves the API on `listener` until `shutdown` resolves. Replies under way, hanging ones
/// included, are cut then.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let cut = CancellationToken::new();
    let router = server::router(options, cut.clone());
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            shutdown.await;
            cut.cancel();
        })
        .await
}
