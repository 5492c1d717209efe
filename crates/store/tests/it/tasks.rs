//! Tasks: made once, changed only as seen, deleted whole.

use domain::task::{Attempt, Change, Command, Outcome, State};
use futures_util::future::join_all;
use store::{Created, StoreError};

use super::fixture::*;

#[tokio::test]
async fn a_created_task_reads_back() {
    let f = Fixture::new().await;
    let mut new = new_task(1, user(1));
    new.head.not_before = Some(at(60));
    new.head.task.state = State::Scheduled;
    new.spec.model = Some("claude-sonnet-5".to_owned());
    f.stored(new.clone()).await;
    assert_eq!(f.store.head(task(1)).await.unwrap(), new.head);
    assert_eq!(f.store.spec(task(1)).await.unwrap(), new.spec);
}

#[tokio::test]
async fn a_task_that_nobody_made_is_not_found() {
    let f = Fixture::new().await;
    assert!(matches!(f.store.head(task(1)).await, Err(StoreError::NotFound)));
    assert!(matches!(f.store.spec(task(1)).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn the_same_request_twice_is_one_task() {
    let f = Fixture::new().await;
    let new = new_task(1, user(1));
    let head = f.stored(new.clone()).await;
    let live = f.claimed(&head).await;
    // It is answered with the task as it is by now.
    assert_eq!(f.store.create(&new).await.unwrap(), Created::Before(Box::new(live)));
    assert_eq!(f.listed(user(1), None, 10).await.unwrap().heads.len(), 1);
}

#[tokio::test]
async fn another_request_under_the_same_id_is_a_mismatch_and_changes_nothing() {
    let f = Fixture::new().await;
    let new = new_task(1, user(1));
    f.stored(new.clone()).await;
    let mut other = new.clone();
    other.head.title = "Another".to_owned();
    other.spec.prompt = "Do something else".to_owned();
    other.spec.request_hash = "another hash".to_owned();
    assert_eq!(f.store.create(&other).await.unwrap(), Created::Mismatch);
    assert_eq!(f.store.head(task(1)).await.unwrap(), new.head);
    assert_eq!(f.store.spec(task(1)).await.unwrap(), new.spec);
}

#[tokio::test]
async fn of_twenty_equal_requests_at_once_one_makes_the_task() {
    let f = Fixture::new().await;
    let new = new_task(1, user(1));
    let answers = join_all((0..20).map(|_| f.store.create(&new))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Created::New).count(), 1);
    let before = Created::Before(Box::new(new.head.clone()));
    assert_eq!(answers.iter().filter(|answer| **answer == before).count(), 19);
}

#[tokio::test]
async fn of_twenty_different_requests_under_one_id_one_makes_the_task() {
    let f = Fixture::new().await;
    let requests: Vec<_> = (0..20)
        .map(|n| {
            let mut new = new_task(1, user(1));
            new.head.title = format!("Request {n}");
            new.spec.request_hash = format!("hash of request {n}");
            new
        })
        .collect();
    let answers = join_all(requests.iter().map(|new| f.store.create(new))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let made = answers.iter().position(|answer| *answer == Created::New).unwrap();
    assert_eq!(answers.iter().filter(|answer| **answer == Created::Mismatch).count(), 19);
    assert_eq!(f.store.head(task(1)).await.unwrap(), requests[made].head);
    assert_eq!(f.store.spec(task(1)).await.unwrap(), requests[made].spec);
}

#[tokio::test]
async fn a_create_that_broke_off_after_the_spec_is_finished_by_its_repeat() {
    let f = Fixture::new().await;
    let new = new_task(1, user(1));
    f.stored(new.clone()).await;
    f.forget_head(task(1)).await;
    assert_eq!(f.store.create(&new).await.unwrap(), Created::New);
    assert_eq!(f.store.head(task(1)).await.unwrap(), new.head);
}

#[tokio::test]
async fn who_changes_a_task_that_is_no_longer_as_seen_loses() {
    let f = Fixture::new().await;
    let seen = f.queued(1, user(1)).await;
    let live = f.claimed(&seen).await;
    let lost = f.store.change(&seen, Change::Ended(Outcome::Canceled), at(5)).await;
    assert!(matches!(lost, Err(StoreError::Conflict)));
    assert_eq!(f.store.head(task(1)).await.unwrap(), live);
}

#[tokio::test]
async fn of_twenty_who_cancel_a_waiting_task_at_once_one_does() {
    let f = Fixture::new().await;
    let seen = f.queued(1, user(1)).await;
    let change = Change::Ended(Outcome::Canceled);
    let answers = join_all((0..20).map(|_| f.store.change(&seen, change, at(5)))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let conflicts = answers.iter().filter(|answer| matches!(answer, Err(StoreError::Conflict)));
    assert_eq!(conflicts.count(), 19);
    let head = f.store.head(task(1)).await.unwrap();
    assert_eq!((head.task.state, head.version), (State::Canceled, 2));
    assert_eq!(head.ended_at, Some(at(5)));
}

#[tokio::test]
async fn events_that_come_meanwhile_do_not_disturb_a_change() {
    let f = Fixture::new().await;
    let seen = f.live(1, user(1)).await;
    let seen = f.appended(&seen, &batch(&seen, "runner-1", &["a"])).await;
    f.appended(&seen, &batch(&seen, "runner-1", &["b", "c"])).await;
    let head = f.store.change(&seen, Change::CancelRequested, at(5)).await.unwrap();
    assert!(head.task.cancel_requested);
    assert_eq!((head.seq, head.cancel_at), (3, Some(at(5))));
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
}

#[tokio::test]
async fn what_a_change_answers_is_what_is_stored() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let head = f.finished(&head, Outcome::Canceled, &server_batch(&head, &["end"])).await;
    let change = head.task.decide(Command::Retry { attempts: 2 }).unwrap().unwrap();
    let head = f.store.change(&head, change, at(2000)).await.unwrap();
    assert_eq!((head.task.state, head.task.attempt_limit), (State::Queued, Attempt(3)));
    assert_eq!((head.ended_at, head.task.reason), (None, None));
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
    assert_eq!(f.ready().await, [task(1)]);
}

#[tokio::test]
async fn a_task_that_is_called_off_after_a_failure_has_no_reason_left() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let failed = Outcome::Failed(domain::reason::Reason::ModelError);
    let head = f.finished(&head, failed, &server_batch(&head, &["end"])).await;
    let mut expected = head.task;
    let change = expected.decide(Command::Cancel).unwrap().unwrap();
    expected.apply(change);
    let head = f.store.change(&head, change, at(2000)).await.unwrap();
    assert_eq!(head.task, expected);
    assert_eq!(f.store.due(at(9000), 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_deleted_task_leaves_nothing() {
    let f = Fixture::new().await;
    f.queued(2, user(1)).await;
    let others = f.keys().await;

    let mut head = f.live(1, user(1)).await;
    let keys_of_the_slots = "SLOTS#global COUNT".to_owned();
    for n in 0..40 {
        head = f.appended(&head, &batch(&head, "runner-1", &[&format!("event {n}")])).await;
    }
    let head = f.finished(&head, Outcome::Succeeded, &batch(&head, "runner-1", &["end"])).await;
    f.store.delete(&head).await.unwrap();

    let left: Vec<_> = f.keys().await;
    let left: Vec<_> = left.iter().filter(|key| !others.contains(key)).collect();
    let usage = format!("USAGE#2027-01-15 {}#0815##", user(1));
    assert_eq!(left, [&keys_of_the_slots, &usage]);
    assert!(matches!(f.store.head(task(1)).await, Err(StoreError::NotFound)));
    assert_eq!(f.listed(user(1), None, 10).await.unwrap().heads.len(), 1);
}

#[tokio::test]
async fn a_task_that_was_taken_up_again_is_not_deleted() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let seen = f.finished(&head, Outcome::Canceled, &server_batch(&head, &["end"])).await;
    let change = seen.task.decide(Command::Retry { attempts: 1 }).unwrap().unwrap();
    let reopened = f.store.change(&seen, change, at(2000)).await.unwrap();
    let before = f.keys().await;
    assert!(matches!(f.store.delete(&seen).await, Err(StoreError::Conflict)));
    assert_eq!(f.keys().await, before);
    assert_eq!(f.store.head(task(1)).await.unwrap(), reopened);
}
