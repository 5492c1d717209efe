use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::server::{LONG, Place};

#[tokio::test]
async fn a_task_runs_and_a_socket_sees_it() {
    let place = Place::new();
    let server = place.start().await;
    let me = server.admin().await;
    let ticket = me.post("/v1/tickets", &json!({})).await;
    let (mut socket, _) = connect_async(ticket["url"].as_str().unwrap()).await.unwrap();
    let subscribe = json!({ "action": "subscribe", "topics": ["tasks"] });
    socket.send(Message::text(subscribe.to_string())).await.unwrap();
    let mut next = async || -> Value {
        let frame = tokio::time::timeout(LONG, socket.next()).await.expect("a frame should come");
        serde_json::from_str(frame.unwrap().unwrap().to_text().unwrap()).unwrap()
    };
    assert_eq!(next().await["type"], "heads");

    let id = me.task("finish").await;
    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "succeeded") {
        let frame = next().await;
        if frame["type"] == "task" && frame["task"]["id"] == *id {
            states.push(frame["task"]["state"].as_str().unwrap().to_owned());
        }
    }
    let task = me.ended(&id).await;
    assert_eq!((&task["state"], &task["result"]["text"]), (&json!("succeeded"), &json!("done")));
    assert_eq!(task["demo_model"], true);
    let events = me.get(&format!("/v1/tasks/{id}/events")).await;
    let events: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
    assert_eq!(events, ["text", "run_finished"]);
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let place = Place::new();
    let server = place.start().await;
    let ticket = server.admin().await.post("/v1/tickets", &json!({})).await;
    let url = ticket["url"].as_str().unwrap();
    let _socket = connect_async(url).await.unwrap();
    let refused = connect_async(url).await.unwrap_err().to_string();
    assert!(refused.contains("401"), "{refused}");
}

/// Its agents can knock at every port of the machine.
#[tokio::test]
async fn table_containers_and_sockets_have_no_port_and_the_queue_lets_nobody_in() {
    let place = Place::new();
    let server = place.start().await;
    let me = server.admin().await;
    let id = me.task("finish").await;
    assert_eq!(me.ended(&id).await["state"], "succeeded");
    let ports = server.ports();
    // The one for everybody, the queue, the objects, the demo model.
    assert_eq!(ports.len(), 4, "{ports:?}");
    let http = reqwest::Client::new();
    for port in ports {
        let targets = [
            "DynamoDB_20120810.Scan",
            "AmazonEC2ContainerServiceV20141113.ListTasks",
            "AmazonSQS.ListQueues",
        ];
        for target in targets {
            let knock = http.post(format!("http://127.0.0.1:{port}/"));
            let knock = knock.header("x-amz-target", target).body(r#"{"TableName":"errand"}"#);
            let answered = knock.send().await;
            assert!(
                !answered.is_ok_and(|answer| answer.status().is_success()),
                "{target} at {port}"
            );
        }
    }
}
