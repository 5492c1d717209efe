//! Whoever is not the one process of the current run is told so, and nothing of what it says is ever seen.

use std::collections::BTreeMap;

use domain::{
    event::RawEvent,
    reason::Reason,
    task::{Attempt, Command, State},
};
use serde_json::json;
use store::Head;
use testkit::{Item, World, user};

use crate::runner::{Progress, Runner, said};

/// Everything that this runner may try is refused, and changes neither what is seen nor what is kept.
async fn is_silenced(progress: &Progress, runner: &Runner<'_>) {
    let world = &progress.world;
    let before = (seen(world).await, outside(world));
    for answer in [
        runner.post(&runner.body(&[])).await,
        runner.post(&runner.body(&[said("a ghost")])).await,
        runner.post(&runner.body(&[said(&"boo".repeat(100_000))])).await,
        runner.post(&runner.last(&json!({ "outcome": "succeeded" }))).await,
    ] {
        assert_eq!(answer.problem(), "409 superseded");
    }
    assert_eq!((seen(world).await, outside(world)), before);
    assert!(world.cloud().frames.is_empty());
}

/// All that anybody could see: every log, and every item but those of the logs, which may lie beyond an end.
async fn seen(world: &World) -> (BTreeMap<String, Item>, Vec<Vec<RawEvent>>) {
    let mut items = world.items().await;
    items.retain(|key, _| !key.contains("EVENT#"));
    let heads = items.keys().filter_map(|key| key.strip_suffix(" HEAD")?.strip_prefix("TASK#"));
    let mut logs = Vec::new();
    for id in heads {
        logs.push(world.log(id.parse().unwrap()).await);
    }
    (items, logs)
}

/// What the bucket holds, and how often the dispatcher was rung.
fn outside(world: &World) -> (Vec<(String, usize)>, usize) {
    let cloud = world.cloud();
    let objects = cloud.objects.iter().map(|(key, object)| (key.clone(), object.len()));
    (objects.collect(), cloud.rings.len())
}

async fn next_run(world: &World, head: &Head) -> Head {
    let head = world.head(head.id).await;
    world.claimed(&head).await
}

#[tokio::test]
async fn a_run_that_another_follows_is_silenced() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut zombie = progress.runner(&head);
    zombie.say(&["one", "two"]).await;
    let seen = world.head(head.id).await;
    let lost = seen.task.decide(Command::Lose(Attempt(1), Reason::Lost)).unwrap().unwrap();
    world.lose(&seen, lost).await;
    // Between its runs, when the next one starts, and when that one speaks.
    is_silenced(&progress, &zombie).await;
    let head = next_run(world, &head).await;
    is_silenced(&progress, &zombie).await;
    progress.runner(&head).say(&["three"]).await;
    is_silenced(&progress, &zombie).await;
    let up_to_date = Runner { run_seq: 1, head: 3, ..zombie };
    is_silenced(&progress, &up_to_date).await;
    world.check_invariants().await;
}

#[tokio::test]
async fn a_run_whose_task_is_over_is_silenced() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["one"]).await;
    runner.end(&json!({ "outcome": "succeeded" })).await;
    is_silenced(&progress, &runner).await;
    assert_eq!(runner.spec().await.problem(), "409 superseded");
    let file = json!([{ "name": "a", "size_bytes": 1, "content_type": "text/plain", "sha256": "0".repeat(64) }]);
    assert_eq!(runner.uploads(&file).await.problem(), "409 superseded");
    world.check_invariants().await;
}

#[tokio::test]
async fn f49_a_run_whose_task_was_deleted_leaves_nothing() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["one"]).await;
    runner.end(&json!({ "outcome": "succeeded" })).await;
    world.store.delete(&world.head(head.id).await).await.unwrap();
    is_silenced(&progress, &runner).await;
    assert!(world.keys_with(&head.id.to_string()).await.is_empty());
    world.check_invariants().await;
}

#[tokio::test]
async fn a_second_process_of_the_same_run_is_silenced() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let twin = Runner { name: "runner-2".to_owned(), ..progress.runner(&head) };
    let big = format!("the first {}", "x".repeat(100_000));
    runner.say(&[&big]).await;
    is_silenced(&progress, &twin).await;
    let knowing = Runner { run_seq: runner.run_seq, head: runner.head, ..twin };
    is_silenced(&progress, &knowing).await;
    runner.say(&["two"]).await;
    assert_eq!(world.log(head.id).await.len(), 2);
    world.check_invariants().await;
}

#[tokio::test]
async fn f31_of_two_processes_that_speak_first_at_once_one_is_heard() {
    let progress = Progress::new().await;
    let world = &progress.world;
    for _ in 0..5 {
        let head = world.starting(user(1)).await;
        let twins = ["runner-a", "runner-b"]
            .map(|name| Runner { name: name.to_owned(), ..progress.runner(&head) });
        let text = |runner: &Runner<'_>| format!("{} {}", runner.name, "x".repeat(70_000));
        let posts = [&twins[0], &twins[1]].map(|twin| twin.body(&[said(&text(twin))]));
        let (a, b) = tokio::join!(twins[0].post(&posts[0]), twins[1].post(&posts[1]));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        let heard = if statuses[0] == 200 { &twins[0] } else { &twins[1] };
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let batch = &world.store.batches(head.id, 0, 1, 10).await.unwrap()[0];
        assert_eq!(batch.runner, heard.name);
        let whole = world.cloud().objects[&batch.bodies[&1]].clone();
        let whole: serde_json::Value = serde_json::from_slice(&whole).unwrap();
        assert_eq!(whole["text"], text(heard), "also what is big is the one's own");
    }
    world.check_invariants().await;
}

#[tokio::test]
async fn a_wrong_belief_about_the_log_destroys_nothing() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["one", "two", "three"]).await;
    for (run_seq, believed) in [(3, 0), (3, 1), (3, 4), (4, 3), (3, 1 << 50)] {
        let wrong = Runner { run_seq, head: believed, ..progress.runner(&head) };
        is_silenced(&progress, &wrong).await;
    }
    runner.say(&["four"]).await;
    let log = world.log(head.id).await;
    let texts: Vec<_> = log.iter().map(|event| event.body["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "two", "three", "four"]);
}

#[tokio::test]
async fn of_an_end_and_a_loss_at_once_one_counts() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    runner.say(&["one"]).await;
    // The dispatcher gives the run up while its end is under way.
    let mut held = world.faults.hold("TransactWriteItems");
    let last = runner.last(&json!({ "outcome": "succeeded" }));
    let lose = async {
        held.reached().await;
        let seen = world.head(head.id).await;
        let lost = Command::Lose(Attempt(1), Reason::Lost);
        let change = seen.task.decide(lost).unwrap().unwrap();
        world.lose(&seen, change).await;
        held.release();
    };
    let (answer, ()) = tokio::join!(runner.post(&last), lose);
    assert_eq!(answer.problem(), "409 superseded");
    assert_eq!(world.head(head.id).await.task.state, State::Queued);
    world.check_invariants().await;
}
