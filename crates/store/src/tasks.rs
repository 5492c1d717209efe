//! Tasks: made, found, listed, and changed where no slot is involved.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::{
    id::TaskId,
    retry,
    task::{Change, Outcome, State, Task},
};
use jiff::{SignedDuration, Timestamp};
use planted::planted;

use crate::{
    Head, Spec, Store, StoreError,
    expression::Update,
    head,
    keys::{self, Item, Key},
};

/// A task that is about to be.
#[derive(Clone, Debug)]
pub struct NewTask {
    pub head: Head,
    pub spec: Spec,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// It is stored.
    New,
    /// The same request made it before: this is how it stands now.
    Before(Box<Head>),
    /// Another request took its id.
    Mismatch,
}

impl Store {
    /// Stores a new task, spec first: the head is the commit.
    ///
    /// The id is derived from the Idempotency-Key where one was given, so the put itself is the record of it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create(&self, new: &NewTask) -> Result<Created, StoreError> {
        let id = new.head.id;
        let mut item: Item = serde_dynamo::to_item(&new.spec).map_err(StoreError::corrupt)?;
        item.extend(keys::spec(id).item());
        // Of the two items of a task each is in one list: this one in everybody's, the head in its owner's.
        item.extend(keys::listed(keys::EVERYBODY.to_owned(), new.head.created_at, id));
        item.extend(later(&new.head));
        item.insert("v".to_owned(), AttributeValue::N(head::SCHEMA.to_string()));
        match self.put_absent(item).await {
            Ok(()) => (),
            Err(StoreError::Conflict) => {
                if self.spec(id).await?.request_hash != new.spec.request_hash {
                    return Ok(Created::Mismatch);
                }
            }
            Err(err) => return Err(err),
        }
        match self.put_absent(head::to_item(&new.head)?).await {
            Ok(()) => Ok(Created::New),
            Err(StoreError::Conflict) => Ok(Created::Before(Box::new(self.head(id).await?))),
            Err(err) => Err(err),
        }
    }

    /// The head, as of now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn head(&self, id: TaskId) -> Result<Head, StoreError> {
        head::from_item(self.get(&keys::head(id)).await?)
    }

    /// The head, as of now, and what was asked for, in one call.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn task(&self, id: TaskId) -> Result<(Head, Spec), StoreError> {
        let items = self.batch(&[keys::head(id), keys::spec(id)]).await?;
        let is_head =
            |item: &Item| matches!(&item["sk"], AttributeValue::S(sk) if sk == keys::HEAD);
        let (mut heads, mut specs): (Vec<_>, Vec<_>) = items.into_iter().partition(is_head);
        let head = head::from_item(heads.pop().ok_or(StoreError::NotFound)?)?;
        let spec = specs.pop().ok_or(StoreError::NotFound)?;
        Ok((head, serde_dynamo::from_item(head::known(spec)?).map_err(StoreError::corrupt)?))
    }

    /// What was asked for.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn spec(&self, id: TaskId) -> Result<Spec, StoreError> {
        let item = head::known(self.get(&keys::spec(id)).await?)?;
        serde_dynamo::from_item(item).map_err(StoreError::corrupt)
    }

    /// The heads of `ids`, in their order; those that are gone are left out, and those that cannot be read: one row that
    /// went wrong must not hide all others, nor keep them from starting.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn heads(&self, ids: &[TaskId]) -> Result<Vec<Head>, StoreError> {
        let keys: Vec<_> = ids.iter().map(|id| keys::head(*id)).collect();
        let mut found = HashMap::new();
        for item in self.batch(&keys).await? {
            let pk = item.get("pk").cloned();
            match head::from_item(item) {
                Ok(head) => drop(found.insert(head.id, head)),
                Err(err) => tracing::error!(%err, ?err, ?pk, "a task cannot be read"),
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Stores a change that neither takes nor frees a slot, as the one that follows `seen`. A task that ends so is counted
    /// in the usage in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the task is no longer as seen.
    pub async fn change(
        &self,
        seen: &Head,
        change: Change,
        now: Timestamp,
    ) -> Result<Head, StoreError> {
        let mut next = seen.clone();
        next.task.apply(change);
        let mut update = Update::default()
            .increase("version", 1)
            .set("updated_at", now)
            .set("state", head::attribute(&next.task.state)?)
            .set("cancel_requested", next.task.cancel_requested)
            .set("attempt_limit", next.task.attempt_limit.0);
        match change {
            Change::Ended(Outcome::Canceled) => {
                update = update.set("ended_at", now).remove("reason");
            }
            Change::CancelRequested => update = update.set("cancel_at", now),
            Change::Reopened { .. } => {
                next.queued_at = now;
                update = update
                    .set("queued_at", now)
                    .remove("ended_at")
                    .remove("reason")
                    .remove("not_before")
                    .remove("reviewed_at")
                    .set_or_remove("retried_by", next.retried_by.clone());
            }
            Change::Queued
            | Change::Running
            | Change::Waiting
            | Change::Started(_)
            | Change::Requeued { .. }
            | Change::Ended(_) => (),
        }
        update = ranked(update, &next);
        let (update, key) = (as_seen(update, &seen.task)?, keys::head(seen.id));
        if next.task.state.is_terminal() {
            let mut writes = vec![update.in_transaction(&self.table, &key)?];
            writes.push(self.usage_of_task(&next, now)?);
            // Called off before its time: it is not counted until then.
            if seen.task.state == State::Scheduled && seen.task.attempt.0 == 0 {
                let spec =
                    Update::default().remove("rank_pk").remove("rank_sk").when("v", ">", 0_u32);
                writes.push(spec.in_transaction(&self.table, &keys::spec(seen.id))?);
            }
            self.transact(writes).await?;
            // A transaction does not tell what became of its items.
            return self.head(seen.id).await;
        }
        let answer = update.request(&self.client, &self.table, &key).send().await?;
        head::from_item(answer.attributes.unwrap_or_default())
    }

    /// Removes a task that is over, with all that belongs to it. The head goes last: until then it can be tried again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the task is no longer as seen.
    pub async fn delete(&self, seen: &Head) -> Result<(), StoreError> {
        // First nobody may take it up again.
        let task = Task { attempt_limit: domain::task::Attempt(0), ..seen.task };
        let update =
            Update::default().set("attempt_limit", task.attempt_limit.0).increase("version", 1);
        as_seen(update, &seen.task)?
            .request(&self.client, &self.table, &keys::head(seen.id))
            .send()
            .await?;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(keys::task(seen.id)))
                .projection_expression("pk, sk")
                .send()
                .await?;
            let head = keys::head(seen.id).item();
            // Not by a filter: those know nothing of keys.
            for item in answer.items.unwrap_or_default().into_iter().filter(|item| *item != head) {
                self.client
                    .delete_item()
                    .table_name(&self.table)
                    .set_key(Some(item))
                    .send()
                    .await?;
            }
            if answer.last_evaluated_key.is_none() {
                break;
            }
        }
        self.remove(&keys::head(seen.id)).await
    }

    pub(crate) async fn get(&self, key: &Key) -> Result<Item, StoreError> {
        self.client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?
            .item
            .ok_or(StoreError::NotFound)
    }

    pub(crate) async fn put_absent(&self, item: Item) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }

    pub(crate) async fn put(&self, item: Item) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }

    pub(crate) async fn remove(&self, key: &Key) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }
}

/// On the condition that everything that was decided upon is as it was seen. Progress may go on meanwhile: `seq` and
/// `version` are not part of it.
pub(crate) fn as_seen(update: Update, seen: &Task) -> Result<Update, StoreError> {
    let state = head::attribute(&seen.state)?;
    let claim = seen.state == State::Queued && planted!(CancelForgottenByClaim);
    Ok(update
        .when("attempt", "=", seen.attempt.0)
        .when("attempt_limit", "=", seen.attempt_limit.0)
        .unless(claim, |update| update.when("state", "=", state))
        .unless(planted!(CancelForgottenByEnd), |update| {
            update.when("cancel_requested", "=", seen.cancel_requested)
        }))
}

/// Puts the task into, or takes it out of, the index of what waits.
pub(crate) fn ranked(update: Update, next: &Head) -> Update {
    match head::rank(next) {
        Some((pk, sk)) => update.set("rank_pk", pk).set("rank_sk", sk),
        None => update.remove("rank_pk").remove("rank_sk"),
    }
}

/// Counts a new task among those of its owner that wait for their time. When that has come, it counts no more.
fn later(head: &Head) -> Item {
    let Some(due) = head.not_before else { return Item::new() };
    Item::from([
        ("rank_pk".to_owned(), AttributeValue::S(keys::later(head.owner))),
        ("rank_sk".to_owned(), AttributeValue::S(keys::millis(due))),
    ])
}

/// When a task whose run failed may run again: at a time of its own, so that those that failed together do not come
/// again together.
pub(crate) fn not_before(head: &Head, change: Change, now: Timestamp) -> Option<Timestamp> {
    match change {
        Change::Requeued { after, .. } if !after.is_zero() => {
            let after = if planted!(RetryWithoutJitter) {
                after
            } else {
                retry::jitter(after, head.id, head.task.attempt)
            };
            SignedDuration::try_from(after).ok().and_then(|after| now.checked_add(after).ok())
        }
        Change::Requeued { .. }
        | Change::Queued
        | Change::Started(_)
        | Change::Running
        | Change::Waiting
        | Change::CancelRequested
        | Change::Ended(_)
        | Change::Reopened { .. } => None,
    }
}

pub(crate) fn task_ids(items: Vec<Item>) -> Vec<TaskId> {
    items.iter().filter_map(task_id).collect()
}

pub(crate) fn task_id(item: &Item) -> Option<TaskId> {
    item.get("pk")?.as_s().ok()?.strip_prefix("TASK#")?.parse().ok()
}
