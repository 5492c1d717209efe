//! The routes: extractors, one use case, a view. What is not in these lists is not served.

mod auth;
mod keys;
mod log;
mod meta;
mod queue;
mod sessions;
mod tasks;
mod usage;
mod users;

use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::services::Shared;

/// Every route, and the document that describes them, in its frame.
pub(crate) fn all(frame: OpenApi) -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(frame)
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::link))
        .routes(routes!(auth::me))
        .routes(routes!(auth::change_password))
        .routes(routes!(sessions::list_sessions, sessions::end_sessions))
        .routes(routes!(sessions::end_session))
        .routes(routes!(users::list_users, users::invite_user))
        .routes(routes!(users::change_user))
        .routes(routes!(users::link_user))
        .routes(routes!(users::list_audit))
        .routes(routes!(users::parts))
        .routes(routes!(keys::create_key, keys::list_keys))
        .routes(routes!(keys::delete_key))
        .routes(routes!(keys::create_ticket))
        .routes(routes!(tasks::create_task, tasks::list_tasks))
        .routes(routes!(tasks::count_tasks))
        .routes(routes!(tasks::bulk))
        .routes(routes!(tasks::show_task, tasks::delete_task))
        .routes(routes!(tasks::cancel_task))
        .routes(routes!(tasks::retry_task))
        .routes(routes!(tasks::review_task))
        .routes(routes!(log::list_events))
        .routes(routes!(log::show_event))
        .routes(routes!(log::list_runs))
        .routes(routes!(log::list_artifacts))
        .routes(routes!(log::download_artifact))
        .routes(routes!(log::show_patch))
        .routes(routes!(queue::show_queue))
        .routes(routes!(queue::pause_queue))
        .routes(routes!(queue::resume_queue))
        .routes(routes!(queue::show_limits, queue::set_limits))
        .routes(routes!(usage::usage))
        .routes(routes!(meta::health))
        .routes(routes!(meta::describe))
}
