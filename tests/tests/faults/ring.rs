//! What a queue may do to a ring. It says “look”, so whatever comes of it is at worst a look in vain.

use domain::task::State;
use futures_util::future::join_all;
use serde_json::json;

use crate::errand::Errand;

#[tokio::test]
async fn f11_a_ring_that_is_delivered_many_times_at_once_starts_one_container() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    join_all((0..10).map(|_| errand.ring())).await;
    assert_eq!(errand.containers(), [format!("{id}/1")]);
    errand.settles().await;
}

#[tokio::test]
async fn f12_a_ring_that_comes_when_all_is_over_changes_nothing() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    errand.settles().await;
    assert_eq!(errand.state(id).await, State::Succeeded);
    let before = errand.world.items().await;
    let days_old = json!({ "Records": [{
        "messageId": "m", "body": r#"{"ring":"created"}"#,
        "attributes": { "SentTimestamp": "1", "ApproximateReceiveCount": "4" },
    }] });
    let answer = errand.dispatcher.handle(days_old).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(errand.world.items().await, before);
    assert_eq!(errand.containers().len(), 1);
    errand.world.check_invariants().await;
}

#[tokio::test]
async fn f13_a_ring_that_comes_after_the_tick_starts_nothing_twice() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    errand.tick().await;
    assert_eq!(errand.state(id).await, State::Starting, "the tick was first");
    errand.ring().await;
    assert_eq!(errand.containers(), [format!("{id}/1")]);
    errand.settles().await;
}

#[tokio::test]
async fn f14_a_message_that_nobody_can_read_rings_like_any_other_and_holds_nobody_up() {
    for body in [json!("{"), json!("\u{0}"), json!(""), json!(null), json!({ "task": 7 })] {
        let errand = Errand::new().await;
        let id = errand.task("do it").await;
        let batch =
            json!({ "Records": [{ "messageId": "bad", "body": body }, { "messageId": "good" }] });
        let answer = errand.dispatcher.handle(batch).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "none comes again for ever");
        assert_eq!(errand.state(id).await, State::Starting);
        errand.settles().await;
    }
}
