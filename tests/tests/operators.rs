//! `errand queue` and `errand limits`, as operators type them.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;

use domain::{queue::QueueView, task::State};
use serde_json::{Value, json};
use tests::{Cli, DEADLINE, Server, Setup, cli::finish, clock, invariants, scripted::Script};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr},
    time::timeout,
};

async fn tagged(server: &Server, tag: &str) -> String {
    let task = json!({ "prompt": Script::new().text("x").prompt(), "tags": [tag] });
    server.create(task).await.id.to_string()
}

async fn queue(cli: &Cli) -> QueueView {
    serde_json::from_value(cli.run(&["--json", "queue"]).await.json()).unwrap()
}

async fn said(lines: &mut Lines<BufReader<ChildStderr>>) -> String {
    let line = timeout(DEADLINE, lines.next_line()).await.expect("a line in time");
    line.unwrap().unwrap_or_default()
}

fn stderr(child: &mut Child) -> Lines<BufReader<ChildStderr>> {
    BufReader::new(child.stderr.take().unwrap()).lines()
}

#[tokio::test]
async fn an_operator_pauses_looks_calls_off_takes_up_again_and_resumes() {
    let server = Setup::scripted().start().await;
    let cli = Cli::new(&server).sign_in().await;
    let paused = cli.run(&["queue", "pause", "--note", "Upgrade"]).await;
    assert!(paused.expect(0).contains("; nothing runs: Upgrade\n"), "{}", paused.stdout);

    let before = clock::now().to_string();
    let [one, two] = [tagged(&server, "a").await, tagged(&server, "a").await];
    tagged(&server, "b").await;
    let after = clock::now().to_string();
    let shown = queue(&cli).await;
    assert_eq!((shown.depth, shown.waiting.paused), (3, 3));
    let page = cli.run(&["queue"]).await;
    assert!(page.expect(0).contains("waiting      3 paused\n"), "{}", page.stdout);

    // First only asked, then done.
    let asked = cli.run(&["queue", "cancel", "--tag", "a", "--dry-run"]).await;
    let mut lines: Vec<_> = asked.expect(0).lines().collect();
    assert_eq!(lines.pop(), Some("`cancel` would reach 2 tasks"));
    lines.sort_unstable();
    assert_eq!(lines, [one.as_str(), two.as_str()]);
    assert_eq!(queue(&cli).await.depth, 3, "it was only asked");
    let done = cli.run(&["queue", "cancel", "--tag", "a"]).await;
    assert_eq!(done.expect(0), "2 of 2 tasks changed\n");
    assert_eq!(queue(&cli).await.depth, 1);

    // Those of another time or view are not meant.
    let retry = |more: &[&str]| {
        let line = [&["--json", "queue", "retry", "--state", "canceled", "--dry-run"], more];
        line.concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (more, meant) in [
        (&["--to", &before][..], 0),
        (&["--from", &after], 0),
        (&["--from", &before, "--to", &after], 2),
        (&["--view", "active"], 0),
        (&["--view", "needs-review"], 2),
    ] {
        let line = retry(more);
        let line: Vec<_> = line.iter().map(String::as_str).collect();
        let answer = cli.run(&line).await.json();
        assert_eq!(answer["tasks"].as_array().map(Vec::len), Some(meant), "{more:?} {answer}");
    }
    let done = cli.run(&["queue", "retry", "--state", "canceled"]).await;
    assert_eq!(done.expect(0), "2 of 2 tasks changed\n");

    let resumed = cli.run(&["--json", "queue", "resume"]).await.json();
    assert_eq!(resumed["paused"], Value::Null);
    for task in server.api().tasks().await {
        assert_eq!(server.api().ended(task.id).await.task.state, State::Succeeded);
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn what_is_done_to_many_says_how_far_it_got_and_what_was_left() {
    let server = Setup::scripted().start().await;
    let cli = Cli::new(&server).sign_in().await;
    let _ = cli.run(&["queue", "pause"]).await.expect(0);
    for _ in 0..60 {
        server.api().create(Script::new().text("x").task()).await;
    }
    let done = cli.run(&["queue", "cancel", "--every"]).await;
    assert_eq!(done.expect(0), "60 of 60 tasks changed\n");
    assert_eq!(done.stderr, "50 of 50 tasks changed so far\n");

    let limits = cli.run(&["limits", "--queued", "7"]).await;
    assert!(limits.expect(0).contains("waiting      7 tasks of one user\n"), "{}", limits.stdout);
    let limits = cli.run(&["--json", "limits"]).await.json();
    assert_eq!(limits["queued_per_user"], 7);
    let done = cli.run(&["queue", "retry", "--state", "canceled"]).await;
    let lines: Vec<_> = done.expect(1).lines().collect();
    assert_eq!(lines[0], "7 of 60 tasks changed");
    assert_eq!(lines.len(), 1 + 53);
    assert!(lines[1..].iter().all(|line| line.ends_with(" is left as it is: queue_full")));

    let _ = cli.run(&["queue", "cancel", "--view", "active"]).await.expect(0);
    let _ = cli.run(&["queue", "resume"]).await.expect(0);
    // They are more than one socket may follow, and the invariants look at all that are there.
    for task in server.api().tasks().await.into_iter().take(20) {
        server.follower().forget(task.id);
        server.api().delete(task.id).await;
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_drain_waits_for_what_runs_and_nothing_new_starts() {
    let server = Setup::scripted().max_running(1).start().await;
    let cli = Cli::new(&server).sign_in().await;
    let go = server.aside("go");
    let running = server.create(Script::new().wait_for(&go).task()).await;
    server.api().until_kind(running.id, "text").await;
    let waiting = server.create(Script::new().text("later").task()).await;

    let told = cli.run(&["queue", "drain", "--note", "Upgrade"]).await;
    assert!(told.expect(0).contains("what runs goes on: Upgrade\n"), "{}", told.stdout);
    assert_eq!(told.stderr, "1 task still runs\n");

    let mut drain = cli.start(&["queue", "drain", "--wait"]);
    let mut lines = stderr(&mut drain);
    assert_eq!(said(&mut lines).await, "1 task still runs");
    File::create(go).unwrap();
    let drained = finish(drain).await;
    assert!(drained.expect(0).contains("; nothing runs: Upgrade\n"), "{}", drained.stdout);
    assert_eq!(server.api().ended(running.id).await.task.state, State::Succeeded);
    assert_eq!(server.api().task(waiting.id).await.state, State::Queued);

    let _ = cli.run(&["queue", "resume"]).await.expect(0);
    assert_eq!(server.api().ended(waiting.id).await.task.state, State::Succeeded);
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_drain_ends_when_somebody_lets_tasks_start_again() {
    let server = Setup::scripted().start().await;
    let cli = Cli::new(&server).sign_in().await;
    let go = server.aside("go");
    let running = server.create(Script::new().wait_for(&go).task()).await;
    server.api().until_kind(running.id, "text").await;
    let mut drain = cli.start(&["queue", "drain", "--wait"]);
    let mut lines = stderr(&mut drain);
    assert_eq!(said(&mut lines).await, "1 task still runs");
    let _ = cli.run(&["queue", "resume"]).await.expect(0);
    assert_eq!(said(&mut lines).await, "error: somebody let tasks start again");
    let _ = finish(drain).await.expect(1);
    File::create(go).unwrap();
    server.api().ended(running.id).await;
    invariants::hold(server).await;
}
