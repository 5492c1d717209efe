//! Events that are too big for the table: the whole goes to the bucket, a preview stays in the log.

use aws_sdk_s3::primitives::ByteStream;
use domain::{
    event::{PREVIEW_BYTES, RawDraft, RawEvent, preview},
    id::TaskId,
    problem::Code,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use runtime::Chain;
use store::{Batch, objects::body_key};

use crate::{App, answer::Refusal};

/// An event larger than this goes to the bucket.
const EVENT_BYTES: usize = 64 * 1024;
/// A batch larger than this sends its largest events to the bucket: an item of the table holds 400 KB.
const BATCH_BYTES: usize = 300 * 1024;
/// What a preview takes besides what it shows: its numbers, and where the whole lies.
const PREVIEW_OVERHEAD: usize = 300;
/// So many objects are written at once.
const WRITES: usize = 16;

/// Which events have to go to the bucket so that the batch fits an item, and how much a preview may show.
pub(crate) fn too_big(batch: &Batch) -> (Vec<usize>, usize) {
    let sizes: Vec<_> = batch
        .events
        .iter()
        .map(|event| serde_json::to_vec(event).map_or(0, |text| text.len()))
        .collect();
    let share = BATCH_BYTES / sizes.len().max(1);
    let shown = share.saturating_sub(PREVIEW_OVERHEAD).min(PREVIEW_BYTES);
    let left = shown + PREVIEW_OVERHEAD;
    let mut total: usize = sizes.iter().sum();
    let mut largest: Vec<_> = (0..sizes.len()).collect();
    largest.sort_by_key(|index| std::cmp::Reverse(sizes[*index]));
    let mut big = Vec::new();
    for index in largest {
        let fits = sizes[index] <= EVENT_BYTES && total <= BATCH_BYTES;
        if fits || sizes[index] <= left {
            break;
        }
        total = total - sizes[index] + left;
        big.push(index);
    }
    (big, shown)
}

/// Takes these events to the bucket and leaves previews. A repeat writes the same objects again.
pub(crate) async fn offload(
    app: &App,
    task: TaskId,
    batch: &mut Batch,
    big: &[usize],
    shown: usize,
) -> Result<(), Refusal> {
    let key =
        |index: &usize| body_key(task, batch.attempt, &batch.runner, batch.run_seq + *index as u64);
    let keys: Vec<_> = big.iter().map(key).collect();
    let writes = big.iter().zip(&keys).map(|(index, key)| keep(app, key, &batch.events[*index]));
    let writes: Vec<_> = writes.collect();
    stream::iter(writes).buffer_unordered(WRITES).try_collect::<Vec<()>>().await?;
    for (index, key) in big.iter().zip(keys) {
        let event = &mut batch.events[*index];
        *event = preview(event, shown);
        batch.bodies.insert(event.seq, key);
    }
    Ok(())
}

async fn keep(app: &App, key: &str, event: &RawEvent) -> Result<(), Refusal> {
    // As the runner said it: its number in the history is the log's to give.
    let said = RawDraft { at: event.at, body: event.body.clone() };
    let whole = serde_json::to_vec(&said).map_err(|_| Code::Internal)?;
    app.clients
        .s3
        .put_object()
        .bucket(&app.settings.bucket)
        .key(key)
        .content_type("application/json")
        .body(ByteStream::from(whole))
        .send()
        .await
        .map_err(|err| {
            tracing::error!(error = %Chain(&err), "cannot keep a big event");
            Code::Unavailable
        })?;
    Ok(())
}
