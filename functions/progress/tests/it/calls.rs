//! What a post costs.

use std::collections::BTreeMap;

use domain::socket::Topic;
use serde_json::json;
use testkit::user;

use crate::runner::Progress;

fn calls(progress: &Progress) -> BTreeMap<String, u64> {
    progress.world.ledger.take().calls
}

fn are<const N: usize>(calls: [(&str, u64); N]) -> BTreeMap<String, u64> {
    calls.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[tokio::test]
async fn a_usual_post_is_one_call_to_the_table_and_a_push() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    progress.socket("socket", &head, &[Topic::Task(head.id)]).await;
    let mut runner = progress.runner(&head);
    calls(&progress);
    runner.say(&["one"]).await;
    let first = [
        ("dynamodb.GetItem", 1),
        ("dynamodb.TransactWriteItems", 1),
        ("dynamodb.Query", 2),
        ("sockets.POST", 2),
    ];
    assert_eq!(calls(&progress), are(first));
    runner.say(&["two"]).await;
    let usual = [("dynamodb.TransactWriteItems", 1), ("sockets.POST", 1)];
    assert_eq!(calls(&progress), are(usual), "the head and who follows are still known");
    progress.socket("another", &head, &[Topic::Task(head.id)]).await;
    calls(&progress);
    runner.say(&["three"]).await;
    let asked = [
        ("dynamodb.TransactWriteItems", 2),
        ("dynamodb.GetItem", 1),
        ("dynamodb.Query", 1),
        ("sockets.POST", 2),
    ];
    assert_eq!(calls(&progress), are(asked), "a new follower hears the very next event");
}

#[tokio::test]
async fn a_heartbeat_is_one_call() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["one"]).await;
    calls(&progress);
    runner.say(&[]).await;
    assert_eq!(calls(&progress), are([("dynamodb.UpdateItem", 1)]));
}

#[tokio::test]
async fn an_end_is_one_transaction_and_one_ring() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["one"]).await;
    calls(&progress);
    runner.end(&json!({ "outcome": "succeeded" })).await;
    let end = [
        ("dynamodb.GetItem", 1),
        ("dynamodb.TransactWriteItems", 1),
        ("dynamodb.Query", 1),
        ("sqs.SendMessage", 1),
    ];
    assert_eq!(calls(&progress), are(end));
}
