//! What a run may use, and what happens at the limit.

use domain::{reason::Reason, task::State};
use serde_json::json;
use tests::{Setup, invariants, scripted::Script};

#[tokio::test]
async fn at_its_wall_clock_limit_a_run_ends_and_so_does_its_command() {
    let server = Setup::new().start().await;
    let task = server.create(json!({ "prompt": "[[demo:sleep=600]]", "timeout_s": 3 })).await;
    let ended = server.api().ended(task.id).await;
    let failed = (ended.task.state, ended.task.reason, ended.task.attempt);
    assert_eq!(failed, (State::Failed, Some(Reason::Timeout), 1), "{:?}", ended.task);
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_child_that_ignores_the_limit_and_sigterm_is_killed_with_what_it_left_behind() {
    let server = Setup::scripted().set("ERRAND_CANCEL_GRACE_MS", 60_000).start().await;
    let script = Script::new().daemon().stubborn();
    let mut task = script.task();
    task["timeout_s"] = json!(1);
    let task = server.create(task).await;
    server.api().until_kind(task.id, "text").await;
    server.process("sleep").await;
    let ended = server.api().ended(task.id).await;
    let failed = (ended.task.state, ended.task.reason, ended.task.attempt);
    assert_eq!(failed, (State::Failed, Some(Reason::Timeout), 1), "{:?}", ended.task);
    invariants::hold(server).await;
}

#[tokio::test]
async fn an_agent_that_goes_round_in_circles_ends_at_its_limit_of_turns() {
    let server = Setup::new().start().await;
    let ended = server.run(json!({ "prompt": "[[demo:loop]]", "max_turns": 3 })).await;
    let failed = (ended.task.state, ended.task.reason, ended.task.attempt);
    assert_eq!(failed, (State::Failed, Some(Reason::MaxTurns), 1), "{:?}", ended.task);
    assert_eq!(ended.log.count("tool_use"), 3);
    invariants::hold(server).await;
}
