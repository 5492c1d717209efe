//! What is no frame of ours is answered with an error frame, and the socket stays.

use std::fmt::Write as _;

use domain::socket::FRAME_BYTES;
use serde_json::{Value, json};
use testkit::{Reply, user};

use crate::gateway::Gateway;

#[tokio::test]
async fn what_is_not_understood_is_said_so() {
    let gateway = Gateway::new().await;
    let client = gateway.client("socket", user(1)).await;
    let before = gateway.world.items().await;
    let mut answers = String::new();
    for text in [
        "",
        "null",
        "[]",
        "ping",
        "{",
        r#"{"action":"ping"} {"action":"ping"}"#,
        r#"{"action":"shout"}"#,
        r#"{"topics":["tasks"]}"#,
        r#"{"action":"ping","action":"ping"}"#,
        r#"{"action":"ping","loud":true}"#,
        r#"{"action":"subscribe"}"#,
        r#"{"action":"subscribe","topics":"tasks"}"#,
        r#"{"action":"subscribe","topics":[7]}"#,
        r#"{"action":"subscribe","topics":["everything"]}"#,
        r#"{"action":"subscribe","topics":["queue"]}"#,
        r#"{"action":"subscribe","topics":["tasks:user_00000000000000000000000000000002"]}"#,
        r#"{"action":"subscribe","topics":["task:../user"]}"#,
        r#"{"action":"subscribe","topics":["tasks"],"user":"user_00000000000000000000000000000002"}"#,
        // A binary frame, as API Gateway hands it on.
        "eyJhY3Rpb24iOiJwaW5nIn0=",
    ] {
        let [frame] = client.say(text).await.try_into().unwrap();
        assert_eq!(frame["type"], "error", "{text}");
        assert_eq!(frame["problem"]["status"], 400, "{text}");
        writeln!(answers, "{}", frame["problem"]["detail"].as_str().unwrap()).unwrap();
    }
    assert_eq!(gateway.world.items().await, before);
    assert_eq!(client.ask(&json!({ "action": "ping" })).await["type"], "heads");
    insta::assert_snapshot!(answers, @r#"
    EOF while parsing a value at line 1 column 0
    invalid type: null, expected internally tagged enum ClientFrame at line 1 column 4
    missing field `action` at line 1 column 2
    expected value at line 1 column 1
    EOF while parsing an object at line 1 column 1
    trailing characters at line 1 column 19
    unknown variant `shout`, expected one of `subscribe`, `unsubscribe`, `ping` at line 1 column 17
    missing field `action` at line 1 column 20
    duplicate field `action` at line 1 column 25
    unknown field `loud`, expected `action` at line 1 column 23
    missing field `topics`
    invalid type: string "tasks", expected a sequence
    invalid type: integer `7`, expected a string
    a topic is `tasks` or `task:ID`
    a topic is `tasks` or `task:ID`
    a topic is `tasks` or `task:ID`
    `../user` must be `task_` followed by 32 hexadecimal digits
    unknown field `user`, expected `topics`
    expected value at line 1 column 1
    "#);
}

#[tokio::test]
async fn a_frame_of_any_size_has_an_answer_that_fits() {
    let gateway = Gateway::new().await;
    let client = gateway.client("socket", user(1)).await;
    let long = "\\u0001".repeat(2_500);
    for (text, status) in [
        (format!(r#"{{"action":"ping"{}}}"#, " ".repeat(17_000)), 413),
        ("[".repeat(200_000), 413),
        ("[".repeat(16_000), 400),
        (format!(r#"{{"action":"{long}"}}"#), 400),
        (format!(r#"{{"action":"ping","{long}":1}}"#), 400),
        (format!(r#"{{"action":"subscribe","topics":["task:{long}"]}}"#), 400),
    ] {
        let [frame] = client.say(&text).await.try_into().unwrap();
        assert_eq!(frame["problem"]["status"], status);
        assert!(frame.to_string().len() < FRAME_BYTES / 4, "{}", frame.to_string().len());
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_sent_changes_nothing() {
    let gateway = Gateway::new().await;
    let client = gateway.client("socket", user(1)).await;
    gateway.world.cloud().replies.insert("socket".to_owned(), Reply::Broken);
    let subscribe = r#"{"action":"subscribe","topics":["tasks"]}"#;
    assert!(client.say(subscribe).await.is_empty());
    gateway.world.cloud().replies.clear();
    assert_eq!(gateway.world.keys_with("TOPIC#tasks").await.len(), 2);
    let heads: Value = client.ask(&json!({ "action": "ping" })).await;
    assert_eq!(heads["type"], "heads");
}
