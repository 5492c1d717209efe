//! The end of a run: task, log, slot, run record and usage in one transaction.

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnConsumedCapacity, TransactWriteItem,
};
use domain::{
    event::{RunOutcome, TodoProgress},
    id::TaskId,
    reason::Reason,
    run::{Artifact, RunUsage},
    task::Change,
};
use jiff::Timestamp;
use planted::planted;
use serde::{Deserialize, Serialize};

use crate::{
    Batch, Head, Store, StoreError, counter,
    expression::Update,
    head::{self, SCHEMA},
    keys::{self, Item, RUN_PREFIX},
    tasks::{as_seen, not_before, ranked},
};

/// What is kept of a run that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub attempt: u32,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Timestamp,
    pub outcome: RunOutcome,
    pub reason: Option<Reason>,
    pub message: Option<String>,
    pub exit_code: Option<i32>,
    pub session_id: Option<String>,
    pub result_text: Option<String>,
    /// JSON text: whatever the agent made of it.
    pub structured_output: Option<String>,
    pub artifacts: Vec<Artifact>,
    pub usage: RunUsage,
}

/// A run that ends.
#[derive(Clone, Debug)]
pub struct Finish<'a> {
    /// The task as it was when the end was decided.
    pub seen: &'a Head,
    /// What the end means for the task: another run, or the end.
    pub change: Change,
    /// The last events of the run.
    pub batch: &'a Batch,
    pub record: RunRecord,
}

impl Store {
    /// Ends a run and frees its slot.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the task or its log is no longer as seen: look again.
    pub async fn finish(&self, finish: &Finish<'_>) -> Result<Head, StoreError> {
        let seen = finish.seen;
        let batch = finish.batch;
        let now = finish.record.ended_at;
        let mut next = seen.clone();
        next.task.apply(finish.change);
        next.version += 1;
        next.updated_at = now;
        next.seq += batch.len();
        // What the dispatcher adds is not the run's own: a late post of the run must not pass for acknowledged.
        let own = if batch.runner == Batch::SERVER { 0 } else { batch.len() };
        next.run_seq += own;
        next.usage_run = finish.record.usage;
        next.not_before = not_before(&next, finish.change, now);
        next.ended_at = next.task.state.is_terminal().then_some(now);
        next.lease_until = None;

        let update = Update::default()
            .increase("version", 1)
            .increase("seq", batch.len())
            .increase("run_seq", own)
            .set("state", head::attribute(&next.task.state)?)
            .set("cancel_requested", next.task.cancel_requested)
            .set_or_remove(
                "reason",
                next.task.reason.map(|reason| head::attribute(&reason)).transpose()?,
            )
            .set("updated_at", now)
            .set_or_remove("ended_at", next.ended_at)
            .set_or_remove("not_before", next.not_before)
            .remove("lease_until")
            .set("usage_run", head::attribute(&next.usage_run)?)
            .unless(planted!(SequenceFromMemory), |update| update.when("seq", "=", seen.seq));
        let update = match TodoProgress::of(&batch.events) {
            Some(todos) => {
                next.todos = Some(todos);
                update.set("todos", head::attribute(&todos)?)
            }
            None => update,
        };
        let mut update = as_seen(ranked(update, &next), &seen.task)?;
        if own > 0 {
            // Its name stays, so that a repeat of the end is recognised.
            next.runner = Some(batch.runner.clone());
            update = update.set("runner", batch.runner.as_str()).when_absent_or(
                "runner",
                "=",
                batch.runner.as_str(),
            );
        }

        let held_s = seen.claimed_at.map_or(0, |since| now.duration_since(since).as_secs());
        let freed = counter::slot_freed(seen.owner, next.task.state, held_s, now);
        let mut items = vec![
            update.in_transaction(&self.table, &keys::head(seen.id))?,
            self.put_in_transaction(record_item(seen.id, &finish.record)?)?,
            self.usage_of_run(&finish.record, &next)?,
        ];
        if !(planted!(SlotNotReleased) && batch.runner == Batch::SERVER) {
            items.push(freed.in_transaction(&self.table, &keys::slots())?);
            items.push(self.holder_gone(seen.id)?);
        }
        if batch.len() > 0 {
            items.push(self.put_in_transaction(batch.to_item(seen.id)?)?);
        }
        self.transact(items).await?;
        Ok(next)
    }

    /// The runs of a task that are over, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn runs(&self, task: TaskId) -> Result<Vec<RunRecord>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(keys::task(task)))
            .expression_attribute_values(":prefix", AttributeValue::S(RUN_PREFIX.to_owned()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        let rows = answer.items.unwrap_or_default().into_iter();
        rows.map(|item| serde_dynamo::from_item(head::known(item)?).map_err(StoreError::corrupt))
            .collect()
    }

    fn holder_gone(&self, task: TaskId) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(keys::holder(task).item()))
            .build()
            .map_err(StoreError::corrupt)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    pub(crate) fn put_in_transaction(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .build()
            .map_err(StoreError::corrupt)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn record_item(task: TaskId, record: &RunRecord) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(record).map_err(StoreError::corrupt)?;
    item.extend(keys::run(task, record.attempt).item());
    item.insert("v".to_owned(), AttributeValue::N(SCHEMA.to_string()));
    Ok(item)
}
