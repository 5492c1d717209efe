//! The WebSocket protocol. The log is the truth, a push is a hint, and the server never replays: a client folds what
//! comes by `seq`, drops doubles, parks what is early, and on a gap, or a head beyond what it has, reads REST.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{event::RawEvent, id::TaskId, problem::Problem, view::TaskView};

/// Most topics of one connection.
pub const MAX_TOPICS: usize = 50;
/// No frame of the server is larger than this: API Gateway ends a socket at 32 KB.
pub const FRAME_BYTES: usize = 24 * 1024;

/// What a connection can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Topic {
    /// `task:ID`: the events of one task.
    Task(TaskId),
    /// `tasks`: the states of all tasks that I may see.
    Tasks,
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Task(id) => write!(f, "task:{id}"),
            Self::Tasks => f.write_str("tasks"),
        }
    }
}

impl std::str::FromStr for Topic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "tasks" => Ok(Self::Tasks),
            Some(("task", id)) => id.parse().map(Self::Task).map_err(|err| format!("`{id}` {err}")),
            None | Some(_) => Err("a topic is `tasks` or `task:ID`".to_owned()),
        }
    }
}

impl TryFrom<String> for Topic {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Topic> for String {
    fn from(topic: Topic) -> Self {
        topic.to_string()
    }
}

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Follow these too. Answered with their heads.
    Subscribe {
        #[schema(value_type = Vec<String>)]
        topics: Vec<Topic>,
    },
    /// Follow these no longer.
    Unsubscribe {
        #[schema(value_type = Vec<String>)]
        topics: Vec<Topic>,
    },
    /// Answered with the heads of all that is followed; keeps the connection from being idle.
    Ping,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The last `seq` of each task that is followed; answers `subscribe` and `ping`.
    Heads {
        #[schema(value_type = BTreeMap<String, u64>)]
        heads: BTreeMap<Topic, u64>,
    },
    /// New events of a task.
    Events {
        #[schema(value_type = String)]
        topic: Topic,
        #[schema(value_type = Vec<crate::event::Event>)]
        events: Vec<RawEvent>,
    },
    /// A task changed.
    Task { task: Box<TaskView> },
    /// A frame was not obeyed.
    Error { problem: Problem },
    /// Of a newer server.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spelled_as_the_protocol_says() {
        let id = TaskId::from_uuid(uuid::Uuid::nil());
        let frame = ClientFrame::Subscribe { topics: vec![Topic::Task(id), Topic::Tasks] };
        assert_eq!(
            serde_json::to_string(&frame).unwrap(),
            r#"{"action":"subscribe","topics":["task:task_00000000000000000000000000000000","tasks"]}"#
        );
        let heads = ServerFrame::Heads { heads: BTreeMap::from([(Topic::Task(id), 698)]) };
        assert_eq!(
            serde_json::to_string(&heads).unwrap(),
            r#"{"type":"heads","heads":{"task:task_00000000000000000000000000000000":698}}"#
        );
    }

    #[test]
    fn a_frame_that_is_not_understood_is_refused() {
        for text in [
            r#"{"action":"shout"}"#,
            r#"{"action":"subscribe","topics":["everything"]}"#,
            r#"{"action":"subscribe","topics":["task:user_00000000000000000000000000000000"]}"#,
            r#"{"action":"subscribe","topics":["tasks"],"as":"admin"}"#,
            r"[]",
        ] {
            assert!(serde_json::from_str::<ClientFrame>(text).is_err(), "{text}");
        }
    }
}
