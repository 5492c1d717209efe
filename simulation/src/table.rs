//! The table: the engine of the local mode, called in this thread. Its indexes may lag behind.

use dynoxide::{AttributeValue, Database, DynoxideError, Item, actions::get_item::GetItemRequest};
use memchr::memmem::find;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    audit,
    call::Call,
    services::TABLE,
    wire::{Answer, Request},
    world::World,
};

pub(crate) fn serve(world: &World, request: &Request) -> Answer {
    let indexed = request.operation == "Query" && find(&request.body, b"\"IndexName\"").is_some();
    if indexed && Call::current().is_some() {
        return lagging(world, request);
    }
    let answer = ask(&world.engine, &request.operation, &request.body);
    if answer.status == 200 {
        audit::written(world, request, &answer.body);
    }
    answer
}

/// An index shows the table as it was a while ago: without what is new, or with what is gone.
fn lagging(world: &World, request: &Request) -> Answer {
    let lag = world.plan.faults.index_lag;
    let answer = ask(&world.engine, &request.operation, &request.body);
    if lag.is_zero() || answer.status != 200 || !world.faulty() {
        return answer;
    }
    let now = world.elapsed();
    let mut audit = world.audit.borrow_mut();
    // What waits is asked for by the time of now; everything else must be asked for alike.
    let waits = request.label.ends_with("READY") || request.label.ends_with("DUE");
    let question = if waits { request.label.clone() } else { ordered(&request.body) };
    let before = audit.index_seen.insert(question, (now, answer.body.clone()));
    let stale = before.filter(|(at, _)| now - *at <= lag);
    if let Some((_, body)) = stale
        && world.fault("index shows what is gone", 0.3)
    {
        return Answer::ok(body);
    }
    if !world.fault("index misses what is new", 0.3) {
        return answer;
    }
    let Ok(mut page) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
    if let Some(items) = page["Items"].as_array_mut() {
        items.retain(|item| {
            let key = item["pk"]["S"].as_str().unwrap_or_default();
            audit.heads.changed_at(key).is_none_or(|at| now - at > lag)
        });
        page["Count"] = items.len().into();
    }
    Answer::ok(page.to_string())
}

/// The SDK writes maps in an order that is another one each time.
fn ordered(body: &[u8]) -> String {
    let mut question: Value = serde_json::from_slice(body).unwrap_or_default();
    question.sort_all_objects();
    question.to_string()
}

/// One item, as it is now.
pub(crate) fn item(db: &Database, pk: &str, sk: &str) -> Option<Item> {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let key = [("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))];
    let request = GetItemRequest {
        table_name: TABLE.to_owned(),
        key: key.into(),
        ..GetItemRequest::default()
    };
    db.get_item(request).ok()?.item
}

/// As the local mode calls it.
pub(crate) fn ask(db: &Database, operation: &str, body: &[u8]) -> Answer {
    let done = match operation {
        "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
        "CreateTable" => run(body, |request| db.create_table(request)),
        "DeleteItem" => run(body, |request| db.delete_item(request)),
        "GetItem" => run(body, |request| db.get_item(request)),
        "PutItem" => run(body, |request| db.put_item(request)),
        "Query" => run(body, |request| db.query(request)),
        "Scan" => run(body, |request| db.scan(request)),
        "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
        "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
        "UpdateItem" => run(body, |request| db.update_item(request)),
        "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
        _ => Err(DynoxideError::ValidationException(format!("no operation `{operation}` here"))),
    };
    match done {
        Ok(body) => Answer::ok(body),
        // The kind of the error stands in the body.
        Err(error) => {
            Answer { status: error.status_code(), error: None, body: error.to_json().into_bytes() }
        }
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body)
        .map_err(|err| DynoxideError::SerializationException(err.to_string()))?;
    let answer = operation(request)?;
    serde_json::to_vec(&answer).map_err(|err| DynoxideError::InternalServerError(err.to_string()))
}
