//! Lists of tasks, newest first: an owner's, or everybody's.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::id::{TaskId, UserId};
use jiff::Timestamp;

use crate::{
    Head, Store, StoreError,
    keys::{self, BY_OWNER, Item},
    tasks::task_ids,
};

/// Whose tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    User(UserId),
    Everybody,
}

/// When the tasks of a list were made: from one time on, before another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// Some tasks, and where the list goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadPage {
    pub heads: Vec<Head>,
    /// Hand it back to get what follows; nothing follows if absent.
    pub next: Option<String>,
}

impl Store {
    /// A page of tasks, newest first. It costs what it holds, however many tasks there are.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list(
        &self,
        whose: Whose,
        made: Made,
        after: Option<&str>,
        limit: usize,
    ) -> Result<HeadPage, StoreError> {
        let owner = match whose {
            Whose::User(user) => keys::owner(user),
            Whose::Everybody => keys::EVERYBODY.to_owned(),
        };
        let start = after.map(|rank| start(whose, &owner, rank)).transpose()?;
        // A rank begins with its time, so it sorts behind the bare time. `~` sorts behind all of them.
        let from = made.from.map_or_else(|| "0".to_owned(), keys::millis);
        let to = made.to.map_or_else(|| "~".to_owned(), keys::millis);
        if from >= to {
            return Ok(HeadPage { heads: Vec::new(), next: None });
        }
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_OWNER)
            .key_condition_expression("owner_pk = :owner AND owner_sk BETWEEN :from AND :to")
            .expression_attribute_values(":owner", AttributeValue::S(owner))
            .expression_attribute_values(":from", AttributeValue::S(from))
            .expression_attribute_values(":to", AttributeValue::S(to))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        let next = answer
            .last_evaluated_key
            .as_ref()
            .and_then(|key| key.get("owner_sk"))
            .and_then(|rank| rank.as_s().ok())
            .cloned();
        let heads = self.heads(&task_ids(answer.items.unwrap_or_default())).await?;
        Ok(HeadPage { heads, next })
    }
}

/// The item behind which a list goes on.
fn start(whose: Whose, owner: &str, rank: &str) -> Result<Item, StoreError> {
    let (_, id) = rank.split_once('#').ok_or(StoreError::NotFound)?;
    let id: TaskId = id.parse().map_err(|_| StoreError::NotFound)?;
    let mut start = match whose {
        Whose::User(_) => keys::head(id).item(),
        Whose::Everybody => keys::spec(id).item(),
    };
    start.insert("owner_pk".to_owned(), AttributeValue::S(owner.to_owned()));
    start.insert("owner_sk".to_owned(), AttributeValue::S(rank.to_owned()));
    Ok(start)
}
