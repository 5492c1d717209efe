//! The REST function: accounts, tasks, logs. Described by its own OpenAPI document.
//!
//! **Invariants:**
//! - A handler has no owner to pass unless a `May` stands in its signature; what belongs to somebody else
//!   is answered as what is not there.
//! - Every error is a problem document; of our own errors only the sentence is shown, the chain is logged once.
//! - What a stranger sends is read once and completely before anything is done.

mod answers;
mod api_keys;
mod attempts;
mod audit;
mod bell;
mod cursor;
mod edge;
mod error;
mod first_admin;
mod health;
mod input;
mod links;
mod log;
mod objects;
mod openapi;
mod passwords;
mod queue;
mod routes;
mod services;
mod sessions;
mod sign_in;
mod tasks;
mod usage;
mod users;

use std::sync::{Arc, LazyLock};

use axum::{Router, middleware::from_fn};
use runtime::Runtime;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;

use crate::services::{Services, Shared};

/// All but the services. The routes come with schemas of all that they take and give: once is enough.
static ROUTES: LazyLock<Router<Shared>> = LazyLock::new(|| {
    let (routes, _) = routes::all(OpenApi::default()).split_for_parts();
    routes
        .fallback(edge::not_found)
        .method_not_allowed_fallback(edge::method_not_allowed)
        .layer(from_fn(edge::keys_are_well_formed))
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn(edge::frame))
});

/// The function: the same in a Lambda, in `local` and in a test.
///
/// # Errors
/// Names the setting that is missing or wrong.
pub fn router(runtime: &Runtime) -> anyhow::Result<Router> {
    Ok(ROUTES.clone().with_state(Arc::new(Services::new(runtime)?)))
}
