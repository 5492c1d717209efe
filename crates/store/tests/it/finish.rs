//! The end of a run: task, log, slot, record and usage, or none of them.

use std::collections::BTreeMap;

use domain::{
    reason::Reason,
    task::{Change, Outcome, State},
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use store::{Finish, StoreError};

use super::fixture::*;

const DAY: &str = "2027-01-15";

#[tokio::test]
async fn a_finished_run_frees_its_slot_and_is_recorded() {
    let f = Fixture::new().await;
    let other = f.live(2, user(1)).await;
    let head = f.live(1, user(1)).await;
    let head = f.appended(&head, &batch(&head, "runner-1", &["a"])).await;
    let last = batch(&head, "runner-1", &["b", "end"]);
    let ended = f.finished(&head, Outcome::Succeeded, &last).await;

    assert_eq!((ended.task.state, ended.ended_at), (State::Succeeded, Some(at(1100))));
    assert_eq!((ended.seq, ended.lease_until, ended.usage_run), (3, None, spent()));
    assert_eq!(f.store.head(task(1)).await.unwrap(), ended, "what it answers is what is stored");
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b", "end"]);

    assert_eq!(f.store.slots_used().await.unwrap(), (1, BTreeMap::from([(user(1), 1)])));
    let holders = f.store.holders().await.unwrap();
    assert_eq!(holders.iter().map(|holder| holder.task).collect::<Vec<_>>(), [other.id]);
    let record = end(&head, Outcome::Succeeded, &last).record;
    assert_eq!(f.store.runs(task(1)).await.unwrap(), [record]);
}

#[tokio::test]
async fn all_slots_are_free_when_all_runs_are_over() {
    let f = Fixture::new().await;
    for n in 1..=5 {
        let head = f.live(n, user(n % 2)).await;
        f.finished(&head, Outcome::Succeeded, &server_batch(&head, &["end"])).await;
    }
    assert_eq!(f.store.slots_used().await.unwrap(), (0, BTreeMap::new()));
    assert_eq!(f.store.holders().await.unwrap(), []);
}

#[tokio::test]
async fn what_a_run_used_is_added_to_its_owners_day() {
    let f = Fixture::new().await;
    let outcomes = [
        (1, Outcome::Succeeded),
        (2, Outcome::Succeeded),
        (3, Outcome::Failed(Reason::Budget)),
        (4, Outcome::Canceled),
        (5, LOST),
    ];
    for (n, outcome) in outcomes {
        let head = f.live(n, user(1)).await;
        f.finished(&head, outcome, &server_batch(&head, &["end"])).await;
    }
    let usage = f.usage(user(1), DAY).await;
    insta::assert_compact_debug_snapshot!(usage, @r#"{"cache_creation_tokens": 200, "cache_read_tokens": 150, "canceled": 1, "cost_usd_micros": 25, "d39": 5, "failed": 1, "input_tokens": 50, "output_tokens": 100, "runs": 5, "seconds": 495, "succeeded": 2, "w53": 5}"#);
    assert_eq!(f.usage(user(2), DAY).await, BTreeMap::new());
}

#[tokio::test]
async fn a_run_that_may_be_repeated_is_queued_again_at_once_the_first_time_and_later_the_second() {
    const CRASHED: Outcome = Outcome::Failed(Reason::Crashed);
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let head = f.finished(&head, CRASHED, &server_batch(&head, &["crashed"])).await;
    assert_eq!((head.task.state, head.task.reason), (State::Queued, Some(Reason::Crashed)));
    assert_eq!(f.ready().await, [task(1)]);

    let head = f.claimed(&head).await;
    let head = f.finished(&head, CRASHED, &server_batch(&head, &["crashed again"])).await;
    let due = head.not_before.unwrap();
    assert!(due >= at(1100) && due < at(1102), "a while of its own: {due}");
    assert_eq!(head.task.state, State::Scheduled);
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
    assert_eq!(f.ready().await, []);
    assert_eq!(f.store.due(due - SignedDuration::from_millis(1), 10).await.unwrap(), []);
    assert_eq!(f.store.due(due, 10).await.unwrap(), [task(1)]);

    let head = f.store.change(&head, Change::Queued, at(1102)).await.unwrap();
    let head = f.claimed(&head).await;
    let head = f.finished(&head, CRASHED, &server_batch(&head, &["for good"])).await;
    assert_eq!((head.task.state, head.ended_at), (State::Failed, Some(at(1100))));
    let attempts: Vec<_> =
        f.store.runs(task(1)).await.unwrap().iter().map(|run| run.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(texts(&f.log(task(1)).await), ["crashed", "crashed again", "for good"]);
}

#[tokio::test]
async fn a_repeated_finish_is_a_conflict_and_changes_nothing() {
    let f = Fixture::new().await;
    f.live(2, user(1)).await;
    for (n, outcome) in
        [(1, Outcome::Succeeded), (3, LOST), (4, Outcome::Failed(Reason::ModelError))]
    {
        let seen = f.live(n, user(1)).await;
        let last = batch(&seen, "runner-1", &["end"]);
        let ended = f.finished(&seen, outcome, &last).await;
        let before =
            (f.keys().await, f.store.slots_used().await.unwrap(), f.usage(user(1), DAY).await);
        let mut other = end(&seen, outcome, &last);
        other.record.result_text = Some("Another".to_owned());
        for finish in [end(&seen, outcome, &last), other] {
            assert!(matches!(f.store.finish(&finish).await, Err(StoreError::Conflict)));
        }
        let after =
            (f.keys().await, f.store.slots_used().await.unwrap(), f.usage(user(1), DAY).await);
        assert_eq!(after, before);
        assert_eq!(f.store.head(task(n)).await.unwrap(), ended);
        let runs = f.store.runs(task(n)).await.unwrap();
        assert_eq!(runs, [end(&seen, outcome, &last).record]);
    }
}

#[tokio::test]
async fn of_twenty_who_end_a_run_at_once_one_does() {
    let f = Fixture::new().await;
    let seen = f.live(1, user(1)).await;
    let last: Vec<_> = (0..20).map(|n| batch(&seen, &format!("runner-{n}"), &["end"])).collect();
    let ends: Vec<Finish<'_>> =
        last.iter().map(|batch| end(&seen, Outcome::Succeeded, batch)).collect();
    let answers = join_all(ends.iter().map(|end| f.store.finish(end))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert_eq!(f.store.slots_used().await.unwrap().0, 0);
    assert_eq!(f.usage(user(1), DAY).await["runs"], 1);
    assert_eq!(f.log(task(1)).await.len(), 1);
}

#[tokio::test]
async fn an_end_that_was_decided_before_the_last_events_came_is_a_conflict() {
    let f = Fixture::new().await;
    let seen = f.live(1, user(1)).await;
    f.appended(&seen, &batch(&seen, "runner-1", &["a"])).await;
    let last = server_batch(&seen, &["lost"]);
    assert!(matches!(f.store.finish(&end(&seen, LOST, &last)).await, Err(StoreError::Conflict)));
    assert_eq!(texts(&f.log(task(1)).await), ["a"]);
    assert_eq!(f.store.slots_used().await.unwrap().0, 1);
}
