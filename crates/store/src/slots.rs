//! Slots: a lease item for each live run and one counter, moved in one transaction with the task.
//!
//! What a claim hangs on lies with the counter ([`crate::counter`]), so that a claim needs no other item: limits, whether
//! the queue is paused, and whose turn was when.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, ReturnConsumedCapacity, TransactWriteItem},
};
use domain::{
    id::{TaskId, UserId},
    run::RunUsage,
    task::Change,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Head, Store, StoreError, counter,
    error::{met_another, transaction_error},
    expression::Update,
    head::{self, SCHEMA},
    keys::{self, HOLDER_PREFIX},
    tasks::{as_seen, ranked},
};

/// How many runs may live at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub all: u32,
    pub user: u32,
}

/// A live run and its slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub task: TaskId,
    pub owner: UserId,
    pub attempt: u32,
    pub since: Timestamp,
    /// Its lease seemed to be over.
    pub doubt: Option<Doubt>,
}

/// That a lease seemed to be over: which one, and since when it is watched whether the runner is really silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub lease_until: Timestamp,
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    v: u32,
    task: TaskId,
    owner: UserId,
    attempt: u32,
    since: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubted_lease: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubted_since: Option<i64>,
}

impl Row {
    fn holder(self) -> Result<Holder, StoreError> {
        let time = |ms| Timestamp::from_millisecond(ms).map_err(StoreError::corrupt);
        let doubt = match self.doubted_lease.zip(self.doubted_since) {
            Some((lease, since)) => Some(Doubt { lease_until: time(lease)?, since: time(since)? }),
            None => None,
        };
        Ok(Holder {
            task: self.task,
            owner: self.owner,
            attempt: self.attempt,
            since: time(self.since)?,
            doubt,
        })
    }
}

impl Store {
    /// Gives a queued task a slot and begins its next run: counter, lease and task in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if no slot is free, the queue is paused, or the task is no longer as seen: look again.
    pub async fn claim(
        &self,
        seen: &Head,
        change: Change,
        limits: Limits,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Head, StoreError> {
        let mut next = seen.clone();
        next.task.apply(change);
        next.version += 1;
        next.updated_at = now;
        next.claimed_at = Some(now);
        next.started_at = None;
        // Nothing is written to what waits, except that its time came.
        let since = seen.not_before.unwrap_or(seen.updated_at);
        let waited_ms = now.duration_since(since).as_millis();
        let waited_ms = u64::try_from(waited_ms).unwrap_or_default();
        next.waited_ms = Some(waited_ms);
        next.not_before = None;
        next.cancel_at = None;
        next.lease_until = Some(lease_until);
        next.run_seq = 0;
        next.runner = None;
        let spent = head::sum(seen.usage_before, seen.usage_run);
        next.usage_before = RunUsage {
            cost_usd_micros: spent.cost_usd_micros,
            tokens: spent.tokens,
            turns: spent.turns,
        };
        next.usage_run = RunUsage::default();

        let update = Update::default()
            .increase("version", 1)
            .set("state", head::attribute(&next.task.state)?)
            .set("attempt", next.task.attempt.0)
            .set("cancel_requested", next.task.cancel_requested)
            .set("updated_at", now)
            .set("claimed_at", now)
            .set("waited_ms", waited_ms)
            .remove("started_at")
            .remove("runner")
            .remove("cancel_at")
            .remove("not_before")
            .set("lease_until", lease_until)
            .set("run_seq", 0_u64)
            .set("usage_before", head::attribute(&next.usage_before)?)
            .set("usage_run", head::attribute(&next.usage_run)?);
        let head = as_seen(ranked(update, &next), &seen.task)?
            .in_transaction(&self.table, &keys::head(seen.id))?;
        let count = counter::slot_taken(seen.owner, limits, now);
        let count = count.in_transaction(&self.table, &keys::slots())?;
        let holder = self.new_holder(&next, now)?;
        self.transact(vec![head, count, holder]).await?;
        Ok(next)
    }

    /// Everyone who holds a slot.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", AttributeValue::S(keys::slots().pk))
                .expression_attribute_values(":prefix", AttributeValue::S(HOLDER_PREFIX.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await?;
            for item in answer.items.unwrap_or_default() {
                let row: Row = serde_dynamo::from_item(item).map_err(StoreError::corrupt)?;
                found.push(row.holder()?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Notes that the lease of a run seems to be over.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the run has no slot any more.
    pub async fn doubt(&self, holder: &Holder, doubt: Doubt) -> Result<(), StoreError> {
        Update::default()
            .set("doubted_lease", doubt.lease_until)
            .set("doubted_since", doubt.since)
            .when("attempt", "=", holder.attempt)
            .request(&self.client, &self.table, &keys::holder(holder.task))
            .send()
            .await?;
        Ok(())
    }

    /// Takes away a lease whose run is not live. The counter is repaired from the leases that are left.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn drop_holder(&self, holder: &Holder) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::holder(holder.task).item()))
            .condition_expression("attempt = :attempt")
            .expression_attribute_values(":attempt", AttributeValue::N(holder.attempt.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }

    /// All of it or nothing.
    ///
    /// Runs of all tasks meet at the counter. That another transaction is at it just now says nothing about the
    /// conditions, so it is tried again, a few times.
    pub(crate) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        for pause in pauses(&items) {
            let err = match self.try_transact(items.clone()).await {
                Ok(()) => return Ok(()),
                Err(err) => err,
            };
            if !met_another(&err) {
                return Err(transaction_error(err));
            }
            tokio::time::sleep(pause).await;
        }
        self.try_transact(items).await.map_err(transaction_error)
    }

    async fn try_transact(
        &self,
        items: Vec<TransactWriteItem>,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let request = self.client.transact_write_items().set_transact_items(Some(items));
        request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
        Ok(())
    }

    fn new_holder(&self, head: &Head, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let key = keys::holder(head.id);
        let row = Row {
            pk: key.pk,
            sk: key.sk,
            v: SCHEMA,
            task: head.id,
            owner: head.owner,
            attempt: head.task.attempt.0,
            since: now.as_millisecond(),
            doubted_lease: None,
            doubted_since: None,
        };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(row).map_err(StoreError::corrupt)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(StoreError::corrupt)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Growing, and different from task to task: those who met do not meet again. By chance would do as well, but then no
/// simulation could be repeated.
fn pauses(items: &[TransactWriteItem]) -> impl Iterator<Item = Duration> + use<> {
    let mut hasher = DefaultHasher::new();
    let first = items.first();
    let update = first.and_then(|item| item.update()).map(|update| update.key());
    let put = first.and_then(|item| item.put()).map(|put| put.item());
    let pk = update.or(put).and_then(|key| key.get("pk")?.as_s().ok());
    pk.hash(&mut hasher);
    let chance = hasher.finish() % 1_000;
    [5, 10, 20].into_iter().map(move |most| Duration::from_micros(most * (250 + chance)))
}
