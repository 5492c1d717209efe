//! Nothing that woke the dispatcher is forgotten because something else was down.

use std::time::Instant;

use domain::task::State;
use serde_json::json;
use testkit::{Reply, user};

use crate::dispatch::{Dispatch, stopped};

#[tokio::test]
async fn without_the_table_rings_are_given_back_and_other_events_fail() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.world.faults.refuse("");
    let rings = json!({ "Records": [{ "messageId": "a" }, { "messageId": "b" }] });
    let answer = dispatch.dispatcher.handle(rings.clone()).await.unwrap();
    assert_eq!(
        answer,
        json!({ "batchItemFailures": [{ "itemIdentifier": "a" }, { "itemIdentifier": "b" }] })
    );
    assert!(dispatch.dispatcher.handle(json!({ "source": "aws.events" })).await.is_err());
    assert!(dispatch.dispatcher.handle(stopped(head.id, 1, "")).await.is_err());
    dispatch.world.faults.heal();
    let answer = dispatch.dispatcher.handle(rings).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(dispatch.state(head.id).await, State::Starting);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_sweep_that_fails_keeps_nobody_from_starting() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    // A row that nobody can read.
    dispatch.world.set_number("SLOTS#global", "HOLD#broken", "attempt", 1).await;
    assert!(dispatch.dispatcher.handle(json!({ "source": "aws.events" })).await.is_err());
    assert_eq!(dispatch.state(head.id).await, State::Starting);
}

#[tokio::test]
async fn a_task_that_nobody_can_read_keeps_no_other_from_starting() {
    let dispatch = Dispatch::new().await;
    let broken = dispatch.world.queued(user(1)).await;
    dispatch.world.set_number(&format!("TASK#{}", broken.id), "HEAD", "state", 1).await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    assert_eq!(dispatch.state(head.id).await, State::Starting);
}

#[tokio::test]
async fn a_slot_that_could_not_be_taken_is_not_taken() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.world.faults.refuse("TransactWriteItems");
    let rings = json!({ "Records": [{ "messageId": "a" }] });
    let answer = dispatch.dispatcher.handle(rings).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "a" }] }));
    dispatch.world.faults.heal();
    assert_eq!(dispatch.state(head.id).await, State::Queued);
    assert!(dispatch.started().is_empty());
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn without_word_of_the_containers_only_leases_count() {
    for operation in ["ListTasks", "DescribeTasks"] {
        only_leases_count_without(operation).await;
    }
}

async fn only_leases_count_without(operation: &'static str) {
    let dispatch = Dispatch::with(|settings| settings.strict_containers = true).await;
    let ids = [dispatch.world.queued(user(1)).await.id, dispatch.world.queued(user(1)).await.id];
    dispatch.ring().await;
    for id in ids {
        dispatch.says(id, "hello").await;
    }
    dispatch.world.silent(ids[0]).await;
    dispatch.world.faults.refuse(operation);
    dispatch.tick().await;
    assert_eq!(dispatch.task(ids[0]).await.attempt.0, 2);
    assert_eq!(dispatch.task(ids[1]).await.attempt.0, 1);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_container_that_cannot_be_stopped_is_lost_all_the_same() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.says(head.id, "hello").await;
    dispatch.world.silent(head.id).await;
    dispatch.world.faults.refuse("StopTask");
    dispatch.tick().await;
    assert_eq!(dispatch.task(head.id).await.attempt.0, 2);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_socket_that_hangs_holds_no_container_up() {
    let dispatch = Dispatch::new().await;
    dispatch.world.queued(user(1)).await;
    let connection =
        store::Connection { id: "hangs".to_owned(), user: user(1), role: "member".to_owned() };
    let now = runtime::clock::now();
    dispatch.world.store.connect(&connection, now).await.unwrap();
    dispatch.world.store.follow(&connection, domain::socket::Topic::Tasks, now).await.unwrap();
    dispatch.world.cloud().replies.insert("hangs".to_owned(), Reply::Never);
    let mut held = dispatch.world.faults.hold("RunTask");
    let launched = async {
        let began = Instant::now();
        held.reached().await;
        held.release();
        began.elapsed()
    };
    let began = Instant::now();
    let (launched, ()) = tokio::join!(launched, dispatch.ring());
    assert!(launched * 2 < began.elapsed(), "{launched:?}");
    assert_eq!(dispatch.started().len(), 1);
}
