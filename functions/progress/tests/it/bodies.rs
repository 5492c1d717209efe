//! What is too big for the table lies in the bucket, and a preview of it in the log.

use domain::event::{PREVIEW_BYTES, RawDraft};
use serde_json::{Value, json};
use testkit::user;

use crate::runner::{Progress, said};

/// An item of the table holds no more.
const ITEM_BYTES: usize = 400 * 1024;

#[tokio::test]
async fn a_big_event_lies_in_the_bucket_as_it_was_said() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    let long = format!("first{}last", "é".repeat(100_000));
    runner.say(&["small"]).await;
    runner.say(&["small", &long, "small"]).await;

    let batch = world.store.batch_around(head.id, 3).await.unwrap().unwrap();
    assert_eq!(batch.bodies.keys().copied().collect::<Vec<_>>(), [3]);
    let whole: RawDraft =
        serde_json::from_slice(&world.cloud().objects[&batch.bodies[&3]]).unwrap();
    assert_eq!(serde_json::to_value(&whole).unwrap(), said(&long));

    let log = world.log(head.id).await;
    let preview = &log[2];
    assert!(preview.truncated);
    assert_eq!(
        preview.whole_bytes,
        Some(json!({ "type": "text", "text": long }).to_string().len() as u64)
    );
    let text = preview.body["text"].as_str().unwrap();
    assert!(text.len() <= PREVIEW_BYTES && text.starts_with("first") && text.ends_with("last"));
    assert!(!log[1].truncated && !log[3].truncated);
    assert!(batch.bodies[&3].starts_with(&store::objects::task_prefix(head.id)));
    world.check_invariants().await;
}

#[tokio::test]
async fn a_batch_fits_an_item_however_many_big_events_it_has() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let mut runner = progress.runner(&head);
    for (count, size) in [(20, 30_000), (133, 30_000), (4, 1_000_000), (500, 8_000), (60, 7_000)] {
        let text = "x".repeat(size);
        let before = runner.head;
        let events = vec![said(&text); count];
        let answer = runner.post(&runner.body(&events)).await;
        runner.goes_on(answer);
        let batch = world.store.batch_around(head.id, before + 1).await.unwrap().unwrap();
        let stored = serde_json::to_string(&batch.events).unwrap().len()
            + serde_json::to_string(&batch.bodies).unwrap().len();
        assert!(stored < ITEM_BYTES, "{count} × {size}: {stored}");
        for event in &batch.events {
            let body = batch.bodies.get(&event.seq);
            assert_eq!(event.truncated, body.is_some());
            let whole = match body {
                Some(key) => {
                    let whole: Value = serde_json::from_slice(&world.cloud().objects[key]).unwrap();
                    whole["text"].as_str().unwrap().len()
                }
                None => event.body["text"].as_str().unwrap().len(),
            };
            assert_eq!(whole, size, "nothing is lost");
        }
    }
    world.check_invariants().await;
}

#[tokio::test]
async fn a_usual_batch_has_no_need_of_the_bucket() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    progress.runner(&head).say(&["x".repeat(24_000).as_str(), "y"]).await;
    assert!(progress.world.cloud().objects.is_empty());
}

#[tokio::test]
async fn a_repeat_of_a_big_event_leaves_what_is_kept() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let runner = progress.runner(&head);
    let post = |text: &str| runner.body(&[said(text)]);
    assert_eq!(runner.post(&post(&"a".repeat(100_000))).await.status, 200);
    let kept = world.cloud().objects.clone();
    // A repeat says the same; if it did not, the history would not change for it.
    assert_eq!(runner.post(&post(&"b".repeat(100_000))).await.status, 200);
    assert_eq!(world.cloud().objects, kept);
}
