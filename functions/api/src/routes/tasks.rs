use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{
    id::TaskId,
    view::{CountsView, Page, TaskView},
};
use http::{StatusCode, header::LOCATION};

use crate::{
    edge::{Body, IdempotencyKey, Keyed, May, Origin, Path, Query, ReadTasks, WriteTasks},
    error::Result,
    input::Nothing,
    services::Shared,
    tasks::{BulkAnswer, BulkRequest, CountsQuery, TaskQuery, TaskRequest},
};

/// Hand in an errand.
///
/// Send an `Idempotency-Key` to be able to send it again: the same key with the same body is answered 201 with the same
/// task, as it stands by then; the same key with another body is refused.
#[utoipa::path(post, path = "/v1/tasks", tag = "tasks", request_body = TaskRequest,
    responses((status = 201, body = TaskView, headers(("location" = String, description = "The task's path.")))))]
pub(crate) async fn create_task(
    caller: May<WriteTasks>,
    State(services): State<Shared>,
    IdempotencyKey(key): IdempotencyKey,
    _: Query<Nothing>,
    Body(request): Body<TaskRequest>,
) -> Result<impl IntoResponse> {
    let task = services.create_task(&caller, key, request).await?;
    let location = [(LOCATION, format!("/v1/tasks/{}", task.id))];
    Ok((StatusCode::CREATED, AppendHeaders(location), Json(task)))
}

/// List tasks, newest first.
///
/// With filters a page may be short, or even empty, although more follows: one request looks at a bounded number of
/// tasks, however few of them it keeps. Go on while there is a `next_cursor`. `scope=all` is for administrators.
#[utoipa::path(get, path = "/v1/tasks", tag = "tasks", params(TaskQuery),
    responses((status = 200, body = Page<TaskView>)))]
pub(crate) async fn list_tasks(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Query(query): Query<TaskQuery>,
) -> Result<Json<Page<TaskView>>> {
    Ok(Json(services.list_tasks(&caller, query).await?))
}

/// Count my tasks, as the tabs of a list show them.
///
/// Only the newest 500 are counted: where there are others, `more` says that it is at least so many.
#[utoipa::path(get, path = "/v1/tasks/counts", tag = "tasks", params(CountsQuery),
    responses((status = 200, body = CountsView)))]
pub(crate) async fn count_tasks(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Query(query): Query<CountsQuery>,
) -> Result<Json<CountsView>> {
    Ok(Json(services.count_tasks(&caller, query).await?))
}

/// Cancel, retry or review many tasks.
///
/// Those with these ids, or those that a filter keeps and that the action would change. One request looks at a bounded
/// number of tasks and changes at most 50 of what a filter keeps: send it again with the `cursor` of the answer, while
/// there is one. Ask with `dry_run` first to see which tasks are meant. `scope=all` is for administrators.
///
/// Each page needs an `Idempotency-Key` of its own. What is interrupted can be sent again: a task is changed once.
#[utoipa::path(post, path = "/v1/tasks/bulk", tag = "tasks", request_body = BulkRequest,
    responses((status = 200, body = BulkAnswer)))]
pub(crate) async fn bulk(
    caller: May<WriteTasks>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Keyed { once, body: request }: Keyed<BulkRequest>,
) -> Result<Response> {
    // Also of a repeat: whoever may no longer ask for everybody's is not told again of them either.
    request.may(&caller)?;
    let act = |turn| services.bulk(&caller, turn, request, &origin);
    services.once(&caller, once, StatusCode::OK, act).await
}

/// Show a task, with what was asked for and what came of it.
#[utoipa::path(get, path = "/v1/tasks/{id}", tag = "tasks", params(("id" = TaskId, Path)),
    responses((status = 200, body = TaskView)))]
pub(crate) async fn show_task(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
) -> Result<Json<TaskView>> {
    Ok(Json(services.show_task(&caller, id).await?))
}

/// Delete a task that is over, with its log and its files.
#[utoipa::path(delete, path = "/v1/tasks/{id}", tag = "tasks", params(("id" = TaskId, Path)),
    responses((status = 204, description = "Nothing of it is left."),
        (status = 409, description = "It is not over yet: cancel it first.")))]
pub(crate) async fn delete_task(
    caller: May<WriteTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
) -> Result<StatusCode> {
    services.delete_task(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Call a task off.
///
/// What waits is canceled at once; what runs is told to stop (`cancel_requested`), and does not succeed any more.
#[utoipa::path(post, path = "/v1/tasks/{id}/cancel", tag = "tasks", params(("id" = TaskId, Path)),
    responses((status = 200, body = TaskView), (status = 409, description = "It succeeded or failed already.")))]
pub(crate) async fn cancel_task(
    caller: May<WriteTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
    Keyed { once, body: Nothing }: Keyed<Nothing>,
) -> Result<Response> {
    services.once(&caller, once, StatusCode::OK, |_| services.cancel_task(&caller, id)).await
}

/// Say that I have looked at what came of a task.
///
/// It leaves the view `needs_review`, until it is taken up again. To say it twice changes nothing.
#[utoipa::path(post, path = "/v1/tasks/{id}/review", tag = "tasks", params(("id" = TaskId, Path)),
    responses((status = 200, body = TaskView), (status = 409, description = "It is not over yet.")))]
pub(crate) async fn review_task(
    caller: May<WriteTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
    Keyed { once, body: Nothing }: Keyed<Nothing>,
) -> Result<Response> {
    services.once(&caller, once, StatusCode::OK, |_| services.review_task(&caller, id)).await
}

/// Have a task that is over taken up again.
#[utoipa::path(post, path = "/v1/tasks/{id}/retry", tag = "tasks", params(("id" = TaskId, Path)),
    responses((status = 200, body = TaskView), (status = 409, description = "It is not over yet."),
        (status = 429, description = "Too many of your tasks wait.")))]
pub(crate) async fn retry_task(
    caller: May<WriteTasks>,
    State(services): State<Shared>,
    Path(id): Path<TaskId>,
    _: Query<Nothing>,
    Keyed { once, body: Nothing }: Keyed<Nothing>,
) -> Result<Response> {
    let act = |turn| services.retry_task(&caller, id, turn);
    services.once(&caller, once, StatusCode::OK, act).await
}
