//! Writing update expressions without counting placeholders.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{
        AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update as TransactUpdate,
    },
};
use jiff::Timestamp;

use crate::{StoreError, keys::Key};

/// A value of an attribute.
pub(crate) trait Value {
    fn attribute(self) -> AttributeValue;
}

impl Value for AttributeValue {
    fn attribute(self) -> AttributeValue {
        self
    }
}

impl Value for &str {
    fn attribute(self) -> AttributeValue {
        AttributeValue::S(self.to_owned())
    }
}

impl Value for String {
    fn attribute(self) -> AttributeValue {
        AttributeValue::S(self)
    }
}

impl Value for bool {
    fn attribute(self) -> AttributeValue {
        AttributeValue::Bool(self)
    }
}

impl Value for u64 {
    fn attribute(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl Value for i64 {
    fn attribute(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl Value for u32 {
    fn attribute(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

/// Times are whole milliseconds: they compare as numbers.
impl Value for Timestamp {
    fn attribute(self) -> AttributeValue {
        AttributeValue::N(self.as_millisecond().to_string())
    }
}

/// An update of one item, clause by clause.
#[derive(Debug, Default)]
pub(crate) struct Update {
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Update {
    pub(crate) fn set(mut self, path: &str, value: impl Value) -> Self {
        let clause = format!("{} = {}", self.path(path), self.value(value));
        self.set.push(clause);
        self
    }

    /// `path += by`, of a number that is there.
    pub(crate) fn increase(mut self, path: &str, by: u64) -> Self {
        let path = self.path(path);
        let clause = format!("{path} = {path} + {}", self.value(by));
        self.set.push(clause);
        self
    }

    /// `path += by`, of a number that may be missing.
    pub(crate) fn add(mut self, path: &str, by: i64) -> Self {
        let clause =
            format!("{} {}", self.path(path), self.value(AttributeValue::N(by.to_string())));
        self.add.push(clause);
        self
    }

    pub(crate) fn set_or_remove(self, path: &str, value: Option<impl Value>) -> Self {
        match value {
            Some(value) => self.set(path, value),
            None => self.remove(path),
        }
    }

    pub(crate) fn remove(mut self, path: &str) -> Self {
        let clause = self.path(path);
        self.remove.push(clause);
        self
    }

    /// More of it, but for a bug that is planted.
    pub(crate) fn unless(self, planted: bool, more: impl FnOnce(Self) -> Self) -> Self {
        if planted { self } else { more(self) }
    }

    pub(crate) fn when(mut self, path: &str, operator: &str, value: impl Value) -> Self {
        let clause = format!("{} {operator} {}", self.path(path), self.value(value));
        self.conditions.push(clause);
        self
    }

    pub(crate) fn when_absent(mut self, path: &str) -> Self {
        let clause = format!("attribute_not_exists({})", self.path(path));
        self.conditions.push(clause);
        self
    }

    pub(crate) fn when_in<V: Value>(
        mut self,
        path: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: Vec<_> = values.into_iter().map(|value| self.value(value)).collect();
        let clause = format!("{} IN ({})", self.path(path), values.join(", "));
        self.conditions.push(clause);
        self
    }

    pub(crate) fn when_absent_or(mut self, path: &str, operator: &str, value: impl Value) -> Self {
        let path = self.path(path);
        let clause =
            format!("(attribute_not_exists({path}) OR {path} {operator} {})", self.value(value));
        self.conditions.push(clause);
        self
    }

    pub(crate) fn request(
        self,
        client: &Client,
        table: &str,
        key: &Key,
    ) -> UpdateItemFluentBuilder {
        client
            .update_item()
            .table_name(table)
            .set_key(Some(key.item()))
            .update_expression(self.expression())
            .set_condition_expression(self.condition())
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(none_if_empty(self.values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    pub(crate) fn in_transaction(
        self,
        table: &str,
        key: &Key,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = TransactUpdate::builder()
            .table_name(table)
            .set_key(Some(key.item()))
            .update_expression(self.expression())
            .set_condition_expression(self.condition())
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(none_if_empty(self.values))
            .build()
            .map_err(StoreError::corrupt)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn expression(&self) -> String {
        [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add)]
            .into_iter()
            .filter(|(_, clauses)| !clauses.is_empty())
            .map(|(verb, clauses)| format!("{verb} {}", clauses.join(", ")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn condition(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    /// Every name goes through a placeholder: DynamoDB reserves 573 words.
    fn path(&mut self, path: &str) -> String {
        let parts: Vec<String> = path
            .split('.')
            .map(|part| {
                let placeholder = format!("#{part}");
                self.names.insert(placeholder.clone(), part.to_owned());
                placeholder
            })
            .collect();
        parts.join(".")
    }

    fn value(&mut self, value: impl Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value.attribute());
        placeholder
    }
}

fn none_if_empty<K, V>(map: HashMap<K, V>) -> Option<HashMap<K, V>> {
    (!map.is_empty()).then_some(map)
}
