//! One golden file for each type of event: what Rust writes today, and what Rust and Python must read for ever.
//! `UPDATE_CONTRACTS=1` prints them anew; a change of a file that is there is a break of the contract.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and asks whether to print"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use domain::{
    event::{Body, Event, Isolation, RunOutcome, TodoItem, TodoStatus, Tokens},
    reason::Reason,
};
use serde_json::{Value, json};
use utoipa::PartialSchema as _;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/events")
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const TOKENS: Tokens = Tokens {
    input_tokens: 1000,
    output_tokens: 100,
    cache_read_tokens: 20,
    cache_creation_tokens: 3,
};

fn runner_events() -> Vec<Body> {
    vec![
        Body::RunStarted {
            version: "0.1.0".to_owned(),
            isolation: Isolation {
                cleared_environment: true,
                key_outside: true,
                ..Isolation::default()
            },
            demo_model: true,
        },
        Body::WorkspaceReady {
            repository: some("https://git.example.org/a/b"),
            git_ref: some("main"),
            commit: some("0123456789abcdef0123456789abcdef01234567"),
            duration_ms: 812,
        },
        Body::ArtifactStored { name: "patch.diff".to_owned(), size_bytes: 1234 },
        Body::RunEnded {
            outcome: RunOutcome::Failed,
            reason: Some(Reason::Timeout),
            message: some("the wall-clock limit of 30 minutes was reached"),
            duration_ms: 1_800_000,
            cost_usd_micros: 420_000,
            usage: TOKENS,
        },
        Body::Session {
            session_id: "0198f3c2-7a5e-7c4d-b1a0-9d2f1f3b6c11".to_owned(),
            model: some("claude-opus-5-5"),
            cwd: some("/workspace"),
            permission_mode: some("bypassPermissions"),
            claude_code_version: some("2.1.330"),
            api_key_source: some("ANTHROPIC_API_KEY"),
            tools: vec!["Bash".to_owned(), "Edit".to_owned()],
            mcp_servers: vec![json!({"name": "demo", "status": "connected"})],
            agents: vec!["general-purpose".to_owned()],
            skills: Vec::new(),
            plugins: Vec::new(),
            plugin_errors: Vec::new(),
            capabilities: vec!["interrupt_receipt_v1".to_owned()],
        },
        Body::PromptSent { uuid: "0198f3c2-7a5e-7c4d-b1a0-9d2f1f3b6c12".to_owned() },
        Body::State { state: "idle".to_owned() },
        Body::Status {
            status: some("compacting"),
            permission_mode: some("plan"),
            compact_result: some("success"),
        },
        Body::Stderr { line: "a warning".to_owned() },
        Body::Log { level: "warn".to_owned(), message: "an upload failed".to_owned() },
        Body::Error {
            kind: "cli_exit".to_owned(),
            message: "Claude Code ended with exit code 1".to_owned(),
            exit_code: Some(1),
            subtype: some("success"),
            api_error_status: Some(529),
            stderr_tail: some("last words"),
        },
        Body::Other { frame: json!({"type": "command_lifecycle", "state": "queued"}) },
    ]
}

fn conversation_events() -> Vec<Body> {
    vec![
        Body::Text {
            text: "Done.".to_owned(),
            message_id: some("msg_1"),
            model: some("claude-opus-5-5"),
            uuid: some("u1"),
            parent_tool_use_id: some("toolu_0"),
            error: some("rate_limit"),
        },
        Body::Thinking {
            text: "Let me see.".to_owned(),
            message_id: some("msg_1"),
            model: some("claude-opus-5-5"),
            uuid: some("u2"),
            parent_tool_use_id: some("toolu_0"),
        },
        Body::ToolUse {
            tool_use_id: "toolu_1".to_owned(),
            name: "Bash".to_owned(),
            input: json!({"command": "ls"}),
            server: some("demo"),
            message_id: some("msg_1"),
            parent_tool_use_id: some("toolu_0"),
        },
        Body::ToolProgress {
            tool_use_id: "toolu_1".to_owned(),
            name: "Bash".to_owned(),
            elapsed_s: 30.5,
        },
        Body::ToolResult {
            tool_use_id: "toolu_1".to_owned(),
            is_error: true,
            content: json!("no such file"),
            detail: json!({"stdout": "", "stderr": "no such file"}),
            meta: json!({"decision": "accept"}),
            parent_tool_use_id: some("toolu_0"),
        },
        Body::User {
            content: json!("and now the tests"),
            origin: json!({"kind": "task-notification"}),
            synthetic: true,
            parent_tool_use_id: some("toolu_0"),
        },
        Body::Todo {
            items: vec![
                TodoItem {
                    id: "1".to_owned(),
                    subject: "Read".to_owned(),
                    status: TodoStatus::Completed,
                },
                TodoItem {
                    id: "2".to_owned(),
                    subject: "Write".to_owned(),
                    status: TodoStatus::InProgress,
                },
                TodoItem {
                    id: "3".to_owned(),
                    subject: "Test".to_owned(),
                    status: TodoStatus::Pending,
                },
            ],
        },
        Body::PermissionRequest {
            request_id: "p1".to_owned(),
            tool: "Bash".to_owned(),
            input: json!({"command": "rm -r build"}),
            tool_use_id: some("toolu_2"),
            agent_id: some("a1"),
            title: some("Remove the build"),
            description: some("Claude wants to run a command"),
            reason: some("This command requires approval"),
            blocked_path: some("/workspace/build"),
            suggestions: vec![json!({"type": "addRules"})],
        },
        Body::PermissionResolved {
            request_id: "p1".to_owned(),
            decision: "allow".to_owned(),
            by: some("user_1"),
        },
        Body::PermissionDenied {
            tool_name: "Bash".to_owned(),
            tool_use_id: some("toolu_3"),
            reason_type: some("mode"),
            reason: some("This command requires approval"),
            message: some("denied"),
        },
    ]
}

fn service_events() -> Vec<Body> {
    vec![
        Body::Usage {
            model: some("claude-opus-5-5"),
            message_id: some("msg_1"),
            stop_reason: some("end_turn"),
            request: TOKENS,
            run: TOKENS,
            cost_usd_micros: Some(12_000),
        },
        Body::ApiRetry {
            attempt_no: 1,
            max_retries: 6,
            retry_delay_ms: 536,
            error_status: Some(429),
            error: some("rate_limit"),
        },
        Body::ModelFallback {
            trigger: some("overloaded"),
            original_model: some("claude-opus-5"),
            fallback_model: some("claude-sonnet-5"),
            content: some("Switched to Sonnet 5 due to high demand for Opus 5"),
        },
        Body::RateLimit { info: json!({"status": "allowed_warning", "utilization": 0.91}) },
        Body::Subtask {
            phase: "started".to_owned(),
            subtask_id: "s1".to_owned(),
            tool_use_id: some("toolu_4"),
            detail: json!({"description": "Say hi", "task_type": "local_agent"}),
        },
        Body::Subtasks { subtasks: vec![json!({"task_id": "s1", "task_type": "local_agent"})] },
        Body::CompactBoundary { metadata: json!({"trigger": "manual", "pre_tokens": 1100}) },
        Body::HookStarted { detail: json!({"hook_event": "SessionStart"}) },
        Body::HookResponse { detail: json!({"hook_event": "SessionStart", "exit_code": 0}) },
        Body::Result {
            subtype: "success".to_owned(),
            is_error: false,
            result: some("Done."),
            structured_output: json!({"ok": true}),
            stop_reason: some("end_turn"),
            terminal_reason: some("completed"),
            api_error_status: Some(529),
            errors: vec!["an error".to_owned()],
            session_id: some("0198f3c2-7a5e-7c4d-b1a0-9d2f1f3b6c11"),
            num_turns: 2,
            duration_ms: 263,
            duration_api_ms: 78,
            result_index: 0,
            permission_denials: vec![json!({"tool_name": "Bash"})],
            usage: TOKENS,
            model_usage: json!({"claude-opus-5-5": {"input_tokens": 1000}}),
            cost_usd_micros: 12_000,
            cost_usd_micros_session: 24_000,
        },
    ]
}

fn golden_events() -> Vec<Event> {
    let bodies = [runner_events(), conversation_events(), service_events()].into_iter().flatten();
    (1..)
        .zip(bodies)
        .map(|(seq, body)| Event {
            seq,
            at: "2026-01-02T03:04:05.678Z".parse().unwrap(),
            attempt: 1,
            truncated: false,
            whole_bytes: None,
            body,
        })
        .collect()
}

/// The names of all types, as the printed schema has them.
fn types_in_schema() -> BTreeSet<String> {
    let schema = serde_json::to_value(Body::schema()).unwrap();
    let variants = schema["oneOf"].as_array().unwrap();
    let mut found = BTreeSet::new();
    for variant in variants {
        let parts = variant["allOf"].as_array().cloned().unwrap_or_else(|| vec![variant.clone()]);
        for name in parts.iter().filter_map(|part| part["properties"]["type"]["enum"][0].as_str()) {
            found.insert(name.to_owned());
        }
    }
    found
}

#[test]
fn every_type_of_event_has_a_golden_file_that_reads_and_writes_back_unchanged() {
    let update = std::env::var("UPDATE_CONTRACTS").is_ok();
    let mut seen = BTreeSet::new();
    for event in golden_events() {
        let written = serde_json::to_value(&event).unwrap();
        let kind = written["type"].as_str().unwrap().to_owned();
        let file = folder().join(format!("{kind}.json"));
        if update {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&file, serde_json::to_string_pretty(&written).unwrap() + "\n").unwrap();
        }
        let golden = fs::read_to_string(&file)
            .unwrap_or_else(|_| panic!("{kind}.json is missing: make contracts"));
        assert_eq!(serde_json::from_str::<Value>(&golden).unwrap(), written, "{kind}.json");
        assert_eq!(serde_json::from_str::<Event>(&golden).unwrap(), event, "{kind}.json");
        seen.insert(kind);
    }
    seen.insert("unknown".to_owned());
    assert_eq!(
        seen,
        types_in_schema(),
        "a type of event without a golden file, or a file without its type"
    );
}

#[test]
fn no_golden_file_is_left_of_a_type_that_is_gone() {
    let known = types_in_schema();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(name.trim_end_matches(".json")), "{name}");
    }
}
