use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use domain::{
    event::{Event, RawEvent},
    id::TaskId,
    view::{ArtifactView, EventsPage, Page, RunView},
};
use http::{
    HeaderName, StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION},
};

use crate::{
    edge::{May, Path, Query, ReadTasks},
    error::Result,
    input::Nothing,
    log::EventQuery,
    services::Shared,
};

/// Read a task's log.
///
/// To follow it, ask again with `after` = `next` and some `wait` until `done`. An event of more than 8 KB comes as a
/// preview, marked `truncated`.
#[utoipa::path(get, path = "/v1/tasks/{id}/events", tag = "log", params(("id" = TaskId, Path), EventQuery),
    responses((status = 200, body = EventsPage)))]
pub(crate) async fn list_events(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    Query(query): Query<EventQuery>,
) -> Result<Json<EventsPage>> {
    Ok(Json(services.list_events(&caller, id, query).await?))
}

/// Read one event, whole.
#[utoipa::path(get, path = "/v1/tasks/{id}/events/{seq}", tag = "log",
    params(("id" = TaskId, Path), ("seq" = u64, Path, minimum = 1)), responses((status = 200, body = Event)))]
pub(crate) async fn show_event(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Path((id, seq)): Path<(TaskId, u64)>,
    _: Query<Nothing>,
) -> Result<Json<RawEvent>> {
    Ok(Json(services.show_event(&caller, id, seq).await?))
}

/// List a task's runs, oldest first. The last one may still live.
#[utoipa::path(get, path = "/v1/tasks/{id}/runs", tag = "log", params(("id" = TaskId, Path)),
    responses((status = 200, body = Page<RunView>)))]
pub(crate) async fn list_runs(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
) -> Result<Json<Page<RunView>>> {
    Ok(Json(services.list_runs(&caller, id).await?))
}

/// List the files that a task's runs left, those of the last run first.
///
/// Each has a link of its own that works for five minutes.
#[utoipa::path(get, path = "/v1/tasks/{id}/artifacts", tag = "log", params(("id" = TaskId, Path)),
    responses((status = 200, body = Page<ArtifactView>)))]
pub(crate) async fn list_artifacts(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
) -> Result<Json<Page<ArtifactView>>> {
    Ok(Json(services.list_artifacts(&caller, id).await?))
}

/// Show what a task changed, as a patch.
///
/// Of the last run that left one; `patch.diff` among its files is the whole of it.
#[utoipa::path(get, path = "/v1/tasks/{id}/patch", tag = "log", params(("id" = TaskId, Path)),
    responses((status = 200, body = String, content_type = "text/x-diff",
        description = "At most 3 MiB, up to the end of a line; `x-errand-cut: true` where there is more.")))]
pub(crate) async fn show_patch(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
) -> Result<impl IntoResponse> {
    let patch = services.patch(&caller, id).await?;
    let headers = [
        (CONTENT_TYPE, "text/x-diff; charset=utf-8"),
        // What a run left is not to be trusted by a browser that comes by without our page.
        (CONTENT_DISPOSITION, "attachment; filename=\"patch.diff\""),
        (HeaderName::from_static("x-errand-cut"), if patch.is_cut { "true" } else { "false" }),
    ];
    Ok((headers, patch.text))
}

/// Download a file: `patch.diff`, `transcript.jsonl`, `result.json`.
///
/// Of the last run that left one of this name.
#[utoipa::path(get, path = "/v1/tasks/{id}/artifacts/{name}", tag = "log",
    params(("id" = TaskId, Path), ("name" = String, Path)),
    responses((status = 302, description = "The file is there for five minutes.",
        headers(("location" = String, description = "A link to the file.")))))]
pub(crate) async fn download_artifact(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Path((id, name)): Path<(TaskId, String)>,
    _: Query<Nothing>,
) -> Result<impl IntoResponse> {
    let link = services.artifact_link(&caller, id, &name).await?;
    Ok((StatusCode::FOUND, AppendHeaders([(LOCATION, link)])))
}
