//! A batch of events: one item per post, not per event.

use std::collections::BTreeMap;

use domain::{event::RawEvent, id::TaskId};
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    head::SCHEMA,
    keys::{self, Item},
};

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
    /// JSON: a batch is read whole, and text is a third of the size of a tree of attributes.
    events: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    bodies: BTreeMap<String, String>,
}

impl Batch {
    /// The runner of what the dispatcher adds to a log: no runner has this name, so none can overwrite it.
    pub const SERVER: &'static str = "";

    pub(crate) fn to_item(&self, id: TaskId) -> Result<Item, StoreError> {
        let key = keys::batch(id, self.first_seq);
        let row = Row {
            pk: key.pk,
            sk: key.sk,
            v: SCHEMA,
            first_seq: self.first_seq,
            attempt: self.attempt,
            run_seq: self.run_seq,
            runner: self.runner.clone(),
            events: serde_json::to_string(&self.events).map_err(StoreError::corrupt)?,
            bodies: self.bodies.iter().map(|(seq, key)| (seq.to_string(), key.clone())).collect(),
        };
        serde_dynamo::to_item(row).map_err(StoreError::corrupt)
    }

    pub(crate) fn from_item(item: Item) -> Result<Self, StoreError> {
        let row: Row = serde_dynamo::from_item(item).map_err(StoreError::corrupt)?;
        Ok(Self {
            first_seq: row.first_seq,
            attempt: row.attempt,
            run_seq: row.run_seq,
            runner: row.runner,
            events: serde_json::from_str(&row.events).map_err(StoreError::corrupt)?,
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
