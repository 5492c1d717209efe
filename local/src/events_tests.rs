use std::sync::{Arc, Mutex};

use super::*;
use crate::{
    credentials::Credentials, functions::function, queue, services::Services, testing::clients,
};

/// A queue, and a dispatcher that notes its events and answers as told.
struct Cloud {
    sqs: Client,
    queue_url: String,
    noted: mpsc::UnboundedReceiver<Value>,
    _services: Services,
}

impl Cloud {
    async fn new(answer: impl Fn(&Value) -> anyhow::Result<Value> + Send + Sync + 'static) -> Self {
        let credentials = Credentials::generate().unwrap();
        let mut services = Services::default();
        let url = queue::serve(&mut services, &credentials).await.unwrap();
        let sqs = clients(&url, &credentials).sqs;
        let queue_url = queue::create(&sqs, Duration::ZERO).await.unwrap();
        let (note, noted) = mpsc::unbounded_channel();
        let dispatcher = function(move |event: lambda_runtime::LambdaEvent<Value>| {
            let answer = answer(&event.payload);
            note.send(event.payload).unwrap();
            async move { answer }
        });
        let stop = services.stopping();
        services.spawn(rings(sqs.clone(), queue_url.clone(), dispatcher, stop));
        Self { sqs, queue_url, noted, _services: services }
    }

    async fn ring(&self, body: &str) {
        let ring = self.sqs.send_message().queue_url(&self.queue_url).message_body(body);
        ring.send().await.unwrap();
    }

    async fn bodies(&mut self) -> Vec<String> {
        let event = tokio::time::timeout(Duration::from_secs(20), self.noted.recv()).await;
        let event = event.expect("the dispatcher should be called").unwrap();
        let records = event["Records"].as_array().unwrap().iter();
        records.map(|record| record["body"].as_str().unwrap().to_owned()).collect()
    }

    async fn dead(&self) -> Vec<String> {
        let url = self.queue_url.replace("errand-rings", "errand-rings-dead");
        let receive = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let received = receive.wait_time_seconds(5).send().await.unwrap();
        received.messages().iter().filter_map(|message| message.body().map(str::to_owned)).collect()
    }
}

#[tokio::test]
async fn a_ring_is_the_event_that_lambda_gets() {
    let mut cloud = Cloud::new(|_| Ok(json!({ "batchItemFailures": [] }))).await;
    cloud.ring("task_1").await;
    let event = cloud.noted.recv().await.unwrap();
    let typed: aws_lambda_events::sqs::SqsEvent = serde_json::from_value(event.clone()).unwrap();
    assert_eq!(typed.records[0].body.as_deref(), Some("task_1"));
    assert_eq!(typed.records[0].event_source.as_deref(), Some("aws:sqs"));
    assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "1");
}

#[tokio::test]
async fn f15_only_what_failed_comes_again_and_is_put_aside_after_five_times() {
    let fail_bad = |event: &Value| {
        let records = event["Records"].as_array().unwrap().iter();
        let bad = records.filter(|record| record["body"] == "bad");
        let failures: Vec<_> = bad.map(|r| json!({ "itemIdentifier": r["messageId"] })).collect();
        Ok(json!({ "batchItemFailures": failures }))
    };
    let mut cloud = Cloud::new(fail_bad).await;
    cloud.ring("good").await;
    cloud.ring("bad").await;
    assert_eq!(cloud.dead().await, ["bad"]);
    let mut seen = Vec::new();
    while let Ok(event) = cloud.noted.try_recv() {
        seen.extend(event["Records"].as_array().unwrap().iter().map(|r| r["body"].clone()));
    }
    let times = |body: &str| seen.iter().filter(|seen| *seen == body).count();
    assert_eq!((times("good"), times("bad")), (1, 5));
}

#[tokio::test]
async fn a_call_that_fails_or_answers_nonsense_fails_the_whole_batch() {
    let calls = Arc::new(Mutex::new(0));
    let answer = move |_: &Value| {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        match *calls {
            1 => anyhow::bail!("broken"),
            2 => Ok(json!({ "batchItemFailures": [{ "itemIdentifier": null }] })),
            3 => Ok(json!({ "batchItemFailures": "all" })),
            _ => Ok(Value::Null),
        }
    };
    let mut cloud = Cloud::new(answer).await;
    cloud.ring("task_1").await;
    for _ in 0..4 {
        assert_eq!(cloud.bodies().await, ["task_1"]);
    }
    cloud.ring("task_2").await;
    assert_eq!(cloud.bodies().await, ["task_2"], "a call that says nothing is done with its batch");
}

#[tokio::test]
async fn the_first_tick_comes_at_once() {
    let (note, mut noted) = mpsc::unbounded_channel();
    let dispatcher = function(move |event: lambda_runtime::LambdaEvent<Value>| {
        note.send(event.payload).unwrap();
        async { Ok::<_, anyhow::Error>(Value::Null) }
    });
    let mut services = Services::default();
    services.spawn(ticks(Duration::from_hours(1), dispatcher, CancellationToken::new()));
    let tick = noted.recv().await.unwrap();
    assert_eq!(
        (&tick["source"], &tick["detail-type"]),
        (&json!("aws.events"), &json!("Scheduled Event"))
    );
    let typed: aws_lambda_events::eventbridge::EventBridgeEvent =
        serde_json::from_value(tick).unwrap();
    assert_eq!(typed.detail, json!({}));
}

#[tokio::test]
async fn a_state_change_is_told_again_when_it_was_not_handled() {
    let calls = Arc::new(Mutex::new(0));
    let (note, mut noted) = mpsc::unbounded_channel();
    let dispatcher = function(move |event: lambda_runtime::LambdaEvent<Value>| {
        note.send(event.payload).unwrap();
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        let answer = if *calls == 1 { Err(anyhow::anyhow!("broken")) } else { Ok(Value::Null) };
        async move { answer }
    });
    let (tell, changes) = mpsc::unbounded_channel();
    tell.send(json!("stopped")).unwrap();
    drop(tell);
    state_changes(changes, dispatcher, CancellationToken::new()).await;
    let told: Vec<_> = std::iter::from_fn(|| noted.try_recv().ok()).collect();
    assert_eq!(told, ["stopped", "stopped"]);
}
