//! `POST /v1/run/events`: the log grows, the run ends.

use std::sync::Arc;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use domain::{
    event::RawEvent,
    problem::{Code, FieldError, Problem},
    run::{Command, CommandKind, EventsAnswer, EventsPost, MAX_POST_EVENTS},
};
use jiff::Timestamp;
use store::{Append, Appended, Batch, Head};

use crate::{App, answer::Refusal, bodies, caller::Caller, end};

pub(crate) async fn post_events(
    State(app): State<Arc<App>>,
    Caller(run): Caller,
    post: Result<Json<EventsPost>, JsonRejection>,
) -> Result<Json<EventsAnswer>, Refusal> {
    let Json(post) =
        post.map_err(|err| Refusal::from(Problem::new(Code::BadRequest).detail(err.body_text())))?;
    check(&post)?;
    let now = runtime::clock::now();
    let first = post.run_seq;
    let ends = post.end.is_some();
    let mut batch = numbered(&post, run.attempt);
    bodies::offload(&app, run.task, &mut batch).await?;

    let head = if ends {
        end::end_run(&app, run, post, &mut batch, now).await?
    } else {
        let append = Append {
            task: run.task,
            batch: &batch,
            phase: post.phase,
            usage: post.usage,
            lease: app.settings.lease,
            now,
        };
        match app.store.append(append).await? {
            Appended::Committed(head) => {
                app.pusher.events(&head, &batch.events).await;
                if first == 0 && !batch.events.is_empty() {
                    app.pusher.task(&head).await;
                }
                *head
            }
            Appended::Repeated(head) => *head,
            Appended::Superseded => return Err(Code::Superseded.into()),
        }
    };
    Ok(Json(EventsAnswer {
        acknowledged: first + batch.events.len() as u64,
        head: head.seq,
        commands: open_commands(&head, now),
    }))
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
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !(8..=64).contains(&post.runner.len()) || !post.runner.chars().all(plain) {
        fault("runner", "must be 8 to 64 letters, digits, `-` or `_`");
    }
    if post.events.len() > MAX_POST_EVENTS {
        fault("events", "has too many entries");
    }
    if post
        .events
        .iter()
        .any(|event| !event.body.get("type").is_some_and(serde_json::Value::is_string))
    {
        fault("events", "has an entry without a `type`");
    }
    let ours = ["seq", "attempt", "truncated", "whole_bytes"];
    if post.events.iter().any(|event| ours.iter().any(|name| event.body.contains_key(*name))) {
        fault("events", "has an entry with a field that only the server gives");
    }
    if post.end.is_some() && post.events.is_empty() {
        fault("end", "needs the run's last event in the same post");
    }
    // Numbers beyond this are no real log's, and arithmetic on them must not overflow.
    if post.head > 1 << 50 || post.run_seq > 1 << 50 {
        fault("head", "is too large");
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors).into()) }
}
