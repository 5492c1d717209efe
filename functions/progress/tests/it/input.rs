//! What is no post of ours is refused with a word about why, and nothing of it is stored.

use std::fmt::Write as _;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use testkit::user;

use crate::runner::{AT, Answer, Progress, Runner, event, said};

async fn text(progress: &Progress, runner: &Runner<'_>, kind: &str, body: String) -> Answer {
    let request = Request::post("/v1/run/events")
        .header("authorization", format!("Bearer {}", runner.token))
        .header("content-type", kind);
    progress.send(request.body(Body::from(body)).unwrap()).await
}

/// A good post with this in the place of one field.
fn with(runner: &Runner<'_>, field: &str, value: Value) -> Value {
    let mut body = runner.body(&[said("hello")]);
    body[field] = value;
    body
}

#[tokio::test]
async fn every_field_of_a_post_is_checked() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let runner = progress.runner(&head);
    let kind = |kind: Value| json!([{ "at": AT, "type": kind }]);
    let usage = |name: &str| json!({ name: (1_u64 << 50) + 1 });
    let before = world.items().await;
    let mut answers = String::new();
    for (field, value) in [
        ("runner", json!("short")),
        ("runner", json!("x".repeat(65))),
        ("runner", json!("runner 1")),
        ("runner", json!("")),
        ("runner", json!(null)),
        ("run_seq", json!(-1)),
        ("run_seq", json!(u64::MAX)),
        ("run_seq", json!("0")),
        ("head", json!(u64::MAX)),
        ("head", json!(1.5)),
        ("events", json!({})),
        ("events", json!([said("x"), 7])),
        ("events", json!(vec![said("x"); 501])),
        ("events", json!([{ "at": AT }])),
        ("events", json!([{ "type": "text" }])),
        ("events", json!([{ "at": "yesterday", "type": "text" }])),
        ("events", kind(json!(7))),
        ("events", kind(json!(""))),
        ("events", kind(json!("no word"))),
        ("events", kind(json!("x".repeat(65)))),
        ("events", json!([{ "at": AT, "type": "text", "seq": 1 }])),
        ("events", json!([{ "at": AT, "type": "text", "attempt": 1 }])),
        ("events", json!([{ "at": AT, "type": "text", "truncated": true }])),
        ("events", json!([{ "at": AT, "type": "text", "whole_bytes": 1 }])),
        ("phase", json!("asleep")),
        ("usage", usage("cost_usd_micros")),
        ("usage", usage("input_tokens")),
        ("usage", usage("cache_creation_tokens")),
        ("usage", json!({ "turns": -1 })),
        ("owner", json!("user_00000000000000000000000000000002")),
        ("state", json!("succeeded")),
    ] {
        let answer = runner.post(&with(&runner, field, value)).await;
        writeln!(answers, "{field}: {}", answer.brief()).unwrap();
    }
    assert_eq!(world.items().await, before);
    insta::assert_snapshot!(answers, @r#"
    runner: 422 `runner` must be 8 to 64 letters, digits, `-` or `_`
    runner: 422 `runner` must be 8 to 64 letters, digits, `-` or `_`
    runner: 422 `runner` must be 8 to 64 letters, digits, `-` or `_`
    runner: 422 `runner` must be 8 to 64 letters, digits, `-` or `_`
    runner: 400 Failed to deserialize the JSON body into the target type: runner: invalid type: null, expected a string at line 1 column 14
    run_seq: 400 Failed to deserialize the JSON body into the target type: run_seq: invalid value: integer `-1`, expected u64 at line 1 column 33
    run_seq: 422 `run_seq` is too large
    run_seq: 400 Failed to deserialize the JSON body into the target type: run_seq: invalid type: string "0", expected u64 at line 1 column 34
    head: 422 `head` is too large
    head: 400 Failed to deserialize the JSON body into the target type: head: invalid type: floating point `1.5`, expected u64 at line 1 column 43
    events: 400 Failed to deserialize the JSON body into the target type: events: invalid type: map, expected a sequence at line 1 column 51
    events: 400 Failed to deserialize the JSON body into the target type: events[1]: invalid type: integer `7`, expected struct Draft at line 1 column 108
    events: 422 `events` has too many entries
    events: 422 `events` has an entry without a `type` of 1 to 64 letters, digits, `-` or `_`
    events: 400 Failed to deserialize the JSON body into the target type: events[0]: missing field `at` at line 1 column 67
    events: 400 Failed to deserialize the JSON body into the target type: events[0].at: failed to parse four digit integer as year: invalid digit, expected 0-9 but got y at line 1 column 69
    events: 422 `events` has an entry without a `type` of 1 to 64 letters, digits, `-` or `_`
    events: 422 `events` has an entry without a `type` of 1 to 64 letters, digits, `-` or `_`
    events: 422 `events` has an entry without a `type` of 1 to 64 letters, digits, `-` or `_`
    events: 422 `events` has an entry without a `type` of 1 to 64 letters, digits, `-` or `_`
    events: 422 `events` has an entry with a field that only the server gives
    events: 422 `events` has an entry with a field that only the server gives
    events: 422 `events` has an entry with a field that only the server gives
    events: 422 `events` has an entry with a field that only the server gives
    phase: 400 Failed to deserialize the JSON body into the target type: phase: unknown variant `asleep`, expected `running` or `waiting` at line 1 column 128
    usage: 422 `usage` is too large
    usage: 422 `usage` is too large
    usage: 422 `usage` is too large
    usage: 400 Failed to deserialize the JSON body into the target type: usage.turns: invalid value: integer `-1`, expected u32 at line 1 column 131
    owner: 400 Failed to deserialize the JSON body into the target type: owner: unknown field `owner`, expected one of `runner`, `run_seq`, `head`, `events`, `phase`, `done_commands`, `usage`, `end` at line 1 column 119
    state: 400 Failed to deserialize the JSON body into the target type: state: unknown field `state`, expected one of `runner`, `run_seq`, `head`, `events`, `phase`, `done_commands`, `usage`, `end` at line 1 column 119
    "#);
}

#[tokio::test]
async fn every_field_of_an_end_is_checked() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let runner = progress.runner(&head);
    let artifact = |name: &str| json!([{ "name": name, "size_bytes": 1, "content_type": "text/plain", "sha256": "0".repeat(64) }]);
    let before = world.items().await;
    let mut answers = String::new();
    for end in [
        json!({}),
        json!({ "outcome": "won" }),
        json!({ "outcome": "failed", "reason": "bad luck" }),
        json!({ "outcome": "succeeded", "reason": "lost" }),
        json!({ "outcome": "canceled", "reason": "lost" }),
        json!({ "outcome": "succeeded", "exit_code": "0" }),
        json!({ "outcome": "succeeded", "artifacts": artifact("../../etc/passwd") }),
        json!({ "outcome": "succeeded", "artifacts": artifact(&"x".repeat(101)) }),
    ] {
        writeln!(answers, "{}", runner.post(&runner.last(&end)).await.brief()).unwrap();
    }
    let mut alone = runner.body(&[]);
    alone["end"] = json!({ "outcome": "succeeded" });
    writeln!(answers, "{}", runner.post(&alone).await.brief()).unwrap();
    assert_eq!(world.items().await, before);
    insta::assert_snapshot!(answers, @r#"
    400 Failed to deserialize the JSON body into the target type: end: missing field `outcome` at line 1 column 110
    400 Failed to deserialize the JSON body into the target type: end.outcome: unknown variant `won`, expected one of `succeeded`, `failed`, `canceled` at line 1 column 124
    400 Failed to deserialize the JSON body into the target type: end.reason: unknown variant `bad luck`, expected one of `timeout`, `idle`, `budget`, `max_turns`, `oom`, `lost`, `start_timeout`, `no_result`, `agent_error`, `model_error`, `model_auth`, `refused`, `crashed`, `clone_failed`, `internal` at lin
    400 only a failure has a reason
    400 only a failure has a reason
    400 Failed to deserialize the JSON body into the target type: end.exit_code: invalid type: string "0", expected i32 at line 1 column 146
    422 `end.artifacts[0].name` must be a plain file name
    422 `end.artifacts[0].name` must be a plain file name
    422 `end` needs the run's last event in the same post
    "#);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_kind_size_and_form() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let runner = progress.runner(&head);
    let good = runner.body(&[said("hello")]).to_string();
    let big = runner.body(&[said(&"x".repeat(5 << 20))]).to_string();
    let before = world.items().await;
    for (problem, kind, body) in [
        ("415 unsupported_media_type", "text/plain", good.clone()),
        ("415 unsupported_media_type", "application/x-www-form-urlencoded", good.clone()),
        ("415 unsupported_media_type", "", good.clone()),
        ("413 payload_too_large", "application/json", big),
        ("400 bad_request", "application/json", String::new()),
        ("400 bad_request", "application/json", "null".to_owned()),
        ("400 bad_request", "application/json", "[]".to_owned()),
        ("400 bad_request", "application/json", good[..good.len() - 1].to_owned()),
        ("400 bad_request", "application/json", format!("{good} {good}")),
        ("400 bad_request", "application/json", good.replacen('{', r#"{"head":0,"#, 1)),
        ("400 bad_request", "application/json", "[".repeat(10_000)),
        (
            "400 bad_request",
            "application/json",
            good.replace(r#""hello""#, &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))),
        ),
    ] {
        let answer = text(&progress, &runner, kind, body.clone()).await;
        assert_eq!(answer.problem(), problem, "{kind} {}", &body[..body.len().min(80)]);
        let detail = answer.json["detail"].as_str().unwrap_or_default();
        assert!(detail.len() <= 400, "{detail}");
    }
    assert_eq!(world.items().await, before);
    let latin = text(&progress, &runner, "application/json; charset=utf-8", good).await;
    assert_eq!(latin.status, 200);
}

#[tokio::test]
async fn a_refusal_does_not_repeat_what_it_was_sent() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let runner = progress.runner(&head);
    let mut body = runner.body(&[]);
    body["x".repeat(1 << 20)] = Value::Null;
    let answer = runner.post(&body).await;
    assert_eq!(answer.problem(), "400 bad_request");
    assert!(answer.json.to_string().len() < 1_000);
}

#[tokio::test]
async fn as_many_events_as_may_be_are_taken() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let body = runner.body(&vec![event("state"); 500]);
    let answer = runner.post(&body).await;
    runner.goes_on(answer);
    assert_eq!(runner.head, 500);
    progress.world.check_invariants().await;
}
