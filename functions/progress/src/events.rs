//! `POST /v1/run/events`: the log grows, the run ends.

use std::sync::Arc;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use domain::{
    event::{RawDraft, RawEvent, Tokens},
    id::TaskId,
    problem::{Code, FieldError, Problem},
    run::{Command, CommandKind, EventsAnswer, EventsPost, MAX_POST_EVENTS, RunUsage},
};
use jiff::Timestamp;
use planted::planted;
use runtime::metrics::Metric;
use serde_json::Value;
use store::{Append, Appended, Batch, Head, StoreError};

use crate::{App, answer::Refusal, bodies, caller::Caller, end, uploads};

/// No run uses more of anything; sums of such numbers cannot overflow.
const MAX_NUMBER: u64 = 1 << 50;

pub(crate) async fn post_events(
    State(app): State<Arc<App>>,
    Caller(run): Caller,
    post: Result<Json<EventsPost>, JsonRejection>,
) -> Result<Json<EventsAnswer>, Refusal> {
    let Json(post) = post?;
    check(&post)?;
    let now = runtime::clock::now();
    let mut batch = numbered(&post, run.attempt);
    let (big, shown) = bodies::too_big(&batch);
    if !big.is_empty() {
        // Nothing is kept of whom the log does not wait for, least of all over what it has.
        let head = app.store.head(run.task).await?;
        if !head.awaits(&batch) {
            let head = repeated(&app, run.task, &batch).await?;
            return Ok(answer(&batch, &head, now));
        }
        bodies::offload(&app, run.task, &mut batch, &big, shown).await?;
    }
    let head = if post.end.is_some() {
        end::end_run(&app, run, post, &batch, now).await?
    } else {
        append(&app, run.task, &post, &batch, now).await?
    };
    Ok(answer(&batch, &head, now))
}

async fn append(
    app: &App,
    task: TaskId,
    post: &EventsPost,
    batch: &Batch,
    now: Timestamp,
) -> Result<Head, Refusal> {
    let lease = app.settings.lease;
    let known = app.known.take(task);
    let append = Append { task, batch, known, phase: post.phase, usage: post.usage, lease, now };
    let appended = match app.store.append(append).await {
        Err(StoreError::Unavailable(_)) if planted!(AckBeforeWrite) => {
            Appended::Repeated(Box::new(app.store.head(task).await?))
        }
        appended => appended?,
    };
    match appended {
        Appended::Committed(head) => {
            app.known.put(&head);
            measure(app, &head, batch, now);
            if batch.run_seq == 0 && !batch.events.is_empty() {
                app.pusher.changed(&head, &batch.events).await;
            } else {
                app.pusher.events(&head, &batch.events).await;
            }
            Ok(*head)
        }
        Appended::Repeated(head) => Ok(*head),
        Appended::Superseded => Err(Code::Superseded.into()),
    }
}

/// How late the log is, and with the first events of a run, how long it took to start.
fn measure(app: &App, head: &Head, batch: &Batch, now: Timestamp) {
    let millis = |since: Timestamp| now.duration_since(since).as_millis().max(0) as f64;
    let Some(last) = batch.events.last() else { return };
    let mut numbers = vec![(Metric::EventLatency, millis(last.at))];
    if batch.run_seq == 0 {
        let ready = head.not_before.unwrap_or(head.created_at);
        // A later attempt waited for the earlier ones to fail: what it took is its own claim.
        let since = if batch.attempt == 1 { Some(ready) } else { head.claimed_at };
        numbers.push((Metric::TasksStarted, 1.0));
        numbers.extend(since.map(|since| (Metric::StartLatency, millis(since))));
    }
    app.settings.metrics.put(&numbers);
}

/// The head, if it has this batch already.
pub(crate) async fn repeated(app: &App, task: TaskId, batch: &Batch) -> Result<Head, Refusal> {
    match app.store.place(task, batch).await? {
        Appended::Repeated(head) => Ok(*head),
        Appended::Committed(_) | Appended::Superseded => Err(Code::Superseded.into()),
    }
}

fn answer(batch: &Batch, head: &Head, now: Timestamp) -> Json<EventsAnswer> {
    Json(EventsAnswer {
        acknowledged: batch.run_seq + batch.events.len() as u64,
        head: head.seq,
        commands: open_commands(head, now),
    })
}

/// What a person wants of the run. Canceling is all there is so far, and the head itself carries it.
fn open_commands(head: &Head, now: Timestamp) -> Vec<Command> {
    if !head.task.cancel_requested {
        return Vec::new();
    }
    vec![Command { n: 1, at: head.cancel_at.unwrap_or(now), kind: CommandKind::Cancel }]
}

fn numbered(post: &EventsPost, attempt: u32) -> Batch {
    let first_seq = post.head + 1;
    let events: Vec<RawEvent> = (first_seq..)
        .zip(&post.events)
        .map(|(seq, draft)| draft.clone().numbered(seq, attempt))
        .collect();
    Batch {
        first_seq,
        attempt,
        run_seq: post.run_seq,
        runner: post.runner.clone(),
        events,
        bodies: std::collections::BTreeMap::new(),
    }
}

fn check(post: &EventsPost) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    let mut fault = |field: &str, message: &str| {
        errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    };
    if !(8..=64).contains(&post.runner.len()) || !post.runner.bytes().all(is_plain) {
        fault("runner", "must be 8 to 64 letters, digits, `-` or `_`");
    }
    if post.events.len() > MAX_POST_EVENTS {
        fault("events", "has too many entries");
    }
    let kind = |event: &RawDraft| event.body.get("type").and_then(Value::as_str).map(is_kind);
    if !post.events.iter().all(|event| kind(event) == Some(true)) {
        fault("events", "has an entry without a `type` of 1 to 64 letters, digits, `-` or `_`");
    }
    let ours = ["seq", "attempt", "truncated", "whole_bytes"];
    if post.events.iter().any(|event| ours.iter().any(|name| event.body.contains_key(*name))) {
        fault("events", "has an entry with a field that only the server gives");
    }
    if post.end.is_some() && post.events.is_empty() {
        fault("end", "needs the run's last event in the same post");
    }
    // Numbers beyond this are no real log's, and arithmetic on them must not overflow.
    if post.head > MAX_NUMBER {
        fault("head", "is too large");
    }
    if post.run_seq > MAX_NUMBER {
        fault("run_seq", "is too large");
    }
    if post.usage.is_some_and(|usage| largest(&usage) > MAX_NUMBER) {
        fault("usage", "is too large");
    }
    if let Some(end) = &post.end {
        errors.extend(uploads::faults("end.artifacts", &end.artifacts));
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors).into()) }
}

fn is_kind(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn largest(usage: &RunUsage) -> u64 {
    let Tokens { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens } =
        usage.tokens;
    usage
        .cost_usd_micros
        .max(input_tokens)
        .max(output_tokens)
        .max(cache_read_tokens)
        .max(cache_creation_tokens)
}
