//! What an earlier version left in the table, and what its runners still say. `tests/histories` is written by the versions
//! that they are named after, and never again.

use domain::task::State;
use serde_json::Value;

use crate::errand::Errand;

const HISTORIES: [(&str, &str); 2] = [
    ("before fair queueing", include_str!("../../histories/1.json")),
    ("before a later schema was refused", include_str!("../../histories/2.json")),
];

/// What was read from the clock.
const TIMES: [&str; 9] = [
    "claimed_at",
    "created_at",
    "ended_at",
    "lease_until",
    "not_before",
    "queued_at",
    "since",
    "started_at",
    "updated_at",
];

/// As if it had been written a moment ago.
fn moved(row: &Value, by: i64) -> Value {
    let mut row = row.clone();
    for name in TIMES {
        if let Some(Value::String(number)) = row.pointer_mut(&format!("/{name}/N")) {
            *number = (number.parse::<i64>().unwrap() + by).to_string();
        }
    }
    row
}

#[tokio::test]
async fn f65_rows_of_an_earlier_version_are_read_and_its_runners_go_on_speaking() {
    for (version, text) in HISTORIES {
        let history: Value = serde_json::from_str(text).unwrap();
        let task = |name: &str| history["tasks"][name].as_str().unwrap().parse().unwrap();
        let errand = Errand::without_people().await;
        let by = runtime::clock::now().as_millisecond() - history["at"].as_i64().unwrap();
        for row in history["rows"].as_array().unwrap() {
            errand.world.put(&moved(row, by)).await;
        }

        // What is over is shown as it was, and its key still leads to it.
        for (name, state, events) in [
            ("done", State::Succeeded, 2),
            ("repeated", State::Succeeded, 4),
            ("canceled", State::Canceled, 0),
        ] {
            let id = task(name);
            let shown = errand.get(&format!("/v1/tasks/{id}")).await;
            assert_eq!(shown.json["state"], state.to_string(), "{version}: {shown:?}");
            let log = errand.get(&format!("/v1/tasks/{id}/events")).await;
            assert_eq!(log.json["events"].as_array().unwrap().len(), events, "{log:?}");
        }
        assert_eq!(errand.post("done", "done").await.task(), task("done"));

        // The run that lives learns at least what it did, and says the rest of what it had to say.
        errand.tick().await;
        let id = task("running");
        let before = errand.world.head(id).await;
        let mut runner = errand.runner_with(errand.world.run_token(&before));
        let spec = runner.learns().await;
        for (name, value) in history["spec"].as_object().unwrap() {
            let moves_on = ["run_seq", "head"].contains(&name.as_str());
            assert!(moves_on || spec.json[name] == *value, "{version}: {name} of {spec:?}");
        }
        let mut said = 0;
        for post in history["posts"].as_array().unwrap() {
            said += post["events"].as_array().unwrap().len() as u64;
            let answer = runner.posts(post.clone()).await;
            assert_eq!(answer.status, 200, "{version}: {post} was answered {answer:?}");
        }
        let head = errand.world.head(id).await;
        assert_eq!(
            (head.task.state, head.task.attempt.0, head.seq),
            (State::Succeeded, 1, before.seq + said)
        );

        // So does the one that was just starting. What waits gets its turn.
        let starting = errand.world.head(task("starting")).await;
        errand.runner_with(errand.world.run_token(&starting)).works().await;
        errand.settles().await;
        for name in ["starting", "waiting", "later"] {
            let head = errand.world.head(task(name)).await;
            assert_eq!((head.task.state, head.task.attempt.0), (State::Succeeded, 1), "{name}");
        }
    }
}

/// While an update is under way, functions of both versions are at work on one table.
#[tokio::test]
async fn f65_what_a_later_version_wrote_is_refused_for_its_task_alone() {
    for row in ["HEAD", "SPEC"] {
        let errand = Errand::new().await;
        let runs = errand.task("runs").await;
        errand.ring().await;
        let (waits, other) = (errand.task("waits").await, errand.task("another").await);
        for id in [runs, waits] {
            errand.world.set_number(&format!("TASK#{id}"), row, "v", 2).await;
        }
        // Who asks for it is told why, and to come again.
        for id in [runs, waits] {
            let shown = errand.get(&format!("/v1/tasks/{id}")).await;
            assert_eq!(shown.problem(), "503 unavailable", "{row}");
            assert!(shown.json["detail"].as_str().unwrap().contains("later version"), "{shown:?}");
            assert!(shown.headers.contains_key("retry-after"));
        }
        let learned = errand.runner(&format!("{runs}/1")).learns().await;
        assert_eq!(learned.problem(), "503 unavailable", "{row}");

        // All others are looked after, before it and behind it.
        errand.tick().await;
        errand.runner(&format!("{other}/1")).works().await;
        assert_eq!(errand.state(other).await, State::Succeeded, "{row}");
        errand.tick().await;
        let started = errand.containers().contains(&format!("{waits}/1"));
        assert_eq!(started, row == "SPEC", "a start needs the head only");

        // The later version is everywhere now.
        for id in [runs, waits] {
            errand.world.set_number(&format!("TASK#{id}"), row, "v", 1).await;
        }
        errand.settles().await;
    }
}
