//! The end of a run, as its runner reports it.

use auth::run_token::Claims;
use domain::{
    event::RunOutcome,
    problem::{Code, Problem},
    reason::Reason,
    run::{EventsPost, RunEnd},
    task::{Attempt, Command, Outcome, State},
};
use jiff::Timestamp;
use runtime::Chain;
use store::{Batch, Finish, Head, RunRecord, StoreError};

use crate::{App, answer::Refusal, events::repeated};

/// Whoever loses so many races in a row is told to come again.
const MAX_RACES: usize = 10;
/// The agent's answer is kept whole as an artifact; the table has its beginning.
const RESULT_BYTES: usize = 64 * 1024;
/// Claude's own are 36.
const SESSION_ID_BYTES: usize = 200;

/// Ends the run: what that means for the task is the domain's word.
pub(crate) async fn end_run(
    app: &App,
    run: Claims,
    post: EventsPost,
    batch: &Batch,
    now: Timestamp,
) -> Result<Head, Refusal> {
    let Some(end) = &post.end else { return Err(Code::Internal.into()) };
    let outcome = outcome_of(end)?;
    // What else was known of the task is not needed any more.
    drop(app.known.take(run.task));
    for _ in 0..MAX_RACES {
        let head = app.store.head(run.task).await?;
        if !head.awaits(batch) {
            return repeated(app, run.task, batch).await;
        }
        let command = Command::ReportEnded(Attempt(run.attempt), outcome);
        let Ok(Some(change)) = head.task.decide(command) else {
            return Err(Code::Superseded.into());
        };
        let record = record(&head, outcome, end, &post, now);
        match app.store.finish(&Finish { seen: &head, change, batch, record }).await {
            Ok(head) => {
                app.settings.metrics.task_changed(&head.task);
                tokio::join!(app.pusher.changed(&head, &batch.events), Box::pin(ring(app, &head)));
                return Ok(head);
            }
            Err(StoreError::Conflict) => (),
            Err(err) => return Err(err.into()),
        }
    }
    Err(Code::Unavailable.into())
}

fn outcome_of(end: &RunEnd) -> Result<Outcome, Refusal> {
    match (end.outcome, end.reason) {
        (RunOutcome::Succeeded, None) => Ok(Outcome::Succeeded),
        (RunOutcome::Canceled, None) => Ok(Outcome::Canceled),
        (RunOutcome::Failed, reason) => Ok(Outcome::Failed(reason.unwrap_or(Reason::AgentError))),
        (RunOutcome::Succeeded | RunOutcome::Canceled, Some(_)) => {
            Err(Refusal::from(Problem::new(Code::BadRequest).detail("only a failure has a reason")))
        }
    }
}

fn record(
    head: &Head,
    outcome: Outcome,
    end: &RunEnd,
    post: &EventsPost,
    now: Timestamp,
) -> RunRecord {
    // What the run itself achieved, unless the task was called off: then that is what it was.
    let outcome = if head.task.cancel_requested { Outcome::Canceled } else { outcome };
    let cut = |text: &String| text[..text.floor_char_boundary(RESULT_BYTES)].to_owned();
    let structured = Some(end.structured_output.to_string());
    RunRecord {
        attempt: head.task.attempt.0,
        created_at: head.claimed_at.unwrap_or(head.updated_at),
        started_at: head.started_at,
        ended_at: now,
        outcome: match outcome {
            Outcome::Succeeded => RunOutcome::Succeeded,
            Outcome::Failed(_) => RunOutcome::Failed,
            Outcome::Canceled => RunOutcome::Canceled,
        },
        reason: outcome.reason(),
        message: end.message.as_ref().map(cut),
        exit_code: end.exit_code,
        // Half of an id is none.
        session_id: end.session_id.clone().filter(|id| id.len() <= SESSION_ID_BYTES),
        result_text: end.result_text.as_ref().map(cut),
        structured_output: structured.filter(|text| text != "null" && text.len() <= RESULT_BYTES),
        artifacts: end.artifacts.clone(),
        usage: post.usage.unwrap_or(head.usage_run),
    }
}

/// A slot is free: the next one may start. And where the run is repeated after a while, that is over to the second. If a
/// ring fails, the tick finds it.
async fn ring(app: &App, head: &Head) {
    let again = head.not_before.filter(|_| head.task.state == State::Scheduled);
    let delay = again.and_then(|due| app.settings.ring_in(due, head.updated_at));
    tokio::join!(send(app, r#"{"ring":"ended"}"#, None), async {
        if delay.is_some() {
            send(app, r#"{"ring":"due"}"#, delay).await;
        }
    });
}

async fn send(app: &App, body: &str, delay_s: Option<i32>) {
    let message = app.clients.sqs.send_message().queue_url(&app.settings.queue_url);
    let sent = message.message_body(body).set_delay_seconds(delay_s).send().await;
    if let Err(err) = sent {
        tracing::warn!(error = %Chain(&err), "cannot ring the dispatcher");
    }
}
