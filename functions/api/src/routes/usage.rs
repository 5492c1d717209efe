use axum::{Json, extract::State};
use domain::usage::UsageReportView;

use crate::{
    edge::{May, Query, ReadTasks},
    error::Result,
    services::Shared,
    usage::UsageQuery,
};

/// What was used, by day.
///
/// Numbers are added when a run ends, to the quarter of an hour in which it ended; so a day is exact in every time zone
/// that is off UTC by whole quarters of an hour, which today are all. A run counts with its own cost, so a retried task is
/// not counted twice; `tasks` are ends of tasks, and one that a person had taken up again ends again. What is still
/// running is not in it. Deleted tasks stay in the numbers.
///
/// `median` and `p95` are off by less than 10 %. At most 20 groups, the dearest, are told apart; the key of the others is
/// `(other)`, that of what has no model or repository `(none)`. `top_tasks` may pass over one that ended in the same
/// quarter of an hour as another of the same model and repository which cost about the same.
#[utoipa::path(get, path = "/v1/usage", tag = "usage", params(UsageQuery),
    responses((status = 200, body = UsageReportView)))]
pub(crate) async fn usage(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    Query(query): Query<UsageQuery>,
) -> Result<Json<UsageReportView>> {
    Ok(Json(services.usage(&caller, query).await?))
}
