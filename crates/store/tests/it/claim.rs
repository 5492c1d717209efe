//! Slots: never more than there are, and the counter says what the leases say.

use std::collections::BTreeMap;

use domain::task::{Outcome, State};
use futures_util::future::join_all;
use store::{Holder, Limits, Slots, StoreError};

use super::fixture::*;

#[tokio::test]
async fn a_claim_begins_the_next_run() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    assert_eq!((head.task.state, head.task.attempt.0, head.version), (State::Starting, 1, 2));
    assert_eq!((head.claimed_at, head.lease_until), (Some(at(1000)), Some(at(1060))));
    assert_eq!(f.store.head(task(1)).await.unwrap(), head, "what it answers is what is stored");
    let holder = Holder { task: task(1), owner: user(1), attempt: 1, since: at(1000), doubt: None };
    assert_eq!(f.store.holders().await.unwrap(), [holder]);
    assert_eq!(f.store.slots_used().await.unwrap(), (1, BTreeMap::from([(user(1), 1)])));
}

#[tokio::test]
async fn what_a_claim_answers_is_what_is_stored_after_a_run_that_was_called_off() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let head =
        f.store.change(&head, domain::task::Change::CancelRequested, at(1050)).await.unwrap();
    let head = f.finished(&head, Outcome::Canceled, &server_batch(&head, &["end"])).await;
    let change = head.task.decide(domain::task::Command::Retry { attempts: 1 }).unwrap().unwrap();
    let head = f.store.change(&head, change, at(2000)).await.unwrap();
    let head = f.claimed(&head).await;
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
}

#[tokio::test]
async fn the_next_run_starts_with_what_the_last_one_spent() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let head = f.finished(&head, LOST, &server_batch(&head, &["lost"])).await;
    let head = f.claimed(&head).await;
    assert_eq!((head.task.attempt.0, head.usage_before.cost_usd_micros), (2, 5));
    assert_eq!((head.usage_run.cost_usd_micros, head.run_seq, head.seq), (0, 0, 1));
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
}

#[tokio::test]
async fn twenty_claims_at_once_take_three_slots_three_times() {
    let f = Fixture::new().await;
    let mut heads = Vec::new();
    for n in 1..=20 {
        heads.push(f.queued(n, user(n)).await);
    }
    let limits = Limits { all: 3, user: 1000 };
    // A race that nobody wins is a conflict too: who lost looks again.
    for _ in 0..20 {
        join_all(heads.iter().map(|head| claim(&f.store, head, limits))).await;
    }
    let (used, users) = f.store.slots_used().await.unwrap();
    let holders = f.store.holders().await.unwrap();
    assert_eq!((used, users.len(), holders.len()), (3, 3, 3));
    let held: BTreeMap<_, _> = holders.iter().map(|holder| (holder.owner, 1)).collect();
    assert_eq!(users, held);
    for head in f.store.heads(&heads.iter().map(|head| head.id).collect::<Vec<_>>()).await.unwrap()
    {
        let holds = holders.iter().any(|holder| holder.task == head.id);
        let (state, attempt) = if holds { (State::Starting, 1) } else { (State::Queued, 0) };
        assert_eq!((head.task.state, head.task.attempt.0), (state, attempt));
    }
    assert_eq!(f.ready().await.len(), 17);
}

#[tokio::test]
async fn of_twenty_claims_of_one_task_one_takes_a_slot() {
    let f = Fixture::new().await;
    let head = f.queued(1, user(1)).await;
    let answers = join_all((0..20).map(|_| claim(&f.store, &head, ENOUGH))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(
        answers.iter().all(|answer| matches!(answer, Ok(_) | Err(StoreError::Conflict))),
        "{answers:?}"
    );
    assert_eq!(f.store.slots_used().await.unwrap().0, 1);
    assert_eq!(f.store.holders().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_user_has_a_limit_of_their_own_and_a_refusal_changes_nothing() {
    let f = Fixture::new().await;
    let limits = Limits { all: 10, user: 2 };
    for n in 1..=2 {
        let head = f.queued(n, user(1)).await;
        claim(&f.store, &head, limits).await.unwrap();
    }
    let third = f.queued(3, user(1)).await;
    let before = (f.keys().await, f.store.slots_used().await.unwrap());
    assert!(matches!(claim(&f.store, &third, limits).await, Err(StoreError::Conflict)));
    assert_eq!((f.keys().await, f.store.slots_used().await.unwrap()), before);
    assert_eq!(f.store.head(task(3)).await.unwrap(), third);
    assert_eq!(f.ready().await, [task(3)]);

    let other = f.queued(4, user(2)).await;
    claim(&f.store, &other, limits).await.unwrap();
    let (used, users) = f.store.slots_used().await.unwrap();
    assert_eq!((used, users), (3, BTreeMap::from([(user(1), 2), (user(2), 1)])));

    // A slot that was freed is taken again.
    let head = f.store.head(task(1)).await.unwrap();
    f.finished(&head, Outcome::Succeeded, &server_batch(&head, &["end"])).await;
    claim(&f.store, &third, limits).await.unwrap();
}

#[tokio::test]
async fn a_counter_that_went_wrong_is_repaired_from_the_leases() {
    let f = Fixture::new().await;
    f.live(1, user(1)).await;
    f.live(2, user(1)).await;
    f.live(3, user(2)).await;
    let holders = f.store.holders().await.unwrap();
    f.store.drop_holder(&holders[0]).await.unwrap();
    let again = f.store.drop_holder(&holders[0]).await;
    assert!(matches!(again, Err(StoreError::Conflict)));

    let left = f.store.holders().await.unwrap();
    let seen = f.store.slots().await.unwrap();
    assert_eq!((left.len(), seen.used), (2, 3));
    let stale = Slots { used: 2, ..seen.clone() };
    let refused = f.store.repair_slots(&left, &stale).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "the counter says 3");
    f.store.repair_slots(&left, &seen).await.unwrap();
    let users = BTreeMap::from([(user(1), 1), (user(2), 1)]);
    assert_eq!(f.store.slots_used().await.unwrap(), (2, users));

    for holder in &left {
        f.store.drop_holder(holder).await.unwrap();
    }
    f.store.repair_slots(&[], &f.store.slots().await.unwrap()).await.unwrap();
    assert_eq!(f.store.slots_used().await.unwrap(), (0, BTreeMap::new()));
}

#[tokio::test]
async fn a_counter_that_moved_and_says_the_same_again_is_not_repaired() {
    let f = Fixture::new().await;
    let first = f.live(1, user(1)).await;
    let seen = f.store.slots().await.unwrap();
    let leases = f.store.holders().await.unwrap();
    f.finished(&first, Outcome::Succeeded, &server_batch(&first, &["end"])).await;
    f.live(2, user(1)).await;
    let slots = f.store.slots().await.unwrap();
    assert_eq!((slots.used, &slots.turns.running), (seen.used, &seen.turns.running));
    let refused = f.store.repair_slots(&leases, &seen).await;
    assert!(matches!(refused, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn a_lease_of_a_later_run_is_not_dropped_for_an_earlier_one() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let stale = f.store.holders().await.unwrap().remove(0);
    let head = f.finished(&head, LOST, &server_batch(&head, &["lost"])).await;
    f.claimed(&head).await;
    assert!(matches!(f.store.drop_holder(&stale).await, Err(StoreError::Conflict)));
    assert_eq!(f.store.holders().await.unwrap().len(), 1);
}
