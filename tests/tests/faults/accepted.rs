//! Between “please do it” and “it is accepted”: where the API may die, and what the client then may do.

use domain::task::State;
use futures_util::future::join_all;
use serde_json::json;
use testkit::Fault;

use crate::errand::Errand;

/// The API is at this call of a `POST /v1/tasks`, and dies before it is made.
async fn dies_before(errand: &Errand, operation: &'static str) {
    let mut held = errand.world.faults.hold(operation);
    tokio::select! {
        answer = errand.post("key", "do it") => panic!("it lived: {answer:?}"),
        () = held.reached() => (),
    }
}

#[tokio::test]
async fn f01_a_task_whose_ring_was_never_sent_starts_with_the_next_tick() {
    let errand = Errand::new().await;
    dies_before(&errand, "SendMessage").await;
    assert!(errand.world.cloud().rings.is_empty());
    let [task] = errand.tasks().await.try_into().unwrap();
    assert_eq!(task.task.state, State::Queued);
    errand.tick().await;
    assert_eq!(errand.state(task.id).await, State::Starting);
    errand.settles().await;
}

#[tokio::test]
async fn f02_an_api_that_dies_before_it_stored_anything_or_half_of_it_leaves_a_key_that_works() {
    for half in [false, true] {
        let errand = Errand::new().await;
        dies_before(&errand, "PutItem").await;
        if half {
            // The spec is stored, the head is not.
            let mut spec = errand.world.faults.hold("PutItem");
            let die = async {
                spec.reached().await;
                let head = errand.world.faults.hold("PutItem");
                spec.release();
                head
            };
            let post = errand.post("key", "do it");
            tokio::pin!(post);
            let mut head = tokio::select! {
                _ = &mut post => panic!("it lived"),
                head = die => head,
            };
            tokio::select! {
                _ = &mut post => panic!("it lived"),
                () = head.reached() => (),
            }
            assert_eq!(errand.world.keys_with("TASK#").await.len(), 1, "half a task");
        }
        assert!(errand.tasks().await.is_empty(), "nothing was promised and nothing is there");
        let id = errand.post("key", "do it").await.task();
        assert_eq!(errand.post("key", "do it").await.task(), id);
        assert_eq!(errand.tasks().await.len(), 1);
        errand.settles().await;
    }
}

#[tokio::test]
async fn f03_a_lost_answer_is_given_again() {
    let errand = Errand::new().await;
    let lost = errand.post("key", "do it").await;
    assert_eq!(errand.tasks().await.len(), 1, "all was done");
    let again = errand.post("key", "do it").await;
    assert_eq!((again.status, &again.json), (lost.status, &lost.json));
    assert_eq!(errand.tasks().await.len(), 1);
    errand.settles().await;
}

#[tokio::test]
async fn f04_twenty_equal_requests_at_once_are_one_task_and_have_one_answer() {
    let errand = Errand::new().await;
    let answers = join_all((0..20).map(|_| errand.post("key", "do it"))).await;
    let id = answers[0].task();
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.json), (201, &answers[0].json));
    }
    let tasks = errand.tasks().await;
    assert_eq!(tasks.iter().map(|head| head.id).collect::<Vec<_>>(), [id]);
    errand.settles().await;
}

#[tokio::test]
async fn f05_another_request_under_the_same_key_is_refused_and_writes_nothing() {
    let errand = Errand::new().await;
    errand.post("key", "do it").await.task();
    let before = errand.world.items().await;
    let other = errand.post("key", "do something else").await;
    assert_eq!(other.problem(), "422 idempotency_mismatch");
    assert_eq!(errand.world.items().await, before);
    errand.settles().await;
}

#[tokio::test]
async fn f16_a_task_is_accepted_while_the_queue_is_out_of_reach() {
    let errand = Errand::new().await;
    errand.world.faults.refuse("SendMessage");
    let id = errand.task("do it").await;
    assert_eq!(errand.world.faults.fired(Fault::Refused), 1);
    errand.tick().await;
    assert_eq!(errand.state(id).await, State::Starting);
    // The ring of an end is lost as well.
    errand.settles().await;
    assert!(errand.world.cloud().rings.is_empty());
}

#[tokio::test]
async fn while_a_request_is_under_way_its_repeat_is_told_to_come_again() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    let (path, nothing) = (format!("/v1/tasks/{id}/cancel"), json!({}));
    let mut held = errand.world.faults.hold("TransactWriteItems");
    let first = errand.ask("POST", &path, "key", &nothing);
    let meanwhile = async {
        held.reached().await;
        let second = errand.ask("POST", &path, "key", &nothing).await;
        held.release();
        second
    };
    let (first, second) = tokio::join!(first, meanwhile);
    assert_eq!(second.problem(), "409 in_progress");
    let again = errand.ask("POST", &path, "key", &nothing).await;
    assert_eq!((again.status.as_u16(), &again.json), (200, &first.json));
    errand.settles().await;
}

#[tokio::test]
async fn an_api_that_dies_before_or_after_its_deed_leaves_a_key_that_works() {
    for after in [false, true] {
        let errand = Errand::new().await;
        let id = errand.task("do it").await;
        let (path, nothing) = (format!("/v1/tasks/{id}/cancel"), json!({}));
        let faults = &errand.world.faults;
        let deed = "TransactWriteItems";
        let mut held = if after { faults.hold_answer(deed) } else { faults.hold(deed) };
        tokio::select! {
            answer = errand.ask("POST", &path, "key", &nothing) => panic!("it lived: {answer:?}"),
            () = held.reached() => (),
        }
        let early = errand.ask("POST", &path, "key", &nothing).await;
        assert_eq!(early.problem(), "409 in_progress");
        let [claim] = errand.world.keys_with(" ANSWER#").await.try_into().unwrap();
        let (pk, sk) = claim.split_once(' ').unwrap();
        errand.world.set_number(pk, sk, "until", 0).await;
        let answer = errand.ask("POST", &path, "key", &nothing).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(errand.state(id).await, State::Canceled);
        errand.settles().await;
    }
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_known_as_our_own() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    errand.world.faults.next("PutItem", 1, Fault::ReplyLost);
    assert_eq!(errand.cancel(id).await.status, 200);
    assert_eq!(errand.world.faults.fired(Fault::ReplyLost), 1);
    errand.settles().await;
}
