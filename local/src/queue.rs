//! SQS: `rustack`, in memory. That is enough, because a ring is only a hint: after a restart the tick finds what waits.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use aws_sdk_sqs::{Client, types::QueueAttributeName};
use rustack_sqs_core::{config::SqsConfig, handler::RustackSqsHandler, provider::RustackSqs};
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};

use crate::{
    credentials::{ACCOUNT, Credentials, REGION},
    listener,
    services::Services,
};

const RINGS: &str = "errand-rings";
const DEAD_RINGS: &str = "errand-rings-dead";
/// As in the template.
const MAX_RECEIVES: u32 = 5;

/// Serves SQS on loopback, and says where.
pub(crate) async fn serve(
    services: &mut Services,
    credentials: &Credentials,
) -> std::io::Result<String> {
    let (listener, url) = listener::loopback().await?;
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
    let handler = Arc::new(RustackSqsHandler::new(Arc::clone(&sqs)));
    let service = SqsHttpService::new(handler, config);
    let stop = services.stopping();
    services.spawn(async move {
        listener::serve(listener, |_| service.clone(), stop).await;
        sqs.shutdown_all().await;
    });
    Ok(url)
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
