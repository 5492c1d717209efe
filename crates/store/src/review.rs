//! That somebody looked at what came of a task.

use jiff::Timestamp;

use crate::{Head, Store, StoreError, expression::Update, head, keys, tasks::as_seen};

impl Store {
    /// Notes it, on the condition that the task is still as it was looked at.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the task is no longer as seen.
    pub async fn review(&self, seen: &Head, now: Timestamp) -> Result<Head, StoreError> {
        let update =
            Update::default().increase("version", 1).set("updated_at", now).set("reviewed_at", now);
        let answer = as_seen(update, &seen.task)?
            .request(&self.client, &self.table, &keys::head(seen.id))
            .send()
            .await?;
        head::from_item(answer.attributes.unwrap_or_default())
    }
}
