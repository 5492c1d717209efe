//! The end of a run, and what it means for the task.

use domain::task::State;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::user;

use crate::runner::{Progress, event, said};

#[tokio::test]
async fn what_a_run_reports_is_what_becomes_of_its_task() {
    let progress = Progress::new().await;
    let world = &progress.world;
    for (outcome, reason, state) in [
        ("succeeded", Value::Null, State::Succeeded),
        ("canceled", Value::Null, State::Canceled),
        ("failed", json!("budget"), State::Failed),
        ("failed", Value::Null, State::Failed),
        ("failed", json!("lost"), State::Queued),
        ("failed", json!("model_error"), State::Scheduled),
    ] {
        let head = world.starting(user(1)).await;
        let mut runner = progress.runner(&head);
        runner.say(&["hello"]).await;
        let mut end = json!({ "outcome": outcome });
        if !reason.is_null() {
            end["reason"] = reason.clone();
        }
        runner.end(&end).await;
        let head = world.head(head.id).await;
        assert_eq!(head.task.state, state, "{end}");
        assert_eq!(head.ended_at.is_some(), state.is_terminal());
        assert_eq!(head.lease_until, None);
        let run = &world.store.runs(head.id).await.unwrap()[0];
        let word = serde_json::to_value(run.reason).unwrap();
        let expected = match (outcome, &reason) {
            ("failed", Value::Null) => json!("agent_error"),
            _ => reason,
        };
        assert_eq!(word, expected, "a run that failed says why");
        assert_eq!(serde_json::to_value(head.task.reason).unwrap(), expected);
    }
    world.check_invariants().await;
}

#[tokio::test]
async fn a_run_that_may_succeed_when_repeated_is_repeated_after_a_while_and_not_for_ever() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let mut head = world.starting(user(1)).await;
    for (attempt, pause) in [(1, Some(10)), (2, Some(20)), (3, None)] {
        let before = runtime::clock::now();
        let mut runner = progress.runner(&head);
        runner.end(&json!({ "outcome": "failed", "reason": "model_error" })).await;
        let next = world.head(head.id).await;
        let Some(pause) = pause else {
            assert_eq!((next.task.state, next.task.attempt.0), (State::Failed, attempt));
            break;
        };
        assert_eq!(next.task.state, State::Scheduled);
        let wait = next.not_before.unwrap().duration_since(before);
        let pause = SignedDuration::from_secs(pause);
        let a_moment = SignedDuration::from_secs(5);
        assert!(wait >= SignedDuration::ZERO && wait < pause + a_moment, "{wait}");
        let due = world.store.due(next.not_before.unwrap(), 10).await.unwrap();
        assert_eq!(due, [next.id], "the sweep finds it");
        let change = next.task.decide(domain::task::Command::BecomeDue).unwrap().unwrap();
        let queued = world.store.change(&next, change, before).await.unwrap();
        head = world.claimed(&queued).await;
    }
    assert_eq!(world.store.runs(head.id).await.unwrap().len(), 3);
    world.check_invariants().await;
}

#[tokio::test]
async fn what_was_called_off_does_not_succeed_after_all() {
    let progress = Progress::new().await;
    let world = &progress.world;
    for end in [
        json!({ "outcome": "succeeded" }),
        json!({ "outcome": "failed", "reason": "lost" }),
        json!({ "outcome": "failed", "reason": "budget" }),
        json!({ "outcome": "canceled" }),
    ] {
        let head = world.starting(user(1)).await;
        let mut runner = progress.runner(&head);
        runner.say(&["hello"]).await;
        world.cancel(head.id).await;
        runner.end(&end).await;
        let head = world.head(head.id).await;
        assert_eq!((head.task.state, head.task.reason), (State::Canceled, None), "{end}");
        let run = &world.store.runs(head.id).await.unwrap()[0];
        assert_eq!(serde_json::to_value(run.outcome).unwrap(), "canceled");
    }
    world.check_invariants().await;
}

#[tokio::test]
async fn f47_a_cancel_that_comes_while_the_end_is_under_way_counts() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["hello"]).await;
    let mut held = world.faults.hold("TransactWriteItems");
    let last = runner.last(&json!({ "outcome": "succeeded" }));
    let cancel = async {
        held.reached().await;
        world.cancel(head.id).await;
        held.release();
    };
    let (answer, ()) = tokio::join!(runner.post(&last), cancel);
    assert_eq!(answer.status, 200);
    assert_eq!(world.head(head.id).await.task.state, State::Canceled);
    world.check_invariants().await;
}

#[tokio::test]
async fn what_a_run_left_is_kept() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["hello"]).await;
    let long = "é".repeat(60_000);
    let artifact = json!({ "name": "patch.diff", "size_bytes": 7, "content_type": "text/x-diff", "sha256": "0".repeat(64) });
    runner
        .end(&json!({
            "outcome": "failed", "reason": "max_turns", "message": "enough", "exit_code": 1,
            "session_id": "3f1e", "result_text": long, "structured_output": { "answer": 42 },
            "artifacts": [artifact],
        }))
        .await;
    let run = &world.store.runs(head.id).await.unwrap()[0];
    assert_eq!(run.message.as_deref(), Some("enough"));
    assert_eq!((run.exit_code, run.session_id.as_deref()), (Some(1), Some("3f1e")));
    assert_eq!(run.structured_output.as_deref(), Some(r#"{"answer":42}"#));
    assert_eq!(serde_json::to_value(&run.artifacts[0]).unwrap(), artifact);
    let text = run.result_text.as_deref().unwrap();
    assert!(
        text.len() <= 64 * 1024 && long.starts_with(text),
        "its beginning, in whole characters"
    );
    assert!(run.started_at.unwrap() >= run.created_at && run.ended_at >= run.started_at.unwrap());
}

#[tokio::test]
async fn an_end_of_any_size_fits() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let big = "\u{1}".repeat(150_000);
    let name = |n: u32| format!("{n:0>100}");
    let artifact = |n| json!({ "name": name(n), "size_bytes": 7, "content_type": format!("text/{}", "x".repeat(95)), "sha256": "0".repeat(64) });
    let end = json!({
        "outcome": "failed", "message": big, "result_text": big, "session_id": big,
        "structured_output": { "answer": "x".repeat(64_000) }, "artifacts": (0..20).map(artifact).collect::<Vec<_>>(),
    });
    runner.end(&end).await;
    assert_eq!(world.head(head.id).await.task.state, State::Failed);
    let run = &world.store.runs(head.id).await.unwrap()[0];
    assert_eq!((run.artifacts.len(), &run.session_id), (20, &None));
    world.check_invariants().await;
}

#[tokio::test]
async fn a_repeated_end_is_acknowledged_and_counts_once() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["hello"]).await;
    let mut last = runner.body(&[said("bye"), event("run_ended")]);
    last["end"] = json!({ "outcome": "succeeded" });
    let answer = runner.post(&last).await;
    assert_eq!(answer.json, json!({ "acknowledged": 3, "head": 3, "commands": [] }));
    let before = world.items().await;
    let again = runner.post(&last).await;
    assert_eq!((again.status.as_u16(), again.json), (200, answer.json));
    assert_eq!(world.items().await, before);
    assert_eq!(world.cloud().rings.len(), 1);
    world.check_invariants().await;
}

#[tokio::test]
async fn two_equal_ends_at_once_count_once() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["hello"]).await;
    let last = runner.last(&json!({ "outcome": "failed", "reason": "lost" }));
    let (a, b) = tokio::join!(runner.post(&last), runner.post(&last));
    assert_eq!((a.status.as_u16(), b.status.as_u16()), (200, 200));
    assert_eq!(world.log(head.id).await.len(), 2);
    assert_eq!(world.store.runs(head.id).await.unwrap().len(), 1);
    world.check_invariants().await;
}

#[tokio::test]
async fn the_slot_is_free_and_the_dispatcher_hears_of_it() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let other = world.starting(user(2)).await;
    assert_eq!(world.store.slots_used().await.unwrap().0, 2);
    progress.runner(&head).end(&json!({ "outcome": "succeeded" })).await;
    let (used, users) = world.store.slots_used().await.unwrap();
    assert_eq!((used, users.keys().copied().collect::<Vec<_>>()), (1, vec![other.owner]));
    assert_eq!(world.cloud().rings, [json!({ "ring": "ended" })]);
    world.check_invariants().await;
}

#[tokio::test]
async fn a_ring_that_fails_changes_nothing() {
    let progress = Progress::new().await;
    let world = &progress.world;
    world.cloud().queue_is_down = true;
    let head = world.starting(user(1)).await;
    progress.runner(&head).end(&json!({ "outcome": "succeeded" })).await;
    assert_eq!(world.head(head.id).await.task.state, State::Succeeded);
    world.check_invariants().await;
}

#[tokio::test]
async fn an_end_that_could_not_be_stored_is_not_acknowledged() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["hello"]).await;
    let last = runner.last(&json!({ "outcome": "succeeded" }));
    world.faults.refuse("TransactWriteItems");
    assert_eq!(runner.post(&last).await.problem(), "503 unavailable");
    assert_eq!(world.head(head.id).await.task.state, State::Running);
    assert!(world.cloud().rings.is_empty());
    world.faults.heal();
    let answer = runner.post(&last).await;
    runner.goes_on(answer);
    world.check_invariants().await;
}
