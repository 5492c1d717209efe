//! Lists: an owner's tasks, what is ready, what is due.

use domain::{
    limits::Priority,
    queue::Waiting,
    task::{Attempt, Change, Outcome, State},
};
use store::{Made, Queued, StoreError, Whose};

use super::fixture::*;

#[tokio::test]
async fn pages_go_from_new_to_old_without_gap_or_double() {
    let f = Fixture::new().await;
    for n in 1..=23 {
        let mut new = new_task(n, user(1));
        // Some of them in the same millisecond.
        new.head.created_at = at(i64::try_from(n / 3).unwrap());
        f.stored(new).await;
    }
    for limit in [1, 2, 7, 23, 100] {
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let page = f.listed(user(1), next.as_deref(), limit).await.unwrap();
            assert!(page.heads.len() <= limit);
            found.extend(page.heads);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        let ids: Vec<_> = found.iter().map(|head| head.id).collect();
        assert_eq!(ids, (1..=23).rev().map(task).collect::<Vec<_>>(), "limit {limit}");
        assert!(found.is_sorted_by(|a, b| a.created_at >= b.created_at));
    }
}

#[tokio::test]
async fn a_list_goes_on_behind_any_task_of_it() {
    let f = Fixture::new().await;
    for n in 1..=5 {
        f.queued(n, user(1)).await;
    }
    let third = f.store.head(task(3)).await.unwrap();
    let page = f.listed(user(1), Some(&third.place()), 10).await.unwrap();
    assert_eq!(page.heads.iter().map(|head| head.id).collect::<Vec<_>>(), [task(2), task(1)]);
}

#[tokio::test]
async fn nobody_sees_the_tasks_of_another_owner() {
    let f = Fixture::new().await;
    for n in 1..=10 {
        f.queued(n, user(1 + n % 2)).await;
    }
    let page = f.listed(user(1), None, 100).await.unwrap();
    assert_eq!(page.heads.len(), 5);
    assert!(page.heads.iter().all(|head| head.owner == user(1)));
    assert_eq!(f.listed(user(3), None, 100).await.unwrap().heads, []);

    // Nor by a cursor that came out of the other's list.
    let theirs = f.listed(user(2), None, 1).await.unwrap().next.unwrap();
    let page = f.listed(user(1), Some(&theirs), 100).await.unwrap();
    assert!(page.heads.iter().all(|head| head.owner == user(1)), "{page:?}");
    for junk in ["", "#", "x", "0#task_x", "'; DROP"] {
        assert!(f.listed(user(1), Some(junk), 100).await.is_err(), "{junk}");
    }
}

#[tokio::test]
async fn the_list_of_everybody_has_all_tasks_newest_first() {
    let f = Fixture::new().await;
    for n in 1..=7 {
        f.queued(n, user(1 + n % 3)).await;
    }
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let page = f.store.list(Whose::Everybody, Made::default(), next.as_deref(), 2).await;
        let page = page.unwrap();
        found.extend(page.heads.iter().map(|head| head.id));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(found, (1..=7).rev().map(task).collect::<Vec<_>>());
    let third = f.store.head(task(3)).await.unwrap().place();
    let page = f.store.list(Whose::Everybody, Made::default(), Some(&third), 9).await.unwrap();
    assert_eq!(page.heads.iter().map(|head| head.id).collect::<Vec<_>>(), [task(2), task(1)]);
}

#[tokio::test]
async fn a_list_of_a_time_reads_nothing_else() {
    let f = Fixture::new().await;
    for n in 1..=40 {
        f.queued(n, user(1)).await;
    }
    let _ = f.ledger.take();
    let made = Made { from: Some(at(10)), to: Some(at(13)) };
    let page = f.store.list(Whose::User(user(1)), made, None, 100).await.unwrap();
    let ids: Vec<_> = page.heads.iter().map(|head| head.id).collect();
    assert_eq!((ids, page.next), ([12, 11, 10].map(task).to_vec(), None), "from, but not to");
    let account = f.ledger.take();
    assert_eq!(account.total_calls(), 2);
    let nothing = Made { from: Some(at(13)), to: Some(at(13)) };
    let page = f.store.list(Whose::User(user(1)), nothing, None, 100).await.unwrap();
    assert_eq!((page.heads, f.ledger.take().total_calls()), (Vec::new(), 0));
}

#[tokio::test]
async fn a_review_is_noted_until_the_task_is_taken_up_again() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let head = f.finished(&head, Outcome::Succeeded, &server_batch(&head, &["end"])).await;
    let seen = f.store.review(&head, at(2000)).await.unwrap();
    assert_eq!((seen.reviewed_at, seen.version), (Some(at(2000)), head.version + 1));
    assert_eq!(f.store.head(task(1)).await.unwrap(), seen);

    let again = Change::Reopened { attempt_limit: Attempt(9) };
    let reopened = f.store.change(&seen, again, at(2001)).await.unwrap();
    assert_eq!(reopened.reviewed_at, None);
    let late = f.store.review(&seen, at(2002)).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "it is not what was looked at");
}

#[tokio::test]
async fn what_is_ready_comes_user_by_user_and_of_each_by_priority_and_then_by_age() {
    let f = Fixture::new().await;
    let priorities = [
        (1, Priority::Low),
        (2, Priority::Normal),
        (3, Priority::Urgent),
        (4, Priority::Normal),
        (5, Priority::High),
        (6, Priority::Urgent),
    ];
    // Not in the order of their age.
    for (n, priority) in priorities.into_iter().rev() {
        for owner in [1, 2] {
            let mut new = new_task(owner * 10 + n, user(owner));
            new.head.priority = priority;
            f.stored(new).await;
        }
    }
    let best_first = [13, 16, 15, 12, 14, 11, 23, 26, 25, 22, 24, 21].map(task);
    assert_eq!(f.ready().await, best_first);
    let heads = f.store.heads(&best_first).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.id).collect::<Vec<_>>(), best_first);
    let expected: Vec<_> = heads
        .iter()
        .map(|head| Waiting {
            task: head.id,
            owner: head.owner,
            priority: head.priority,
            queued_at: head.queued_at,
        })
        .collect();
    assert_eq!(f.store.queued(1).await.unwrap(), Queued { tasks: expected, ..Queued::default() });
    for (owner, up_to, count) in [(1, 100, 6), (1, 4, 4), (3, 100, 0)] {
        assert_eq!(f.store.queued_of(user(owner), up_to).await.unwrap(), count);
    }

    f.claimed(&heads[0]).await;
    assert_eq!(f.ready().await, best_first[1..]);
}

#[tokio::test]
async fn of_who_has_many_tasks_waiting_the_dispatcher_reads_few_and_nobody_is_overlooked() {
    let f = Fixture::new().await;
    // Behind the one who has many come others with one or two.
    for n in 1..=130 {
        f.queued(n, user(1)).await;
    }
    for (n, owner) in [(131, 2), (132, 3), (133, 3)] {
        f.queued(n, user(owner)).await;
    }
    let _ = f.ledger.take();
    let queued = f.store.queued(2).await.unwrap();
    let account = f.ledger.take();
    assert_eq!((queued.misplaced, queued.more), (Vec::new(), false));
    let of = |owner| queued.tasks.iter().filter(move |one| one.owner == user(owner));
    let best = of(1).take(2).map(|one| one.task).collect::<Vec<_>>();
    assert_eq!(best, f.ready().await[..2], "of each user the best come first");
    assert_eq!([1, 2, 3].map(|owner| of(owner).count()), [100, 1, 2]);
    assert_eq!(account.total_calls(), 2, "with the second page the next user begins");
}

#[tokio::test]
async fn heads_of_tasks_that_are_gone_are_left_out() {
    let f = Fixture::new().await;
    for n in 1..=110 {
        f.queued(n, user(1)).await;
    }
    let ids: Vec<_> = (0..=111).rev().map(task).collect();
    let heads = f.store.heads(&ids).await.unwrap();
    let found: Vec<_> = heads.iter().map(|head| head.id).collect();
    assert_eq!(found, ids[1..=110]);
}

#[tokio::test]
async fn a_scheduled_task_is_due_when_its_time_has_come_and_then_joins_the_queue() {
    let f = Fixture::new().await;
    for (n, second) in [(1, 300), (2, 100), (3, 200)] {
        let mut new = new_task(n, user(1));
        new.head.task.state = State::Scheduled;
        new.head.not_before = Some(at(second));
        f.stored(new).await;
    }
    assert_eq!(f.ready().await, []);
    let a_moment = jiff::SignedDuration::from_millis(1);
    assert_eq!(f.store.due(at(100) - a_moment, 10).await.unwrap(), []);
    assert_eq!(f.store.due(at(100), 10).await.unwrap(), [task(2)]);
    assert_eq!(f.store.due(at(250), 10).await.unwrap(), [task(2), task(3)]);
    assert_eq!(f.store.due(at(250), 1).await.unwrap(), [task(2)]);

    let seen = f.store.head(task(2)).await.unwrap();
    f.store.change(&seen, Change::Queued, at(100)).await.unwrap();
    assert_eq!(f.store.due(at(250), 10).await.unwrap(), [task(3)]);
    assert_eq!(f.ready().await, [task(2)]);
}
