//! SQS: `rustack`, in memory. That is enough, because a ring is only a hint: after a restart the tick finds what waits.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use aws_sdk_sqs::{Client, types::QueueAttributeName};
use rustack_sqs_core::{config::SqsConfig, handler::RustackSqsHandler, provider::RustackSqs};
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    credentials::{ACCOUNT, Credentials, REGION},
    listener,
};

const RINGS: &str = "errand-rings";
const DEAD_RINGS: &str = "errand-rings-dead";
/// As in the template.
const MAX_RECEIVES: u32 = 5;

pub(crate) struct Queue {
    sqs: Arc<RustackSqs>,
    listener: TcpListener,
    service: SqsHttpService<RustackSqsHandler>,
}

impl Queue {
    pub(crate) fn new(listener: TcpListener, credentials: &Credentials) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let sqs = Arc::new(RustackSqs::new(SqsConfig {
            skip_signature_validation: false,
            default_region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
            host: address.ip().to_string(),
            port: address.port(),
        }));
        let config = SqsHttpConfig {
            skip_signature_validation: false,
            region: REGION.to_owned(),
            credential_provider: Some(credentials.for_services()),
        };
        let handler = RustackSqsHandler::new(Arc::clone(&sqs));
        Ok(Self { sqs, listener, service: SqsHttpService::new(Arc::new(handler), config) })
    }

    /// Serves until `stop`.
    pub(crate) async fn serve(self, stop: CancellationToken) {
        listener::serve(self.listener, |_| self.service.clone(), stop).await;
        self.sqs.shutdown_all().await;
    }
}

/// Makes the queue of rings and the one for those that nobody could handle, and says where to ring.
pub(crate) async fn create(sqs: &Client, visibility: Duration) -> anyhow::Result<String> {
    let dead = sqs.create_queue().queue_name(DEAD_RINGS).send().await.context("CreateQueue")?;
    let dead = dead.queue_url().context("a queue has an address")?;
    let arn = sqs
        .get_queue_attributes()
        .queue_url(dead)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .context("GetQueueAttributes")?;
    let arn = arn.attributes().and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn));
    let redrive =
        serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES });
    // SQS counts in whole seconds.
    let visibility = visibility.as_secs_f64().ceil().to_string();
    let rings = sqs
        .create_queue()
        .queue_name(RINGS)
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .attributes(QueueAttributeName::VisibilityTimeout, visibility)
        .send()
        .await
        .context("CreateQueue")?;
    rings.queue_url.context("a queue has an address")
}
