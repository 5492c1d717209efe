//! Rows as items, and the few ways in which all of them are read and written.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, Put, ReturnConsumedCapacity, ReturnValue, TransactWriteItem,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Store, StoreError,
    head::SCHEMA,
    keys::{Item, Key},
};

/// Which items of a partition a page is made of.
pub(crate) struct Range<'a> {
    pub(crate) pk: &'a str,
    pub(crate) prefix: &'a str,
    /// Goes on behind this one.
    pub(crate) after: Option<&'a Key>,
    pub(crate) limit: usize,
}

impl Store {
    pub(crate) async fn row<T: DeserializeOwned>(&self, key: &Key) -> Result<T, StoreError> {
        from_item(self.get(key).await?)
    }

    /// Puts all of them, or none if one of their places is taken.
    pub(crate) async fn put_all_absent(
        &self,
        items: impl IntoIterator<Item = Item>,
    ) -> Result<(), StoreError> {
        let puts = items.into_iter().map(|item| self.absent(item)).collect::<Result<_, _>>()?;
        self.transact(puts).await
    }

    /// The put of an item whose place must be free, as a part of a transaction.
    pub(crate) fn absent(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        self.put_when(item, "attribute_not_exists(pk)", HashMap::new())
    }

    /// The put of an item on a condition, as a part of a transaction.
    pub(crate) fn put_when(
        &self,
        item: Item,
        condition: &str,
        values: HashMap<String, AttributeValue>,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .build()
            .map_err(StoreError::corrupt)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Removes an item and gives it: whoever comes second finds none.
    pub(crate) async fn take<T: DeserializeOwned>(&self, key: &Key) -> Result<T, StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .return_values(ReturnValue::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        from_item(answer.attributes.filter(|item| !item.is_empty()).ok_or(StoreError::NotFound)?)
    }

    /// A page of a partition, the last key first.
    pub(crate) async fn newest(&self, range: Range<'_>) -> Result<Vec<Item>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(range.pk.to_owned()))
            .expression_attribute_values(":prefix", AttributeValue::S(range.prefix.to_owned()))
            .scan_index_forward(false)
            .limit(i32::try_from(range.limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(range.after.map(Key::item))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(answer.items.unwrap_or_default())
    }

    /// The items of `keys`, as of now, in no order; those that are gone are left out.
    pub(crate) async fn batch(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(100) {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(chunk.iter().map(Key::item).collect()))
                .consistent_read(true)
                .build()
                .map_err(StoreError::corrupt)?;
            let mut request = HashMap::from([(self.table.clone(), wanted)]);
            while !request.is_empty() {
                let answer = self
                    .client
                    .batch_get_item()
                    .set_request_items(Some(request))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await?;
                found.extend(answer.responses.unwrap_or_default().into_values().flatten());
                request = answer.unprocessed_keys.unwrap_or_default();
            }
        }
        Ok(found)
    }
}

pub(crate) fn to_item<T: Serialize>(value: &T, key: &Key) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(StoreError::corrupt)?;
    item.extend(key.item());
    item.insert("v".to_owned(), AttributeValue::N(SCHEMA.to_string()));
    Ok(item)
}

pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(StoreError::corrupt)
}

/// The table may forget an item from then on.
pub(crate) fn until(mut item: Item, end: Timestamp) -> Item {
    item.insert("expires_at".to_owned(), AttributeValue::N(end.as_second().to_string()));
    item
}

/// The part of an item's sort key behind `prefix`, as an id.
pub(crate) fn named<T: std::str::FromStr>(item: &Item, prefix: &str) -> Option<T> {
    item.get("sk")?.as_s().ok()?.strip_prefix(prefix)?.parse().ok()
}
