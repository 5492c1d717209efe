//! `GET /v1/run`: what the run is to do.

use std::sync::Arc;

use axum::{Json, extract::State};
use domain::{limits::IDLE_TIMEOUT_S, problem::Code, run::RunSpec};

use crate::{App, answer::Refusal, caller::Caller};

pub(crate) async fn get_run(
    State(app): State<Arc<App>>,
    Caller(run): Caller,
) -> Result<Json<RunSpec>, Refusal> {
    let (head, spec) = app.store.task(run.task).await?;
    if head.task.attempt.0 != run.attempt || !head.task.state.is_live() {
        return Err(Code::Superseded.into());
    }
    app.known.put(&head);
    Ok(Json(RunSpec {
        task_id: run.task,
        attempt: run.attempt,
        prompt: spec.prompt,
        repository: spec.repository,
        model: spec.model,
        max_turns: spec.max_turns,
        budget_usd_micros: spec.budget_usd_micros,
        timeout_s: spec.timeout_s,
        idle_timeout_s: IDLE_TIMEOUT_S,
        heartbeat_ms: u64::try_from(app.settings.heartbeat.as_millis()).unwrap_or(u64::MAX),
        cancel_requested: head.task.cancel_requested,
        run_seq: head.run_seq,
        head: head.seq,
    }))
}
