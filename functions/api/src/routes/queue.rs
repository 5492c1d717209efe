use axum::{Json, extract::State, response::Response};
use domain::queue::{LimitsView, QueueView};
use http::StatusCode;

use crate::{
    edge::{Body, Keyed, May, OperateQueue, Origin, Query, ReadQueue, ReadTasks},
    error::Result,
    input::Nothing,
    queue::{LimitsRequest, PauseRequest},
    services::Shared,
};

/// Show the queue: what waits and why, how fast it moves, and whether it is paused. For admins.
#[utoipa::path(get, path = "/v1/queue", tag = "queue", responses((status = 200, body = QueueView)))]
pub(crate) async fn show_queue(
    _: May<ReadQueue>,
    State(services): State<Shared>,
    _: Query<Nothing>,
) -> Result<Json<QueueView>> {
    Ok(Json(services.show_queue().await?))
}

/// Pause the queue: nothing new starts, and what runs goes on to its end. For admins.
///
/// Tasks can still be handed in and called off. A queue that is paused stays as it is. To drain it, pause it and look at
/// `GET /v1/queue` until `paused.drained`: `running` says how many are left.
#[utoipa::path(post, path = "/v1/queue/pause", tag = "queue", request_body = PauseRequest,
    responses((status = 200, body = QueueView)))]
pub(crate) async fn pause_queue(
    caller: May<OperateQueue>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Keyed { once, body: request }: Keyed<PauseRequest>,
) -> Result<Response> {
    let act = |_| services.pause_queue(&caller, &origin, request);
    services.once(&caller, once, StatusCode::OK, act).await
}

/// Let tasks start again. For admins.
#[utoipa::path(post, path = "/v1/queue/resume", tag = "queue", responses((status = 200, body = QueueView)))]
pub(crate) async fn resume_queue(
    caller: May<OperateQueue>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Keyed { once, body: Nothing }: Keyed<Nothing>,
) -> Result<Response> {
    let act = |_| services.resume_queue(&caller, &origin);
    services.once(&caller, once, StatusCode::OK, act).await
}

/// Show how much may run and wait at once.
#[utoipa::path(get, path = "/v1/limits", tag = "queue", responses((status = 200, body = LimitsView)))]
pub(crate) async fn show_limits(
    _: May<ReadTasks>,
    State(services): State<Shared>,
    _: Query<Nothing>,
) -> Result<Json<LimitsView>> {
    Ok(Json(services.show_limits().await?))
}

/// Set how much may run and wait at once. For admins.
///
/// It holds from the next start and the next new task on. What runs beyond a lower limit goes on to its end, and what
/// waits beyond it goes on to wait.
#[utoipa::path(put, path = "/v1/limits", tag = "queue", request_body = LimitsRequest,
    responses((status = 200, body = LimitsView)))]
pub(crate) async fn set_limits(
    caller: May<OperateQueue>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Body(request): Body<LimitsRequest>,
) -> Result<Json<LimitsView>> {
    Ok(Json(services.set_limits(&caller, &origin, request).await?))
}
