//! Who gets a slot, and when.

use domain::{
    limits::Priority,
    socket::Topic,
    task::{State, Task},
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use runtime::clock;
use serde_json::json;
use store::Connection;
use testkit::user;

use crate::dispatch::Dispatch;

#[tokio::test]
async fn every_kind_of_event_is_a_reason_to_look() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 10).await;
    let somebody = "task_00000000000000000000000000000007".parse().unwrap();
    for kind in ["ring", "tick", "stopped"] {
        let head = dispatch.world.queued(user(1)).await;
        match kind {
            "ring" => dispatch.ring().await,
            "tick" => dispatch.tick().await,
            _ => dispatch.stopped(somebody, 1, "").await,
        }
        assert_eq!(dispatch.state(head.id).await, State::Starting, "{kind}");
    }
    let head = dispatch.world.queued(user(1)).await;
    for event in [
        json!({ "source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": { "lastStatus": "RUNNING" } }),
        json!({ "source": "somebody" }),
        json!({}),
    ] {
        dispatch.dispatcher.handle(event).await.unwrap();
        assert_eq!(dispatch.state(head.id).await, State::Queued);
    }
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn the_best_start_first_and_no_more_than_may_run() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 3).await;
    let mut ids = Vec::new();
    for (age, priority) in [
        (1, Priority::Low),
        (2, Priority::Normal),
        (3, Priority::Normal),
        (0, Priority::Urgent),
        (0, Priority::High),
    ] {
        let head = dispatch.world.queued_as(user(1), |new| {
            new.head.priority = priority;
            new.head.queued_at -= SignedDuration::from_secs(age);
        });
        ids.push(head.await.id);
    }
    dispatch.ring().await;
    let expected: Vec<_> = [3, 4, 2].map(|index| format!("{}/1", ids[index])).to_vec();
    assert_eq!(dispatch.started(), expected, "urgent, high, and the older of two that are equal");
    dispatch.ring().await;
    assert_eq!(dispatch.started().len(), 3, "no slot is free");
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn ten_who_look_at_once_start_each_task_once_and_no_more_than_may_run() {
    for slots in [3, 20] {
        let dispatch = Dispatch::with(|settings| {
            settings.max_running = slots;
            settings.user_max_running = 20;
        })
        .await;
        let mut ids = Vec::new();
        for _ in 0..6 {
            ids.push(dispatch.world.queued(user(1)).await.id);
        }
        join_all((0..10).map(|_| dispatch.ring())).await;
        dispatch.world.check_invariants().await;
        // Who lost every race looks again with the next ring.
        dispatch.ring().await;
        let running = dispatch.world.store.slots_used().await.unwrap().0;
        assert_eq!(running, i64::from(slots.min(6)));
        assert_eq!(dispatch.started().len(), running as usize);
        dispatch.world.check_invariants().await;
    }
}

#[tokio::test]
async fn a_user_at_their_limit_holds_nobody_else_up() {
    let dispatch = Dispatch::with(|settings| {
        settings.max_running = 4;
        settings.user_max_running = 2;
    })
    .await;
    let first = |new: &mut store::NewTask| new.head.priority = Priority::Urgent;
    for _ in 0..120 {
        dispatch.world.queued_as(user(1), first).await;
    }
    let other = dispatch.world.queued(user(2)).await;
    dispatch.ring().await;
    assert_eq!(dispatch.state(other.id).await, State::Starting);
    let (used, users) = dispatch.world.store.slots_used().await.unwrap();
    assert_eq!((used, users[&user(1)], users[&user(2)]), (3, 2, 1));
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn what_is_due_joins_the_queue_and_what_is_not_waits() {
    let dispatch = Dispatch::new().await;
    let at = |seconds| clock::now() + SignedDuration::from_secs(seconds);
    let mut ids = Vec::new();
    for seconds in [-1, 3600] {
        let head = dispatch.world.queued_as(user(1), |new| {
            new.head.task = Task { state: State::Scheduled, ..new.head.task };
            new.head.not_before = Some(at(seconds));
        });
        ids.push(head.await.id);
    }
    dispatch.ring().await;
    assert_eq!(dispatch.state(ids[0]).await, State::Scheduled, "a ring only looks at the queue");
    dispatch.tick().await;
    assert_eq!(dispatch.state(ids[0]).await, State::Starting);
    assert_eq!(dispatch.state(ids[1]).await, State::Scheduled);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn f45_what_was_called_off_in_the_queue_never_starts() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.world.cancel(head.id).await;
    dispatch.ring().await;
    dispatch.tick().await;
    assert_eq!(dispatch.state(head.id).await, State::Canceled);
    assert!(dispatch.started().is_empty());
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn followers_are_told_of_a_start() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    let connection =
        Connection { id: "socket".to_owned(), user: user(1), role: "member".to_owned() };
    dispatch.world.store.connect(&connection, clock::now()).await.unwrap();
    dispatch.world.store.follow(&connection, Topic::Tasks, clock::now()).await.unwrap();
    dispatch.ring().await;
    let frames = dispatch.world.cloud().frames_of("socket");
    let told: Vec<_> =
        frames.iter().map(|frame| (&frame["task"]["id"], &frame["task"]["state"])).collect();
    assert_eq!(told, [(&json!(head.id), &json!("starting"))]);
}
