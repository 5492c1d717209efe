//! What was answered under an Idempotency-Key, where the thing that was done does not itself remember.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    head::SCHEMA,
    keys::{self, Item},
};

/// So long a repeat is known.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// An answer, and to what. Never one with a secret in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Tells a repeat from another request under the same key.
    pub request_hash: String,
    /// JSON text.
    pub answer: String,
}

impl Store {
    /// What was answered under this key before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn answered(&self, user: UserId, key: &str) -> Result<Option<Answered>, StoreError> {
        match self.get(&keys::answer(user, key)).await {
            Ok(item) => serde_dynamo::from_item(item).map(Some).map_err(StoreError::corrupt),
            Err(StoreError::NotFound) => Ok(None),
            Err(err) => Err(err),
        }
    }

    /// Remembers an answer for a day. Of two at once the first stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_answered(
        &self,
        user: UserId,
        key: &str,
        answered: &Answered,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(answered).map_err(StoreError::corrupt)?;
        item.extend(keys::answer(user, key).item());
        let expires_at = (now + KEPT).as_second();
        item.insert("expires_at".to_owned(), AttributeValue::N(expires_at.to_string()));
        item.insert("v".to_owned(), AttributeValue::N(SCHEMA.to_string()));
        match self.put_absent(item).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(err) => Err(err),
        }
    }
}
