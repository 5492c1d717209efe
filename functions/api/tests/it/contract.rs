//! What crosses a language border is printed, and the print is tested. `UPDATE_CONTRACTS=1` prints it anew.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::world::World;

#[tokio::test]
async fn the_api_is_as_its_contract_says() {
    printed("openapi.json", &World::new().await.openapi().await);
}

#[tokio::test]
async fn an_event_is_as_its_contract_says() {
    let document = World::new().await.openapi().await;
    printed("event.schema.json", &event_schema(&document));
}

fn printed(name: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(name);
    let text = format!("{value:#}\n");
    if std::env::var_os("UPDATE_CONTRACTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == text,
        "contracts/{name} is out of date: run this test with UPDATE_CONTRACTS=1"
    );
}

/// The event's schema with all that it refers to, as a document of its own.
fn event_schema(document: &Value) -> Value {
    let schemas = &document["components"]["schemas"];
    let mut defs = Map::new();
    let event = moved(&schemas["Event"], schemas, &mut defs);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:errand:schema:event",
        "title": "Event",
    });
    let root = schema.as_object_mut().unwrap();
    root.extend(event.as_object().unwrap().clone());
    defs.sort_keys();
    root.insert("$defs".to_owned(), defs.into());
    schema
}

fn moved(schema: &Value, schemas: &Value, defs: &mut Map<String, Value>) -> Value {
    match schema {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| {
                let Some(name) =
                    value.as_str().and_then(|text| text.strip_prefix("#/components/schemas/"))
                else {
                    return (key.clone(), moved(value, schemas, defs));
                };
                if !defs.contains_key(name) {
                    defs.insert(name.to_owned(), Value::Null);
                    let inner = moved(&schemas[name], schemas, defs);
                    defs.insert(name.to_owned(), inner);
                }
                (key.clone(), format!("#/$defs/{name}").into())
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => {
            items.iter().map(|item| moved(item, schemas, defs)).collect::<Vec<_>>().into()
        }
        leaf => leaf.clone(),
    }
}
