//! The queue for who waits in it and for who operates it.

use auth::Role;
use domain::{id::TaskId, task::Outcome};
use jiff::{SignedDuration, Timestamp};
use runtime::clock;
use serde_json::{Value, json};

use crate::world::{Person, World};

const LIMITS: &str = "/v1/limits";

fn limits(total: u32, user: u32, queued: u32) -> Value {
    json!({ "running_total": total, "running_per_user": user, "queued_per_user": queued })
}

async fn set(admin: &Person<'_>, limits: &Value) {
    let answer = admin.send("PUT", LIMITS, limits).await;
    assert_eq!((answer.status.as_u16(), &answer.json()), (200, limits), "{answer}");
}

async fn wait(person: &Person<'_>, task: TaskId) -> Value {
    person.get(&format!("/v1/tasks/{task}")).await.json()["wait"].clone()
}

#[tokio::test]
async fn limits_are_those_of_the_settings_until_somebody_sets_them() {
    let world = World::new().await;
    let (ada, root) = (world.member("ada").await, world.user("root", Role::Admin).await);
    assert_eq!(ada.get(LIMITS).await.json(), limits(4, 4, 1_000));
    set(&root, &limits(9, 3, 20)).await;
    assert_eq!(ada.get(LIMITS).await.json(), limits(9, 3, 20));
    assert_eq!(world.rings(), [json!({ "ring": "limits_changed" })], "more may start now");
    for wrong in [limits(0, 1, 1), limits(10_001, 1, 1), limits(1, 1, 5_001), json!({})] {
        let answer = root.send("PUT", LIMITS, &wrong).await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    assert_eq!(ada.send("PUT", LIMITS, &limits(1, 1, 1)).await.status, 403);
    assert_eq!(ada.get(LIMITS).await.json(), limits(9, 3, 20));
}

#[tokio::test]
async fn who_has_too_many_tasks_waiting_is_told_when_to_come_again_before_anything_is_written() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let root = world.user("root", Role::Admin).await;
    set(&root, &limits(1, 1, 3)).await;
    for n in 0..3 {
        let key = format!("key-{n}");
        assert_eq!(ada.post_keyed(&key, "/v1/tasks", &json!({ "prompt": "x" })).await.status, 201);
    }
    let items = world.items().await;
    let answer = ada.post("/v1/tasks", &json!({ "prompt": "one too many" })).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (429, "queue_full"));
    let again: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=300).contains(&again), "{again}");
    assert_eq!(world.items().await, items);

    // What was accepted is not refused now, nor is anybody else.
    let repeated = ada.post_keyed("key-1", "/v1/tasks", &json!({ "prompt": "x" })).await;
    assert_eq!(repeated.status, 201, "{repeated}");
    bob.task(&json!({ "prompt": "x" })).await;
    // A place is free again when one of theirs has started or was called off.
    let last = ada.listed().await.remove(0);
    assert_eq!(ada.post(&format!("/v1/tasks/{last}/cancel"), &json!({})).await.status, 200);
    ada.task(&json!({ "prompt": "x" })).await;
}

#[tokio::test]
async fn a_task_that_waits_for_its_time_is_counted_until_it_is_called_off() {
    let world = World::new().await;
    let (ada, root) = (world.member("ada").await, world.user("root", Role::Admin).await);
    set(&root, &limits(1, 1, 3)).await;
    let soon = json!({ "prompt": "x", "not_before": clock::now() + SignedDuration::from_hours(1) });
    for body in [&soon, &soon, &json!({ "prompt": "x" })] {
        ada.task(body).await;
    }
    let items = world.items().await;
    for body in [&soon, &json!({ "prompt": "x" })] {
        let answer = ada.post("/v1/tasks", body).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (429, "queue_full"));
        let why = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(why.starts_with("1 of your tasks wait for a slot and 2 for their time"), "{why}");
    }
    assert_eq!(world.items().await, items);
    let scheduled = ada.get("/v1/tasks?state=scheduled").await.json();
    let first = scheduled["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ada.ask("POST", &format!("/v1/tasks/{first}/cancel")).await.status, 200);
    ada.task(&soon).await;
}

#[tokio::test]
async fn a_retry_needs_a_place_in_the_queue_as_a_new_task_does() {
    let world = World::new().await;
    let (ada, root) = (world.member("ada").await, world.user("root", Role::Admin).await);
    let mut over = Vec::new();
    for _ in 0..4 {
        let task = ada.task(&json!({ "prompt": "x" })).await;
        world.ran(task).await;
        over.push(task);
    }
    set(&root, &limits(1, 1, 2)).await;
    ada.task(&json!({ "prompt": "x" })).await;
    // There is one place left, and three want it.
    let bulk = json!({ "action": "retry", "ids": &over[..3] });
    let answer = ada.post("/v1/tasks/bulk", &bulk).await.json();
    assert_eq!((&answer["matched"], &answer["changed"]), (&json!(3), &json!(1)), "{answer}");
    let skipped = |task: TaskId| json!({ "id": task, "code": "queue_full" });
    assert_eq!(answer["skipped"], json!([skipped(over[1]), skipped(over[2])]));

    let before = world.dump().await;
    let retry = format!("/v1/tasks/{}/retry", over[3]);
    for key in ["k", "k"] {
        let answer = ada.post_keyed(key, &retry, &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (429, "queue_full"));
        let again: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=300).contains(&again), "{again}");
    }
    assert_eq!(world.dump().await, before, "nothing was written");
    // What still lives is no matter of places.
    let lives = format!("/v1/tasks/{}/retry", over[0]);
    assert_eq!(ada.ask("POST", &lives).await.problem(), "not_ended");
    ada.ask("POST", &format!("/v1/tasks/{}/cancel", over[0])).await;
    assert_eq!(ada.post_keyed("k", &retry, &json!({})).await.status, 200, "the key is still good");
}

#[tokio::test]
async fn a_queued_task_shows_its_place_why_it_waits_and_how_long() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let root = world.user("root", Role::Admin).await;
    let first = ada.task(&json!({ "prompt": "x" })).await;
    assert_eq!(
        wait(&ada, first).await,
        json!({ "reason": "slots", "position": 1, "estimate_s": 0 })
    );

    set(&root, &limits(1, 1, 100)).await;
    world.start(first).await;
    assert_eq!(wait(&ada, first).await, Value::Null, "it does not wait any more");
    let (second, theirs) =
        (ada.task(&json!({ "prompt": "x" })).await, bob.task(&json!({ "prompt": "x" })).await);
    // Nobody knows yet how long a run takes.
    assert_eq!(wait(&ada, second).await, json!({ "reason": "user_limit", "position": 1 }));
    assert_eq!(wait(&bob, theirs).await, json!({ "reason": "slots", "position": 1 }));

    root.post("/v1/queue/pause", &json!({})).await;
    assert_eq!(wait(&bob, theirs).await["reason"], "paused");
    let listed = bob.get("/v1/tasks").await.json();
    assert_eq!(listed["items"][0]["wait"], json!({ "reason": "paused" }), "no places in a list");
}

#[tokio::test]
async fn what_waits_for_its_time_says_until_when() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let time = clock::now() + SignedDuration::from_hours(3);
    let time = Timestamp::from_second(time.as_second()).unwrap();
    let task = ada.task(&json!({ "prompt": "x", "not_before": time })).await;
    assert_eq!(wait(&ada, task).await, json!({ "reason": "not_before", "until": time }));
    assert_eq!(world.rings(), [] as [Value; 0], "the tick rings when that is near");
}

#[tokio::test]
async fn the_queue_is_rung_for_to_the_second_where_the_tick_may_be_too_late() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for (seconds, delays) in [(20, vec![20]), (64, vec![64]), (90, vec![])] {
        let time = clock::now() + SignedDuration::from_secs(seconds);
        ada.task(&json!({ "prompt": "x", "not_before": time })).await;
        assert_eq!(world.aws.lock().unwrap().delays.split_off(0), delays, "{seconds}");
    }
    assert_eq!(world.rings(), [json!({ "ring": "due" }), json!({ "ring": "due" })]);
}

#[tokio::test]
async fn a_pause_says_who_and_why_and_is_over_when_somebody_resumes() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let other = world.user("other", Role::Admin).await;
    assert_eq!(root.get("/v1/queue").await.json()["paused"], Value::Null);
    let note = json!({ "note": "The model is down." });
    let paused = root.post("/v1/queue/pause", &note).await.json()["paused"].clone();
    assert_eq!(
        (&paused["by"], &paused["note"], &paused["drained"]),
        (&json!({ "id": root.id, "email": "root@example.org" }), &note["note"], &json!(true))
    );
    // Twice, and by somebody else: it stays as it is.
    let again = other.post("/v1/queue/pause", &json!({ "note": "Me too" })).await.json();
    assert_eq!(again["paused"], paused);
    assert_eq!(world.rings(), [] as [Value; 0]);
    for _ in 0..2 {
        assert_eq!(other.ask("POST", "/v1/queue/resume").await.json()["paused"], Value::Null);
    }
    assert_eq!(world.rings().len(), 2, "also of a repeat: the first ring may be lost");
    let too_long = json!({ "note": "x".repeat(201) });
    assert_eq!(root.post("/v1/queue/pause", &too_long).await.status, 422);
}

#[tokio::test]
async fn who_operated_the_queue_is_noted_once() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    for _ in 0..2 {
        root.post("/v1/queue/pause", &json!({ "note": "The model is down." })).await;
    }
    for _ in 0..2 {
        root.ask("POST", "/v1/queue/resume").await;
    }
    set(&root, &limits(9, 3, 20)).await;
    let audit = root.get("/v1/audit").await.json();
    let lines = audit["items"].as_array().unwrap().iter().map(|entry| {
        let text = |name: &str| entry[name].as_str().unwrap_or_default();
        (entry["actor"]["id"].clone(), text("action").to_owned(), text("detail").to_owned())
    });
    let lines: Vec<_> = lines.collect();
    let line = |action: &str, detail: &str| (json!(root.id), action.to_owned(), detail.to_owned());
    assert_eq!(
        lines,
        [
            line("limits_changed", "9 running, 3 of a user, 20 of a user waiting"),
            line("queue_resumed", ""),
            line("queue_paused", "The model is down."),
        ]
    );
}

#[tokio::test]
async fn the_queue_is_counted_by_why_and_by_priority_and_by_hour() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let root = world.user("root", Role::Admin).await;
    let running = ada.task(&json!({ "prompt": "x" })).await;
    set(&root, &limits(2, 1, 100)).await;
    let head = world.start(running).await;
    ada.task(&json!({ "prompt": "x", "priority": "urgent" })).await;
    bob.task(&json!({ "prompt": "x", "priority": "low" })).await;
    let time = clock::now() + SignedDuration::from_hours(3);
    bob.task(&json!({ "prompt": "x", "not_before": time })).await;

    let queue = root.get("/v1/queue").await.json();
    assert_eq!(
        queue["waiting"],
        json!({ "slots": 1, "user_limit": 1, "not_before": 1, "backoff": 0, "paused": 0 })
    );
    assert_eq!(queue["by_priority"], json!({ "urgent": 1, "high": 0, "normal": 0, "low": 1 }));
    let number = |name: &str| queue[name].as_u64().unwrap();
    assert_eq!((number("depth"), number("running"), number("limit")), (2, 1, 2));
    assert_eq!((number("started_per_hour"), number("ended_per_hour")), (1, 0));
    assert_eq!(queue.get("estimate_s"), None, "nobody knows how long a run takes");

    world.end(&head, Outcome::Succeeded, &[]).await;
    let queue = root.get("/v1/queue").await.json();
    let hours = queue["throughput"].as_array().unwrap();
    let succeeded: u64 = hours.iter().map(|hour| hour["succeeded"].as_u64().unwrap()).sum();
    assert_eq!((hours.len(), succeeded), (24, 1));
    let starts: Vec<Timestamp> =
        hours.iter().map(|hour| hour["hour"].as_str().unwrap().parse().unwrap()).collect();
    let hour = SignedDuration::from_hours(1);
    assert!(starts.windows(2).all(|pair| pair[1].duration_since(pair[0]) == hour));
    assert!(*starts.last().unwrap() <= clock::now());
    assert_eq!((&queue["ended_per_hour"], &queue["estimate_s"]), (&json!(1), &json!(0)));
}
