//! Events that are too big for the table: the whole goes to the bucket, a preview stays in the log.

use aws_sdk_s3::primitives::ByteStream;
use domain::{
    event::{PREVIEW_BYTES, RawDraft, preview},
    id::TaskId,
    problem::Code,
};
use runtime::Chain;
use store::{Batch, objects::body_key};

use crate::{App, answer::Refusal};

/// An event larger than this goes to the bucket.
const EVENT_BYTES: usize = 64 * 1024;
/// A batch larger than this sends its largest events to the bucket: an item of the table holds 400 KB.
const BATCH_BYTES: usize = 300 * 1024;

/// Makes the batch small enough to be an item. A repeat writes the same objects again.
pub(crate) async fn offload(app: &App, task: TaskId, batch: &mut Batch) -> Result<(), Refusal> {
    let mut sizes = Vec::with_capacity(batch.events.len());
    for event in &batch.events {
        sizes.push(serde_json::to_vec(event).map_or(0, |text| text.len()));
    }
    let mut total: usize = sizes.iter().sum();
    let mut largest: Vec<usize> = (0..sizes.len()).collect();
    largest.sort_by_key(|index| std::cmp::Reverse(sizes[*index]));
    for index in largest {
        if sizes[index] <= PREVIEW_BYTES || (sizes[index] <= EVENT_BYTES && total <= BATCH_BYTES) {
            break;
        }
        let run_seq = batch.run_seq + index as u64;
        let key = body_key(task, batch.attempt, run_seq);
        let event = &mut batch.events[index];
        // As the runner said it: its number in the history is the log's to give.
        let said = RawDraft { at: event.at, body: event.body.clone() };
        let whole = serde_json::to_vec(&said).map_err(|_| Code::Internal)?;
        app.clients
            .s3
            .put_object()
            .bucket(&app.settings.bucket)
            .key(&key)
            .content_type("application/json")
            .body(ByteStream::from(whole))
            .send()
            .await
            .map_err(|err| {
                tracing::error!(error = %Chain(&err), "cannot keep a big event");
                Code::Unavailable
            })?;
        *event = preview(event, PREVIEW_BYTES);
        total = total.saturating_sub(sizes[index]) + PREVIEW_BYTES;
        batch.bodies.insert(event.seq, key);
    }
    Ok(())
}
