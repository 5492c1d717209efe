//! However a run is stopped, it ends once, in time, and nothing of it stays alive.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::{
    harness::{Run, child},
    server::Mood,
};

fn cancel(run: &Run) {
    let command = json!({"n": 1, "at": "2026-01-02T03:04:05Z", "command": "cancel"});
    let strange = json!({"n": 2, "at": "2026-01-02T03:04:05Z", "command": "levitate"});
    run.server.state().commands = vec![strange, command];
}

#[tokio::test]
async fn a_cancel_asks_the_wrapper_first_and_is_reported_as_done() {
    let run = child(
        r#"
        text ready
        read -r command
        printf '{"type":"other","frame":%s}\n' "$command"
        say '{"type":"end","outcome":"canceled","session_id":"s-1"}'
        "#,
    )
    .spec("heartbeat_ms", 100)
    .start()
    .await;
    run.server.until_event("text").await;
    cancel(&run);
    let ended = run.end().await;
    assert_eq!(ended.verdict(), "Canceled - -");
    assert_eq!(ended.of_kind("other")[0]["frame"]["cmd"], "shutdown");
    assert_eq!(ended.end().session_id.as_deref(), Some("s-1"));
    let state = ended.server.state();
    assert_eq!(state.posts.last().unwrap().1.done_commands, [1]);
}

#[tokio::test]
async fn a_run_that_was_called_off_before_it_began_never_starts_its_agent() {
    let ended = child("text never").spec("cancel_requested", true).run().await;
    assert_eq!(ended.kinds(), "run_started run_ended");
    assert_eq!(ended.verdict(), "Canceled - -");
}

#[tokio::test]
async fn f40_a_child_that_ignores_sigterm_is_killed() {
    let run = child("trap '' TERM; text ready; while :; do sleep 1; done")
        .spec("heartbeat_ms", 100)
        .start()
        .await;
    run.server.until_event("text").await;
    cancel(&run);
    let ended = run.end().await;
    assert_eq!(ended.verdict(), "Canceled - -");
    assert_eq!(ended.end().exit_code, Some(137));
}

#[tokio::test]
async fn a_flood_that_does_not_stop_for_a_cancel_is_cut_short_and_that_is_said() {
    let run = child("trap '' TERM; text ready; while :; do text flood; done")
        .env("ERRAND_CANCEL_LIMIT_MS", 1_000)
        .start()
        .await;
    run.server.until_event("text").await;
    // What it says is far more than such a server takes.
    run.server.state().from_now_on = Some(Mood::Slow(Duration::from_millis(50)));
    cancel(&run);
    let ended = run.end().await;
    assert_eq!(ended.verdict(), "Canceled - -");
    let remarks = ended.remarks();
    assert!(remarks.contains("events were left out, since the task was called off"), "{remarks}");
}

#[tokio::test]
async fn what_cannot_be_kept_in_time_after_a_cancel_is_said_and_not_waited_for() {
    let run =
        child("text ready; read -r command; say '{\"type\":\"end\",\"outcome\":\"canceled\"}'")
            .spec("heartbeat_ms", 100)
            .env("ERRAND_CANCEL_LIMIT_MS", 300)
            .start_with(|server| server.state().failing_uploads = usize::MAX)
            .await;
    run.server.until_event("text").await;
    cancel(&run);
    let ended = run.end().await;
    assert_eq!(ended.verdict(), "Canceled - -");
    let said = "the artifacts were not kept: the task was called off";
    assert!(ended.remarks().contains(said), "{}", ended.remarks());
}

#[tokio::test]
async fn f41_a_daemon_does_not_outlive_the_run_whatever_it_did_to_get_away() {
    // Its own session, two forks, deaf to every signal that can be ignored, and more of its kind all the time.
    let daemon = r#"trap "" TERM HUP INT; while :; do sleep 300 & sleep 0.05; done"#;
    let script = format!(
        "(setsid sh -c '{daemon}' </dev/null >/dev/null 2>&1 &) ; (setsid sleep 300 &) ; sleep 0.3; end"
    );
    let ended = child(&script).run().await;
    assert_eq!(ended.verdict(), "Succeeded - -");
}

#[tokio::test]
async fn a_child_that_has_ended_but_does_not_exit_is_helped() {
    let ended = child("trap '' TERM; end; while :; do sleep 1; done").run().await;
    assert_eq!(ended.verdict(), "Succeeded - -");
}

#[tokio::test]
async fn f25_sigterm_tells_what_is_there_and_ends_within_ten_seconds() {
    let run = child("trap '' TERM; text last; while :; do sleep 1; done")
        .env("ERRAND_KILL_GRACE_MS", 5_000)
        .start()
        .await;
    run.server.until_event("text").await;
    let start = Instant::now();
    run.signal(Signal::TERM);
    let ended = run.end().await;
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}\n{}", ended.log);
    insta::assert_snapshot!(ended.verdict(), @"Failed lost interrupted");
    assert_eq!(ended.status.code(), Some(0));
}

#[tokio::test]
async fn f25_sigterm_without_a_server_ends_within_ten_seconds_too() {
    let run = child("text last; sleep 300").start().await;
    run.server.until_event("text").await;
    run.server.state().from_now_on = Some(crate::server::Mood::Status(503));
    let start = Instant::now();
    run.signal(Signal::TERM);
    let ended = run.end().await;
    let took = start.elapsed();
    assert!(took < Duration::from_secs(11), "{took:?}\n{}", ended.log);
    assert_eq!(ended.status.code(), Some(1));
}

#[tokio::test]
async fn f30_a_zombie_that_wakes_up_after_its_lease_ends_itself() {
    let run = child("trap '' TERM; while :; do text more; sleep 0.1; done").start().await;
    run.server.until_event("text").await;
    run.signal(Signal::STOP);
    let (told, committed) = {
        let mut state = run.server.state();
        state.from_now_on = Some(crate::server::Mood::Status(409));
        (state.seen, state.posts.len())
    };
    // Nobody asks it to end: the refusal is all that it learns.
    run.signal(Signal::CONT);
    let ended = run.end().await;
    assert_eq!(ended.status.code(), Some(3));
    assert_eq!(ended.end, None);
    let state = ended.server.state();
    assert_eq!(state.posts.len(), committed, "it leaked something");
    assert_eq!(state.seen, told + 1, "after a 409 nothing is said any more");
}

#[tokio::test]
async fn a_supervisor_does_not_outlive_whoever_started_it() {
    let run = child("text ready; sleep 300").under_a_parent().start().await;
    run.server.until_event("text").await;
    run.signal(Signal::KILL); // the parent
    run.server.until_event("run_ended").await;
    let ended = run.end().await;
    assert_eq!(ended.verdict(), "Failed lost interrupted");
}
