//! Makes an event fit: what is cut is marked where it was.

use serde_json::{Map, Value};

/// A copy of at most `max_bytes` of JSON, with the longest texts and lists cut first; its `type` always stays.
pub(crate) fn fit(body: &Map<String, Value>, max_bytes: usize) -> Map<String, Value> {
    let mut limit = max_bytes / 2;
    while limit > 0 {
        let field = |(key, value): (&String, &Value)| {
            let kept = if key == "type" { value.clone() } else { shorten(value, limit) };
            (key.clone(), kept)
        };
        let cut: Map<_, _> = body.iter().map(field).collect();
        if size_of(&cut) <= max_bytes {
            return cut;
        }
        limit /= 2;
    }
    let mut bare = Map::new();
    bare.extend(body.get("type").map(|kind| ("type".to_owned(), kind.clone())));
    bare.insert("cut".to_owned(), format!("[… {} bytes cut …]", size_of(body)).into());
    bare
}

/// The beginning says what it is and the end says how it went; the middle goes.
pub(crate) fn text(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(limit * 2 / 3);
    let tail = text.ceil_char_boundary(text.len() - limit / 3);
    format!("{}\n[… {} bytes cut …]\n{}", &text[..head], tail - head, &text[tail..])
}

fn shorten(value: &Value, limit: usize) -> Value {
    match value {
        Value::String(long) if long.len() > limit => Value::String(text(long, limit)),
        Value::Array(items) => {
            let mut kept: Vec<Value> =
                items.iter().take(limit).map(|item| shorten(item, limit)).collect();
            if items.len() > limit {
                kept.push(format!("[… {} items cut …]", items.len() - limit).into());
            }
            Value::Array(kept)
        }
        Value::Object(map) => {
            let mut kept: Map<_, _> = map
                .iter()
                .take(limit)
                .map(|(key, item)| (text(key, limit), shorten(item, limit)))
                .collect();
            if map.len() > limit {
                let cut = format!("[… {} fields cut …]", map.len() - limit);
                kept.insert("…".to_owned(), cut.into());
            }
            Value::Object(kept)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

pub(crate) fn size_of(body: &Map<String, Value>) -> usize {
    // A map of plain JSON values always serialises.
    serde_json::to_vec(body).map_or(usize::MAX, |json| json.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("not an object") };
        map
    }

    #[test]
    fn what_is_cut_says_so() {
        let body = object(json!({"type": "text", "text": "abcdefghij".repeat(10)}));
        let cut = fit(&body, 90);
        insta::assert_snapshot!(cut["text"].as_str().unwrap(), @r#"
        abcdefghijabcd
        [… 79 bytes cut …]
        defghij
        "#);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<u32>().prop_map(Value::from),
            ".{0,400}".prop_map(Value::from)
        ];
        leaf.prop_recursive(8, 200, 30, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..30).prop_map(Value::from),
                prop::collection::vec((".{0,20}", inner), 0..30)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_cut_event_always_fits_and_keeps_its_type(content in any_json()) {
            let cut = fit(&object(json!({"type": "other", "frame": content})), 512);
            prop_assert!(size_of(&cut) <= 512);
            prop_assert_eq!(&cut["type"], "other");
        }
    }
}
