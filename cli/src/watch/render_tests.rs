use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::output::clean;

fn event(seq: u64, body: Value) -> RawEvent {
    let Value::Object(body) = body else { panic!("not an object: {body}") };
    RawEvent {
        seq,
        at: jiff::Timestamp::from_millisecond(
            1_900_000_000_000 + i64::try_from(seq).unwrap() * 789,
        )
        .unwrap(),
        attempt: 1,
        truncated: false,
        whole_bytes: None,
        body,
    }
}

fn page(bodies: impl IntoIterator<Item = Value>) -> String {
    let mut renderer = Renderer::new(80, false);
    let lines: Vec<_> = (1..)
        .zip(bodies)
        .flat_map(|(seq, body)| renderer.event(&event(seq, body)))
        .map(|line| line.to_string())
        .collect();
    lines.join("\n")
}

fn plain(bodies: impl IntoIterator<Item = Value>) -> String {
    let page = anstream::adapter::strip_str(&page(bodies)).to_string();
    page.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn call(id: &str, name: &str, input: Value) -> Value {
    json!({"type": "tool_use", "tool_use_id": id, "name": name, "input": input})
}

fn answer(id: &str, content: Value) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": content})
}

fn whole_run() -> Vec<Value> {
    let todo = |first: &str, second: &str| {
        json!({"type": "todo", "items": [
            {"id": "1", "subject": "Read the handler", "status": first},
            {"id": "2", "subject": "Fix it", "status": second},
        ]})
    };
    vec![
        json!({"type": "run_started", "version": "0.1.0", "isolation": {}, "demo_model": true}),
        json!({"type": "workspace_ready", "repository": "https://example.org/a/app.git", "ref": "main",
            "commit": "0123456789abcdef", "duration_ms": 789}),
        json!({"type": "prompt_sent", "uuid": "u"}),
        json!({"type": "session", "session_id": "s", "model": "claude-sonnet-5", "cwd": "/work/space",
            "claude_code_version": "2.1.330"}),
        json!({"type": "state", "state": "running"}),
        json!({"type": "thinking", "text": "The login fails for empty names. I should look at the handler first and then at its test."}),
        json!({"type": "text", "text": "I will **look** first:\n\n- the handler, and everything that it calls on its way to the database\n- its test"}),
        todo("in_progress", "pending"),
        call("a", "Read", json!({"file_path": "/work/space/src/login.rs"})),
        answer("a", json!("1\tfn login() {\n2\t}\n")),
        call("b", "Bash", json!({"command": "cargo test\necho done", "description": "Run tests"})),
        call("c", "Grep", json!({"pattern": "fn login", "path": "/work/space/src"})),
        answer("c", json!([{"type": "text", "text": "src/login.rs"}])),
        json!({"type": "tool_progress", "tool_use_id": "b", "name": "Bash", "elapsed_s": 30.0}),
        json!({"type": "tool_result", "tool_use_id": "b", "is_error": true,
            "content": "Exit code 101\na\nb\nc\n\u{1b}[31mpanicked\u{1b}[0m at src/login.rs:7\ntest result: FAILED"}),
        json!({"type": "api_retry", "attempt_no": 1, "max_retries": 10, "retry_delay_ms": 536, "error_status": 429, "error": "rate_limit"}),
        json!({"type": "model_fallback", "original_model": "claude-opus-5", "fallback_model": "claude-sonnet-5"}),
        call("d", "Edit", json!({"file_path": "/work/space/src/login.rs"})),
        json!({"type": "tool_result", "tool_use_id": "d", "content": "The file was updated.",
            "detail": {"structuredPatch": [{"lines": [" a", "+b", "-c", "+d"]}]}}),
        todo("completed", "in_progress"),
        call("e", "Agent", json!({"description": "Review the change", "prompt": "long"})),
        json!({"type": "subtask", "phase": "started", "subtask_id": "x", "detail": {"description": "Review the change"}}),
        json!({"type": "tool_use", "tool_use_id": "f", "name": "mcp__demo__add", "input": {"a": 1}, "parent_tool_use_id": "e"}),
        json!({"type": "tool_result", "tool_use_id": "f", "content": "2", "parent_tool_use_id": "e"}),
        json!({"type": "subtask", "phase": "notification", "subtask_id": "x", "detail": {"status": "completed", "summary": "Looks good"}}),
        answer("e", Value::Null),
        json!({"type": "permission_request", "request_id": "r", "tool": "Bash", "input": {"command": "rm -rf build"}}),
        json!({"type": "permission_resolved", "request_id": "r", "decision": "deny", "by": "a@example.org"}),
        json!({"type": "permission_denied", "tool_name": "Bash", "message": "not in this mode"}),
        json!({"type": "user", "content": "Also mind the tabs", "synthetic": false}),
        json!({"type": "user", "content": "a nudge", "synthetic": true}),
        todo("completed", "completed"),
        json!({"type": "usage", "request": {}, "run": {"input_tokens": 12_345}, "cost_usd_micros": 12_345}),
        json!({"type": "stderr", "line": "a warning of Claude Code"}),
        json!({"type": "log", "level": "debug", "message": "unseen"}),
        json!({"type": "log", "level": "warn", "message": "the disk is nearly full"}),
        json!({"type": "rate_limit", "info": {"status": "allowed_warning"}}),
        json!({"type": "status", "status": "compacting"}),
        json!({"type": "compact_boundary", "metadata": {}}),
        json!({"type": "hologram", "beam": 1}),
        json!({"type": "other", "frame": {"type": "whatever"}}),
        json!({"type": "result", "subtype": "success", "is_error": false, "result": "Done.", "num_turns": 4,
            "duration_ms": 42_000, "cost_usd_micros": 12_345, "usage": {"input_tokens": 12_345, "output_tokens": 678}}),
        json!({"type": "result", "subtype": "error_max_turns", "is_error": true, "errors": ["Reached maximum number of turns (3)"], "num_turns": 1}),
        json!({"type": "error", "kind": "cli_exit", "message": "Claude Code ended with code 1", "exit_code": 1, "stderr_tail": "one\ntwo"}),
        json!({"type": "artifact_stored", "name": "patch.diff", "size_bytes": 2_048}),
        json!({"type": "run_ended", "outcome": "failed", "reason": "max_turns", "message": "The limit of turns was reached.",
            "duration_ms": 45_600, "cost_usd_micros": 12_345, "usage": {"input_tokens": 12_345, "output_tokens": 678}}),
    ]
}

#[test]
fn a_whole_run_on_one_page() {
    insta::assert_snapshot!(plain(whole_run()));
}

#[test]
fn colours_tell_a_call_its_error_and_its_success_apart() {
    let page = page([
        call("a", "Bash", json!({"command": "false"})),
        json!({"type": "tool_result", "tool_use_id": "a", "is_error": true, "content": "Exit code 1"}),
        json!({"type": "run_ended", "outcome": "succeeded", "duration_ms": 1_000}),
    ]);
    insta::assert_snapshot!(page.replace('\u{1b}', "^"));
}

#[test]
fn a_list_that_is_worked_on_says_where_it_is() {
    let mut renderer = Renderer::new(80, false);
    assert!(renderer.todo_line().is_none());
    let status = |done: u32, n: u32| if n < done { "completed" } else { "pending" };
    let items: Vec<_> = (0..8)
        .map(|n| json!({"id": n.to_string(), "subject": format!("step {n}"), "status": if n == 3 { "in_progress" } else { status(3, n) }}))
        .collect();
    renderer.event(&event(1, json!({"type": "todo", "items": items})));
    let line = renderer.todo_line().unwrap().to_string();
    assert_eq!(anstream::adapter::strip_str(&line).to_string(), "3/8 ▸ step 3");
}

#[test]
fn a_hostile_agent_steers_nothing() {
    let attack = "ok\u{1b}[2J\u{1b}]0;pwned\u{7}\r✔ succeeded\u{202e}\u{9b}31m";
    insta::assert_snapshot!(plain([
        json!({"type": "text", "text": attack}),
        call("b", "Bash", json!({"command": attack})),
        json!({"type": "tool_result", "tool_use_id": "b", "is_error": true, "content": attack}),
        json!({"type": "artifact_stored", "name": attack, "size_bytes": 1}),
    ]), @"

    ok␛[2J␛]0;pwned␇␍✔ succeeded��31m
    ● Bash ok␛[2J␛]0;pwned␇␍✔ succeeded��31m
      └ 789 ms · error
        ok␛[2J␛]0;pwned␇␍✔ succeeded��31m
    ⎘ ok␛[2J␛]0;pwned␇␍✔ succeeded��31m 1 B
    ");
}

/// A value with hostile text in every place that a string may stand.
fn poisoned(value: &Value, poison: &str) -> Value {
    match value {
        Value::String(text) => Value::String(format!("{poison}{text}{poison}")),
        Value::Array(items) => items.iter().map(|item| poisoned(item, poison)).collect(),
        Value::Object(map) => Value::Object(
            map.iter().map(|(key, item)| (key.clone(), poisoned(item, poison))).collect(),
        ),
        other => other.clone(),
    }
}

/// Takes colour codes away and nothing else: any other sequence stays to be found.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        match piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').strip_prefix('m') {
            Some(rest) => out.push_str(rest),
            None => out.extend(["\x1b[", piece]),
        }
    }
    out
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn no_field_of_any_event_reaches_the_terminal_as_it_is(poison in "[\x00-\x1f\u{7f}-\u{9f}\u{202a}-\u{202e}\\[\\]a-z0-9;]{1,12}") {
        for (index, body) in whole_run().into_iter().enumerate() {
            let kind = body["type"].clone();
            let mut hostile = poisoned(&body, &poison);
            hostile["type"] = kind;
            let shown = without_colours(&page([hostile]));
            prop_assert_eq!(clean(&shown), shown, "event {}", index);
        }
    }

    #[test]
    fn no_event_breaks_the_view(kind in 0..60_usize, field in any_json(), columns in 0..200_usize) {
        let bodies = whole_run();
        let mut body = bodies[kind % bodies.len()].clone();
        let keys: Vec<_> = body.as_object().unwrap().keys().filter(|key| *key != "type").cloned().collect();
        for key in keys {
            let mut changed = body.clone();
            changed[&key] = field.clone();
            Renderer::new(columns, false).event(&event(1, changed));
        }
        body["input"] = field.clone();
        body["content"] = field;
        Renderer::new(columns, true).event(&event(1, body));
    }
}
