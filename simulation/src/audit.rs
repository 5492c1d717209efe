//! What must hold after each write, and what must be remembered to tell in the end whether everything held.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::id::{TaskId, UserId};
use dynoxide::{AttributeValue, Item};
use serde::Deserialize;

use crate::{call::Call, heads::Heads, table, wire::Request, world::World};

/// One process that spoke, or tried to speak, for a run.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: String,
    /// Of its events, so many were acknowledged.
    pub(crate) acknowledged: u64,
}

/// What was promised about a task.
#[derive(Clone, Debug)]
pub(crate) struct Promise {
    pub(crate) owner: UserId,
    /// Its cancel was acknowledged, and nobody had it taken up again since.
    pub(crate) canceled: bool,
    pub(crate) deleted: bool,
    /// Its owner is done with it: what others do with it now meets nothing of theirs.
    pub(crate) left: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Audit {
    pub(crate) heads: Heads,
    pub(crate) promises: BTreeMap<TaskId, Promise>,
    pub(crate) processes: BTreeMap<(TaskId, u32), Vec<Process>>,
    /// Tasks that were asked for once, without an answer.
    pub(crate) unknown: usize,
    /// What must be found nowhere.
    pub(crate) secrets: BTreeSet<String>,
    /// What an index last showed.
    pub(crate) index_seen: BTreeMap<String, (Duration, Vec<u8>)>,
}

impl Audit {
    pub(crate) fn process(&mut self, task: TaskId, attempt: u32, name: &str) -> &mut Process {
        let processes = self.processes.entry((task, attempt)).or_default();
        let at = processes.iter().position(|process| process.name == name);
        let at = at.unwrap_or_else(|| {
            processes.push(Process { name: name.to_owned(), acknowledged: 0 });
            processes.len() - 1
        });
        &mut processes[at]
    }
}

/// The table was written.
pub(crate) fn written(world: &World, request: &Request, answer: &[u8]) {
    match request.label.as_str() {
        "PutItem HEAD" => {
            let Ok(put) = serde_json::from_slice::<Put>(&request.body) else { return };
            head_written(world, &put.item);
        }
        "UpdateItem HEAD" => {
            let Ok(answer) = serde_json::from_slice::<Updated>(answer) else { return };
            // Whoever does not ask for it gets no answer.
            if answer.attributes.contains_key("state") {
                head_written(world, &answer.attributes);
            }
        }
        "DeleteItem HEAD" => {
            let Ok(delete) = serde_json::from_slice::<Update<'_>>(&request.body) else { return };
            world.audit.borrow_mut().heads.removed(&delete.key.pk.text);
        }
        label if label.starts_with("TransactWriteItems") && label.contains("HEAD") => {
            let Ok(write) = serde_json::from_slice::<Transaction<'_>>(&request.body) else {
                return;
            };
            let keys = write.items.iter().filter_map(|item| Some(&item.update.as_ref()?.key));
            for key in keys.filter(|key| key.sk.text == "HEAD") {
                // A try again of what was done before changes nothing, not even what was deleted since.
                if let Some(item) = table::item(&world.engine, &key.pk.text, &key.sk.text) {
                    head_written(world, &item);
                }
            }
        }
        _ => (),
    }
}

#[derive(Deserialize)]
struct Put {
    #[serde(rename = "Item")]
    item: Item,
}

#[derive(Deserialize)]
struct Updated {
    #[serde(default, rename = "Attributes")]
    attributes: Item,
}

/// Of a transaction, what tells which items it updated.
#[derive(Deserialize)]
struct Transaction<'a> {
    #[serde(borrow, rename = "TransactItems")]
    items: Vec<Write<'a>>,
}

#[derive(Deserialize)]
struct Write<'a> {
    #[serde(borrow, rename = "Update")]
    update: Option<Update<'a>>,
}

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(borrow, rename = "Key")]
    key: Key<'a>,
}

#[derive(Deserialize)]
struct Key<'a> {
    #[serde(borrow)]
    pk: Text<'a>,
    #[serde(borrow)]
    sk: Text<'a>,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, rename = "S")]
    text: Cow<'a, str>,
}

fn head_written(world: &World, item: &Item) {
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => text.as_str(),
        Some(_) | None => "",
    };
    let key = text("pk");
    let mut audit = world.audit.borrow_mut();
    audit.heads.written(world, key, item);
    if let Some(call) = Call::current() {
        world.tell(&format!(
            "{}#{} wrote {} {} seq {} run {}",
            call.name,
            call.number,
            key,
            text("state"),
            text("seq"),
            text("attempt"),
        ));
    }
}
