//! What waits, as the index of it tells: keys only, and a moment late. Who acts on it reads the head.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, Select};
use domain::{
    id::{TaskId, UserId},
    queue::Waiting,
};
use jiff::Timestamp;

use crate::{
    Head, Store, StoreError,
    expression::Update,
    keys::{self, BY_RANK, Item},
    tasks::{as_seen, ranked, task_id, task_ids},
};

/// What waits for a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    pub tasks: Vec<Waiting>,
    /// Ranked as before the queue was fair: their turn comes only after [`Store::rank_anew`].
    pub misplaced: Vec<TaskId>,
    /// This is not all.
    pub more: bool,
}

/// What waits for its time, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delayed {
    /// It never ran.
    pub new: u64,
    /// Its last run failed.
    pub failed: u64,
    /// There is more than was counted.
    pub more: bool,
}

/// Who wants the best few of each user begins with a page of so many tasks: mostly that is all. Each page is twice as long
/// as the one before, since users may be many; none is longer than a megabyte, which is about six thousand tasks.
const FIRST_PAGE: i32 = 100;
const MAX_PAGES: usize = 25;

impl Store {
    /// What waits for a slot: all of it, but for most of what is beyond the best `per_user` of a user, and beyond a hundred
    /// thousand. What it costs grows with the users, hardly with the tasks of one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queued(&self, per_user: usize) -> Result<Queued, StoreError> {
        let mut found = Queued::default();
        let mut after: Option<Item> = None;
        let mut limit = (per_user < usize::MAX).then_some(FIRST_PAGE);
        for _ in 0..MAX_PAGES {
            let page = self
                .rank_query(keys::READY)
                .key_condition_expression("rank_pk = :pk")
                .set_exclusive_start_key(after)
                .set_limit(limit)
                .send()
                .await?;
            for item in page.items.unwrap_or_default() {
                match waiting(&item) {
                    Some(one) => found.tasks.push(one),
                    None => found.misplaced.extend(task_id(&item)),
                }
            }
            let Some(last) = page.last_evaluated_key else { return Ok(found) };
            after = Some(beyond(last, &found.tasks, per_user));
            limit = limit.map(|limit| limit.saturating_mul(2));
        }
        found.more = true;
        Ok(found)
    }

    /// Puts a task that waits where it belongs.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the task is no longer as seen.
    pub async fn rank_anew(&self, seen: &Head) -> Result<(), StoreError> {
        as_seen(ranked(Update::default(), seen), &seen.task)?
            .request(&self.client, &self.table, &keys::head(seen.id))
            .send()
            .await?;
        Ok(())
    }

    /// How many tasks of a user wait for a slot, counted up to `up_to`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queued_of(&self, owner: UserId, up_to: u32) -> Result<u32, StoreError> {
        let answer = self
            .rank_query(keys::READY)
            .key_condition_expression("rank_pk = :pk AND begins_with(rank_sk, :owner)")
            .expression_attribute_values(":owner", AttributeValue::S(keys::ready_of(owner)))
            .limit(i32::try_from(up_to).unwrap_or(i32::MAX))
            .select(Select::Count)
            .send()
            .await?;
        Ok(u32::try_from(answer.count).unwrap_or(0))
    }

    /// How many new tasks of a user wait for a time after `now`, counted up to `up_to`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn scheduled_of(
        &self,
        owner: UserId,
        now: Timestamp,
        up_to: u32,
    ) -> Result<u32, StoreError> {
        let answer = self
            .rank_query(&keys::later(owner))
            .key_condition_expression("rank_pk = :pk AND rank_sk > :now")
            .expression_attribute_values(":now", AttributeValue::S(keys::millis(now)))
            .limit(i32::try_from(up_to).unwrap_or(i32::MAX))
            .select(Select::Count)
            .send()
            .await?;
        Ok(u32::try_from(answer.count).unwrap_or(0))
    }

    /// What waited for its time, which has come; the first one first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn due(&self, now: Timestamp, limit: i32) -> Result<Vec<TaskId>, StoreError> {
        let answer = self
            .rank_query(keys::DUE)
            .key_condition_expression("rank_pk = :pk AND rank_sk <= :until")
            // `~` sorts behind `#`: up to and with this millisecond.
            .expression_attribute_values(
                ":until",
                AttributeValue::S(format!("{}~", keys::millis(now))),
            )
            .limit(limit)
            .send()
            .await?;
        Ok(task_ids(answer.items.unwrap_or_default()))
    }

    /// The times within a span for which something waits, at most so many, the first one first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn due_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: i32,
    ) -> Result<Vec<Timestamp>, StoreError> {
        let answer = self
            .rank_query(keys::DUE)
            .key_condition_expression("rank_pk = :pk AND rank_sk BETWEEN :from AND :to")
            .expression_attribute_values(":from", AttributeValue::S(keys::millis(from)))
            .expression_attribute_values(":to", AttributeValue::S(format!("{}~", keys::millis(to))))
            .limit(limit)
            .send()
            .await?;
        Ok(answer.items.unwrap_or_default().iter().filter_map(due_at).collect())
    }

    /// How much waits for its time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delayed(&self) -> Result<Delayed, StoreError> {
        let page =
            self.rank_query(keys::DUE).key_condition_expression("rank_pk = :pk").send().await?;
        let mut found = Delayed { more: page.last_evaluated_key.is_some(), ..Delayed::default() };
        for item in page.items.unwrap_or_default() {
            let again = rank(&item).is_some_and(keys::ran_before);
            *if again { &mut found.failed } else { &mut found.new } += 1;
        }
        Ok(found)
    }

    fn rank_query(
        &self,
        pk: &str,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name(BY_RANK)
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }
}

/// Where the next page begins: with the next user, if enough was seen of the last one.
fn beyond(mut last: Item, seen: &[Waiting], per_user: usize) -> Item {
    let Some(owner) = waiting(&last).map(|one| one.owner) else { return last };
    let of_owner = seen.iter().rev().take_while(|one| one.owner == owner).count();
    if of_owner >= per_user {
        // `~` sorts behind every time.
        last.insert("rank_sk".to_owned(), AttributeValue::S(format!("{}~", keys::ready_of(owner))));
    }
    last
}

fn rank(item: &Item) -> Option<&str> {
    item.get("rank_sk")?.as_s().ok().map(String::as_str)
}

fn waiting(item: &Item) -> Option<Waiting> {
    keys::waiting(rank(item)?, task_id(item)?)
}

fn due_at(item: &Item) -> Option<Timestamp> {
    let millis = rank(item)?.split('#').next()?.parse().ok()?;
    Timestamp::from_millisecond(millis).ok()
}
