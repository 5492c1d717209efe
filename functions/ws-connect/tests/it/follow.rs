//! What a socket follows, and what it is told of it.

use domain::{
    id::{TaskId, UserId},
    socket::{MAX_TOPICS, Topic},
};
use push::Pusher;
use serde_json::{Value, json};
use store::Head;
use testkit::{World, user};
use uuid::Uuid;

use crate::gateway::{Client, Gateway};

/// A task that has so many events.
async fn with_events(world: &World, owner: UserId, events: i64) -> Head {
    let head = world.queued(owner).await;
    world.set_number(&format!("TASK#{}", head.id), "HEAD", "seq", events).await;
    world.head(head.id).await
}

async fn subscribe(client: &Client<'_>, topics: &[Topic]) -> Value {
    client.ask(&json!({ "action": "subscribe", "topics": topics })).await
}

async fn ping(client: &Client<'_>) -> Value {
    client.ask(&json!({ "action": "ping" })).await["heads"].clone()
}

fn nowhere() -> TaskId {
    TaskId::from_uuid(Uuid::now_v7())
}

#[tokio::test]
async fn whoever_follows_hears_how_far_the_logs_are() {
    let gateway = Gateway::new().await;
    let (a, b) = (
        with_events(&gateway.world, user(1), 7).await,
        with_events(&gateway.world, user(1), 0).await,
    );
    let client = gateway.client("socket", user(1)).await;
    let answer = subscribe(&client, &[Topic::Task(a.id), Topic::Tasks]).await;
    let of_a = format!("task:{}", a.id);
    assert_eq!(answer, json!({ "type": "heads", "heads": { &of_a: 7 } }));
    subscribe(&client, &[Topic::Task(b.id)]).await;
    assert_eq!(ping(&client).await, json!({ &of_a: 7, format!("task:{}", b.id): 0 }));
    with_events(&gateway.world, user(1), 3).await;
    gateway.world.set_number(&format!("TASK#{}", a.id), "HEAD", "seq", 9).await;
    assert_eq!(ping(&client).await[&of_a], 9);
}

#[tokio::test]
async fn what_belongs_to_another_is_as_if_it_were_not_there() {
    let gateway = Gateway::new().await;
    let world = &gateway.world;
    let (own, other) = (world.queued(user(1)).await, world.queued(user(2)).await);
    let client = gateway.client("socket", user(1)).await;
    let before = world.items().await;
    let nowhere = nowhere();
    let mut frames = Vec::new();
    for id in [other.id, nowhere] {
        let frame = subscribe(&client, &[Topic::Task(own.id), Topic::Task(id)]).await;
        assert_eq!(frame["type"], "error");
        frames.push(frame.to_string().replace(&id.to_string(), "ID"));
    }
    assert_eq!(frames[0], frames[1]);
    insta::assert_snapshot!(frames[0], @r#"
    {"type":"error","problem":{"type":"urn:errand:problem:not_found","title":"There is no such thing","status":404,"detail":"no task ID"}}
    "#);
    assert_eq!(world.items().await, before, "not even what is their own is followed");
    assert_eq!(ping(&client).await, json!({}));
}

#[tokio::test]
async fn a_socket_follows_fifty_topics_and_no_more() {
    let gateway = Gateway::new().await;
    let world = &gateway.world;
    let mut topics = Vec::new();
    for _ in 0..=MAX_TOPICS {
        topics.push(Topic::Task(world.queued(user(1)).await.id));
    }
    let client = gateway.client("socket", user(1)).await;
    let before = world.items().await;
    assert_eq!(subscribe(&client, &topics).await["problem"]["status"], 400);
    assert_eq!(world.items().await, before);
    let heads = subscribe(&client, &topics[..MAX_TOPICS]).await;
    assert_eq!(heads["heads"].as_object().unwrap().len(), MAX_TOPICS);
    for more in [&topics[MAX_TOPICS..], &[Topic::Tasks]] {
        assert_eq!(subscribe(&client, more).await["problem"]["status"], 429);
    }
    assert_eq!(subscribe(&client, &topics[..1]).await["type"], "heads", "that one it has");
    drop(world.ledger.take());
    assert_eq!(ping(&client).await.as_object().unwrap().len(), MAX_TOPICS);
    let calls = world.ledger.take().calls;
    assert_eq!(calls["dynamodb.BatchGetItem"], 1, "{calls:?}");
}

#[tokio::test]
async fn a_topic_that_is_named_twice_is_followed_once() {
    let gateway = Gateway::new().await;
    let topic = Topic::Task(gateway.world.queued(user(1)).await.id);
    let client = gateway.client("socket", user(1)).await;
    for _ in 0..2 {
        let answer = subscribe(&client, &[topic; MAX_TOPICS]).await;
        assert_eq!(answer, json!({ "type": "heads", "heads": { topic.to_string(): 0 } }));
    }
    assert_eq!(gateway.world.keys_with("TOPIC#").await.len(), 2);
}

#[tokio::test]
async fn what_is_followed_no_longer_is_not_told() {
    let gateway = Gateway::new().await;
    let head = gateway.world.queued(user(1)).await;
    let client = gateway.client("socket", user(1)).await;
    let topics = [Topic::Task(head.id), Topic::Tasks];
    subscribe(&client, &topics).await;
    let unsubscribe = json!({ "action": "unsubscribe", "topics": topics }).to_string();
    for _ in 0..2 {
        assert!(client.say(&unsubscribe).await.is_empty());
    }
    assert_eq!(ping(&client).await, json!({}));
    assert!(gateway.world.keys_with("TOPIC#").await.is_empty());
    let before = client.heard().len();
    Pusher::new(&gateway.world.runtime).task(&head).await;
    assert_eq!(client.heard().len(), before);
}

#[tokio::test]
async fn nobody_can_make_another_socket_forget() {
    let gateway = Gateway::new().await;
    let head = gateway.world.queued(user(1)).await;
    let (own, other) =
        (gateway.client("own", user(1)).await, gateway.client("other", user(2)).await);
    subscribe(&own, &[Topic::Task(head.id), Topic::Tasks]).await;
    let topics = [Topic::Task(head.id), Topic::Tasks];
    other.say(&json!({ "action": "unsubscribe", "topics": topics }).to_string()).await;
    assert_eq!(gateway.world.keys_with("own").await.len(), 5);
}

#[tokio::test]
async fn a_task_that_was_deleted_has_no_head_any_more_and_others_have() {
    let gateway = Gateway::new().await;
    let world = &gateway.world;
    let (gone, stays) = (world.queued(user(1)).await, world.queued(user(1)).await);
    let client = gateway.client("socket", user(1)).await;
    subscribe(&client, &[Topic::Task(gone.id), Topic::Task(stays.id)]).await;
    world.remove(&format!("TASK#{}", gone.id), "HEAD").await;
    assert_eq!(ping(&client).await, json!({ format!("task:{}", stays.id): 0 }));
}

#[tokio::test]
async fn tasks_are_told_to_their_owner_only() {
    let gateway = Gateway::new().await;
    let world = &gateway.world;
    let clients = [gateway.client("ada", user(1)).await, gateway.client("bob", user(2)).await];
    for client in &clients {
        assert_eq!(
            subscribe(client, &[Topic::Tasks]).await,
            json!({ "type": "heads", "heads": {} })
        );
    }
    let pusher = Pusher::new(&world.runtime);
    let mut expected = Vec::new();
    for owner in [user(1), user(2)] {
        let head = world.queued(owner).await;
        pusher.task(&head).await;
        expected.push(head.id.to_string());
    }
    for (client, id) in clients.iter().zip(expected) {
        let told = client.heard().split_off(1);
        let ids: Vec<_> = told.iter().map(|frame| &frame["task"]["id"]).collect();
        assert_eq!(ids, [id.as_str()]);
    }
}

/// An event that is stored before a socket follows is not pushed to it, so the head has to tell.
#[tokio::test]
async fn f57_what_happens_while_a_socket_begins_to_follow_is_pushed_or_in_the_head() {
    let gateway = Gateway::new().await;
    let world = &gateway.world;
    let head = world.starting(user(1)).await;
    world.says(head.id, "before").await;
    let client = gateway.client("socket", user(1)).await;
    let mut held = world.faults.hold("PutItem");
    let happens = async {
        held.reached().await;
        world.says(head.id, "meanwhile").await;
        held.release();
    };
    let topics = [Topic::Task(head.id)];
    let (answer, ()) = tokio::join!(subscribe(&client, &topics), happens);
    assert_eq!(answer["heads"][topics[0].to_string()], 2);
    world.check_invariants().await;
}
