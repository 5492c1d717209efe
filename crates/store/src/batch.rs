//! A batch of events: one item per post, not per event.

use std::{collections::BTreeMap, io::Read as _};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{event::RawEvent, id::TaskId};
use flate2::{Compression, read::DeflateDecoder, read::DeflateEncoder};
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    head::{self, SCHEMA},
    keys::{self, Item},
};

/// The attribute that holds the events as deflated JSON. DynamoDB bills by the KB, and events are alike: ten usual ones
/// cost one unit instead of three.
const PACKED: &str = "packed";
/// So much JSON fits into one unit with all the rest: smaller it would cost the same, and take the time.
const PLAIN_BYTES: usize = 600;

/// Events that were posted together.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// `seq` of the first event.
    pub first_seq: u64,
    pub attempt: u32,
    /// Number of the first event within its run.
    pub run_seq: u64,
    /// Which process of that run wrote it.
    pub runner: String,
    pub events: Vec<RawEvent>,
    /// Where the whole of an event lies that is here as a preview, by `seq`.
    pub bodies: BTreeMap<u64, String>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    v: u32,
    first_seq: u64,
    attempt: u32,
    run_seq: u64,
    runner: String,
    /// JSON: what is small, and all that the first schema had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    events: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    bodies: BTreeMap<String, String>,
}

impl Batch {
    /// The runner of what the dispatcher adds to a log: no runner has this name, so none can overwrite it.
    pub const SERVER: &'static str = "";

    pub(crate) fn to_item(&self, id: TaskId) -> Result<Item, StoreError> {
        let key = keys::batch(id, self.first_seq);
        let json = serde_json::to_string(&self.events).map_err(StoreError::corrupt)?;
        let (plain, packed) = match json.len() {
            ..=PLAIN_BYTES => (Some(json), None),
            _ => (None, Some(pack(&json)?)),
        };
        let row = Row {
            pk: key.pk,
            sk: key.sk,
            v: SCHEMA,
            first_seq: self.first_seq,
            attempt: self.attempt,
            run_seq: self.run_seq,
            runner: self.runner.clone(),
            events: plain,
            bodies: self.bodies.iter().map(|(seq, key)| (seq.to_string(), key.clone())).collect(),
        };
        let mut item: Item = serde_dynamo::to_item(row).map_err(StoreError::corrupt)?;
        let packed = packed.map(|packed| AttributeValue::B(Blob::new(packed)));
        item.extend(packed.map(|packed| (PACKED.to_owned(), packed)));
        Ok(item)
    }

    pub(crate) fn from_item(mut item: Item) -> Result<Self, StoreError> {
        let packed = item.remove(PACKED);
        let row: Row = serde_dynamo::from_item(head::known(item)?).map_err(StoreError::corrupt)?;
        Ok(Self {
            first_seq: row.first_seq,
            attempt: row.attempt,
            run_seq: row.run_seq,
            runner: row.runner,
            events: match (packed, row.events) {
                (Some(AttributeValue::B(packed)), _) => unpack(packed.as_ref())?,
                (_, Some(json)) => serde_json::from_str(&json).map_err(StoreError::corrupt)?,
                _ => return Err(StoreError::corrupt("a batch without events")),
            },
            bodies: row
                .bodies
                .into_iter()
                .map(|(seq, key)| Ok((seq.parse().map_err(StoreError::corrupt)?, key)))
                .collect::<Result<_, StoreError>>()?,
        })
    }

    pub(crate) fn len(&self) -> u64 {
        self.events.len() as u64
    }
}

fn pack(json: &str) -> Result<Vec<u8>, StoreError> {
    let mut packed = Vec::new();
    DeflateEncoder::new(json.as_bytes(), Compression::default())
        .read_to_end(&mut packed)
        .map_err(StoreError::corrupt)?;
    Ok(packed)
}

fn unpack(packed: &[u8]) -> Result<Vec<RawEvent>, StoreError> {
    let mut json = Vec::new();
    DeflateDecoder::new(packed).read_to_end(&mut json).map_err(StoreError::corrupt)?;
    serde_json::from_slice(&json).map_err(StoreError::corrupt)
}

#[cfg(test)]
mod tests {
    use domain::event::RawDraft;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn batch() -> Batch {
        let draft: RawDraft = serde_json::from_value(
            json!({ "at": "2026-01-01T00:00:00.000Z", "type": "text", "text": "Hello." }),
        )
        .unwrap();
        Batch {
            first_seq: 8,
            attempt: 2,
            run_seq: 3,
            runner: "runner-1".to_owned(),
            events: vec![draft.numbered(8, 2)],
            bodies: BTreeMap::from([(8, "tasks/a-body".to_owned())]),
        }
    }

    #[test]
    fn a_batch_reads_as_it_was_written() {
        for (count, packs) in [(1, false), (20, true)] {
            let batch = Batch { events: vec![batch().events.remove(0); count], ..batch() };
            let item = batch.to_item(TaskId::from_uuid(Uuid::nil())).unwrap();
            assert_eq!(item.contains_key(PACKED), packs, "{count} events");
            assert_eq!(item.contains_key("events"), !packs, "{count} events are kept once");
            assert_eq!(Batch::from_item(item).unwrap(), batch);
        }
    }

    #[test]
    fn a_batch_of_the_first_schema_reads_as_it_was_written() {
        let batch = Batch { events: vec![batch().events.remove(0); 20], ..batch() };
        let mut item = batch.to_item(TaskId::from_uuid(Uuid::nil())).unwrap();
        item.remove(PACKED);
        let text = serde_json::to_string(&batch.events).unwrap();
        item.insert("events".to_owned(), AttributeValue::S(text));
        assert_eq!(Batch::from_item(item).unwrap(), batch);
    }

    #[test]
    fn what_is_no_batch_is_an_error() {
        let mut whole = batch().to_item(TaskId::from_uuid(Uuid::nil())).unwrap();
        whole.remove("events");
        for packed in [None, Some(AttributeValue::B(Blob::new([1, 2, 3])))] {
            let mut item = whole.clone();
            item.extend(packed.map(|packed| (PACKED.to_owned(), packed)));
            assert!(matches!(Batch::from_item(item), Err(StoreError::Corrupt(_))));
        }
    }
}
