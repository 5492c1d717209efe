//! A task is called off: before, while and after it runs.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};

use domain::{reason::Reason, task::State};
use serde_json::json;
use tests::{End, Setup, invariants, programs, scripted::Script};

#[tokio::test]
async fn what_waits_is_called_off_at_once_and_never_starts() {
    let server = Setup::scripted().max_running(1).start().await;
    let go = server.aside("go");
    let first = server.create(Script::new().wait_for(&go).task()).await;
    server.api().until_kind(first.id, "text").await;
    let queued = server.create(Script::new().text("never").task()).await;
    let tomorrow = tests::clock::now() + jiff::SignedDuration::from_hours(24);
    let scheduled = json!({ "prompt": Script::new().prompt(), "not_before": tomorrow });
    let scheduled = server.create(scheduled).await;
    assert_eq!(scheduled.state, State::Scheduled);
    for id in [queued.id, scheduled.id] {
        let task = server.api().cancel(id).await;
        assert_eq!((task.state, task.attempt), (State::Canceled, 0));
        // And again: nothing changes.
        assert_eq!(server.api().cancel(id).await, task);
    }
    File::create(go).unwrap();
    assert_eq!(server.api().ended(first.id).await.task.state, State::Succeeded);
    for id in [queued.id, scheduled.id] {
        assert_eq!(server.api().ended(id).await.log.0, []);
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn f46_a_run_that_is_called_off_while_it_starts_does_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let go = dir.path().join("go");
    let server = Setup::scripted().set("ERRAND_SUPERVISOR", waiting_for(&go)).start().await;
    let task = server.create(Script::new().text("never").task()).await;
    server.follower().task(task.id, "a start", |task| task.state == State::Starting).await;
    let answer = server.api().cancel(task.id).await;
    assert_eq!((answer.state, answer.cancel_requested), (State::Starting, true));
    File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!(ended.task.state, State::Canceled);
    assert_eq!(ended.log.kinds(), ["run_started", "run_ended"]);
    invariants::hold(server).await;
}

/// One task in each state, on one machine and with the settings that everybody has.
#[tokio::test]
async fn whatever_state_a_task_is_in_it_is_called_off_and_never_comes_back() {
    let mut server = Setup::scripted().start().await;
    let never = server.aside("never");
    let again = Script::new().fail_without(&never, "model_error").task();
    let again = json!({ "prompt": again["prompt"], "max_attempts": 10 });
    let tomorrow = tests::clock::now() + jiff::SignedDuration::from_hours(24);
    let tomorrow = json!({ "prompt": Script::new().prompt(), "not_before": tomorrow });
    let mut ids = Vec::new();
    // What it says when it is there.
    for (body, said, state) in [
        (tomorrow, None, State::Scheduled),
        (again, None, State::Scheduled),
        (Script::new().wait_for(&never).task(), Some("text"), State::Running),
        (Script::new().ask().task(), Some("permission_request"), State::Waiting),
        (Script::new().stubborn().task(), Some("text"), State::Running),
        (Script::new().flood().task(), Some("text"), State::Running),
        (Script::new().text("never").task(), None, State::Queued),
    ] {
        let id = server.create(body).await.id;
        match said {
            Some(kind) => {
                server.api().until_kind(id, kind).await;
                assert_eq!(server.api().task(id).await.state, state);
            }
            None => {
                let what = state.to_string();
                server.follower().task(id, &what, |task| task.state == state).await;
            }
        }
        ids.push(id);
    }
    for id in &ids {
        server.api().cancel(*id).await;
    }
    let mut canceled = Vec::new();
    for id in &ids {
        let task = server.api().ended(*id).await.task;
        assert_eq!(task.state, State::Canceled);
        canceled.push(task);
    }
    File::create(never).unwrap();
    server.restart(End::AtOnce).await;
    // Whoever comes later is served, so each of them would have been by now.
    let later = server.run(Script::new().task()).await.task;
    assert_eq!(later.state, State::Succeeded);
    for task in canceled {
        assert_eq!(server.api().task(task.id).await, task);
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_runner_that_never_reports_is_not_waited_for_after_a_cancel() {
    let dir = tempfile::tempdir().unwrap();
    let never = waiting_for(&dir.path().join("never"));
    let server = Setup::scripted().set("ERRAND_SUPERVISOR", never).start().await;
    let task = server.create(Script::new().text("never").task()).await;
    server.follower().task(task.id, "a start", |task| task.state == State::Starting).await;
    server.api().cancel(task.id).await;
    let ended = server.api().ended(task.id).await;
    assert_eq!((ended.task.state, ended.task.attempt), (State::Canceled, 1));
    assert_eq!(ended.log.kinds(), ["run_ended"]);
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_run_that_is_called_off_ends_with_its_command_and_all_else() {
    let server = Setup::new().start().await;
    let task = server.create(json!({ "prompt": "[[demo:sleep=600]]" })).await;
    server.process("time.sleep(600)").await;
    let asked = Instant::now();
    let answer = server.api().cancel(task.id).await;
    assert_eq!((answer.state, answer.cancel_requested), (State::Running, true));
    server.api().cancel(task.id).await;
    let ended = server.api().ended(task.id).await;
    assert_eq!((ended.task.state, ended.task.attempt), (State::Canceled, 1));
    assert!(asked.elapsed() < Duration::from_secs(15), "after {:?}", asked.elapsed());
    invariants::hold(server).await;
}

#[tokio::test]
async fn what_is_over_cannot_be_called_off() {
    let server = Setup::scripted().start().await;
    let succeeded = server.run(Script::new().task()).await.task;
    let failed = server
        .run(Script::new().fail_without(&server.aside("no"), "agent_error").task())
        .await
        .task;
    assert_eq!((failed.state, failed.reason), (State::Failed, Some(Reason::AgentError)));
    for task in [succeeded, failed] {
        let path = format!("/v1/tasks/{}/cancel", task.id);
        let problem = server.api().post_refused(409, &path, json!({})).await;
        assert_eq!(problem.code(), "already_ended");
        assert_eq!(server.api().task(task.id).await, task);
    }
    invariants::hold(server).await;
}

/// A supervisor that starts when there is a file: as a container that has to be fetched first. It lies beside the file.
fn waiting_for(file: &Path) -> String {
    let script = file.with_file_name("supervisor");
    let (file, supervisor) = (file.display(), programs::program("supervisor"));
    let text = format!(
        "#!/bin/sh\nuntil test -e {file}; do sleep 0.02; done\nexec {}\n",
        supervisor.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script.display().to_string()
}
