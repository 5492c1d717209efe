//! Events, runs and artifacts, as they are read.

use std::time::{Duration, Instant};

use domain::{reason::Reason, task::Outcome};
use serde_json::{Value, json};

use crate::{
    runs::text,
    world::{Person, World},
};

/// `[seqs] next/head done`
async fn read(person: &Person<'_>, path: &str) -> String {
    let answer = person.get(path).await;
    assert_eq!(answer.status, 200, "{answer}");
    let page = answer.json();
    let events = page["events"].as_array().unwrap().iter();
    let seqs: Vec<_> = events.map(|event| event["seq"].to_string()).collect();
    let done = if page["done"] == true { " done" } else { "" };
    format!("[{}] {}/{}{done}", seqs.join(" "), page["next"], page["head"])
}

#[tokio::test]
async fn a_log_is_read_forwards_backwards_and_from_its_end() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let path = format!("/v1/tasks/{id}/events");
    assert_eq!(read(&ada, &path).await, "[] 0/0");
    let head = world.start(id).await;
    let head = world.say(&head, &[text(1), text(1), text(1)]).await;
    let head = world.say(&head, &[text(1)]).await;
    let head = world.say(&head, &[text(1), text(1)]).await;
    for (query, expected) in [
        ("", "[1 2 3 4 5 6] 6/6"),
        ("after=0", "[1 2 3 4 5 6] 6/6"),
        ("after=2", "[3 4 5 6] 6/6"),
        ("after=1&limit=2", "[2 3] 3/6"),
        ("after=3&limit=1", "[4] 4/6"),
        ("limit=4", "[1 2 3 4] 4/6"),
        ("after=6", "[] 6/6"),
        ("after=9", "[] 9/6"),
        ("tail=2", "[5 6] 6/6"),
        ("tail=4", "[3 4 5 6] 6/6"),
        ("tail=500", "[1 2 3 4 5 6] 6/6"),
        ("before=4", "[1 2 3] 3/6"),
        ("before=6&limit=2", "[4 5] 5/6"),
        ("before=1", "[] 0/6"),
        ("before=100&limit=1", "[6] 6/6"),
    ] {
        assert_eq!(read(&ada, &format!("{path}?{query}")).await, expected, "{query}");
    }
    world.end(&head, Outcome::Succeeded, &[]).await;
    assert_eq!(read(&ada, &format!("{path}?after=5")).await, "[6 7] 7/7 done");
    assert_eq!(read(&ada, &format!("{path}?after=5&limit=1")).await, "[6] 6/7");
    assert_eq!(read(&ada, &format!("{path}?after=7&wait=20")).await, "[] 7/7 done");
}

#[tokio::test]
async fn what_lies_beyond_the_head_is_not_shown() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let head = world.start(id).await;
    let head = world.say(&head, &[text(1)]).await;
    let items = world.items().await;
    world.say_in_vain(&head, &[text(1)]).await;
    assert_eq!(world.items().await, items + 1, "it lies there");
    assert_eq!(read(&ada, &format!("/v1/tasks/{id}/events")).await, "[1] 1/1");
    assert_eq!(ada.get(&format!("/v1/tasks/{id}/events/2")).await.status, 404);
    assert_eq!(ada.get(&format!("/v1/tasks/{id}/events/0")).await.status, 404);
}

#[tokio::test]
async fn who_waits_is_answered_when_something_happens() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let head = world.start(id).await;
    let path = format!("/v1/tasks/{id}/events?after=0&wait=20");
    let begun = Instant::now();
    let (page, _) = tokio::join!(read(&ada, &path), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.say(&head, &[text(1)]).await
    });
    assert_eq!(page, "[1] 1/1");
    assert!(
        begun.elapsed() >= Duration::from_millis(200) && begun.elapsed() < Duration::from_secs(10)
    );
}

#[tokio::test]
async fn who_waits_for_what_never_comes_is_answered_when_the_wait_is_over_or_the_task_is() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let begun = Instant::now();
    assert_eq!(read(&ada, &format!("/v1/tasks/{id}/events?wait=1")).await, "[] 0/0");
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let path = format!("/v1/tasks/{id}/events?wait=20");
    let cancel = format!("/v1/tasks/{id}/cancel");
    let (page, _) = tokio::join!(read(&ada, &path), ada.ask("POST", &cancel));
    assert_eq!(page, "[] 0/0 done");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_big_event_is_listed_as_a_preview_and_read_whole() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let head = world.start(id).await;
    let head = world.say(&head, &[text(20_000)]).await;
    world.say_big(&head, &text(100), &text(2_000_000)).await;

    let page = ada.get(&format!("/v1/tasks/{id}/events")).await.json();
    let length = |event: &Value| event["text"].as_str().unwrap().len();
    for event in page["events"].as_array().unwrap() {
        assert_eq!(event["truncated"], true);
        assert!(event.to_string().len() < 9_000);
    }
    let first = ada.get(&format!("/v1/tasks/{id}/events/1")).await.json();
    assert_eq!(
        (length(&first), &first["seq"], &first["truncated"]),
        (20_000, &json!(1), &Value::Null)
    );
    let second = ada.get(&format!("/v1/tasks/{id}/events/2")).await.json();
    assert_eq!(
        (length(&second), &second["seq"], &second["attempt"]),
        (2_000_000, &json!(2), &json!(1))
    );
}

#[tokio::test]
async fn the_runs_of_a_task_are_listed_with_the_one_that_lives() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let path = format!("/v1/tasks/{id}/runs");
    assert_eq!(ada.get(&path).await.json(), json!({ "items": [] }));
    let head = world.start(id).await;
    world.end(&head, Outcome::Failed(Reason::Oom), &[]).await;
    world.start(id).await;
    let runs = ada.get(&path).await.json();
    let brief = |run: &Value| {
        json!([
            run["attempt"],
            run["outcome"],
            run["reason"],
            run["retryable"],
            run["ended_at"].is_null()
        ])
    };
    let runs: Vec<_> = runs["items"].as_array().unwrap().iter().map(brief).collect();
    assert_eq!(
        runs,
        [json!([1, "failed", "oom", true, false]), json!([2, null, null, null, true])]
    );
}

#[tokio::test]
async fn a_file_is_downloaded_by_a_link_that_ends_soon() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let head = world.start(id).await;
    world.end(&head, Outcome::Failed(Reason::Oom), &["patch.diff", "old.txt"]).await;
    let head = world.start(id).await;
    world.end(&head, Outcome::Succeeded, &["patch.diff", "a\"b é.html"]).await;

    let path = format!("/v1/tasks/{id}/artifacts");
    let list = ada.get(&path).await.json();
    let brief = |file: &Value| format!("{} of {}", file["name"].as_str().unwrap(), file["attempt"]);
    let files: Vec<_> = list["items"].as_array().unwrap().iter().map(brief).collect();
    assert_eq!(files, ["patch.diff of 2", "a\"b é.html of 2", "patch.diff of 1", "old.txt of 1"]);

    for (name, key) in [
        ("patch.diff", "runs/2/patch.diff"),
        ("old.txt", "runs/1/old.txt"),
        ("a%22b%20%C3%A9.html", "runs/2/a%22b%20%C3%A9.html"),
    ] {
        let answer = ada.get(&format!("{path}/{name}")).await;
        assert_eq!(answer.status, 302, "{answer}");
        let link = answer.header("location");
        for part in [
            &format!("/bucket/tasks/{id}/{key}?"),
            "X-Amz-Expires=300",
            "response-content-disposition=attachment",
            "response-content-type=application%2Foctet-stream",
            "X-Amz-Signature=",
        ] {
            assert!(link.contains(part), "{part} in {link}");
        }
    }
    for name in ["result.json", "..%2F..%2F1%2Fpatch.diff", "%2e%2e", "patch.diff%00"] {
        assert_eq!(ada.get(&format!("{path}/{name}")).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn a_patch_is_shown_of_the_last_run_that_left_one() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let path = format!("/v1/tasks/{id}/patch");
    assert_eq!(ada.get(&path).await.status, 404, "no run left one");
    let head = world.start(id).await;
    world.end(&head, Outcome::Failed(Reason::Oom), &["patch.diff"]).await;
    let head = world.start(id).await;
    world.end(&head, Outcome::Succeeded, &["other.txt"]).await;
    let key = |attempt| format!("tasks/{id}/runs/{attempt}/patch.diff");
    world.aws.lock().unwrap().objects.insert(key(1), "+1\n".into());
    world.aws.lock().unwrap().objects.insert(key(2), "of nobody".into());

    let answer = ada.get(&path).await;
    assert_eq!((answer.status.as_u16(), &answer.bytes[..]), (200, &b"+1\n"[..]), "{answer}");
    assert_eq!(answer.header("content-type"), "text/x-diff; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"patch.diff\"");
    assert_eq!(answer.header("x-errand-cut"), "false");
    let bob = world.member("bob").await;
    assert_eq!(bob.get(&path).await.status, 404);
}
