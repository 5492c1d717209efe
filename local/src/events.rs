//! What calls the dispatcher in AWS: the queue's event source mapping, the rule that ticks, the rule for tasks of ECS.

use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_sqs::{
    Client,
    types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    credentials::{ACCOUNT, REGION},
    event_bridge,
    functions::EventFunction,
    lambda,
};

/// The largest batch, and the longest wait, of one look into the queue.
const BATCH: i32 = 10;
const WAIT: i32 = 20;
/// After an error, before the next try.
const PAUSE: Duration = Duration::from_millis(500);

/// Polls the queue as an event source mapping does: what the function did not fail is deleted, the rest comes again.
pub(crate) async fn rings(
    sqs: Client,
    queue_url: String,
    dispatcher: EventFunction,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let receive = sqs
            .receive_message()
            .queue_url(&queue_url)
            .max_number_of_messages(BATCH)
            .wait_time_seconds(WAIT)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send();
        let received = tokio::select! {
            received = receive => received,
            () = stop.cancelled() => return,
        };
        let handled = match received {
            Ok(received) => match received.messages.unwrap_or_default() {
                messages if messages.is_empty() => Ok(()),
                messages => deliver(&sqs, &queue_url, &dispatcher, &messages).await,
            },
            Err(error) => Err(anyhow::Error::new(error).context("ReceiveMessage")),
        };
        if let Err(error) = handled {
            tracing::error!(error = format!("{error:#}"), "rings were not handled");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn deliver(
    sqs: &Client,
    queue_url: &str,
    dispatcher: &EventFunction,
    messages: &[Message],
) -> anyhow::Result<()> {
    let arn = format!(
        "arn:aws:sqs:{REGION}:{ACCOUNT}:{}",
        queue_url.rsplit('/').next().unwrap_or_default()
    );
    let records: Vec<_> = messages.iter().map(|message| record(message, &arn)).collect();
    let event = lambda::event(json!({ "Records": records }));
    let answer = lambda::invoke(dispatcher(event)).await?;
    let failed = failures(&answer)?;
    let done = messages.iter().enumerate().filter_map(|(index, message)| {
        let id = message.message_id()?;
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .receipt_handle(message.receipt_handle()?);
        (!failed.contains(&id)).then(|| entry.build().ok()).flatten()
    });
    let done: Vec<_> = done.collect();
    if !done.is_empty() {
        let delete = sqs.delete_message_batch().queue_url(queue_url).set_entries(Some(done));
        delete.send().await.context("DeleteMessageBatch")?;
    }
    Ok(())
}

fn record(message: &Message, arn: &str) -> Value {
    let attributes = message.attributes().into_iter().flatten();
    let attributes: serde_json::Map<_, _> =
        attributes.map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body().unwrap_or_default(),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message.md5_of_body(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    })
}

/// The ids of a partial batch response. A response that cannot be read fails the whole batch, as in AWS.
fn failures(answer: &Value) -> anyhow::Result<Vec<&str>> {
    let Some(failures) = answer.get("batchItemFailures").filter(|failures| !failures.is_null())
    else {
        return Ok(Vec::new());
    };
    let failures = failures.as_array().context("batchItemFailures must be a list")?;
    let ids = failures.iter().map(|failure| failure.get("itemIdentifier")?.as_str());
    ids.collect::<Option<_>>().context("each of batchItemFailures must have an itemIdentifier")
}

/// Ticks, at once and then again and again. The first one finds what was under way when an earlier server ended.
pub(crate) async fn ticks(every: Duration, dispatcher: EventFunction, stop: CancellationToken) {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = interval.tick() => {}
        }
        let rule = format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/errand-tick");
        let event = event_bridge::event("aws.events", "Scheduled Event", &[rule], &json!({}));
        if let Err(error) = lambda::invoke(dispatcher(lambda::event(event))).await {
            tracing::error!(%error, "a tick failed");
        }
    }
}

/// Delivers what happened to containers. EventBridge tries again for a day; here a few times will do, as the tick finds
/// whatever got lost.
pub(crate) async fn state_changes(
    mut changes: mpsc::UnboundedReceiver<Value>,
    dispatcher: EventFunction,
    stop: CancellationToken,
) {
    loop {
        let change = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            change = changes.recv() => change,
        };
        let Some(change) = change else { return };
        for attempt in 1..=3 {
            match lambda::invoke(dispatcher(lambda::event(change.clone()))).await {
                Ok(_) => break,
                Err(error) => tracing::error!(%error, attempt, "a state change was not handled"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
