//! `errand`, as it is typed.

use std::fs::File;

use domain::task::State;
use serde_json::{Value, json};
use tests::{Cli, Setup, cli::finish, invariants, scripted::Script, server::End};

/// The task that a command was about; the harness shall hold the service to it.
async fn adopt(server: &tests::Server) {
    for task in server.api().tasks().await {
        server.follower().follow(server.api().task(task.id).await.id);
    }
}

#[tokio::test]
async fn the_exit_code_of_run_watch_follows_the_task() {
    let server = Setup::new().without_key().start().await;
    let cli = Cli::new(&server).sign_in().await;
    let output = cli.run(&["run", "[[demo:hello]]", "--watch"]).await;
    let shown = output.expect(0);
    assert!(shown.contains("hello.txt"), "{shown}");
    assert!(shown.contains("demo model"), "{shown}");

    let output = cli.run(&["run", "[[fault:status=400]]", "--watch"]).await;
    let _ = output.expect(1);

    let watching = cli.start(&["run", "[[demo:sleep=600]]", "--watch"]);
    server.process("time.sleep(600)").await;
    let output = cli.run(&["cancel", "@last"]).await;
    let _ = output.expect(0);
    let _ = finish(watching).await.expect(3);
    adopt(&server).await;
    invariants::hold(server).await;
}

#[tokio::test]
async fn every_json_answer_is_json() {
    let server = Setup::scripted().start().await;
    let cli = Cli::new(&server).sign_in().await;
    let prompt = Script::new().text("hello").prompt();
    let output =
        cli.run(&["--json", "run", &prompt, "--watch", "--tag", "a", "--title", "t"]).await;
    let lines = output.expect(0).lines();
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let seqs: Vec<_> = events.iter().filter_map(|event| event["seq"].as_u64()).collect();
    assert!(!seqs.is_empty() && seqs.iter().copied().eq(1..=seqs.len() as u64), "{seqs:?}");

    let list = cli.run(&["--json", "list"]).await.json();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let shown = cli.run(&["--json", "show", &id]).await.json();
    assert_eq!(
        (&shown["state"], &shown["tags"], &shown["title"]),
        (&json!("succeeded"), &json!(["a"]), &json!("t"))
    );
    let me = cli.run(&["--json", "whoami"]).await.json();
    assert_eq!(me["email"], server.admin());
    let artifacts = cli.run(&["--json", "artifacts", "@last"]).await.json();
    assert!(artifacts["items"].as_array().is_some_and(|items| !items.is_empty()), "{artifacts}");
    let health = cli.run(&["--json", "health"]).await.json();
    assert_eq!(health["status"], "ok");

    // An error is a problem document.
    let output = cli.run(&["--json", "cancel", &id]).await;
    assert_eq!(output.code(), 1);
    let problem: Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(problem["status"], 409, "{problem}");
    let output = cli.run(&["--json", "run", " "]).await;
    assert_eq!(output.code(), 2);
    let problem: Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(problem["errors"][0]["field"], "prompt", "{problem}");
    adopt(&server).await;
    invariants::hold(server).await;
}

#[tokio::test]
async fn watch_goes_on_by_itself_when_the_server_comes_back() {
    let mut server = Setup::scripted().start().await;
    let cli = Cli::new(&server).sign_in().await;
    let go = server.aside("go");
    let task = server.create(Script::new().wait_for(&go).emit(50, 1.0).task()).await;
    server.api().until_kind(task.id, "text").await;
    let watching = cli.start(&["--json", "watch", &task.id.to_string()]);
    let late = cli.start(&["--json", "watch", &task.id.to_string(), "--after", "2"]);
    server.restart(End::AtOnce).await;
    File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!(ended.task.state, State::Succeeded);
    for (child, after) in [(watching, 0), (late, 2)] {
        let output = finish(child).await;
        let lines = output.expect(0).lines();
        let seqs: Vec<_> = lines
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter_map(|event| event["seq"].as_u64())
            .collect();
        assert!(seqs.iter().copied().eq(after + 1..=ended.task.head), "{seqs:?}");
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn without_a_sign_in_or_a_server_the_exit_code_says_so() {
    let mut server = Setup::scripted().start().await;
    let cli = Cli::new(&server);
    let _ = cli.run(&["list"]).await.expect(4);
    let cli = cli.sign_in().await;
    let _ = cli.run(&["list"]).await.expect(0);
    let _ = cli.run(&["logout"]).await.expect(0);
    let _ = cli.run(&["list"]).await.expect(4);
    server.end(End::InOrder).await;
    let _ = cli.run(&["health"]).await.expect(5);
    invariants::hold(server).await;
}
