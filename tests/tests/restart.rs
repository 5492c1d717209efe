//! The whole server is ended in the middle, and started again.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;

use domain::{reason::Reason, task::State};
use serde_json::json;
use tests::{Setup, invariants, scripted::Script, server::End};

/// One task runs, one waits, one is over; then the server ends, and starts again.
async fn everything_accepted_is_done_after(end: End) {
    let mut server = Setup::new().max_running(1).start().await;
    let done = server.run(json!({ "prompt": "[[demo:hello]]" })).await;
    let go = server.aside("go");
    let wait = format!("[[demo:bash=until test -e {}; do sleep 0.05; done]]", go.display());
    let running = server.create(json!({ "prompt": wait })).await;
    server.api().until_kind(running.id, "tool_use").await;
    let before = server.api().log(running.id).await;
    let waiting = server.create(json!({ "prompt": "[[demo:hello]]" })).await;

    let status = server.end(end).await;
    assert_eq!(status.success(), end == End::InOrder, "{status}");
    if end == End::InOrder {
        assert_eq!(server.processes(), [], "left by a server that had the time");
    }
    server.start_again().await;
    File::create(go).unwrap();

    let ended = server.api().ended(running.id).await;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    assert_eq!(ended.log.reasons(), [Some(Reason::Lost), None]);
    assert_eq!(ended.log.0[..before.0.len()], before.0, "what was told before stays told");
    let ended = server.api().ended(waiting.id).await;
    assert_eq!((ended.task.state, ended.task.attempt), (State::Succeeded, 1));
    assert_eq!(server.api().log(done.task.id).await, done.log);
    let patch = server.api().artifact(done.task.id, "patch.diff").await;
    assert!(!patch.is_empty());
    invariants::hold(server).await;
}

#[tokio::test]
async fn everything_accepted_is_done_after_sigterm() {
    everything_accepted_is_done_after(End::InOrder).await;
}

#[tokio::test]
async fn everything_accepted_is_done_after_kill_9() {
    everything_accepted_is_done_after(End::AtOnce).await;
}

/// The runs of an earlier life are repeated at once, however often they were interrupted: nothing is overloaded.
#[tokio::test]
async fn what_a_restart_interrupted_goes_on_at_once_at_each_attempt() {
    for end in [End::AtOnce, End::InOrder] {
        let mut server = Setup::scripted().start().await;
        let go = server.aside("go");
        let mut task = Script::new().wait_for(&go).task();
        task["max_attempts"] = json!(5);
        let id = server.create(task).await.id;
        for attempt in 1..=4 {
            server.api().until(id, |it| (it.attempt, it.kind()) == (attempt, "text")).await;
            server.restart(end).await;
        }
        File::create(go).unwrap();
        let ended = server.api().ended(id).await;
        assert_eq!((ended.task.state, ended.task.attempt), (State::Succeeded, 5), "{end:?}");
        let runs = server.api().runs(id).await;
        assert!(runs.iter().take(4).all(|run| run.reason == Some(Reason::Lost)), "{runs:?}");
        invariants::hold(server).await;
    }
}

#[tokio::test]
async fn a_task_that_every_restart_interrupts_ends_with_its_last_attempt() {
    let mut server = Setup::scripted().start().await;
    let mut task = Script::new().wait_for(&server.aside("never")).task();
    task["max_attempts"] = json!(2);
    let id = server.create(task).await.id;
    for attempt in 1..=2 {
        server.api().until(id, |it| (it.attempt, it.kind()) == (attempt, "text")).await;
        server.restart(End::AtOnce).await;
    }
    let ended = server.api().ended(id).await;
    let failed = (ended.task.state, ended.task.reason, ended.task.attempt);
    assert_eq!(failed, (State::Failed, Some(Reason::Lost), 2));
    invariants::hold(server).await;
}

#[tokio::test]
async fn f63_a_server_that_is_killed_again_and_again_loses_nothing() {
    let mut server = Setup::scripted().max_running(2).start().await;
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let mut task = Script::new().emit(200, 1.0).task();
        task["max_attempts"] = json!(10);
        tasks.push(server.create(task).await.id);
    }
    for id in tasks.iter().take(4) {
        server.api().until(*id, |event| event.kind() == "text").await;
        server.restart(End::AtOnce).await;
    }
    for id in tasks {
        let ended = server.api().ended(id).await;
        assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
        assert_eq!(ended.log.attempt(ended.task.attempt).texts().len(), 200);
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn what_was_called_off_before_the_end_of_the_server_stays_called_off() {
    let mut server = Setup::scripted().start().await;
    let go = server.aside("go");
    let task = server.create(Script::new().wait_for(&go).stubborn().task()).await;
    server.api().until_kind(task.id, "text").await;
    server.api().cancel(task.id).await;
    server.restart(End::AtOnce).await;
    File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!((ended.task.state, ended.task.attempt), (State::Canceled, 1));
    invariants::hold(server).await;
}

#[tokio::test]
async fn f70_a_second_server_on_the_same_data_is_refused() {
    let server = Setup::scripted().start().await;
    let refused = server.second().await;
    assert!(refused.contains("another server uses"), "{refused}");
    invariants::hold(server).await;
}
