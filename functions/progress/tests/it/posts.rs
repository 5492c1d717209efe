//! The way of a run: its spec, its events, what it is told.

use domain::{run::RunUsage, task::State};
use serde_json::{Value, json};
use testkit::user;

use crate::runner::{Progress, event, said};

#[tokio::test]
async fn a_runner_is_told_what_to_do() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let answer = progress.runner(&head).spec().await;
    assert_eq!(answer.status, 200);
    let mut spec = answer.json;
    assert_eq!(spec["task_id"].take(), head.id.to_string());
    insta::assert_json_snapshot!(spec, @r#"
    {
      "task_id": null,
      "attempt": 1,
      "prompt": "Do it, please",
      "max_turns": 7,
      "timeout_s": 3600,
      "idle_timeout_s": 900,
      "heartbeat_ms": 15000,
      "cancel_requested": false,
      "run_seq": 0,
      "head": 0
    }
    "#);
}

#[tokio::test]
async fn a_runner_that_starts_again_is_told_how_far_its_run_is() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["one", "two"]).await;
    progress.world.cancel(head.id).await;
    let spec = runner.spec().await.json;
    assert_eq!((&spec["run_seq"], &spec["head"]), (&json!(2), &json!(2)));
    assert_eq!(spec["cancel_requested"], true);
}

#[tokio::test]
async fn the_first_post_makes_the_task_run() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let answer = progress.runner(&head).say(&["hello"]).await;
    assert_eq!(answer.json, json!({ "acknowledged": 1, "head": 1, "commands": [] }));
    let now = world.head(head.id).await;
    assert_eq!(now.task.state, State::Running);
    assert!(now.started_at.is_some());
    assert!(now.version > head.version);
    world.check_invariants().await;
}

#[tokio::test]
async fn events_get_numbers_without_a_gap_over_all_runs() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let mut head = world.starting(user(1)).await;
    for attempt in 1..=3 {
        let mut runner = progress.runner(&head);
        runner.say(&["a", "b", "c"]).await;
        runner.say(&[]).await;
        runner.say(&["d"]).await;
        let lost = json!({ "outcome": "failed", "reason": "lost" });
        runner.end(&lost).await;
        if attempt < 3 {
            let due = world.head(head.id).await;
            head = requeued(world, due).await;
        }
    }
    let log = world.log(head.id).await;
    let seqs: Vec<_> = log.iter().map(|event| (event.attempt, event.seq)).collect();
    let expected: Vec<_> = (1..=15).map(|seq| (1 + (seq as u32 - 1) / 5, seq)).collect();
    assert_eq!(seqs, expected);
    world.check_invariants().await;
}

/// The next run of a task whose run failed.
async fn requeued(world: &testkit::World, head: store::Head) -> store::Head {
    let head = match head.task.decide(domain::task::Command::BecomeDue).unwrap() {
        Some(change) => world.store.change(&head, change, runtime::clock::now()).await.unwrap(),
        None => head,
    };
    world.claimed(&head).await
}

#[tokio::test]
async fn f34_a_repeat_is_acknowledged_and_changes_nothing() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let first = runner.body(&[said("one"), said("two")]);
    let answer = runner.post(&first).await;
    let answer = runner.goes_on(answer).json;
    let before = world.items().await;
    for _ in 0..2 {
        let again = runner.post(&first).await;
        assert_eq!((again.status.as_u16(), again.json), (200, answer.clone()));
    }
    assert_eq!(world.items().await, before);

    // Also when the run is further already.
    runner.say(&["three"]).await;
    let before = world.items().await;
    let again = runner.post(&first).await;
    assert_eq!((again.status.as_u16(), &again.json["acknowledged"]), (200, &json!(2)));
    assert_eq!(again.json["head"], 3);
    assert_eq!(world.items().await, before);
    world.check_invariants().await;
}

#[tokio::test]
async fn a_post_that_the_table_did_not_take_leaves_nothing_and_is_taken_by_its_repeat() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let body = runner.body(&[said("one")]);
    world.faults.refuse("TransactWriteItems");
    assert_eq!(runner.post(&body).await.problem(), "503 unavailable");
    assert_eq!(world.keys_with("EVENT#").await, [""; 0]);
    world.faults.heal();
    let answer = runner.post(&body).await;
    runner.goes_on(answer);
    runner.say(&["two"]).await;
    assert_eq!(world.log(head.id).await.len(), 2);
    world.check_invariants().await;
}

#[tokio::test]
async fn a_heartbeat_prolongs_the_lease_and_says_nothing() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["hello"]).await;
    let old = jiff::SignedDuration::from_secs(1);
    world.long_ago(head.id, "lease_until", old).await;
    runner.say(&[]).await;
    let now = world.head(head.id).await;
    assert!(now.lease_until.unwrap() > runtime::clock::now());
    assert_eq!(now.seq, 1);
    assert_eq!(world.keys_with("EVENT#").await.len(), 1);
}

#[tokio::test]
async fn a_runner_may_wait_for_a_person_and_go_on() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["hello"]).await;
    for (phase, state) in [("waiting", State::Waiting), ("running", State::Running)] {
        let mut body = runner.body(&[]);
        body["phase"] = phase.into();
        let answer = runner.post(&body).await;
        runner.goes_on(answer);
        assert_eq!(world.head(head.id).await.task.state, state);
    }
}

#[tokio::test]
async fn a_cancel_is_told_with_every_answer_until_the_end() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let calm = runner.say(&["hello"]).await;
    assert_eq!(calm.json["commands"], json!([]));
    let canceled = world.cancel(head.id).await;
    let repeat = {
        let mut before = progress.runner(&head);
        before.run_seq = 0;
        before.body(&[said("hello")])
    };
    let command = json!([{ "n": 1, "at": canceled.cancel_at.unwrap(), "command": "cancel" }]);
    for answer in [
        runner.say(&["one"]).await,
        runner.say(&[]).await,
        runner.post(&repeat).await,
        runner.say(&["two"]).await,
    ] {
        assert_eq!(answer.json["commands"], command);
    }
    let end = runner.end(&json!({ "outcome": "canceled" })).await;
    assert_eq!(end.json["commands"], json!([]));
    world.check_invariants().await;
}

#[tokio::test]
async fn what_a_run_used_is_what_it_said_last_and_adds_up_over_runs() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let used = |cost: u64| json!({ "cost_usd_micros": cost, "input_tokens": 1, "output_tokens": 2, "turns": 3 });
    for cost in [10, 25] {
        let mut body = runner.body(&[event("state")]);
        body["usage"] = used(cost);
        let answer = runner.post(&body).await;
        runner.goes_on(answer);
    }
    assert_eq!(world.head(head.id).await.usage_run.cost_usd_micros, 25);
    runner.say(&["no word of money"]).await;
    assert_eq!(world.head(head.id).await.usage_run.cost_usd_micros, 25);
    let mut last = runner.last(&json!({ "outcome": "failed", "reason": "lost" }));
    last["usage"] = used(40);
    let answer = runner.post(&last).await;
    runner.goes_on(answer);

    let head = world.claimed(&world.head(head.id).await).await;
    assert_eq!(head.usage_run, RunUsage::default());
    let mut runner = progress.runner(&head);
    let mut last = runner.last(&json!({ "outcome": "succeeded" }));
    last["usage"] = used(2);
    let answer = runner.post(&last).await;
    runner.goes_on(answer);
    let usage = world.head(head.id).await.view().usage;
    assert_eq!((usage.cost_usd_micros, usage.tokens.output_tokens, usage.turns), (42, 4, 6));

    let runs = world.store.runs(head.id).await.unwrap();
    let costs: Vec<_> = runs.iter().map(|run| run.usage.cost_usd_micros).collect();
    assert_eq!(costs, [40, 2]);
    let items = world.items().await;
    let day = items.iter().find(|(key, _)| key.starts_with("USAGE#")).unwrap().1;
    let number = |name: &str| day[name].as_n().unwrap().parse::<u64>().unwrap();
    assert_eq!(
        ["runs", "succeeded", "cost_usd_micros", "input_tokens", "output_tokens"].map(number),
        [2, 1, 42, 2, 4]
    );
}

#[tokio::test]
async fn an_outage_of_the_table_is_told_as_such_and_without_details() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let runner = progress.runner(&head);
    world.faults.refuse("");
    for answer in [
        runner.spec().await,
        runner.post(&runner.body(&[said("hello")])).await,
        runner.post(&runner.last(&json!({ "outcome": "succeeded" }))).await,
        runner.uploads(&json!([])).await,
    ] {
        assert_eq!(answer.problem(), "503 unavailable");
        let members: Vec<_> = answer.json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["type", "title", "status"], "{}", Value::clone(&answer.json));
    }
}
