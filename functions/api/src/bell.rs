//! The doorbell: a message says “look”, not “do this”. DynamoDB ranks what is to be done.

use planted::planted;
use runtime::Chain;
use serde::Serialize;

/// Why to look.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "ring", rename_all = "snake_case")]
pub(crate) enum Ring {
    /// A task is ready.
    Created,
    /// A live run was called off.
    Canceled,
    /// A task is ready again.
    Retried,
    /// What waits may start again.
    Resumed,
    /// More may run.
    LimitsChanged,
    /// The time of a task has come: sent when it was made, and kept by the queue until then.
    Due,
}

#[derive(Debug)]
pub(crate) struct Bell {
    client: aws_sdk_sqs::Client,
    queue_url: String,
}

impl Bell {
    pub(crate) fn new(client: aws_sdk_sqs::Client, queue_url: &str) -> Self {
        Self { client, queue_url: queue_url.to_owned() }
    }

    /// Rings, or logs that it could not: the sweep rings again.
    pub(crate) async fn ring(&self, ring: Option<Ring>) {
        let Some(ring) = ring else { return };
        self.send(ring, None).await;
    }

    /// Rings when so many seconds are over, a quarter of an hour at most.
    pub(crate) async fn ring_in(&self, seconds: i32) {
        let early = i32::from(planted!(RingBeforeTime));
        self.send(Ring::Due, Some(seconds - early)).await;
    }

    async fn send(&self, ring: Ring, delay: Option<i32>) {
        let body = serde_json::to_string(&ring).unwrap_or_default();
        let message = self.client.send_message().queue_url(&self.queue_url).message_body(body);
        if let Err(err) = message.set_delay_seconds(delay).send().await {
            tracing::warn!(error = %Chain(&err), "cannot ring the dispatcher");
        }
    }
}
