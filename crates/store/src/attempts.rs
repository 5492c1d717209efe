//! How often a network tried to sign in, in the words of whoever counts.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, items, keys};

/// What is known of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptsRow {
    /// The buckets as JSON; their rules are not the table's business.
    pub state: String,
    /// Grows with each change: the condition of the next one. 0 stands for nothing known.
    pub generation: u64,
}

impl Store {
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn attempts(&self, network: &str) -> Result<AttemptsRow, StoreError> {
        self.row(&keys::attempts(network)).await
    }

    /// Stores what follows generation `seen`; the table may forget it at `end`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else was faster.
    pub async fn put_attempts(
        &self,
        network: &str,
        state: String,
        seen: u64,
        end: Timestamp,
    ) -> Result<(), StoreError> {
        let next = AttemptsRow { state, generation: seen + 1 };
        let item = items::until(items::to_item(&next, &keys::attempts(network))?, end);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = match seen {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            seen => put
                .condition_expression("generation = :seen")
                .expression_attribute_values(":seen", AttributeValue::N(seen.to_string())),
        };
        put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
        Ok(())
    }
}
