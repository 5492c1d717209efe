//! Cutting an event to a size that fits a list or a push, so that its shape stays readable.

use serde_json::{Map, Value};

use super::RawEvent;

/// No event in a list or a push is larger than this.
pub const PREVIEW_BYTES: usize = 8 * 1024;

/// The event itself if it is small enough, else a copy with its longest texts cut and `truncated` set.
///
/// Cuts every string to a length that halves until the whole fits; arrays and objects are cut to as many entries.
#[must_use]
pub fn preview(event: &RawEvent, max_bytes: usize) -> RawEvent {
    let size = size_of(&event.body);
    if size <= max_bytes {
        return event.clone();
    }
    let mut cut = event.clone();
    cut.truncated = true;
    cut.whole_bytes.get_or_insert(size as u64);
    let mut limit = max_bytes / 2;
    while limit > 0 {
        cut.body = event
            .body
            .iter()
            .map(|(key, value)| (key.clone(), shortened(key, value, limit)))
            .collect();
        if size_of(&cut.body) <= max_bytes {
            return cut;
        }
        limit /= 2;
    }
    cut.body =
        event.body.get("type").map(|kind| ("type".to_owned(), kind.clone())).into_iter().collect();
    cut
}

fn size_of(body: &Map<String, Value>) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            self.0 += buf.len();
            Ok(buf.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Writing to a counter cannot fail, and plain JSON values always serialise.
    let _ = serde_json::to_writer(&mut counter, body);
    counter.0
}

fn shortened(key: &str, value: &Value, limit: usize) -> Value {
    if key == "type" { value.clone() } else { shorten(value, limit, 6) }
}

fn shorten(value: &Value, limit: usize, depth: usize) -> Value {
    match value {
        Value::String(text) if text.len() > limit => Value::String(head_and_tail(text, limit)),
        Value::Array(_) | Value::Object(_) if depth == 0 => Value::Null,
        Value::Array(items) => Value::Array(
            items.iter().take(limit).map(|item| shorten(item, limit, depth - 1)).collect(),
        ),
        Value::Object(map) => Value::Object(
            map.iter()
                .take(limit)
                .map(|(key, item)| (key.clone(), shorten(item, limit, depth - 1)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The beginning says what it is and the end says how it went; the middle goes.
fn head_and_tail(text: &str, limit: usize) -> String {
    let head = text.floor_char_boundary(limit * 2 / 3);
    let tail = text.ceil_char_boundary(text.len() - limit / 3);
    format!("{}…{}", &text[..head], &text[tail..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn event(body: Value) -> RawEvent {
        let Value::Object(body) = body else { panic!("not an object") };
        RawEvent {
            seq: 1,
            at: jiff::Timestamp::UNIX_EPOCH,
            attempt: 1,
            truncated: false,
            whole_bytes: None,
            body,
        }
    }

    #[test]
    fn a_small_event_is_its_own_preview() {
        let small = event(json!({"type": "text", "text": "hello"}));
        assert_eq!(preview(&small, PREVIEW_BYTES), small);
    }

    #[test]
    fn a_preview_keeps_the_beginning_and_the_end() {
        let big = event(
            json!({"type": "tool_result", "content": format!("first{}last", "é".repeat(9_000))}),
        );
        let cut = preview(&big, PREVIEW_BYTES);
        let content = cut.body["content"].as_str().unwrap();
        assert!(content.starts_with("first") && content.ends_with("last"), "{content}");
        assert!(cut.truncated);
        assert_eq!(cut.whole_bytes, Some(size_of(&big.body) as u64));
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
        fn a_preview_always_fits_and_always_keeps_its_type(content in any_json()) {
            let cut = preview(&event(json!({"type": "other", "frame": content})), 512);
            prop_assert!(size_of(&cut.body) <= 512);
            prop_assert_eq!(cut.kind(), "other");
        }
    }
}
