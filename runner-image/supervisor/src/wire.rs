//! What the wrapper says, line by line: events for users, facts for the supervisor, or garbage.

use domain::{
    event::{Body, Draft, RawDraft, Tokens},
    run::MAX_EVENT_BYTES,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    lines::{Line, shown},
    outbox::Parcel,
};

/// No line of the wrapper is longer.
pub(crate) const LINE_BYTES: usize = 64 * 1024 * 1024;
/// So much of an unreadable line is shown.
const SHOWN_BYTES: usize = 4 * 1024;

/// The types that a wrapper sends for users, as `domain::event::Body` spells them.
const FOR_USERS: [&str; 27] = [
    "session",
    "state",
    "status",
    "text",
    "thinking",
    "tool_use",
    "tool_progress",
    "tool_result",
    "user",
    "todo",
    "usage",
    "api_retry",
    "model_fallback",
    "rate_limit",
    "subtask",
    "subtasks",
    "permission_request",
    "permission_resolved",
    "permission_denied",
    "compact_boundary",
    "hook_started",
    "hook_response",
    "stderr",
    "log",
    "result",
    "error",
    "other",
];
/// Between wrapper and supervisor only. All are signs of life of the agent, a heartbeat only sometimes.
const FOR_US: [&str; 6] = ["hello", "cli", "delta", "prompt_sent", "thinking_tokens", "heartbeat"];

/// Fields that only the wrapper's envelope or the server may give.
const OF_THE_ENVELOPE: [&str; 5] = ["v", "seq", "attempt", "truncated", "whole_bytes"];
/// Readers stop at 128 levels, and a post adds some.
const MAX_DEPTH: usize = 100;

/// What a line comes to.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An event for users, and what it tells the supervisor.
    Event(Parcel, Tells),
    /// What the wrapper's process wrote to its stderr; no sign of the agent.
    Stderr(Parcel),
    /// The agent lives.
    Life,
    /// The wrapper lives. Of the agent it only tells how much it has said so far: long thinking makes frames, but no
    /// events.
    Heartbeat { frames: u64 },
    /// The wrapper's last word.
    End(Box<WrapperEnd>),
}

/// What the supervisor learns from an event.
#[derive(Debug, PartialEq)]
pub(crate) enum Tells {
    Nothing,
    Session(String),
    Usage { run: Tokens, cost_usd_micros: Option<u64> },
    Result { cost_usd_micros: u64, turns: u32 },
    Asked(String),
    Answered(String),
}

/// The wrapper's `end`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct WrapperEnd {
    pub outcome: String,
    pub reason: Option<String>,
    pub message: Option<String>,
    pub session_id: Option<String>,
    pub result_text: Option<String>,
    pub structured_output: Value,
    pub turns: u32,
    pub cost_usd_micros: u64,
    pub usage: Tokens,
    pub exit_code: Option<i32>,
}

/// Listens to one wrapper.
#[derive(Default)]
pub(crate) struct Ear {
    heard: u64,
    /// How many frames Claude Code had sent by the last heartbeat.
    frames: u64,
}

impl Ear {
    pub(crate) fn hear(&mut self, line: &Line, now: Timestamp) -> Vec<Heard> {
        match line {
            Line::Whole(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => vec![],
            Line::Whole(bytes) => self.whole(bytes, now),
            Line::Half(bytes) => vec![remark(
                now,
                "warn",
                format!("the wrapper's output broke off: {}", shown(bytes, SHOWN_BYTES)),
            )],
            Line::TooLong { head, bytes } => vec![remark(
                now,
                "warn",
                format!("a line of {bytes} bytes was cut: {}", shown(head, SHOWN_BYTES)),
            )],
        }
    }

    fn whole(&mut self, bytes: &[u8], now: Timestamp) -> Vec<Heard> {
        let line: Option<Value> = serde_json::from_str(&String::from_utf8_lossy(bytes)).ok();
        let Some(Value::Object(mut line)) = line.filter(|line| !is_deeper(line, MAX_DEPTH)) else {
            let text = shown(bytes, SHOWN_BYTES);
            return vec![remark(now, "warn", format!("the wrapper wrote no event: {text}"))];
        };
        let mut heard = self.count(&line, now);
        for field in OF_THE_ENVELOPE {
            line.shift_remove(field);
        }
        let at = line.shift_remove("at").and_then(|at| at.as_str()?.parse().ok()).unwrap_or(now);
        heard.push(match sort(line, at) {
            Heard::Heartbeat { frames } if frames > std::mem::replace(&mut self.frames, frames) => {
                Heard::Life
            }
            other => other,
        });
        heard
    }

    /// The wrapper numbers its lines from 1, so a lost one is noticed.
    fn count(&mut self, line: &Map<String, Value>, now: Timestamp) -> Vec<Heard> {
        let Some(seq) = line.get("seq").and_then(Value::as_u64) else { return vec![] };
        let lost = seq.saturating_sub(self.heard + 1);
        self.heard = seq;
        if lost == 0 {
            return vec![];
        }
        vec![remark(now, "warn", format!("{lost} lines of the wrapper did not arrive"))]
    }
}

fn sort(mut line: Map<String, Value>, at: Timestamp) -> Heard {
    let kind = line.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind.as_str() {
        "heartbeat" => Heard::Heartbeat {
            frames: line.get("frames").and_then(Value::as_u64).unwrap_or_default(),
        },
        "end" => {
            line.shift_remove("type");
            let end = serde_json::from_value(Value::Object(line));
            Heard::End(Box::new(end.unwrap_or_else(|err| WrapperEnd {
                outcome: "failed".to_owned(),
                message: Some(format!("the wrapper's end is unreadable: {err}")),
                ..WrapperEnd::default()
            })))
        }
        "status" if line.get("status").and_then(Value::as_str) == Some("requesting") => Heard::Life,
        kind if FOR_US.contains(&kind) => Heard::Life,
        kind if FOR_USERS.contains(&kind) => {
            let tells = told(kind, &line);
            Heard::Event(Parcel::pack(&RawDraft { at, body: line }), tells)
        }
        // Of a newer wrapper; or a type that only the supervisor may send.
        _ => {
            let mut body = Map::new();
            body.insert("type".to_owned(), "other".into());
            body.insert("frame".to_owned(), Value::Object(line));
            Heard::Event(Parcel::pack(&RawDraft { at, body }), Tells::Nothing)
        }
    }
}

fn told(kind: &str, line: &Map<String, Value>) -> Tells {
    let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| line.get(name).and_then(Value::as_u64);
    let told = match kind {
        "session" => text("session_id").map(Tells::Session),
        "usage" => line.get("run").map(|run| Tells::Usage {
            run: Tokens::deserialize(run).unwrap_or_default(),
            cost_usd_micros: number("cost_usd_micros"),
        }),
        "result" => Some(Tells::Result {
            cost_usd_micros: number("cost_usd_micros").unwrap_or(0),
            turns: number("num_turns").and_then(|turns| turns.try_into().ok()).unwrap_or(0),
        }),
        "permission_request" => text("request_id").map(Tells::Asked),
        "permission_resolved" => text("request_id").map(Tells::Answered),
        _ => None,
    };
    told.unwrap_or(Tells::Nothing)
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => true,
        Value::Array(items) => items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(map) => map.values().any(|item| is_deeper(item, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// An event of the supervisor's own.
pub(crate) fn parcel(body: Body, at: Timestamp) -> Parcel {
    Parcel::pack(&Draft { at, body }.raw())
}

/// A `log` event.
pub(crate) fn log(level: &str, message: String, at: Timestamp) -> Parcel {
    parcel(Body::Log { level: level.to_owned(), message }, at)
}

fn remark(at: Timestamp, level: &str, message: String) -> Heard {
    Heard::Event(log(level, message, at), Tells::Nothing)
}

/// How the wrapper is told what to do. Nothing of it is ever an argument of a process.
pub(crate) fn start(prompt: &str, options: &Map<String, Value>) -> String {
    json!({"cmd": "start", "prompt": prompt, "options": options, "keep_open": false}).to_string()
}

pub(crate) fn shutdown(reason: &str, grace_s: f64) -> String {
    json!({"cmd": "shutdown", "reason": reason, "grace_s": grace_s}).to_string()
}

const _: () = assert!(SHOWN_BYTES < MAX_EVENT_BYTES);

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    /// Everything that a line comes to, on one line each.
    fn hear(ear: &mut Ear, line: &[u8]) -> String {
        let heard = ear.hear(&Line::Whole(line.to_vec()), now());
        let shown = heard.iter().map(|heard| format!("{heard:?}\n"));
        shown.collect()
    }

    fn once(line: &str) -> String {
        hear(&mut Ear::default(), line.as_bytes())
    }

    #[test]
    fn an_event_is_passed_on_without_its_envelope() {
        let line =
            r#"{"v":1,"seq":1,"at":"2026-01-01T00:00:00.5Z","type":"text","text":"hi","extra":1}"#;
        insta::assert_snapshot!(once(line), @r#"Event(Parcel(RawValue({"at":"2026-01-01T00:00:00.5Z","type":"text","text":"hi","extra":1})), Nothing)"#);
    }

    #[test]
    fn what_is_for_the_supervisor_is_not_passed_on() {
        insta::assert_snapshot!(once(r#"{"type":"hello","pid":7}"#), @"Life");
        insta::assert_snapshot!(once(r#"{"type":"heartbeat"}"#), @"Heartbeat { frames: 0 }");
        insta::assert_snapshot!(once(r#"{"type":"status","status":"requesting"}"#), @"Life");
        assert!(once(r#"{"type":"status","status":"compacting"}"#).contains("Event"));
    }

    #[test]
    fn a_heartbeat_is_a_sign_of_life_only_if_the_agent_said_more_since_the_last_one() {
        let mut ear = Ear::default();
        let heard = [3, 3, 4].map(|frames| {
            hear(&mut ear, format!(r#"{{"type":"heartbeat","frames":{frames}}}"#).as_bytes())
        });
        assert_eq!(heard.concat(), "Life\nHeartbeat { frames: 3 }\nLife\n");
    }

    #[test]
    fn a_wrapper_cannot_speak_for_the_supervisor() {
        insta::assert_snapshot!(once(r#"{"type":"run_ended","outcome":"succeeded"}"#), @r#"Event(Parcel(RawValue({"at":"2026-01-02T03:04:05Z","type":"other","frame":{"type":"run_ended","outcome":"succeeded"}})), Nothing)"#);
    }

    #[test]
    fn fields_that_only_the_server_gives_are_taken_off() {
        let line = r#"{"type":"state","state":"idle","seq":1,"attempt":9,"truncated":true}"#;
        assert!(!once(line).contains("attempt") && !once(line).contains("truncated"));
    }

    #[test]
    fn f38_garbage_becomes_a_remark() {
        let deep =
            format!("{{\"type\":\"other\",\"frame\":{}1{}}}", "[".repeat(110), "]".repeat(110));
        for garbage in [
            &b"Traceback:"[..],
            b"[1]",
            b"\xff\xfe\x00",
            b"{\"type\":",
            &[b'['; 500],
            deep.as_bytes(),
        ] {
            let heard = hear(&mut Ear::default(), garbage);
            assert!(heard.contains("the wrapper wrote no event"), "{heard}");
        }
    }

    #[test]
    fn f38_invalid_utf8_within_an_event_is_replaced() {
        let heard = hear(&mut Ear::default(), b"{\"type\":\"text\",\"text\":\"a\xffb\"}");
        assert!(heard.contains("a\u{fffd}b"), "{heard}");
    }

    #[test]
    fn a_lost_line_is_noticed() {
        let mut ear = Ear::default();
        hear(&mut ear, br#"{"seq":1,"type":"hello"}"#);
        let heard = hear(&mut ear, br#"{"seq":4,"type":"cli"}"#);
        assert!(heard.contains("2 lines of the wrapper did not arrive"), "{heard}");
    }

    #[test]
    fn an_end_is_read_whatever_it_lacks() {
        insta::assert_snapshot!(once(r#"{"type":"end","outcome":"completed","turns":2,"more":1}"#), @r#"End(WrapperEnd { outcome: "completed", reason: None, message: None, session_id: None, result_text: None, structured_output: Null, turns: 2, cost_usd_micros: 0, usage: Tokens { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0 }, exit_code: None })"#);
        assert!(once(r#"{"type":"end","outcome":3}"#).contains("unreadable"));
    }

    #[test]
    fn every_type_for_users_is_one_that_the_domain_knows() {
        for kind in FOR_USERS {
            let body: Result<Body, _> = serde_json::from_value(json!({ "type": kind }));
            assert!(!matches!(body, Ok(Body::Unknown)), "{kind}");
        }
    }
}
