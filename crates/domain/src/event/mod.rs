//! Events: the numbered records of what happened in a task, as users, clients and the dashboard see them.
//!
//! **Compatibility:** fields are only ever added, and added as optional. A reader shows a type that it does not know
//! as [`Body::Unknown`]; nobody writes back what it read. The server itself passes bodies through as it got them
//! ([`RawEvent`]), so an old server does not shorten what a new runner says.

mod body;
mod preview;
mod progress;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use self::{
    body::{Body, Isolation, RunOutcome, TodoItem, TodoStatus, Tokens},
    preview::{PREVIEW_BYTES, preview},
    progress::TodoProgress,
};

/// One event with its place in the task's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event<B = Body> {
    /// 1, 2, 3, … without a gap over all runs of the task; given by the server.
    pub seq: u64,
    /// When it happened, by the runner's clock.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Which run it belongs to.
    pub attempt: u32,
    /// True where this is a preview: the whole is at `/v1/tasks/{id}/events/{seq}`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The size of the whole event in bytes, where this is a preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_bytes: Option<u64>,
    #[serde(flatten)]
    pub body: B,
}

/// An event whose body is passed through as it came.
pub type RawEvent = Event<Map<String, Value>>;

/// What a runner posts: an event that has no number yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Draft<B = Body> {
    /// When it happened, by the runner's clock.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[serde(flatten)]
    pub body: B,
}

/// A draft whose body is passed through as it came.
pub type RawDraft = Draft<Map<String, Value>>;

impl RawDraft {
    /// Gives the draft its place in history.
    #[must_use]
    pub fn numbered(self, seq: u64, attempt: u32) -> RawEvent {
        Event { seq, at: self.at, attempt, truncated: false, whole_bytes: None, body: self.body }
    }
}

impl Draft {
    /// The same with its body as plain JSON.
    ///
    /// # Panics
    /// Never: a [`Body`] is an object by construction.
    #[must_use]
    pub fn raw(&self) -> RawDraft {
        let body = match serde_json::to_value(&self.body) {
            Ok(Value::Object(map)) => map,
            Ok(_) | Err(_) => unreachable!("a body is a tagged object of plain values"),
        };
        Draft { at: self.at, body }
    }
}

impl RawEvent {
    /// The event's type, as it is spelled on the wire.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.body.get("type").and_then(Value::as_str).unwrap_or("unknown")
    }

    /// The event with a typed body; a preview whose cut no longer fits its type reads as [`Body::Unknown`].
    #[must_use]
    pub fn typed(&self) -> Event {
        Event {
            seq: self.seq,
            at: self.at,
            attempt: self.attempt,
            truncated: self.truncated,
            whole_bytes: self.whole_bytes,
            body: typed_body(&self.body),
        }
    }
}

fn typed_body<T: DeserializeOwned + Default>(body: &Map<String, Value>) -> T {
    serde_json::from_value(Value::Object(body.clone())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_newer_runner_is_shown_as_unknown_and_kept_as_it_is() {
        let text =
            r#"{"seq":3,"at":"2026-01-02T03:04:05Z","attempt":1,"type":"hologram","beam":[1,2]}"#;
        let event: RawEvent = serde_json::from_str(text).unwrap();
        assert_eq!(event.kind(), "hologram");
        assert_eq!(event.typed().body, Body::Unknown);
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }

    #[test]
    fn a_typed_event_reads_back_as_it_was_written() {
        let event = Event {
            seq: 1,
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            attempt: 2,
            truncated: false,
            whole_bytes: None,
            body: Body::State { state: "idle".to_owned() },
        };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(
            text,
            r#"{"seq":1,"at":"2026-01-02T03:04:05Z","attempt":2,"type":"state","state":"idle"}"#
        );
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
}
