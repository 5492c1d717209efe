use domain::{
    problem::{Code, Problem},
    task::State,
};
use serde_json::Value;

use crate::{
    errand::Errand,
    service::{Service, task},
};

#[tokio::test]
async fn every_option_of_run_reaches_the_service_in_its_unit() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    let line = "run - --title Login --repo https://example.org/a/b --ref main --model claude-sonnet-5 \
        --max-turns 9 --budget 1.50 --timeout 30m --priority high --tag a --tag b --max-attempts 2 \
        --not-before 2030-01-31T09:00:00Z --idempotency-key k1";
    let ran = errand.run_with_input(line, "Fix it.\nAll of it.\n").await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let seen = &service.requests("POST /v1/tasks")[0];
    assert_eq!(seen.idempotency_key.as_deref(), Some("k1"));
    insta::assert_json_snapshot!(seen.body, @r#"
    {
      "prompt": "Fix it.\nAll of it.\n",
      "title": "Login",
      "repository": {
        "url": "https://example.org/a/b",
        "ref": "main"
      },
      "model": "claude-sonnet-5",
      "max_turns": 9,
      "budget_usd_micros": 1500000,
      "timeout_s": 1800,
      "priority": "high",
      "tags": [
        "a",
        "b"
      ],
      "max_attempts": 2,
      "not_before": "2030-01-31T09:00:00Z"
    }
    "#);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let service = Service::start().await;
    service.world().lost_answers = 2;
    let errand = Errand::with_key(&service);
    let ran = errand.run("run --quiet prompt").await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(service.world().tasks.len(), 1);
    assert_eq!(ran.stdout.trim(), service.world().tasks[0].id.to_string());
    let keys: Vec<_> =
        service.requests("POST /v1/tasks").into_iter().map(|seen| seen.idempotency_key).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a_task_whose_deletion_was_not_heard_of_counts_as_deleted() {
    let service = Service::start().await;
    service.world().tasks.push(task(1));
    let id = service.world().tasks[0].id.to_string();
    service.world().lost_answers = 1;
    let ran = Errand::with_key(&service).args(["delete", &id]).await;
    assert_eq!((ran.code, ran.stdout), (0, format!("{id} is deleted\n")));
    assert_eq!(Errand::with_key(&service).args(["delete", &id]).await.code, 1);
}

#[tokio::test]
async fn a_retry_whose_answer_was_lost_counts_as_done() {
    let service = Service::start().await;
    service.world().tasks.push(task(1));
    let errand = Errand::with_key(&service);
    service.set_state(State::Failed, false);
    let id = service.world().tasks[0].id.to_string();
    service.world().lost_answers = 1;
    let ran = errand.args(["retry", &id]).await;
    assert_eq!((ran.code, ran.stdout), (0, format!("{id} queued\n")), "{}", ran.stderr);
    let ran = errand.args(["retry", &id]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.starts_with("error: The task is not over yet\n"), "{}", ran.stderr);
}

#[tokio::test]
async fn every_field_at_fault_has_a_line_of_its_own() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    let ran = errand.args(["run", ""]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(ran.stderr, @r"
    error: Some fields are not valid
      prompt must not be blank
      tags[1] must not contain a comma
    ");
    let ran = errand.args(["run", "", "--json"]).await;
    let problem: Problem = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(problem.errors.len(), 2);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let service = Service::start().await;
    let url = service.url.clone();
    drop(service);
    let ran = Errand::signed_out(&url).run("health").await;
    assert_eq!(ran.code, 5);
    let expected = format!(
        "error: cannot reach {url}: Connection refused (os error 111)\n  → Start it with `errand up`, or name another address with --url.\n"
    );
    assert_eq!(ran.stderr, expected);
}

#[tokio::test]
async fn a_service_that_is_short_of_breath_is_asked_again() {
    let service = Service::start().await;
    service.world().refusals = vec![Problem::new(Code::Unavailable); 2];
    let ran = Errand::with_key(&service).run("whoami").await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    service.world().refusals = vec![Problem::new(Code::Internal); 4];
    assert_eq!(Errand::with_key(&service).run("whoami").await.code, 1);
    assert_eq!(service.world().refusals.len(), 3);
}

#[tokio::test]
async fn the_list_goes_over_as_many_pages_as_are_wanted() {
    let service = Service::start().await;
    service.world().tasks.extend((1..=230).map(task));
    let errand = Errand::with_key(&service);
    let count = async |line: &str| {
        let ran = errand.run(line).await;
        let page: Value = serde_json::from_str(&ran.stdout).unwrap();
        (page["items"].as_array().unwrap().len(), page.get("next_cursor").is_some())
    };
    assert_eq!(count("list --json").await, (25, true));
    assert_eq!(count("list --json --limit 120").await, (120, true));
    assert_eq!(count("list --json --all").await, (230, false));
}

#[tokio::test]
async fn the_list_is_a_table() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    let ran = errand.run("list").await;
    assert_eq!(
        (ran.stdout.lines().count(), ran.stderr.as_str()),
        (1, "No tasks. `errand run \"…\"` hands one in.\n")
    );
    let mut odd = task(2);
    odd.title = "a\u{1b}[2Jb".to_owned();
    odd.tags = vec!["ci".to_owned()];
    odd.demo_model = true;
    odd.usage.cost_usd_micros = 1_500_000;
    service.world().tasks.extend([task(1), odd]);
    let ran = errand.run("list").await;
    insta::assert_snapshot!(ran.stdout, @r"
    ID                                     STATE    AGE  COST   TITLE
    task_01990000000000000000000000000001  running  now  $0.00  Fix the login
    task_01990000000000000000000000000002  running  now  $1.50  a␛[2Jb #ci (demo model)
    ");
}

#[tokio::test]
async fn a_beginning_of_an_id_must_be_unique() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    service.world().tasks.extend((1..=150).map(task));
    let ran = errand.run("show 019900").await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.starts_with("error: `019900` is not unique\n"), "{}", ran.stderr);
    assert_eq!(errand.run("show 01990000000000000000000000000096").await.code, 0);
    let ran = errand.run("show ffffff").await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.starts_with("error: no task of yours begins with `ffffff`\n"),
        "{}",
        ran.stderr
    );
}

#[tokio::test]
async fn last_is_the_last_task_created_from_here() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    assert_eq!(errand.run("show @last").await.code, 1);
    assert_eq!(errand.run("run one").await.code, 0);
    assert_eq!(errand.run("run two").await.code, 0);
    let ran = errand.run("show @last --json").await;
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(shown["id"], service.world().tasks[1].id.to_string());
}

#[tokio::test]
async fn show_tells_all_that_a_person_asks() {
    let service = Service::start().await;
    let mut task = task(1);
    task.state = State::Failed;
    task.reason = Some(domain::reason::Reason::Timeout);
    task.remedy = Some(domain::reason::Reason::Timeout.remedy().to_owned());
    task.started_at = Some("2030-01-02T03:04:05Z".parse().unwrap());
    task.ended_at = Some("2030-01-02T03:34:05Z".parse().unwrap());
    task.tags = vec!["ci".to_owned(), "login".to_owned()];
    task.demo_model = true;
    task.spec = Some(domain::view::SpecView {
        prompt: "Fix".to_owned(),
        repository: Some(domain::run::Repository {
            url: "https://example.org/a/b".to_owned(),
            git_ref: Some("main".to_owned()),
        }),
        model: None,
        max_turns: Some(1),
        budget_usd_micros: Some(1_500_000),
        timeout_s: 1_800,
    });
    task.result = Some(domain::view::ResultView {
        text: Some("Half of it is done.\u{1b}[2J".to_owned()),
        ..domain::view::ResultView::default()
    });
    service.world().tasks.push(task);
    let ran = Errand::with_key(&service).run("show 019900").await;
    insta::assert_snapshot!(ran.stdout, @r"
    Fix the login
      demo model: a script answers; no real model is asked
      id         task_01990000000000000000000000000001
      state      failed: timeout
                 → Raise `timeout_s`, or split the errand into smaller ones.
      created    just now
      took       30 m 00 s
      runs       1 of at most 3
      cost       $0.00 · 0 turns · 0 tokens in, 0 out
      tags       ci, login
      repository https://example.org/a/b @ main
      limits     30 m 00 s · $1.50 · 1 turn

    Half of it is done.␛[2J
    ");
}

#[tokio::test]
async fn up_says_what_is_missing_and_otherwise_becomes_the_service() {
    let errand = Errand::signed_out("http://127.0.0.1:9");
    let program = errand.path("errand");
    std::fs::copy(env!("CARGO_BIN_EXE_errand"), &program).unwrap();
    let run = async || {
        let output = tokio::process::Command::new(&program)
            .args(["up", "--port", "5000"])
            .output()
            .await
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, _, stderr) = run().await;
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("error: errand-local is not there (looked for "), "{stderr}");

    let service = errand.path("errand-local");
    std::fs::write(&service, "#!/bin/sh\necho \"$@\"\nexit 7\n").unwrap();
    std::fs::set_permissions(&service, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    assert_eq!(run().await, (Some(7), "--port 5000\n".to_owned(), String::new()));
}

#[tokio::test]
async fn there_are_completions_for_each_shell() {
    let errand = Errand::signed_out("http://127.0.0.1:9");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = errand.args(["completions", shell]).await;
        assert!(ran.code == 0 && ran.stdout.contains("artifacts"), "{shell}");
    }
}

#[tokio::test]
async fn colours_come_only_when_they_are_wanted() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    let has_colours = async |line: &str| errand.run(line).await.stdout.contains('\u{1b}');
    assert!(!has_colours("health").await);
    assert!(has_colours("health --color always").await);
    assert!(!has_colours("health --color never").await);
}
