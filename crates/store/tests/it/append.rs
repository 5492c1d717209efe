//! The log: one voice a run, no gap, no double, nothing that was not committed.

use domain::{
    run::Phase,
    socket::Topic,
    task::{Change, Outcome, State},
};
use futures_util::future::join_all;
use store::{Append, Appended, Batch, Connection, Head};

use super::fixture::*;

async fn superseded(f: &Fixture, head: &Head, batch: &Batch) {
    let answer = f.store.append(post(head.id, batch)).await.unwrap();
    assert_eq!(answer, Appended::Superseded);
}

#[tokio::test]
async fn appended_events_read_back_in_order() {
    let f = Fixture::new().await;
    let mut head = f.live(1, user(1)).await;
    for said in [&["a", "b"][..], &["c"], &["d", "e", "f"]] {
        head = f.appended(&head, &batch(&head, "runner-1", said)).await;
    }
    assert_eq!((head.seq, head.run_seq, head.task.state), (6, 6, State::Running));
    assert_eq!((head.started_at, head.runner.as_deref()), (Some(at(1002)), Some("runner-1")));
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
    let log = f.log(task(1)).await;
    assert_eq!(texts(&log), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(log.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_repeated_post_is_recognised_and_adds_nothing() {
    let f = Fixture::new().await;
    let first = f.live(1, user(1)).await;
    let said = batch(&first, "runner-1", &["a", "b"]);
    let second = f.appended(&first, &said).await;
    let head = f.appended(&second, &batch(&second, "runner-1", &["c"])).await;
    for _ in 0..2 {
        let answer = f.store.append(post(task(1), &said)).await.unwrap();
        assert_eq!(answer, Appended::Repeated(Box::new(head.clone())));
    }
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b", "c"]);
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
}

#[tokio::test]
async fn a_post_is_one_call_where_the_head_is_known_and_so_is_a_heartbeat() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let _ = f.ledger.take();
    let head = f.appended(&head, &batch(&head, "runner-1", &["a", "b", "c"])).await;
    assert_eq!(f.ledger.take().total_calls(), 2, "nobody knew the head");
    let said = batch(&head, "runner-1", &["d"]);
    let head = f.appended_to(&head, &said).await;
    assert_eq!(f.ledger.take().total_calls(), 1);
    f.appended(&head, &batch(&head, "runner-1", &[])).await;
    assert_eq!(f.ledger.take().total_calls(), 1);
}

#[tokio::test]
async fn a_head_that_is_not_known_rightly_is_read_before_anything_is_concluded() {
    let f = Fixture::new().await;
    let old = f.live(1, user(1)).await;
    f.appended(&old, &batch(&old, "runner-1", &[])).await;
    // A heartbeat later it is another version, and the batch still in turn.
    let head = f.appended_to(&old, &batch(&old, "runner-1", &["a"])).await;
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);
    // Somebody called it off meanwhile: whoever posts is told.
    f.store.change(&head, Change::CancelRequested, at(1002)).await.unwrap();
    let head = f.appended_to(&head, &batch(&head, "runner-1", &["b"])).await;
    assert!(head.task.cancel_requested);
    // Somebody follows it since: the very next push has to reach them.
    let socket = Connection { id: "a".to_owned(), user: user(1), role: "member".to_owned() };
    f.store.follow(&socket, Topic::Task(task(1)), at(0)).await.unwrap();
    let next = f.appended_to(&head, &batch(&head, "runner-1", &["c"])).await;
    assert_eq!(next.followers, head.followers + 1);
    // It is over since: nothing is added to it.
    let late = batch(&next, "runner-1", &["x"]);
    f.finished(&next, LOST, &server_batch(&next, &["lost"])).await;
    let answer = f.store.append(Append { known: Some(next), ..post(task(1), &late) }).await;
    assert_eq!(answer.unwrap(), Appended::Superseded);
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b", "c", "lost"]);
}

#[tokio::test]
async fn twenty_copies_of_a_post_at_once_are_one() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let said = batch(&head, "runner-1", &["a", "b"]);
    let answers = join_all((0..20).map(|_| f.store.append(post(task(1), &said)))).await;
    let committed = answers.iter().filter(|answer| matches!(answer, Ok(Appended::Committed(_))));
    assert_eq!(committed.count(), 1);
    let repeated = answers.iter().filter(|answer| matches!(answer, Ok(Appended::Repeated(_))));
    assert_eq!(repeated.count(), 19);
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b"]);
}

#[tokio::test]
async fn a_heartbeat_extends_the_lease_and_says_what_the_run_is_at() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let silent = batch(&head, "runner-1", &[]);
    let waiting = Append {
        phase: Phase::Waiting,
        usage: Some(spent()),
        now: at(1030),
        ..post(task(1), &silent)
    };
    let Appended::Committed(head) = f.store.append(waiting).await.unwrap() else { panic!() };
    assert_eq!((head.lease_until, head.task.state), (Some(at(1090)), State::Waiting));
    assert_eq!((head.seq, head.usage_run, head.started_at), (0, spent(), None));
    assert_eq!(f.store.head(task(1)).await.unwrap(), *head);
    assert_eq!(f.log(task(1)).await, []);
}

#[tokio::test]
async fn a_second_process_of_the_same_run_is_refused_and_does_no_harm() {
    let f = Fixture::new().await;
    let first = f.live(1, user(1)).await;
    let head = f.appended(&first, &batch(&first, "runner-1", &["a"])).await;
    superseded(&f, &head, &batch(&head, "twin-1", &[])).await;
    superseded(&f, &head, &batch(&first, "twin-1", &["x"])).await;
    superseded(&f, &head, &batch(&head, "twin-1", &["x", "y"])).await;
    // What the twin left at the log's end does not stop the one that speaks for the run.
    let head = f.appended(&head, &batch(&head, "runner-1", &["b"])).await;
    let head = f.appended(&head, &batch(&head, "runner-1", &["c"])).await;
    superseded(&f, &head, &batch(&head, "twin-1", &["x"])).await;
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_run_that_was_followed_by_another_is_heard_no_more() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let zombie = f.appended(&head, &batch(&head, "runner-1", &["a"])).await;
    let head = f.finished(&zombie, LOST, &server_batch(&zombie, &["lost"])).await;
    superseded(&f, &head, &batch(&zombie, "runner-1", &["x"])).await;
    let head = f.claimed(&head).await;
    for late in [batch(&zombie, "runner-1", &["x"]), batch_at(3, 1, 1, "runner-1", &["y"])] {
        superseded(&f, &head, &late).await;
    }
    superseded(&f, &head, &batch(&zombie, "runner-1", &[])).await;
    let head = f.appended(&head, &batch(&head, "runner-2", &["b"])).await;
    superseded(&f, &head, &batch_at(4, 1, 1, "runner-1", &["z"])).await;
    let head = f.appended(&head, &batch(&head, "runner-2", &["c"])).await;
    assert_eq!((head.seq, head.run_seq), (4, 2));
    assert_eq!(texts(&f.log(task(1)).await), ["a", "lost", "b", "c"]);
}

#[tokio::test]
async fn a_repeat_of_the_last_post_of_a_run_that_is_over_is_still_recognised() {
    let f = Fixture::new().await;
    let live = f.live(1, user(1)).await;
    let last = batch(&live, "runner-1", &["a", "end"]);
    let head = f.finished(&live, Outcome::Succeeded, &last).await;
    let repeated = Appended::Repeated(Box::new(head.clone()));
    assert_eq!(f.store.place(task(1), &last).await.unwrap(), repeated);
    assert_eq!(f.store.append(post(task(1), &last)).await.unwrap(), repeated);
    superseded(&f, &head, &batch(&live, "twin-1", &["a", "end"])).await;
}

#[tokio::test]
async fn a_twin_that_speaks_first_does_not_have_its_run_ended_by_the_other() {
    let f = Fixture::new().await;
    let seen = f.live(1, user(1)).await;
    f.appended(&seen, &batch(&seen, "runner-1", &[])).await;
    let last = batch(&seen, "twin-1", &["end"]);
    let ended = f.store.finish(&end(&seen, Outcome::Succeeded, &last)).await;
    assert!(matches!(ended, Err(store::StoreError::Conflict)));
}

#[tokio::test]
async fn what_an_earlier_version_put_and_never_committed_is_invisible_and_gives_way() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let head = f.appended(&head, &batch(&head, "runner-1", &["a"])).await;
    let said = batch(&head, "runner-1", &["x", "y", "z"]);
    f.torn(&said).await;
    assert_eq!(texts(&f.log(task(1)).await), ["a"]);
    assert_eq!(f.store.head(task(1)).await.unwrap(), head);

    // The dispatcher gives the run up; the next one goes on in its place.
    let ended = f.finished(&head, LOST, &server_batch(&head, &[])).await;
    assert_eq!(texts(&f.log(task(1)).await), ["a"]);
    let head = f.claimed(&ended).await;
    let head = f.appended(&head, &batch(&head, "runner-2", &["b"])).await;
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b"]);
    f.appended(&head, &batch(&head, "runner-2", &["c"])).await;
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_post_that_an_earlier_version_put_and_never_committed_is_committed_by_its_repeat() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let said = batch(&head, "runner-1", &["a", "b"]);
    f.torn(&said).await;
    let head = f.appended(&head, &said).await;
    assert_eq!(head.seq, 2);
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b"]);
}

#[tokio::test]
async fn a_run_that_believes_in_a_wrong_head_destroys_nothing() {
    let f = Fixture::new().await;
    let head = f.live(1, user(1)).await;
    let head = f.appended(&head, &batch(&head, "runner-1", &["a"])).await;
    let head = f.appended(&head, &batch(&head, "runner-1", &["b"])).await;
    let head = f.finished(&head, LOST, &server_batch(&head, &["lost"])).await;
    let head = f.claimed(&head).await;
    for first_seq in [1, 2, 3] {
        superseded(&f, &head, &batch_at(first_seq, 2, 0, "runner-2", &["x"])).await;
    }
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b", "lost"]);
    f.appended(&head, &batch(&head, "runner-2", &["c"])).await;
    assert_eq!(texts(&f.log(task(1)).await), ["a", "b", "lost", "c"]);
}

#[tokio::test]
async fn a_task_that_waits_or_never_was_takes_no_events() {
    let f = Fixture::new().await;
    let head = f.queued(1, user(1)).await;
    superseded(&f, &head, &batch(&head, "runner-1", &["x"])).await;
    assert_eq!(f.log(task(1)).await, []);
    let before = f.keys().await;
    for said in [&["x"][..], &[]] {
        superseded(&f, &new_task(2, user(1)).head, &batch(&head, "runner-1", said)).await;
    }
    assert_eq!(f.keys().await, before, "nothing is left of a task that is gone");
}

#[tokio::test]
async fn a_reader_may_start_anywhere_and_ask_for_any_number() {
    let f = Fixture::new().await;
    let mut head = f.live(1, user(1)).await;
    for said in [&["1"][..], &["2", "3", "4"], &["5", "6"], &["7"], &["8", "9", "10", "11"]] {
        head = f.appended(&head, &batch(&head, "runner-1", said)).await;
    }
    f.torn(&batch(&head, "runner-1", &["never"])).await;
    for until in 0..=11 {
        for after in 0..=until {
            for limit in [1, 2, 3, 5, 100] {
                let mut read: Vec<u64> = Vec::new();
                let mut at = after;
                while at < until {
                    let batches = f.store.batches(task(1), at, until, limit).await.unwrap();
                    let first = &batches[0];
                    // Whole batches: the first may begin earlier, the last may end later.
                    assert!((first.first_seq..).zip(&first.events).any(|(seq, _)| seq == at + 1));
                    let before = batches[..batches.len() - 1].iter();
                    assert!(before.map(|batch| batch.events.len()).sum::<usize>() < limit);
                    let seqs = batches.iter().flat_map(|batch| &batch.events).map(|e| e.seq);
                    read.extend(seqs.filter(|seq| *seq > at));
                    at = *read.last().unwrap();
                }
                let wanted = after + 1..=at;
                assert_eq!(read, wanted.collect::<Vec<_>>(), "{after} to {until} by {limit}");
                assert!((until..=11).contains(&at));
            }
        }
    }
    let around = f.store.batch_around(task(1), 3).await.unwrap().unwrap();
    assert_eq!((around.first_seq, around.events.len()), (2, 3));
    assert_eq!(f.store.batch_around(task(1), 13).await.unwrap(), None);
}

#[tokio::test]
async fn a_log_larger_than_one_answer_of_the_table_is_read_whole() {
    let f = Fixture::new().await;
    let mut head = f.live(1, user(1)).await;
    let long = "x".repeat(300_000);
    for _ in 0..6 {
        head = f.appended(&head, &batch(&head, "runner-1", &[&long])).await;
    }
    assert_eq!(f.log(task(1)).await.len(), 6);
}
