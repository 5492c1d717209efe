//! What is done under an Idempotency-Key: claimed before it is done, and answered the same for a day after.

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, ReturnConsumedCapacity},
};
use domain::id::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, expression::Update, items, keys};

/// So long a repeat is known.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The attribute that holds the answer. Whoever puts it there has sealed it.
const SEALED: &str = "sealed";

/// That somebody is about to do what a request asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Tells a repeat from another request under the same key.
    pub request_hash: String,
    /// Names who does it: nobody else may say what came of it. Answers of before keys were claimed have none.
    #[serde(default)]
    pub holder: String,
    /// In milliseconds. Who has not answered by then does so no more.
    #[serde(default)]
    pub until: i64,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub claim: Claim,
    /// As it was sealed; none yet, if absent.
    pub answer: Option<Vec<u8>>,
}

impl Store {
    /// Claims a key that nobody has used, or that of a holder who never answered.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody was faster.
    pub async fn claim_key(
        &self,
        user: UserId,
        key: &str,
        claim: &Claim,
        over: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let item = items::to_item(claim, &keys::answer(user, key))?;
        let item = items::until(item, now + KEPT);
        let Some(over) = over else { return self.put_absent(item).await };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("holder = :holder AND attribute_not_exists(sealed)")
            .expression_attribute_values(":holder", AttributeValue::S(over.to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }

    /// Who uses a key, for what, and what they were answered.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn claimed(&self, user: UserId, key: &str) -> Result<Claimed, StoreError> {
        let mut item = self.get(&keys::answer(user, key)).await?;
        let answer = match item.remove(SEALED) {
            Some(AttributeValue::B(sealed)) => Some(sealed.into_inner()),
            Some(_) => return Err(StoreError::corrupt("an answer that is not sealed")),
            None => None,
        };
        Ok(Claimed { claim: items::from_item(item)?, answer })
    }

    /// Keeps the answer for a day.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is no longer this holder's to give.
    pub async fn put_answer(
        &self,
        user: UserId,
        key: &str,
        holder: &str,
        answer: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        Update::default()
            .set(SEALED, AttributeValue::B(Blob::new(answer)))
            .set("expires_at", (now + KEPT).as_second())
            .when("holder", "=", holder)
            .request(&self.client, &self.table, &keys::answer(user, key))
            .send()
            .await?;
        Ok(())
    }

    /// Gives a key back under which nothing was done.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is no longer this holder's.
    pub async fn unclaim(&self, user: UserId, key: &str, holder: &str) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::answer(user, key).item()))
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", AttributeValue::S(holder.to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }
}
