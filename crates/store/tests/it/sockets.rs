//! Sockets and what they follow, in both directions.

use domain::socket::Topic;
use store::{Connection, StoreError};

use super::fixture::*;

fn socket(id: &str, n: u128) -> Connection {
    Connection { id: id.to_owned(), user: user(n), role: "member".to_owned() }
}

#[tokio::test]
async fn a_socket_that_opened_is_known_until_it_closes() {
    let f = Fixture::new().await;
    f.store.connect(&socket("a", 1), at(0)).await.unwrap();
    assert_eq!(f.store.connection("a").await.unwrap(), socket("a", 1));
    f.store.disconnect("a").await.unwrap();
    assert!(matches!(f.store.connection("a").await, Err(StoreError::NotFound)));
    f.store.disconnect("a").await.unwrap();
}

#[tokio::test]
async fn followers_of_a_topic_are_those_who_follow_it_and_no_longer_those_who_stopped() {
    let f = Fixture::new().await;
    let (a, b) = (socket("a", 1), socket("b", 1));
    let topic = Topic::Task(task(1));
    for socket in [&a, &b] {
        f.store.connect(socket, at(0)).await.unwrap();
        f.store.follow(socket, topic, at(0)).await.unwrap();
        // Twice is once.
        f.store.follow(socket, topic, at(1)).await.unwrap();
    }
    f.store.follow(&a, Topic::Tasks, at(0)).await.unwrap();
    assert_eq!(f.store.followers(topic, user(1)).await.unwrap(), ["a", "b"]);
    assert_eq!(f.store.followed("a").await.unwrap(), [topic, Topic::Tasks]);
    assert_eq!(f.store.followers(Topic::Task(task(2)), user(1)).await.unwrap(), [""; 0]);

    f.store.unfollow(&a, topic).await.unwrap();
    assert_eq!(f.store.followers(topic, user(1)).await.unwrap(), ["b"]);
    assert_eq!(f.store.followed("a").await.unwrap(), [Topic::Tasks]);
    f.store.unfollow(&a, topic).await.unwrap();
}

#[tokio::test]
async fn all_tasks_means_those_of_the_sockets_own_user() {
    let f = Fixture::new().await;
    for socket in [socket("a", 1), socket("b", 2)] {
        f.store.connect(&socket, at(0)).await.unwrap();
        f.store.follow(&socket, Topic::Tasks, at(0)).await.unwrap();
    }
    assert_eq!(f.store.followers(Topic::Tasks, user(1)).await.unwrap(), ["a"]);
    assert_eq!(f.store.followers(Topic::Tasks, user(2)).await.unwrap(), ["b"]);
}

#[tokio::test]
async fn a_closed_socket_leaves_nothing() {
    let f = Fixture::new().await;
    let (a, b) = (socket("a", 1), socket("b", 1));
    f.store.connect(&b, at(0)).await.unwrap();
    f.store.follow(&b, Topic::Tasks, at(0)).await.unwrap();
    let before = f.keys().await;
    f.store.connect(&a, at(0)).await.unwrap();
    for topic in [Topic::Tasks, Topic::Task(task(1)), Topic::Task(task(2))] {
        f.store.follow(&a, topic, at(0)).await.unwrap();
    }
    f.store.disconnect("a").await.unwrap();
    assert_eq!(f.keys().await, before);
}

#[tokio::test]
async fn what_a_late_subscribe_wrote_is_forgotten_with_the_next_word_that_the_socket_is_gone() {
    let f = Fixture::new().await;
    let a = socket("a", 1);
    let before = f.keys().await;
    f.store.connect(&a, at(0)).await.unwrap();
    f.store.disconnect("a").await.unwrap();
    for topic in [Topic::Tasks, Topic::Task(task(1))] {
        f.store.follow(&a, topic, at(1)).await.unwrap();
        assert_eq!(f.store.followers(topic, user(1)).await.unwrap(), ["a"]);
    }
    f.store.disconnect("a").await.unwrap();
    assert_eq!(f.keys().await, before);
}
