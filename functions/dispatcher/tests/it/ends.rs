//! Runs that end without a word, and those who speak too late.

use domain::{
    id::TaskId,
    reason::Reason,
    task::{State, Task},
};
use jiff::SignedDuration;
use serde_json::json;
use store::Appended;
use testkit::{Container, user};

use crate::dispatch::{Dispatch, LONG};

#[tokio::test]
async fn f26_a_run_whose_container_ended_is_repeated_once_however_often_that_is_told() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.says(head.id, "hello").await;
    dispatch.stopped(head.id, 1, "").await;
    let after = dispatch.world.head(head.id).await;
    assert_eq!((after.task.attempt.0, after.task.state), (2, State::Starting), "at once");
    assert_eq!(after.task.reason, Some(Reason::Lost));
    assert_eq!(dispatch.last_words(head.id).await, (json!("failed"), json!("lost")));
    // Twice, and late: of a run that is over.
    dispatch.stopped(head.id, 1, "").await;
    dispatch.says(head.id, "hello again").await;
    dispatch.stopped(head.id, 1, "").await;
    let task = dispatch.task(head.id).await;
    assert_eq!((task.attempt.0, task.state), (2, State::Running));
    assert_eq!(dispatch.world.store.runs(head.id).await.unwrap().len(), 1);
    // Of a run that never was.
    dispatch.stopped(head.id, 3, "").await;
    assert_eq!(dispatch.state(head.id).await, State::Running);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn f27_a_container_that_ended_before_it_reported_is_no_riddle() {
    for (reason, expected) in [
        ("", Reason::Lost),
        ("OutOfMemoryError: Container killed due to memory usage", Reason::Oom),
        ("CannotPullContainerError: no such image", Reason::StartTimeout),
        ("ResourceInitializationError: no route", Reason::StartTimeout),
    ] {
        let dispatch = Dispatch::new().await;
        let head = dispatch.world.queued(user(1)).await;
        dispatch.ring().await;
        dispatch.stopped(head.id, 1, reason).await;
        let task = dispatch.task(head.id).await;
        assert_eq!((task.attempt.0, task.reason), (2, Some(expected)), "{reason}");
        dispatch.world.check_invariants().await;
    }
}

#[tokio::test]
async fn the_end_of_a_container_changes_nothing_of_what_is_over() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued_as(user(1), |new| new.head.task.attempt_limit.0 = 1).await;
    dispatch.ring().await;
    dispatch.stopped(head.id, 1, "OutOfMemoryError").await;
    dispatch.tick().await;
    let before = dispatch.world.items().await;
    dispatch.stopped(head.id, 1, "").await;
    dispatch.tick().await;
    assert_eq!(dispatch.world.items().await, before);
    let Task { state, reason, .. } = dispatch.task(head.id).await;
    assert_eq!((state, reason), (State::Failed, Some(Reason::Oom)));
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn f23_a_task_that_kills_every_runner_ends_after_as_many_attempts_as_it_has() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    for attempt in 1..=3 {
        assert_eq!(dispatch.task(head.id).await.attempt.0, attempt);
        dispatch.stopped(head.id, attempt, "OutOfMemoryError").await;
        if dispatch.state(head.id).await == State::Scheduled {
            dispatch.world.due_now(head.id).await;
            dispatch.tick().await;
        }
    }
    dispatch.tick().await;
    let task = dispatch.task(head.id).await;
    assert_eq!((task.state, task.attempt.0, task.reason), (State::Failed, 3, Some(Reason::Oom)));
    assert_eq!(dispatch.started().len(), 3);
    let runs = dispatch.world.store.runs(head.id).await.unwrap();
    assert!(runs.len() == 3 && runs.iter().all(|run| run.reason == Some(Reason::Oom)));
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_run_that_is_silent_is_lost_and_its_container_stopped_and_what_it_says_later_is_not_heard()
 {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    let zombie = dispatch.says(head.id, "hello").await;
    dispatch.tick().await;
    assert_eq!(dispatch.state(head.id).await, State::Running, "its lease holds");
    dispatch.world.silent(head.id).await;
    dispatch.tick().await;
    let after = dispatch.world.head(head.id).await;
    assert_eq!((after.task.attempt.0, after.task.reason), (2, Some(Reason::Lost)));
    let stops = dispatch.world.cloud().stops.clone();
    let stopped: Vec<_> = stops.iter().map(|stop| &stop["task"]).collect();
    assert_eq!(stopped, [&json!("arn:aws:ecs:::task/1")]);
    for text in ["I am back", "hear me"] {
        assert_eq!(dispatch.world.tries_to_say(&zombie, text).await, Appended::Superseded);
    }
    dispatch.says(head.id, "the second run").await;
    let log = serde_json::to_string(&dispatch.world.log(head.id).await).unwrap();
    assert!(log.contains("the second run") && !log.contains("I am back"));
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn f29_a_container_that_ended_unnoticed_is_noticed_by_the_tick() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.says(head.id, "hello").await;
    let arn = "arn:aws:ecs:::task/1";
    dispatch.world.cloud().containers.get_mut(arn).unwrap().status = "STOPPED".to_owned();
    dispatch.tick().await;
    let task = dispatch.task(head.id).await;
    assert_eq!((task.attempt.0, task.reason), (2, Some(Reason::Lost)));
    assert!(dispatch.world.cloud().stops.is_empty(), "it is over already");
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn what_its_host_took_away_starts_again_at_once_each_time_while_attempts_are_left() {
    for told in [true, false] {
        let dispatch = Dispatch::new().await;
        let head = dispatch.world.queued(user(1)).await;
        dispatch.ring().await;
        for attempt in 1..=3 {
            let task = dispatch.task(head.id).await;
            assert_eq!((task.attempt.0, task.state), (attempt, State::Starting), "at once");
            dispatch.says(head.id, "hello").await;
            if told {
                dispatch.taken_away(head.id, attempt).await;
            } else {
                dispatch.gone(attempt);
                dispatch.tick().await;
            }
        }
        let task = dispatch.task(head.id).await;
        assert_eq!((task.state, task.reason), (State::Failed, Some(Reason::Lost)));
        dispatch.world.check_invariants().await;
    }
}

#[tokio::test]
async fn after_a_restart_of_the_machine_each_run_starts_again_with_the_first_tick() {
    let dispatch = Dispatch::with(|settings| settings.strict_containers = true).await;
    let (working, starting) =
        (dispatch.world.queued(user(1)).await.id, dispatch.world.queued(user(2)).await.id);
    dispatch.ring().await;
    for attempt in 1..=2 {
        dispatch.says(working, "hello").await;
        dispatch.world.cloud().containers.clear();
        dispatch.tick().await;
        let task = dispatch.task(working).await;
        assert_eq!((task.attempt.0, task.state), (attempt + 1, State::Starting), "at once");
        // One that had not reported is the same run still.
        let task = dispatch.task(starting).await;
        assert_eq!((task.attempt.0, task.state), (1, State::Starting));
        assert!(dispatch.started().contains(&format!("{starting}/1")));
    }
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn only_who_knows_all_containers_takes_an_unknown_one_for_gone() {
    for strict in [false, true] {
        let dispatch = Dispatch::with(|settings| settings.strict_containers = strict).await;
        let head = dispatch.world.queued(user(1)).await;
        dispatch.ring().await;
        dispatch.says(head.id, "hello").await;
        dispatch.world.cloud().containers.clear();
        dispatch.tick().await;
        assert_eq!(dispatch.task(head.id).await.attempt.0, if strict { 2 } else { 1 });
        dispatch.world.check_invariants().await;
    }
}

#[tokio::test]
async fn a_container_whose_run_is_over_has_a_while_to_end_itself_and_is_stopped_then() {
    let dispatch = Dispatch::new().await;
    let ids = [dispatch.world.queued(user(1)).await.id, dispatch.world.queued(user(1)).await.id];
    dispatch.ring().await;
    for id in ids {
        dispatch.says(id, "hello").await;
    }
    dispatch.world.cancel(ids[0]).await;
    dispatch.stopped(ids[0], 1, "").await;
    dispatch.tick().await;
    assert!(dispatch.world.cloud().stops.is_empty(), "it may be about to end");
    dispatch.world.long_ago(ids[0], "updated_at", LONG).await;
    dispatch.tick().await;
    let stops = dispatch.world.cloud().stops.clone();
    assert_eq!(stops.len(), 1);
    assert_eq!(stops[0]["task"], "arn:aws:ecs:::task/1");
    dispatch.tick().await;
    assert_eq!(dispatch.world.cloud().stops.len(), 1);
}

#[tokio::test]
async fn a_container_of_an_earlier_run_or_of_no_task_is_stopped() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.says(head.id, "hello").await;
    let arn = "arn:aws:ecs:::task/1";
    for (n, stray) in
        [format!("{}/0", head.id), format!("{}/1", TaskId::from_uuid(runtime::clock::new_id()))]
            .into_iter()
            .enumerate()
    {
        let mut cloud = dispatch.world.cloud();
        let container = cloud.containers.get(arn).unwrap().clone();
        let container = Container { started_by: stray, ..container };
        cloud.containers.insert(format!("stray-{n}"), container);
    }
    dispatch.tick().await;
    let stops = dispatch.world.cloud().stops.clone();
    let stopped: Vec<_> = stops.iter().map(|stop| &stop["task"]).collect();
    assert_eq!(stopped, ["stray-0", "stray-1"]);
    assert_eq!(dispatch.state(head.id).await, State::Running);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_run_that_was_called_off_and_goes_on_is_ended_after_a_while() {
    let dispatch = Dispatch::new().await;
    for speaks in [true, false] {
        let head = dispatch.world.queued(user(1)).await;
        dispatch.ring().await;
        if speaks {
            dispatch.says(head.id, "hello").await;
        }
        dispatch.world.cancel(head.id).await;
        dispatch.tick().await;
        assert!(dispatch.state(head.id).await.is_live(), "it may end by itself");
        dispatch.world.long_ago(head.id, "cancel_at", LONG).await;
        dispatch.tick().await;
        let task = dispatch.task(head.id).await;
        assert_eq!((task.state, task.reason), (State::Canceled, None));
        assert_eq!(dispatch.last_words(head.id).await, (json!("canceled"), json!(null)));
    }
    assert_eq!(dispatch.world.cloud().stops.len(), 2);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_runner_that_has_not_reported_has_half_the_time_to_end_after_a_cancel() {
    let dispatch = Dispatch::new().await;
    let half = SignedDuration::try_from(dispatch.world.runtime.settings.cancel_grace / 2).unwrap();
    for (speaks, after) in [(false, State::Canceled), (true, State::Running)] {
        let head = dispatch.world.queued(user(1)).await;
        dispatch.ring().await;
        if speaks {
            dispatch.says(head.id, "hello").await;
        }
        dispatch.world.cancel(head.id).await;
        dispatch.world.long_ago(head.id, "cancel_at", half).await;
        dispatch.tick().await;
        assert_eq!(dispatch.state(head.id).await, after);
    }
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_run_that_was_called_off_and_whose_container_ends_is_canceled_and_not_repeated() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.says(head.id, "hello").await;
    dispatch.world.cancel(head.id).await;
    dispatch.stopped(head.id, 1, "").await;
    assert_eq!(dispatch.state(head.id).await, State::Canceled);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_run_ends_at_its_deadline_even_if_it_only_ever_beat() {
    for started in [true, false] {
        let dispatch = Dispatch::new().await;
        let head = dispatch.world.queued(user(1)).await;
        dispatch.ring().await;
        dispatch.says(head.id, "hello").await;
        dispatch.world.long_ago(head.id, "claimed_at", LONG).await;
        if started {
            dispatch.world.long_ago(head.id, "started_at", LONG).await;
        } else {
            dispatch.world.forget(head.id, "started_at").await;
        }
        dispatch.tick().await;
        let task = dispatch.task(head.id).await;
        assert_eq!((task.state, task.reason), (State::Failed, Some(Reason::Timeout)));
        dispatch.world.check_invariants().await;
    }
}

#[tokio::test]
async fn f69_two_ticks_at_once_do_what_one_does() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 10).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(dispatch.world.queued(user(1)).await.id);
    }
    dispatch.ring().await;
    for id in &ids {
        dispatch.says(*id, "hello").await;
        dispatch.world.silent(*id).await;
    }
    tokio::join!(dispatch.tick(), dispatch.tick());
    dispatch.tick().await;
    for id in ids {
        assert_eq!(dispatch.task(id).await.attempt.0, 2);
        assert_eq!(dispatch.world.store.runs(id).await.unwrap().len(), 1);
        assert_eq!(dispatch.world.log(id).await.len(), 2, "one word and one end");
    }
    dispatch.world.check_invariants().await;
}
