//! The end of a run, as its runner reports it.

use auth::run_token::Claims;
use domain::{
    event::RunOutcome,
    problem::{Code, Problem},
    reason::Reason,
    run::{EventsPost, RunEnd},
    task::{Attempt, Command, Outcome},
};
use jiff::Timestamp;
use runtime::Chain;
use store::{Appended, Batch, Finish, Head, RunRecord, StoreError};

use crate::{App, answer::Refusal};

/// Whoever loses so many races in a row is told to come again.
const MAX_RACES: usize = 10;
/// The agent's answer is kept whole as an artifact; the table has its beginning.
const RESULT_BYTES: usize = 64 * 1024;

/// Ends the run: what that means for the task is the domain's word.
pub(crate) async fn end_run(
    app: &App,
    run: Claims,
    post: EventsPost,
    batch: &mut Batch,
    now: Timestamp,
) -> Result<Head, Refusal> {
    let Some(end) = &post.end else { return Err(Code::Internal.into()) };
    let outcome = outcome_of(end)?;
    for _ in 0..MAX_RACES {
        if let Appended::Repeated(head) = app.store.place(run.task, batch).await? {
            return Ok(*head);
        }
        let head = app.store.head(run.task).await?;
        let speaks = head.runner.as_deref().is_none_or(|runner| runner == post.runner);
        if !speaks || head.run_seq != post.run_seq || head.seq + 1 != batch.first_seq {
            return Err(Code::Superseded.into());
        }
        let command = Command::ReportEnded(Attempt(run.attempt), outcome);
        let Ok(Some(change)) = head.task.decide(command) else {
            return Err(Code::Superseded.into());
        };
        let record = record(&head, end, &post, now);
        match app.store.finish(&Finish { seen: &head, change, batch, record }).await {
            Ok(head) => {
                app.pusher.events(&head, &batch.events).await;
                app.pusher.task(&head).await;
                ring(app).await;
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

fn record(head: &Head, end: &RunEnd, post: &EventsPost, now: Timestamp) -> RunRecord {
    let cut = |text: &String| text[..text.floor_char_boundary(RESULT_BYTES)].to_owned();
    let structured = Some(end.structured_output.to_string());
    RunRecord {
        attempt: head.task.attempt.0,
        created_at: head.claimed_at.unwrap_or(head.updated_at),
        started_at: head.started_at,
        ended_at: now,
        // What the run itself achieved, unless the task was called off: then that is what it was.
        outcome: if head.task.cancel_requested { RunOutcome::Canceled } else { end.outcome },
        reason: if head.task.cancel_requested { None } else { end.reason },
        message: end.message.as_ref().map(cut),
        exit_code: end.exit_code,
        session_id: end.session_id.clone(),
        result_text: end.result_text.as_ref().map(cut),
        structured_output: structured.filter(|text| text != "null" && text.len() <= RESULT_BYTES),
        artifacts: end.artifacts.iter().take(20).cloned().collect(),
        usage: post.usage.unwrap_or(head.usage_run),
    }
}

/// A slot is free: the next one may start. If the ring fails, the tick finds it.
async fn ring(app: &App) {
    let sent = app
        .clients
        .sqs
        .send_message()
        .queue_url(&app.settings.queue_url)
        .message_body(r#"{"ring":"ended"}"#)
        .send()
        .await;
    if let Err(err) = sent {
        tracing::warn!(error = %Chain(&err), "cannot ring the dispatcher");
    }
}
