//! The life of a task, as far as this function has a part in it.

use domain::{
    reason::Reason,
    socket::Topic,
    task::{Attempt, Command, Outcome},
};
use runtime::clock;
use serde_json::{Value, json};
use store::Connection;

use crate::{
    runs::text,
    world::{Person, World},
};

async fn follows(person: &Person<'_>, topic: Topic) {
    let store = &person.world.store;
    let id = format!("{}-{topic}", person.id);
    let connection = Connection { id, user: person.id, role: "member".to_owned() };
    store.connect(&connection, clock::now()).await.unwrap();
    store.follow(&connection, topic, clock::now()).await.unwrap();
}

/// `version state` of each task that was pushed.
fn pushed(world: &World) -> Vec<String> {
    let aws = world.aws.lock().unwrap();
    let frames = aws.frames.iter().map(|(_, frame)| frame);
    frames.map(|frame| format!("{} {}", frame["task"]["version"], frame["task"]["state"])).collect()
}

#[tokio::test]
async fn a_prompt_is_all_that_a_task_needs() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let answer =
        ada.post("/v1/tasks", &json!({ "prompt": "Fix the login\nand tell me why" })).await;
    let mut task = answer.json();
    let id = task["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/v1/tasks/{id}"));
    let mut shown = ada.get(answer.header("location")).await.json();
    let wait = json!({ "reason": "slots", "position": 1, "estimate_s": 0 });
    assert_eq!(shown.as_object_mut().unwrap().remove("wait"), Some(wait));
    assert_eq!(shown, task);
    assert_eq!(world.rings(), [json!({ "ring": "created" })]);
    for field in ["id", "owner", "created_at", "updated_at"] {
        task[field] = Value::Null;
    }
    insta::assert_json_snapshot!(task, @r#"
    {
      "id": null,
      "title": "Fix the login",
      "state": "queued",
      "version": 1,
      "attempt": 0,
      "max_attempts": 3,
      "created_at": null,
      "updated_at": null,
      "owner": null,
      "priority": "normal",
      "tags": [],
      "usage": {
        "cost_usd_micros": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "turns": 0
      },
      "head": 0,
      "spec": {
        "prompt": "Fix the login\nand tell me why",
        "timeout_s": 3600
      }
    }
    "#);
}

#[tokio::test]
async fn everything_that_is_asked_for_is_kept() {
    let world = World::with(|settings| settings.demo_model = true).await;
    let ada = world.member("ada").await;
    let body = json!({
        "prompt": "x",
        "title": " A title ",
        "repository": { "url": "https://github.com/a/b", "ref": "main" },
        "model": "claude-sonnet-5",
        "max_turns": 5,
        "budget_usd_micros": 2_000_000,
        "timeout_s": 60,
        "priority": "high",
        "tags": ["b", "a"],
        "max_attempts": 2,
        "not_before": "2020-01-01T00:00:00+01:00",
    });
    let task = ada.post("/v1/tasks", &body).await.json();
    assert_eq!(task["state"], "queued", "its time has come already");
    assert_eq!(
        task["spec"],
        json!({
            "prompt": "x",
            "repository": { "url": "https://github.com/a/b", "ref": "main" },
            "model": "claude-sonnet-5",
            "max_turns": 5,
            "budget_usd_micros": 2_000_000,
            "timeout_s": 60,
        })
    );
    assert_eq!(
        json!([
            task["title"],
            task["priority"],
            task["tags"],
            task["max_attempts"],
            task["demo_model"]
        ]),
        json!(["A title", "high", ["b", "a"], 2, true])
    );
}

#[tokio::test]
async fn a_task_for_later_is_scheduled_and_rings_nobody() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let at = (clock::now() + jiff::SignedDuration::from_hours(1)).to_string();
    let task = ada.post("/v1/tasks", &json!({ "prompt": "x", "not_before": at })).await.json();
    assert_eq!((&task["state"], &task["not_before"]), (&json!("scheduled"), &json!(at)));
    assert!(world.rings().is_empty());
    assert_eq!(world.ready().await, []);
}

#[tokio::test]
async fn a_task_is_accepted_even_if_the_bell_is_broken() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    world.aws.lock().unwrap().queue_is_down = true;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    assert_eq!(world.ready().await, [id], "the sweep finds it");
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_one_task() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let (body, same) =
        (json!({ "prompt": "x", "tags": [] }), json!({ "prompt": "x", "title": null }));
    let first = ada.post_keyed("k", "/v1/tasks", &body).await;
    let second = ada.post_keyed("k", "/v1/tasks", &same).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.json(), second.json());
    assert_eq!(world.rings().len(), 2, "the first ring may be what was lost");

    let other = ada.post_keyed("k", "/v1/tasks", &json!({ "prompt": "y" })).await;
    assert_eq!((other.status.as_u16(), other.problem().as_str()), (422, "idempotency_mismatch"));

    let bobs = bob.post_keyed("k", "/v1/tasks", &json!({ "prompt": "y" })).await;
    assert_eq!(bobs.status, 201, "keys of two people have nothing to do with each other");
    assert_eq!((ada.listed().await.len(), bob.listed().await.len()), (1, 1));
}

#[tokio::test]
async fn twenty_requests_under_one_key_at_once_are_one_task() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let body = json!({ "prompt": "x" });
    let all = (0..20).map(|_| ada.post_keyed("k", "/v1/tasks", &body));
    let answers = futures_util::future::join_all(all).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    assert_eq!(ada.listed().await.len(), 1);
}

#[tokio::test]
async fn a_repeat_is_answered_with_the_task_as_it_stands_by_then() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let first = ada.post_keyed("k", "/v1/tasks", &json!({ "prompt": "x" })).await.json();
    world.ran(first["id"].as_str().unwrap().parse().unwrap()).await;
    let again = ada.post_keyed("k", "/v1/tasks", &json!({ "prompt": "x" })).await.json();
    assert_eq!((&again["id"], &again["state"]), (&first["id"], &json!("succeeded")));
    assert_eq!(world.rings().len(), 1, "nothing waits for a slot");
}

#[tokio::test]
async fn a_task_that_is_over_shows_its_result() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let head = world.start(id).await;
    assert_eq!(ada.get(&format!("/v1/tasks/{id}")).await.json()["result"], Value::Null);
    world.end(&head, Outcome::Succeeded, &[]).await;
    let task = ada.get(&format!("/v1/tasks/{id}")).await.json();
    assert_eq!(task["result"], json!({ "text": "answer 1" }));
    assert_eq!(task["usage"]["cost_usd_micros"], 7);
}

#[tokio::test]
async fn f48_what_waits_is_canceled_at_once_and_again() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let first = ada.ask("POST", &format!("/v1/tasks/{id}/cancel")).await;
    assert_eq!((first.status.as_u16(), &first.json()["state"]), (200, &json!("canceled")));
    let again = ada.ask("POST", &format!("/v1/tasks/{id}/cancel")).await;
    assert_eq!(first.json(), again.json());
    assert_eq!(world.rings().len(), 1, "no run has to be told");
    assert_eq!(world.ready().await, []);
    testkit::check_table(&world.store).await;
}

#[tokio::test]
async fn what_runs_is_told_to_stop_and_does_not_succeed_any_more() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    world.start(id).await;
    for _ in 0..2 {
        let task = ada.post(&format!("/v1/tasks/{id}/cancel"), &json!({})).await.json();
        assert_eq!((&task["state"], &task["cancel_requested"]), (&json!("starting"), &json!(true)));
    }
    assert_eq!(world.rings(), [json!({ "ring": "created" }), json!({ "ring": "canceled" })]);
    let head = world.store.head(id).await.unwrap();
    world.end(&head, Outcome::Succeeded, &[]).await;
    assert_eq!(ada.get(&format!("/v1/tasks/{id}")).await.json()["state"], "canceled");
}

#[tokio::test]
async fn f48_what_is_over_cannot_be_canceled() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for outcome in [Outcome::Succeeded, Outcome::Failed(Reason::Timeout)] {
        let id = ada.task(&json!({ "prompt": "x" })).await;
        let head = world.start(id).await;
        world.end(&head, outcome, &[]).await;
        let answer = ada.ask("POST", &format!("/v1/tasks/{id}/cancel")).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "already_ended"));
    }
    testkit::check_table(&world.store).await;
}

#[tokio::test]
async fn a_cancel_that_meets_a_start_decides_again() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for _ in 0..10 {
        let id = ada.task(&json!({ "prompt": "x" })).await;
        let head = world.store.head(id).await.unwrap();
        let change = head.task.decide(Command::Start).unwrap().unwrap();
        let limits = store::Limits { all: 99, user: 99 };
        let (path, now) = (format!("/v1/tasks/{id}/cancel"), clock::now());
        let start = world.store.claim(&head, change, limits, now, now);
        let (cancel, started) = tokio::join!(ada.ask("POST", &path), start);
        assert_eq!(cancel.status, 200, "{cancel}");
        let task = world.store.head(id).await.unwrap().task;
        let canceled = task.state == domain::task::State::Canceled;
        assert_eq!(started.is_ok(), !canceled);
        assert!(canceled || task.cancel_requested, "{task:?}");
    }
}

#[tokio::test]
async fn what_is_over_is_taken_up_again_with_as_many_attempts() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x", "max_attempts": 2 })).await;
    let retry = format!("/v1/tasks/{id}/retry");
    assert_eq!(ada.ask("POST", &retry).await.problem(), "not_ended");

    world.ran(id).await;
    let answer = ada.ask("POST", &retry).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["state"]), (200, &json!("queued")));
    assert_eq!(world.rings(), [json!({ "ring": "created" }), json!({ "ring": "retried" })]);
    let head = world.store.head(id).await.unwrap();
    assert_eq!((head.task.attempt_limit, head.seq), (Attempt(3), 3), "the log goes on");
    assert_eq!(ada.ask("POST", &retry).await.status, 409);
}

#[tokio::test]
async fn f49_only_what_is_over_is_deleted_and_then_nothing_is_left() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let empty = world.items().await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let path = format!("/v1/tasks/{id}");
    assert_eq!(ada.ask("DELETE", &path).await.problem(), "not_ended");

    let head = world.start(id).await;
    assert_eq!(ada.ask("DELETE", &path).await.problem(), "not_ended");
    let head = world.say_big(&head, &text(5), &text(50)).await;
    world.end(&head, Outcome::Succeeded, &["patch.diff", "result.json"]).await;
    world.aws.lock().unwrap().objects.insert("tasks/another/file".to_owned(), "x".into());

    assert_eq!(ada.ask("DELETE", &path).await.status, 204);
    assert_eq!(ada.get(&path).await.status, 404);
    assert_eq!(ada.ask("DELETE", &path).await.status, 404);
    assert_eq!(
        world.aws.lock().unwrap().objects.keys().collect::<Vec<_>>(),
        ["tasks/another/file"]
    );
    // The slots' counter and the usage belong to no task.
    assert_eq!(world.items().await, empty + 2);
    testkit::check_table(&world.store).await;
}

#[tokio::test]
async fn who_follows_is_told_of_each_change_once() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    follows(&ada, Topic::Tasks).await;
    follows(&bob, Topic::Tasks).await;
    let id = ada.task(&json!({ "prompt": "a secret" })).await;
    ada.ask("POST", &format!("/v1/tasks/{id}/cancel")).await;
    ada.ask("POST", &format!("/v1/tasks/{id}/cancel")).await;
    ada.ask("POST", &format!("/v1/tasks/{id}/retry")).await;
    assert_eq!(pushed(&world), [r#"1 "queued""#, r#"2 "canceled""#, r#"3 "queued""#]);
    let aws = world.aws.lock().unwrap();
    assert!(aws.frames.iter().all(|(connection, _)| connection.starts_with(&ada.id.to_string())));
    assert!(aws.frames.iter().all(|(_, frame)| frame["task"]["spec"].is_null()));
}

/// The numbers of the design: a new task costs a spec, a head with its two indexes, and a ring.
#[tokio::test]
async fn a_new_task_costs_two_puts_a_look_at_the_queue_one_for_followers_and_a_ring() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    drop(world.ledger.take());
    ada.task(&json!({ "prompt": "x" })).await;
    let calls = world.ledger.take().calls;
    insta::assert_compact_debug_snapshot!(calls, @r#"{"dynamodb.PutItem": 2, "dynamodb.Query": 2, "sqs.SendMessage": 1}"#);
}

#[tokio::test]
async fn a_retry_under_one_key_takes_a_task_up_once_whatever_became_of_it_since() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    world.ran(id).await;
    let retry = format!("/v1/tasks/{id}/retry");
    let first = ada.post_keyed("k", &retry, &json!({})).await.json();
    assert_eq!(first["state"], "queued");
    assert_eq!(ada.post_keyed("k", &retry, &json!({})).await.json(), first, "nothing is wrong");

    world.ran(id).await;
    let late = ada.post_keyed("k", &retry, &json!({})).await.json();
    assert_eq!(late, first, "the answer of then");
    let now = world.store.head(id).await.unwrap().task;
    assert_eq!((now.state, now.attempt.0), (domain::task::State::Succeeded, 2));
    let another = ada.post_keyed("k2", &retry, &json!({})).await.json();
    assert_eq!(another["state"], "queued");
    world.ran(id).await;
    assert_eq!(
        ada.post(&retry, &json!({})).await.json()["state"],
        "queued",
        "without one: each time"
    );
}

#[tokio::test]
async fn twenty_retries_under_one_key_at_once_are_one() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let version = world.ran(id).await.version;
    let (retry, body) = (format!("/v1/tasks/{id}/retry"), json!({}));
    let all = (0..20).map(|_| ada.post_keyed("k", &retry, &body));
    let answers = futures_util::future::join_all(all).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(world.store.head(id).await.unwrap().version, version + 1);
}
