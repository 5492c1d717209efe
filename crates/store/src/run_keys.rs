//! The public keys that run tokens are checked with: who signs puts its own here, who checks finds it by its name.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::{Store, StoreError, head::SCHEMA, keys};

/// A key is forgotten so long after it was last put: no run token lives longer, and no process that signs.
const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Store {
    /// Publishes a public key under its name. To be repeated at each start of who signs.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_run_key(
        &self,
        kid: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = keys::run_key(kid).item();
        item.insert("v".to_owned(), AttributeValue::N(SCHEMA.to_string()));
        item.insert("text".to_owned(), AttributeValue::S(text.to_owned()));
        item.insert(
            "expires_at".to_owned(),
            AttributeValue::N((now + LIFETIME).as_second().to_string()),
        );
        self.put(item).await
    }

    /// The public key of this name, as it was put.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn run_key(&self, kid: &str) -> Result<String, StoreError> {
        let item = self.get(&keys::run_key(kid)).await?;
        let text = item.get("text").and_then(|text| text.as_s().ok()).cloned();
        text.ok_or_else(|| StoreError::corrupt("a key without its text"))
    }
}
