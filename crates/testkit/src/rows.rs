//! The table from below: for what a test must see or bend that no function would.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::id::TaskId;
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use crate::World;

/// An item by the names of its attributes.
pub type Item = HashMap<String, AttributeValue>;

impl World {
    /// All items, by `pk sk`.
    pub async fn items(&self) -> BTreeMap<String, Item> {
        let mut items = BTreeMap::new();
        let mut start = None;
        loop {
            let scan = self.runtime.clients.dynamodb.scan();
            let scan = scan.table_name(&self.runtime.settings.table).consistent_read(true);
            let page = scan.set_exclusive_start_key(start).send().await.unwrap();
            for item in page.items.unwrap_or_default() {
                let part = |name: &str| item[name].as_s().unwrap().clone();
                items.insert(format!("{} {}", part("pk"), part("sk")), item);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return items;
            }
        }
    }

    /// The keys of all items whose key contains `text`.
    pub async fn keys_with(&self, text: &str) -> Vec<String> {
        self.items().await.into_keys().filter(|key| key.contains(text)).collect()
    }

    /// Overwrites a number of an item, made if it is not there.
    pub async fn set_number(&self, pk: &str, sk: &str, name: &str, number: i64) {
        self.set(pk, sk, name, AttributeValue::N(number.to_string())).await;
    }

    /// Writes a text of an item behind everybody's back.
    pub async fn set_text(&self, pk: &str, sk: &str, name: &str, text: &str) {
        self.set(pk, sk, name, AttributeValue::S(text.to_owned())).await;
    }

    async fn set(&self, pk: &str, sk: &str, name: &str, value: AttributeValue) {
        let update = self.runtime.clients.dynamodb.update_item();
        let update = update
            .table_name(&self.runtime.settings.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()));
        update
            .update_expression("SET #name = :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value)
            .send()
            .await
            .unwrap();
    }

    /// Puts an item behind everybody's back, as the service itself spells it.
    pub async fn put(&self, item: &Value) {
        let put = self.runtime.clients.dynamodb.put_item();
        let put = put.table_name(&self.runtime.settings.table).set_item(Some(spelled_item(item)));
        put.send().await.unwrap();
    }

    /// So many more tasks like one that is there, as far as lists know them.
    pub async fn copies(&self, task: TaskId, many: usize) {
        let text = |text: String| AttributeValue::S(text);
        let head = self.items().await.remove(&format!("TASK#{task} HEAD")).unwrap();
        let rank = head["owner_sk"].as_s().unwrap().clone();
        let requests: Vec<_> = (0..many)
            .map(|_| {
                let copy = TaskId::from_uuid(Uuid::now_v7());
                let mut item = head.clone();
                item.insert("pk".to_owned(), text(format!("TASK#{copy}")));
                let rank = rank.replace(&task.to_string(), &copy.to_string());
                item.insert("owner_sk".to_owned(), text(rank));
                let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
                WriteRequest::builder().put_request(put).build()
            })
            .collect();
        for some in requests.chunks(25) {
            let write = self.runtime.clients.dynamodb.batch_write_item();
            write.request_items(&self.runtime.settings.table, some.to_vec()).send().await.unwrap();
        }
    }

    /// Removes an item behind everybody's back.
    pub async fn remove(&self, pk: &str, sk: &str) {
        let delete = self.runtime.clients.dynamodb.delete_item();
        let delete = delete.table_name(&self.runtime.settings.table);
        let delete = delete.key("pk", AttributeValue::S(pk.to_owned()));
        delete.key("sk", AttributeValue::S(sk.to_owned())).send().await.unwrap();
    }

    /// Makes a time of a task's head lie `ago` in the past.
    pub async fn long_ago(&self, task: TaskId, name: &str, ago: SignedDuration) {
        let then = (runtime::clock::now() - ago).as_millisecond();
        self.set_number(&format!("TASK#{task}"), "HEAD", name, then).await;
    }

    /// Makes a run look as if its lease were over, and it had been watched for longer than a runner is silent.
    pub async fn silent(&self, task: TaskId) {
        let then = (runtime::clock::now() - SignedDuration::from_hours(2)).as_millisecond();
        self.set_number(&format!("TASK#{task}"), "HEAD", "lease_until", then).await;
        for name in ["doubted_lease", "doubted_since"] {
            self.set_number("SLOTS#global", &format!("HOLD#{task}"), name, then).await;
        }
    }

    /// Makes a lease look as if it had been doubted `ago`.
    pub async fn doubted_since(&self, task: TaskId, ago: SignedDuration) {
        let then = (runtime::clock::now() - ago).as_millisecond();
        self.set_number("SLOTS#global", &format!("HOLD#{task}"), "doubted_since", then).await;
    }

    /// Makes a task's head forget something.
    pub async fn forget(&self, task: TaskId, name: &str) {
        let update = self.runtime.clients.dynamodb.update_item();
        let update = update
            .table_name(&self.runtime.settings.table)
            .key("pk", AttributeValue::S(format!("TASK#{task}")))
            .key("sk", AttributeValue::S("HEAD".to_owned()));
        let update = update.update_expression("REMOVE #name");
        update.expression_attribute_names("#name", name).send().await.unwrap();
    }

    /// Makes a slot look as if it was given away `ago`.
    pub async fn held_since(&self, task: TaskId, ago: SignedDuration) {
        let then = (runtime::clock::now() - ago).as_millisecond();
        self.set_number("SLOTS#global", &format!("HOLD#{task}"), "since", then).await;
    }
}

fn spelled_item(item: &Value) -> Item {
    let values = item.as_object().unwrap().iter();
    values.map(|(name, value)| (name.clone(), spelled(value))).collect()
}

/// `{"S": "text"}` and the like.
fn spelled(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(Blob::new(BASE64_STANDARD.decode(text()).unwrap())),
        "NULL" => AttributeValue::Null(true),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(spelled).collect()),
        "M" => AttributeValue::M(spelled_item(value)),
        _ => panic!("no attribute here is a {kind}"),
    }
}
