//! What must hold after each write, and what must be remembered to tell in the end whether everything held.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::id::{TaskId, UserId};
use serde_json::{Value, json};

use crate::{call::Call, heads::Heads, services::TABLE, table, wire::Request, world::World};

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
            let Ok(put) = serde_json::from_slice::<Value>(&request.body) else { return };
            head_written(world, &put["Item"]);
        }
        "UpdateItem HEAD" => {
            let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return };
            // Whoever does not ask for it gets no answer.
            if answer["Attributes"]["state"].is_object() {
                head_written(world, &answer["Attributes"]);
            }
        }
        "DeleteItem HEAD" => {
            let Ok(delete) = serde_json::from_slice::<Value>(&request.body) else { return };
            let key = delete["Key"]["pk"]["S"].as_str().unwrap_or_default().to_owned();
            world.audit.borrow_mut().heads.removed(&key);
        }
        label if label.starts_with("TransactWriteItems") && label.contains("HEAD") => {
            let Ok(write) = serde_json::from_slice::<Value>(&request.body) else { return };
            let items = write["TransactItems"].as_array().into_iter().flatten();
            let keys = items.map(|item| &item["Update"]["Key"]);
            for key in keys.filter(|key| key["sk"]["S"] == "HEAD") {
                let get = json!({ "TableName": TABLE, "Key": key, "ConsistentRead": true });
                let got = table::ask(&world.engine, "GetItem", get.to_string().as_bytes());
                let Ok(got) = serde_json::from_slice::<Value>(&got.body) else { continue };
                // A try again of what was done before changes nothing, not even what was deleted since.
                if got["Item"].is_object() {
                    head_written(world, &got["Item"]);
                }
            }
        }
        _ => (),
    }
}

fn head_written(world: &World, item: &Value) {
    let key = item["pk"]["S"].as_str().unwrap_or_default();
    let mut audit = world.audit.borrow_mut();
    audit.heads.written(world, key, item);
    if let Some(call) = Call::current() {
        world.tell(&format!(
            "{}#{} wrote {} {} seq {} run {}",
            call.name,
            call.number,
            key,
            item["state"]["S"].as_str().unwrap_or_default(),
            item["seq"]["N"].as_str().unwrap_or_default(),
            item["attempt"]["N"].as_str().unwrap_or_default(),
        ));
    }
}
