//! API keys: found by the hash of the secret, and listed by their user.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{KeyId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    expression::Update,
    items,
    keys::{self, KEY_PREFIX},
};

/// That a key was used is noted once in so long: a note with each request would double its price.
const NOTED_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// An API key, found by the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: KeyId,
    pub user: UserId,
    pub name: String,
    /// The name of the scope; all that its user may, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    pub hash: String,
    pub created_at: Timestamp,
    /// Not `expires_at`: by that name the table forgets items, and a key that ended is still listed.
    #[serde(rename = "ends_at")]
    pub expires_at: Option<Timestamp>,
    /// In milliseconds: it is compared in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<i64>,
}

impl ApiKey {
    /// When it was used last, to the hour.
    #[must_use]
    pub fn last_used_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.used_at?).ok()
    }
}

impl Store {
    /// Stores a key twice: by its hash, for who presents it, and by its user, for the list.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let by_hash = items::to_item(key, &keys::api_key(&key.hash))?;
        let by_user = items::to_item(key, &keys::api_key_of(key.user, key.id))?;
        self.put_all_absent([by_hash, by_user]).await
    }

    /// The key whose secret has this hash.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn api_key(&self, hash: &str) -> Result<ApiKey, StoreError> {
        self.row(&keys::api_key(hash)).await
    }

    /// Notes that a key was used, unless that was noted less than an hour ago.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn api_key_used(&self, key: &ApiKey, now: Timestamp) -> Result<(), StoreError> {
        let due = now - NOTED_EVERY;
        if key.last_used_at().is_some_and(|at| at > due) {
            return Ok(());
        }
        let update = Update::default()
            .set("used_at", now)
            .when("v", ">", 0_u32)
            .when_absent_or("used_at", "<=", due);
        let update = update.request(&self.client, &self.table, &keys::api_key(&key.hash));
        match update.send().await.map_err(StoreError::from) {
            // Somebody else noted it, or the key was revoked meanwhile.
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(err) => Err(err),
        }
    }

    /// A user's keys, the oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.all(&keys::user(user).pk, KEY_PREFIX).await?;
        let hashes: Vec<_> = rows
            .iter()
            .filter_map(|row| Some(keys::api_key(row.get("hash")?.as_s().ok()?)))
            .collect();
        // By their hashes: there it is noted when they were used.
        let found = self.batch(&hashes).await?;
        let mut found: Vec<ApiKey> =
            found.into_iter().map(items::from_item).collect::<Result<_, _>>()?;
        found.sort_by_key(|key| key.id);
        Ok(found)
    }

    /// Revokes a key: what lets it in goes first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such key.
    pub async fn delete_api_key(&self, user: UserId, id: KeyId) -> Result<ApiKey, StoreError> {
        let key: ApiKey = self.row(&keys::api_key_of(user, id)).await?;
        self.remove(&keys::api_key(&key.hash)).await?;
        self.remove(&keys::api_key_of(user, id)).await?;
        Ok(key)
    }

    /// Every item of a partition whose sort key begins like this, however many pages they fill.
    pub(crate) async fn all(&self, pk: &str, prefix: &str) -> Result<Vec<keys::Item>, StoreError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            found.push(item?);
        }
        Ok(found)
    }
}
