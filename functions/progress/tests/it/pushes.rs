//! What followers are told, and that nothing of theirs holds a run up.

use std::time::{Duration, Instant};

use domain::socket::{FRAME_BYTES, Topic};
use serde_json::{Value, json};
use store::Head;
use testkit::{Reply, user};

use crate::runner::Progress;

fn kinds(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["type"].as_str().unwrap()).collect()
}

async fn followed(progress: &Progress, id: &str) -> Head {
    let head = progress.world.starting(user(1)).await;
    progress.socket(id, &head, &[Topic::Task(head.id)]).await;
    head
}

#[tokio::test]
async fn followers_see_events_as_they_are_stored_and_the_task_when_it_begins_and_ends() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    progress.socket("both", &head, &[Topic::Task(head.id), Topic::Tasks]).await;
    progress.socket("tasks", &head, &[Topic::Tasks]).await;
    let stranger = world.starting(user(2)).await;
    progress.socket("stranger", &stranger, &[Topic::Task(stranger.id), Topic::Tasks]).await;

    let mut runner = progress.runner(&head);
    runner.say(&["one", "two"]).await;
    runner.say(&["three"]).await;
    runner.say(&[]).await;
    runner.end(&json!({ "outcome": "succeeded" })).await;

    let frames = world.cloud().frames_of("both");
    assert_eq!(kinds(&frames), ["events", "task", "events", "events", "task"]);
    let pushed = frames.iter().filter(|frame| frame["type"] == "events");
    let pushed: Vec<_> = pushed.flat_map(|frame| frame["events"].as_array().unwrap()).collect();
    let log = serde_json::to_value(world.log(head.id).await).unwrap();
    assert_eq!(pushed, log.as_array().unwrap().iter().collect::<Vec<_>>());
    assert_eq!(frames[0]["topic"], format!("task:{}", head.id));
    let states = |frames: &[Value]| {
        let tasks = frames.iter().filter(|frame| frame["type"] == "task");
        tasks.map(|frame| frame["task"]["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(&frames), ["running", "succeeded"]);
    let frames = world.cloud().frames_of("tasks");
    assert_eq!(states(&frames), ["running", "succeeded"]);
    assert_eq!(kinds(&frames), ["task", "task"]);
    assert!(world.cloud().frames_of("stranger").is_empty());
}

#[tokio::test]
async fn a_frame_has_its_size_whatever_a_run_says() {
    let progress = Progress::new().await;
    let head = followed(&progress, "socket").await;
    let big = "\u{1}".repeat(200_000);
    let texts: Vec<_> =
        (0..30).map(|n| if n == 7 { big.clone() } else { "x".repeat(3_000) }).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    progress.runner(&head).say(&texts).await;
    let frames = progress.world.cloud().frames_of("socket");
    let mut seqs = Vec::new();
    for frame in &frames {
        assert!(frame.to_string().len() <= FRAME_BYTES);
        let events = frame["events"].as_array().into_iter().flatten();
        seqs.extend(events.map(|event| event["seq"].as_u64().unwrap()));
    }
    assert_eq!(seqs, (1..=30).collect::<Vec<_>>());
}

#[tokio::test]
async fn f52_a_socket_that_is_gone_is_forgotten_and_others_are_served() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = followed(&progress, "gone").await;
    progress.socket("here", &head, &[Topic::Task(head.id)]).await;
    world.cloud().replies.insert("gone".to_owned(), Reply::Gone);
    progress.runner(&head).say(&["one"]).await;
    assert!(world.keys_with("gone").await.is_empty());
    assert_eq!(kinds(&world.cloud().frames_of("here")), ["events", "task"]);
    world.check_invariants().await;
}

#[tokio::test]
async fn f53_a_socket_that_fails_fails_no_post_and_stays() {
    let progress = Progress::new().await;
    let world = &progress.world;
    for (id, reply) in [("busy", Reply::TooMany), ("broken", Reply::Broken)] {
        let head = followed(&progress, id).await;
        progress.socket("here", &head, &[Topic::Task(head.id)]).await;
        world.cloud().replies.insert(id.to_owned(), reply);
        let mut runner = progress.runner(&head);
        runner.say(&["one"]).await;
        assert_eq!(world.cloud().pushes[id], 1, "tried once, and nothing behind what failed");
        world.cloud().replies.clear();
        runner.say(&["two"]).await;
        assert_eq!(kinds(&world.cloud().frames_of(id)), ["events"], "the gap tells the client");
        assert!(!world.keys_with(id).await.is_empty());
    }
    world.check_invariants().await;
}

#[tokio::test]
async fn f53_a_socket_that_hangs_holds_one_post_up_and_not_for_long() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = followed(&progress, "hangs").await;
    progress.socket("hangs", &head, &[Topic::Task(head.id), Topic::Tasks]).await;
    progress.socket("here", &head, &[Topic::Task(head.id)]).await;
    world.cloud().replies.insert("hangs".to_owned(), Reply::Never);
    let mut runner = progress.runner(&head);
    let began = Instant::now();
    runner.say(&["one"]).await;
    let first = began.elapsed();
    assert!(first < Duration::from_secs(3), "{first:?}");
    let began = Instant::now();
    runner.say(&["two"]).await;
    runner.end(&json!({ "outcome": "succeeded" })).await;
    let rest = began.elapsed();
    assert!(rest * 2 < first, "{rest:?}");
    assert_eq!(world.cloud().frames_of("here").len(), 5);
    world.check_invariants().await;
}

#[tokio::test]
async fn who_cannot_be_told_who_follows_is_no_reason_to_fail() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = followed(&progress, "socket").await;
    world.faults.refuse("Query");
    progress.runner(&head).say(&["one"]).await;
    world.faults.heal();
    assert!(world.cloud().frames.is_empty());
    assert_eq!(world.log(head.id).await.len(), 1);
}
