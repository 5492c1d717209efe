//! Processes of a run die in the middle.

use std::{
    fs::File,
    time::{Duration, Instant},
};

use domain::{
    event::{Body, RawEvent},
    reason::Reason,
    task::State,
};
use rustix::process::Signal;
use serde_json::json;
use tests::{Setup, invariants, processes, scripted::Script};

#[tokio::test]
async fn claude_code_that_is_killed_each_time_is_tried_as_often_as_allowed() {
    let server = Setup::new().start().await;
    let task = json!({ "prompt": "[[demo:bash=kill -9 $PPID]]", "max_attempts": 2 });
    let ended = server.run(task).await;
    assert_eq!(ended.task.state, State::Failed, "{:?}", ended.task);
    assert_eq!(ended.log.reasons(), [Some(Reason::Crashed); 2]);
    let runs = server.api().runs(ended.task.id).await;
    assert!(runs.iter().all(|run| run.exit_code == Some(137)), "{runs:#?}");
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_wrapper_that_is_killed_is_replaced_and_the_errand_is_done() {
    let server = Setup::new().start().await;
    let go = server.aside("go");
    let wait = format!("[[demo:bash=until test -e {}; do sleep 0.05; done]]", go.display());
    let task = server.create(json!({ "prompt": wait })).await;
    server.api().until_kind(task.id, "tool_use").await;
    server.process("errand_wrapper").await.signal(Signal::KILL);
    File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    assert_eq!(ended.log.reasons(), [Some(Reason::Crashed), None]);
    invariants::hold(server).await;
}

#[tokio::test]
async fn f24_a_supervisor_that_is_killed_is_replaced_within_two_seconds_and_leaves_no_stray() {
    let server = Setup::new().start().await;
    let go = server.aside("go");
    let wait = format!("[[demo:bash=until test -e {}; do sleep 0.05; done]]", go.display());
    let task = server.create(json!({ "prompt": wait })).await;
    server.api().until_kind(task.id, "tool_use").await;
    let of_first_run = server.processes();
    let killed = Instant::now();
    server.process("/supervisor").await.signal(Signal::KILL);
    let again = |event: &RawEvent| event.attempt == 2 && event.kind() == "run_started";
    server.api().until(task.id, again).await;
    assert!(killed.elapsed() < Duration::from_secs(2), "after {:?}", killed.elapsed());
    let left: Vec<_> =
        server.processes().into_iter().filter(|process| of_first_run.contains(process)).collect();
    assert_eq!(left, [], "of the first run");

    File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    assert_eq!(ended.log.reasons(), [Some(Reason::Lost), None]);
    invariants::hold(server).await;
}

#[tokio::test]
async fn f30_a_supervisor_that_falls_silent_is_given_up_and_speaks_for_nobody_when_it_wakes() {
    // Nobody helps it to end: a minute lies between the request to stop and SIGKILL.
    let server = Setup::scripted()
        .set("ERRAND_LEASE_MS", 1_000)
        .set("ERRAND_STOP_TIMEOUT_MS", 60_000)
        .start()
        .await;
    let go = server.aside("go");
    let task = server.create(Script::new().wait_for(&go).emit(20, 1.0).task()).await;
    server.api().until_kind(task.id, "text").await;
    let sleeper = server.process("/supervisor").await;
    sleeper.signal(Signal::STOP);
    let again = |event: &RawEvent| event.attempt == 2 && event.kind() == "text";
    server.api().until(task.id, again).await;
    let said = |log: &tests::Log| log.0.iter().filter(|event| event.attempt == 1).count();
    let before = said(&server.api().log(task.id).await);
    let woken = Instant::now();
    sleeper.signal(Signal::CONT);
    let gone = |all: &[processes::Process]| (!all.contains(&sleeper)).then_some(());
    processes::until(&server.runs(), "the one that woke to end itself", gone).await;
    assert!(woken.elapsed() < Duration::from_secs(20), "{:?}", woken.elapsed());
    File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!(said(&ended.log), before, "it leaked something");
    assert_eq!(ended.task.state, State::Succeeded, "{:?}", ended.task);
    assert_eq!(ended.log.reasons(), [Some(Reason::Lost), None]);
    invariants::hold(server).await;
}

#[tokio::test]
async fn what_a_child_says_that_nobody_can_read_is_remarked_and_does_no_harm() {
    let server = Setup::scripted().max_running(4).start().await;
    let half = Script::new().raw(b"{\"type\":\"text\",\"text\":\"half a li").exit(1);
    let mut half = half.task();
    half["max_attempts"] = json!(1);
    let half = server.create(half).await;
    let bytes = Script::new()
        .raw(b"\xff\xfe\0 \x1b[2J\n")
        .raw(b"{\"type\":\"text\",\"text\":\"a\xffb\"}\n");
    let bytes = server.create(bytes.task()).await;
    let long = server.create(Script::new().long(10 << 20).text("after it").task()).await;
    let silent = server.create(Script::new().exit(0).task()).await;

    let ended = server.api().ended(half.id).await;
    assert_eq!(ended.task.reason, Some(Reason::Crashed));
    assert!(
        ended.log.remarks().iter().any(|message| message.contains("half a li")),
        "{:?}",
        ended.log.remarks()
    );

    let ended = server.api().ended(bytes.id).await;
    assert_eq!(ended.task.state, State::Succeeded);
    assert_eq!(ended.log.texts(), ["a\u{fffd}b"]);
    let remark = ended.log.remarks().concat();
    assert!(remark.contains("wrote no event") && !remark.contains('\u{1b}'), "{remark}");

    let ended = server.api().ended(long.id).await;
    assert_eq!(ended.task.state, State::Succeeded);
    let texts = ended.log.of("text");
    assert_eq!(texts.len(), 2);
    let whole = server.api().event(ended.task.id, texts[0].seq).await;
    let Body::Text { text, .. } = whole.typed().body else { panic!("{whole:?}") };
    assert!(text.len() < 1 << 20 && text.contains("bytes cut"), "{}", text.len());

    let ended = server.api().ended(silent.id).await;
    assert_eq!(ended.task.reason, Some(Reason::NoResult));
    invariants::hold(server).await;
}
