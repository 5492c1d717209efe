//! How far the agent's todo list is: what a list of tasks shows of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Body, RawEvent, TodoStatus};

/// Entries of the todo list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TodoProgress {
    pub done: u32,
    pub total: u32,
}

impl TodoProgress {
    /// As of the last of these events that has a list; a preview of one has not all of it and does not count.
    #[must_use]
    pub fn of(events: &[RawEvent]) -> Option<Self> {
        let lists = events.iter().rev().filter(|event| event.kind() == "todo" && !event.truncated);
        lists.into_iter().find_map(|event| {
            let Body::Todo { items } = event.typed().body else { return None };
            let done = items.iter().filter(|item| item.status == TodoStatus::Completed).count();
            let count = |entries| u32::try_from(entries).unwrap_or(u32::MAX);
            Some(Self { done: count(done), total: count(items.len()) })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(body: Value) -> RawEvent {
        let mut event = json!({ "seq": 1, "at": "2026-01-01T00:00:00Z", "attempt": 1 });
        event.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        serde_json::from_value(event).unwrap()
    }

    fn list(states: &[&str]) -> RawEvent {
        let item = |status| json!({ "id": "1", "subject": "Do it", "status": status });
        event(json!({ "type": "todo", "items": states.iter().map(item).collect::<Vec<_>>() }))
    }

    #[test]
    fn the_last_list_counts() {
        let text = event(json!({ "type": "text", "text": "Hello." }));
        let events = [list(&["pending"]), list(&["completed", "in_progress", "completed"]), text];
        assert_eq!(TodoProgress::of(&events), Some(TodoProgress { done: 2, total: 3 }));
    }

    #[test]
    fn where_no_list_can_be_read_there_is_no_progress() {
        let strange = event(json!({ "type": "todo", "items": "all of them" }));
        assert_eq!(TodoProgress::of(&[strange]), None);
        assert_eq!(TodoProgress::of(&[]), None);
    }
}
