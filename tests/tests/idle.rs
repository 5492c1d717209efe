//! When an agent is idle, by what the real Claude Code tells: not while a command of its takes long, but while it hears
//! nothing from its model. The supervisor stands alone here: only so can it be told a shorter limit.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use domain::{
    event::RunOutcome,
    reason::Reason,
    run::{EventsPost, RunEnd},
};
use serde_json::{Value, json};
use tests::{model::Model, processes, programs};
use tokio::{net::TcpListener, process::Command, task::JoinSet, time::timeout};

const KEY: &str = "sk-ant-canary-of-an-idle-model";

/// What a run is told, and what it said.
#[derive(Clone)]
struct Run {
    spec: Value,
    posts: Arc<Mutex<Vec<EventsPost>>>,
}

async fn events(State(run): State<Run>, Json(post): Json<EventsPost>) -> Json<Value> {
    let acknowledged = post.run_seq + post.events.len() as u64;
    run.posts.lock().unwrap().push(post);
    Json(json!({ "acknowledged": acknowledged, "head": acknowledged, "commands": [] }))
}

/// How a run of this prompt ends that may be silent for so long, and the types of what it said.
async fn ended(prompt: &str, idle_timeout_s: u64) -> (RunEnd, Vec<String>) {
    let spec = json!({
        "task_id": "task_0198f3c27a5e7c4db1a09d2f1f3b6c11", "attempt": 1, "prompt": prompt, "timeout_s": 120,
        "idle_timeout_s": idle_timeout_s, "heartbeat_ms": 1_000, "run_seq": 0, "head": 0,
    });
    let run = Run { spec, posts: Arc::default() };
    let app = Router::new()
        .route("/v1/run", get(|State(run): State<Run>| async move { Json(run.spec) }))
        .route("/v1/run/events", post(events))
        .route("/v1/run/uploads", post(|| async { Json(json!({ "uploads": [] })) }))
        .with_state(run.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, app).await.unwrap() });

    let model = Model::start(KEY).await;
    let home = tempfile::tempdir().unwrap();
    let supervisor = Command::new(programs::program("supervisor"))
        .env_clear()
        .env("PATH", env!("PATH"))
        .env("ERRAND_RUN_URL", url)
        .env("ERRAND_RUN_TOKEN", "canary-run-token")
        .env("ERRAND_WORK_DIR", home.path().join("work"))
        .env("ERRAND_WRAPPER", json!(programs::wrapper()).to_string())
        .env("ANTHROPIC_API_KEY", KEY)
        .env("ANTHROPIC_BASE_URL", model.url())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    timeout(Duration::from_secs(120), supervisor).await.unwrap().unwrap();
    assert_eq!(processes::of(home.path()), [], "processes are left");
    let posts = run.posts.lock().unwrap();
    let said = posts.iter().flat_map(|post| &post.events);
    let said = said.map(|event| event.body["type"].as_str().unwrap().to_owned()).collect();
    (posts.last().unwrap().end.clone().unwrap(), said)
}

/// Claude Code says each half minute that its command is at work: that is what keeps it from being idle.
#[tokio::test]
async fn an_agent_whose_command_takes_longer_than_the_idle_limit_is_not_idle() {
    let (end, said) = ended("[[demo:sleep=42]]", 35).await;
    assert_eq!((end.outcome, end.reason), (RunOutcome::Succeeded, None), "{said:?}");
    let call = said.iter().position(|kind| kind == "tool_use").unwrap();
    let result = said.iter().position(|kind| kind == "tool_result").unwrap();
    assert!(said[call..result].iter().any(|kind| kind == "tool_progress"), "{said:?}");
}

#[tokio::test]
async fn an_agent_that_hears_nothing_from_its_model_is_idle() {
    let (end, said) = ended("[[fault:hang=100]] [[demo:hello]]", 5).await;
    assert_eq!((end.outcome, end.reason), (RunOutcome::Failed, Some(Reason::Idle)), "{said:?}");
    assert_eq!(end.message.as_deref(), Some("the agent was silent for 5 s"));
}
