//! What the agent does is seen, and what it leaves is kept: with the real wrapper, Agent SDK and Claude Code.

use std::collections::BTreeSet;

use domain::{
    event::{Body, PREVIEW_BYTES, TodoStatus},
    task::State,
};
use serde_json::{Value, json};
use tests::{Server, Setup, invariants, secrets::MODEL_KEY};

#[tokio::test]
async fn an_agent_writes_a_file_and_the_patch_has_it() {
    // Even the most talkative log tells no secret: that is an invariant.
    let server = Setup::new().set("ERRAND_LOG", "debug").start().await;
    let ended = server.run(json!({ "prompt": "[[demo:hello]] greet the world" })).await;
    let id = ended.task.id;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    assert_eq!(ended.log.tools(), ["Write"]);

    let names: BTreeSet<_> =
        server.api().artifacts(id).await.into_iter().map(|artifact| artifact.name).collect();
    assert!(names.iter().eq(["patch.diff", "result.json", "transcript.jsonl"]), "{names:?}");
    assert_eq!(ended.log.count("artifact_stored"), 3);

    let patch = String::from_utf8(server.api().artifact(id, "patch.diff").await).unwrap();
    assert!(patch.contains("+++ b/hello.txt"), "{patch}");
    let transcript = server.api().artifact(id, "transcript.jsonl").await;
    let frames = transcript.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let kinds: BTreeSet<String> = frames
        .map(|line| serde_json::from_slice::<Value>(line).unwrap())
        .filter_map(|frame| Some(frame.get("type")?.as_str()?.to_owned()))
        .collect();
    assert!(
        ["system", "assistant", "user", "result"].iter().all(|kind| kinds.contains(*kind)),
        "{kinds:?}"
    );
    let result = server.api().artifact(id, "result.json").await;
    let result: Value = serde_json::from_slice(&result).unwrap();
    assert_eq!(result["end"]["outcome"], "succeeded", "{result}");
    let text = ended.task.result.and_then(|result| result.text).unwrap();
    assert_eq!(result["end"]["result_text"], text.as_str(), "{result}");
    assert!(ended.task.usage.cost_usd_micros > 0 && ended.task.usage.tokens.output_tokens > 0);

    // The real key went to the model with each request, and nowhere else (that is an invariant).
    let asked = server.model().asked().await;
    assert!(!asked.is_empty());
    for asked in asked {
        let keys = (asked.x_api_key.as_deref(), asked.authorization.as_deref());
        assert_eq!(keys, (Some(MODEL_KEY), None), "{}", asked.path);
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn without_a_key_the_demo_model_does_the_errand_and_nobody_mistakes_it() {
    let server = Setup::new().without_key().start().await;
    assert!(server.printed().contains("DEMO MODEL"), "{}", server.printed());
    let health: Value = server.nobody().get(200, "/health").await;
    assert_eq!(health["model"], "demo model", "{health}");

    let ended = server.run(json!({ "prompt": "Show me what you can do" })).await;
    assert_eq!(ended.task.state, State::Succeeded);
    assert!(ended.task.demo_model);
    let Body::RunStarted { demo_model, .. } = ended.log.only("run_started").body else { panic!() };
    assert!(demo_model);
    let patch =
        String::from_utf8(server.api().artifact(ended.task.id, "patch.diff").await).unwrap();
    assert!(
        patch.contains("errand-demo.md") && patch.contains("Show me what you can do"),
        "{patch}"
    );
    invariants::hold(server).await;
}

#[tokio::test]
async fn tools_in_parallel_thoughts_and_a_todo_list_are_told_as_such() {
    let server = Setup::new().max_running(3).start().await;
    let parallel = server.create(json!({ "prompt": "[[demo:parallel]]" })).await;
    let think = server.create(json!({ "prompt": "[[demo:think]]" })).await;
    let todo = server.create(json!({ "prompt": "[[demo:todo]]" })).await;

    let log = server.api().ended(parallel.id).await.log;
    // All three were called before the first one answered.
    let calls: Vec<_> = log.kinds().into_iter().filter(|kind| kind.starts_with("tool_")).collect();
    assert_eq!(calls[..3], ["tool_use"; 3], "{calls:?}");
    let ids = |kind: &str| -> BTreeSet<String> {
        log.of(kind)
            .into_iter()
            .filter_map(|event| match event.body {
                Body::ToolUse { tool_use_id, .. } | Body::ToolResult { tool_use_id, .. } => {
                    Some(tool_use_id)
                }
                _ => None,
            })
            .collect()
    };
    assert_eq!(ids("tool_use"), ids("tool_result"));

    let log = server.api().ended(think.id).await.log;
    assert_eq!(log.count("thinking"), 2, "{:?}", log.kinds());

    let log = server.api().ended(todo.id).await.log;
    let lists = log.of("todo");
    let Some(Body::Todo { items }) = lists.last().map(|event| &event.body) else {
        panic!("no list")
    };
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|item| item.status == TodoStatus::Completed), "{items:?}");
    assert!(lists.len() > 3, "the list was told each time it changed, not {} times", lists.len());

    for task in server.api().tasks().await {
        assert_eq!(task.state, State::Succeeded, "{task:?}");
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn an_agent_in_the_background_wakes_the_session_and_the_run_has_two_results() {
    let server = Server::start_default().await;
    let ended = server.run(json!({ "prompt": "[[demo:agent]]" })).await;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    assert!(ended.log.count("result") >= 2, "{:?}", ended.log.kinds());
    assert!(ended.log.count("subtask") >= 2, "{:?}", ended.log.kinds());
    invariants::hold(server).await;
}

#[tokio::test]
async fn twenty_thousand_lines_are_shown_as_a_preview_and_kept_whole() {
    let server = Server::start_default().await;
    let ended = server.run(json!({ "prompt": "[[demo:lines=20000]]" })).await;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    let shown = ended.log.0.iter().find(|event| event.kind() == "tool_result").unwrap();
    assert!(shown.truncated);
    assert!(serde_json::to_vec(&shown.body).unwrap().len() <= PREVIEW_BYTES);

    let whole = server.api().event(ended.task.id, shown.seq).await;
    assert!(!whole.truncated);
    let size = serde_json::to_vec(&whole.body).unwrap().len();
    assert_eq!(Some(size as u64), shown.whole_bytes);
    assert!(size > PREVIEW_BYTES, "{size}");
    let Body::ToolResult { detail, .. } = whole.typed().body else { panic!("{whole:?}") };
    let stdout = detail["stdout"].as_str().unwrap();
    assert!(stdout.starts_with("1\n2\n3\n") || stdout.contains("line 1\n"), "{}", &stdout[..200]);
    invariants::hold(server).await;
}

#[tokio::test]
async fn ten_mebibytes_in_one_line_are_cut_in_the_log_and_whole_in_the_patch() {
    let server = Server::start_default().await;
    let ended = server.run(json!({ "prompt": "[[demo:write=10485760]]" })).await;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    let shown = ended.log.0.iter().find(|event| event.kind() == "tool_use").unwrap();
    let whole = server.api().event(ended.task.id, shown.seq).await;
    let text = serde_json::to_string(&whole.body).unwrap();
    assert!(text.contains("__truncated__"), "cut, but not visibly: {}", &text[..200]);
    let patch = server.api().artifact(ended.task.id, "patch.diff").await;
    assert!(patch.len() > 10_485_760, "{}", patch.len());
    invariants::hold(server).await;
}

#[tokio::test]
async fn bytes_that_are_no_utf8_are_shown_replaced() {
    let server = Server::start_default().await;
    let ended = server.run(json!({ "prompt": "[[demo:utf8]]" })).await;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    let Body::ToolResult { content, .. } = ended.log.only("tool_result").body else { panic!() };
    assert!(content.to_string().contains('\u{fffd}'), "{content}");
    invariants::hold(server).await;
}
