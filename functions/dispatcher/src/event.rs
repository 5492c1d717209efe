//! What wakes the dispatcher, parsed once.

use domain::{id::TaskId, reason::Reason};
use serde::Deserialize;
use serde_json::Value;

/// A reason to look.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Messages of the queue, by id. All that matters of what they say is where to look besides the queue.
    Rings {
        rings: Vec<String>,
        /// One of them was sent beforehand, for when something is due.
        due: bool,
    },
    /// The minute is over.
    Tick,
    /// A container ended.
    Stopped(Stopped),
    /// Something that calls for nothing.
    Other,
}

/// A container that ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// Whose it was.
    pub(crate) run: Option<(TaskId, u32)>,
    pub(crate) exit_code: Option<i64>,
    pub(crate) why: String,
    /// Its machine was taken away: neither it nor we had a part in it.
    pub(crate) by_host: bool,
}

/// What is said of a run whose machine was taken away.
pub(crate) const INTERRUPTED: &str = "the machine of the run went away";

/// Whether a container's `stopCode` means that its host took it away.
pub(crate) fn is_by_host(stop_code: &str) -> bool {
    matches!(stop_code, "SpotInterruption" | "TerminationNotice")
}

/// The ring that was sent beforehand.
pub(crate) const DUE: &str = "due";

#[derive(Deserialize)]
struct Ring {
    ring: String,
}

#[derive(Deserialize)]
struct Bus {
    #[serde(default)]
    source: String,
    #[serde(default, rename = "detail-type")]
    detail_type: String,
    #[serde(default)]
    detail: Value,
}

impl Event {
    pub(crate) fn read(event: Value) -> Result<Self, serde_json::Error> {
        if let Some(records) = event.get("Records").and_then(Value::as_array) {
            let id = |record: &Value| {
                record.get("messageId").and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let is_due = |record: &Value| {
                let body = record.get("body").and_then(Value::as_str).unwrap_or_default();
                serde_json::from_str::<Ring>(body).is_ok_and(|ring| ring.ring == DUE)
            };
            let due = records.iter().any(is_due);
            return Ok(Self::Rings { rings: records.iter().map(id).collect(), due });
        }
        let bus: Bus = serde_json::from_value(event)?;
        Ok(match (bus.source.as_str(), bus.detail_type.as_str()) {
            ("aws.events" | "aws.scheduler", _) => Self::Tick,
            ("aws.ecs", "ECS Task State Change") if bus.detail["lastStatus"] == "STOPPED" => {
                Self::Stopped(Stopped::read(&bus.detail))
            }
            _ => Self::Other,
        })
    }
}

impl Stopped {
    /// From the detail of an event of ECS.
    fn read(detail: &Value) -> Self {
        let container = &detail["containers"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let why = match text(&container["reason"]) {
            reason if reason.is_empty() => text(&detail["stoppedReason"]),
            reason => reason,
        };
        Self {
            run: detail["startedBy"].as_str().and_then(run_of),
            exit_code: container["exitCode"].as_i64(),
            why,
            by_host: is_by_host(&text(&detail["stopCode"])),
        }
    }

    /// Why the run failed, if its runner said nothing itself.
    pub(crate) fn reason(&self) -> Reason {
        if self.why.contains("OutOfMemory") {
            return Reason::Oom;
        }
        let never_ran = ["CannotPull", "CannotStart", "CannotCreate", "ResourceInitialization"];
        if never_ran.iter().any(|sign| self.why.contains(sign)) {
            Reason::StartTimeout
        } else {
            Reason::Lost
        }
    }

    pub(crate) fn explanation(&self) -> String {
        match self.exit_code {
            Some(code) => format!("the container ended with exit code {code} before the run did"),
            None => "the container ended before the run did".to_owned(),
        }
    }
}

/// What `startedBy` of a container says: `task_…/attempt`.
pub(crate) fn started_by(task: TaskId, attempt: u32) -> String {
    format!("{task}/{attempt}")
}

pub(crate) fn run_of(started_by: &str) -> Option<(TaskId, u32)> {
    let (task, attempt) = started_by.split_once('/')?;
    Some((task.parse().ok()?, attempt.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stopped_container_names_its_run_and_its_reason() {
        let task = "task_00000000000000000000000000000007";
        let event = json!({
            "source": "aws.ecs", "detail-type": "ECS Task State Change",
            "detail": {
                "lastStatus": "STOPPED", "startedBy": format!("{task}/2"), "stoppedReason": "Essential container in task exited",
                "containers": [{"exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}],
            },
        });
        let Ok(Event::Stopped(stopped)) = Event::read(event) else {
            panic!("not a stopped container")
        };
        assert_eq!(stopped.run, Some((task.parse().unwrap(), 2)));
        assert_eq!(stopped.reason(), Reason::Oom);
    }

    #[test]
    fn a_container_that_its_host_took_away_says_so() {
        for (stop_code, by_host) in [
            ("SpotInterruption", true),
            ("TerminationNotice", true),
            ("EssentialContainerExited", false),
            ("UserInitiated", false),
            ("", false),
        ] {
            let event = json!({
                "source": "aws.ecs", "detail-type": "ECS Task State Change",
                "detail": { "lastStatus": "STOPPED", "stopCode": stop_code },
            });
            let Ok(Event::Stopped(stopped)) = Event::read(event) else {
                panic!("not a stopped container")
            };
            assert_eq!(stopped.by_host, by_host, "{stop_code}");
        }
    }

    #[test]
    fn a_message_is_a_ring_whatever_it_says() {
        let event = json!({"Records": [{"messageId": "a", "body": "{"}, {"messageId": "b"}]});
        let rings = vec!["a".into(), "b".into()];
        assert_eq!(Event::read(event).unwrap(), Event::Rings { rings, due: false });
    }

    #[test]
    fn a_ring_that_was_sent_beforehand_says_so() {
        let event = json!({"Records": [{"messageId": "a", "body": "{}"}, {"messageId": "b", "body": r#"{"ring":"due"}"#}]});
        let rings = vec!["a".into(), "b".into()];
        assert_eq!(Event::read(event).unwrap(), Event::Rings { rings, due: true });
    }

    #[test]
    fn a_container_that_only_starts_and_strange_events_call_for_nothing() {
        for event in [
            json!({"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {"lastStatus": "RUNNING"}}),
            json!({"source": "somebody"}),
            json!({}),
        ] {
            assert_eq!(Event::read(event).unwrap(), Event::Other);
        }
    }
}
