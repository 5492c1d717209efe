//! How the parts of the service are, as they answer now.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use domain::view::{PartView, PartsView};
use runtime::Chain;
use tokio::time::timeout;

use crate::services::Services;

/// A part that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(3);

impl Services {
    pub(crate) async fn parts(&self) -> PartsView {
        let table = part("table", async { self.store.admins().await.map(|_| ()) });
        let queue = part("queue", async {
            let asked = self.clients.sqs.get_queue_attributes().queue_url(&self.settings.queue_url);
            asked.attribute_names(QueueAttributeName::QueueArn).send().await.map(|_| ())
        });
        let files = part("files", async {
            let asked = self.clients.s3.list_objects_v2().bucket(&self.settings.bucket);
            asked.prefix("tasks/").max_keys(1).send().await.map(|_| ())
        });
        let (table, queue, files) = tokio::join!(table, queue, files);
        let model = if self.settings.demo_model {
            "demo model: scripted answers"
        } else {
            "live; asked by the runners only"
        };
        let model = PartView {
            name: "model".to_owned(),
            ok: true,
            detail: Some(model.to_owned()),
            latency_ms: 0,
        };
        PartsView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parts: vec![table, queue, files, model],
        }
    }
}

/// Asks a part. What exactly is wrong with it is for the log.
async fn part<E: std::error::Error + 'static>(
    name: &'static str,
    asked: impl Future<Output = Result<(), E>>,
) -> PartView {
    let start = Instant::now();
    let detail = match timeout(PATIENCE, asked).await {
        Ok(Ok(())) => None,
        Ok(Err(err)) => {
            tracing::warn!(part = name, error = %Chain(&err), "a part is not well");
            Some("it does not answer as it should; the log says why".to_owned())
        }
        Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    let latency_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    PartView { name: name.to_owned(), ok: detail.is_none(), detail, latency_ms }
}
