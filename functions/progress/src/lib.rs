//! What a runner may say and ask. It shows a run token of one task and one attempt; nothing else lets it in, and it lets
//! in nowhere else.

mod answer;
mod bodies;
mod caller;
mod end;
mod events;
mod keys;
mod known;
mod spec;
mod uploads;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use domain::run::MAX_POST_BYTES;
use push::Pusher;
use runtime::{Clients, Runtime, Settings};
use store::Store;

use crate::{
    answer::{not_here, not_so},
    keys::Keys,
    known::Known,
};

/// What the handlers share.
struct App {
    store: Store,
    clients: Clients,
    settings: Settings,
    pusher: Pusher,
    keys: Keys,
    known: Known,
}

/// The one door: `/v1/run…`.
///
/// # Errors
/// When the keys to check run tokens with are wrong.
pub fn router(runtime: &Runtime) -> anyhow::Result<Router> {
    let store = Store::new(runtime.clients.dynamodb.clone(), &runtime.settings.table);
    let app = App {
        keys: Keys::new(store.clone(), &runtime.settings)?,
        store,
        clients: runtime.clients.clone(),
        settings: runtime.settings.clone(),
        pusher: Pusher::new(runtime),
        known: Known::default(),
    };
    Ok(Router::new()
        .route("/v1/run", get(spec::get_run))
        .route("/v1/run/events", post(events::post_events))
        .route("/v1/run/uploads", post(uploads::post_uploads))
        .fallback(not_here)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(MAX_POST_BYTES))
        .with_state(Arc::new(app)))
}
