//! Turns, limits and pauses, over the table: what the order says is what happens, whoever looks at once.

use domain::{
    queue::{Hour, LimitsView},
    reason::Reason,
    task::{State, Task},
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use runtime::clock;
use serde_json::json;
use store::{Head, Pause};
use testkit::user;

use crate::dispatch::{Dispatch, LONG};

impl Dispatch {
    /// The runs that live end, one after the other, each followed by a ring.
    async fn next_turns(&self, turns: usize) {
        for _ in 0..turns {
            let holders = self.world.store.holders().await.unwrap();
            let oldest = holders.iter().min_by_key(|holder| holder.since).unwrap();
            let head = self.world.head(oldest.task).await;
            let run = head.task.attempt;
            let end = domain::task::Command::ReportEnded(run, domain::task::Outcome::Succeeded);
            let change = head.task.decide(end).unwrap().unwrap();
            self.world.lose(&head, change).await;
            self.ring().await;
        }
    }

    /// Whose runs were started, in order.
    async fn owners(&self) -> Vec<u128> {
        let mut owners = Vec::new();
        for started in self.started() {
            let task = started.split_once('/').unwrap().0.parse().unwrap();
            owners.push(self.world.head(task).await.owner.uuid().as_u128());
        }
        owners
    }

    async fn many(&self, owner: u128, tasks: usize) -> Vec<Head> {
        let mut heads = Vec::new();
        for _ in 0..tasks {
            heads.push(self.world.queued(user(owner)).await);
        }
        heads
    }
}

#[tokio::test]
async fn a_user_with_one_task_waits_one_turn_behind_a_user_with_many() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 1).await;
    dispatch.many(1, 30).await;
    dispatch.ring().await;
    dispatch.next_turns(3).await;
    let one = dispatch.world.queued(user(2)).await;
    dispatch.ring().await;
    assert_eq!(dispatch.state(one.id).await, State::Queued, "no slot is free");
    dispatch.next_turns(1).await;
    assert_eq!(dispatch.state(one.id).await, State::Starting);
    dispatch.next_turns(2).await;
    assert_eq!(dispatch.owners().await, [1, 1, 1, 1, 2, 1, 1]);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn users_take_turns_though_ten_dispatchers_look_at_once() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 4).await;
    for owner in [1, 2, 3, 4] {
        dispatch.many(owner, 6).await;
    }
    for _ in 0..5 {
        join_all((0..10).map(|_| dispatch.ring())).await;
        dispatch.ring().await;
        let (used, users) = dispatch.world.store.slots_used().await.unwrap();
        assert_eq!(used, 4);
        assert!(users.values().all(|runs| *runs == 1), "each has one: {users:?}");
        dispatch.world.check_invariants().await;
        dispatch.next_turns(4).await;
    }
}

#[tokio::test]
async fn nothing_starts_while_the_queue_is_paused_and_what_runs_goes_on() {
    let dispatch = Dispatch::new().await;
    let runs = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    let pause = Pause { at: clock::now(), by: user(9), note: None };
    dispatch.world.store.pause(&pause).await.unwrap();
    let waits = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.tick().await;
    assert_eq!(dispatch.state(waits.id).await, State::Queued);
    dispatch.says(runs.id, "I go on").await;
    assert_eq!(dispatch.state(runs.id).await, State::Running);
    // A run that is lost meanwhile waits as well.
    dispatch.stopped(runs.id, 1, "").await;
    assert_eq!(dispatch.state(runs.id).await, State::Queued);
    dispatch.world.check_invariants().await;

    dispatch.world.store.resume().await.unwrap();
    dispatch.ring().await;
    for id in [runs.id, waits.id] {
        assert_eq!(dispatch.state(id).await, State::Starting);
    }
}

#[tokio::test]
async fn a_pause_that_comes_between_the_look_and_the_claim_holds() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    let mut held = dispatch.world.faults.hold("TransactWriteItems");
    let pauses = async {
        held.reached().await;
        let pause = Pause { at: clock::now(), by: user(9), note: None };
        dispatch.world.store.pause(&pause).await.unwrap();
        held.release();
    };
    tokio::join!(pauses, dispatch.ring());
    assert_eq!(dispatch.state(head.id).await, State::Queued);
    assert!(dispatch.started().is_empty());
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_limit_that_is_lowered_between_the_look_and_the_claim_holds() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 2).await;
    dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    let head = dispatch.world.queued(user(2)).await;
    let mut held = dispatch.world.faults.hold("TransactWriteItems");
    let lowers = async {
        held.reached().await;
        let limits = LimitsView { running_total: 1, running_per_user: 1, queued_per_user: 9 };
        dispatch.world.store.set_limits(limits).await.unwrap();
        held.release();
    };
    tokio::join!(lowers, dispatch.ring());
    assert_eq!(dispatch.state(head.id).await, State::Queued);
    assert_eq!(dispatch.started().len(), 1);
}

#[tokio::test]
async fn limits_that_were_set_hold_from_the_next_start_on() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 3).await;
    dispatch.many(1, 6).await;
    dispatch.many(2, 6).await;
    dispatch.ring().await;
    assert_eq!(dispatch.started().len(), 3);
    let limits = |total, user| LimitsView {
        running_total: total,
        running_per_user: user,
        queued_per_user: 9,
    };
    dispatch.world.store.set_limits(limits(1, 1)).await.unwrap();
    dispatch.next_turns(2).await;
    assert_eq!(dispatch.started().len(), 3, "what runs beyond the limit goes on to its end");
    dispatch.world.store.set_limits(limits(6, 2)).await.unwrap();
    dispatch.ring().await;
    let (used, users) = dispatch.world.store.slots_used().await.unwrap();
    assert_eq!((used, users[&user(1)], users[&user(2)]), (4, 2, 2));
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn what_a_version_of_before_left_in_the_queue_gets_its_turn() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    let rank = format!("1#000001900007200000#{}", head.id);
    dispatch.world.set_text(&format!("TASK#{}", head.id), "HEAD", "rank_sk", &rank).await;
    assert_eq!(dispatch.world.store.queued(9).await.unwrap().misplaced, [head.id]);
    dispatch.ring().await;
    assert_eq!(dispatch.state(head.id).await, State::Starting);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn nothing_is_noted_of_who_neither_runs_nor_waits() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 1).await;
    for owner in [1, 2, 3] {
        dispatch.many(owner, 2).await;
    }
    dispatch.ring().await;
    dispatch.next_turns(2).await;
    dispatch.tick().await;
    let slots = dispatch.world.store.slots().await.unwrap();
    assert_eq!(slots.turns.last.len(), 3, "each of them waits, and it is known whose turn it is");
    dispatch.next_turns(2).await;
    dispatch.tick().await;
    let slots = dispatch.world.store.slots().await.unwrap();
    assert!(slots.turns.last.len() == 2 && slots.idle.len() < 2, "{slots:?}");
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn an_hour_that_is_over_is_put_away_once_and_the_counter_stays_small() {
    let dispatch = Dispatch::new().await;
    let this = Hour::of(clock::now());
    let over = Hour(this.0 - 2);
    for (what, number) in [('b', 3), ('e', 2), ('h', 60), ('s', 1), ('f', 1)] {
        let name = format!("{what}{}", over.0);
        dispatch.world.set_number("SLOTS#global", "COUNT", &name, number).await;
    }
    tokio::join!(dispatch.tick(), dispatch.tick());
    let slots = dispatch.world.store.slots().await.unwrap();
    assert_eq!(slots.hours.keys().filter(|hour| **hour < this).count(), 0);
    let hours = dispatch.world.store.hours(Hour(this.0 - 24)).await.unwrap();
    let counts = hours[&over];
    assert_eq!((counts.begun, counts.ended, counts.held_s), (3, 2, 60));
    assert_eq!((counts.succeeded, counts.failed, counts.canceled), (1, 1, 0));
}

#[tokio::test]
async fn an_hour_whose_runs_took_no_time_is_put_away_too_also_what_an_earlier_version_left_of_it() {
    let dispatch = Dispatch::new().await;
    let this = Hour::of(clock::now());
    let (whole, left) = (Hour(this.0 - 2), Hour(this.0 - 3));
    for (what, hour, number) in
        [('b', whole, 1), ('e', whole, 1), ('h', whole, 0), ('c', whole, 1), ('h', left, 0)]
    {
        let name = format!("{what}{}", hour.0);
        dispatch.world.set_number("SLOTS#global", "COUNT", &name, number).await;
    }
    dispatch.tick().await;
    let slots = dispatch.world.store.slots().await.unwrap();
    assert_eq!(slots.hours.keys().filter(|hour| **hour < this).count(), 0, "{slots:?}");
    let counts = dispatch.world.store.hours(Hour(this.0 - 24)).await.unwrap()[&whole];
    assert_eq!((counts.begun, counts.ended, counts.held_s, counts.canceled), (1, 1, 0, 1));
    dispatch.tick().await;
}

#[tokio::test]
async fn what_is_due_before_the_next_tick_is_rung_for_once_a_second() {
    let dispatch = Dispatch::new().await;
    for seconds in [10, 10, 20, 3_600] {
        let head = dispatch.world.queued_as(user(1), |new| {
            new.head.task = Task { state: State::Scheduled, ..new.head.task };
            new.head.not_before = Some(clock::now() + SignedDuration::from_secs(seconds));
        });
        head.await;
    }
    dispatch.tick().await;
    let mut delays = std::mem::take(&mut dispatch.world.cloud().delays);
    delays.dedup();
    assert!(delays == [10, 20] || delays == [9, 10, 20], "{delays:?}");
    // Whoever ticks each second needs none.
    let often = Dispatch::with(|settings| settings.tick = std::time::Duration::from_secs(1)).await;
    let head = often.world.queued_as(user(1), |new| {
        new.head.task = Task { state: State::Scheduled, ..new.head.task };
        new.head.not_before = Some(clock::now() + SignedDuration::from_millis(500));
    });
    head.await;
    often.tick().await;
    assert!(often.world.cloud().delays.is_empty());
}

#[tokio::test]
async fn a_ring_that_was_sent_beforehand_starts_what_is_due() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued_as(user(1), |new| {
        new.head.task = Task { state: State::Scheduled, ..new.head.task };
        new.head.not_before = Some(clock::now() - SignedDuration::from_millis(1));
    });
    let head = head.await;
    let ring = |body: &str| json!({ "Records": [{ "messageId": "m", "body": body }] });
    dispatch.dispatcher.handle(ring(r#"{"ring":"created"}"#)).await.unwrap();
    assert_eq!(dispatch.state(head.id).await, State::Scheduled);
    dispatch.dispatcher.handle(ring(r#"{"ring":"due"}"#)).await.unwrap();
    assert_eq!(dispatch.state(head.id).await, State::Starting);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_run_that_is_lost_again_comes_back_to_the_second() {
    let dispatch = Dispatch::new().await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.stopped(head.id, 1, "").await;
    assert!(dispatch.world.cloud().delays.is_empty(), "the first time at once");
    dispatch.stopped(head.id, 2, "").await;
    let after = dispatch.world.head(head.id).await;
    assert_eq!((after.task.state, after.task.reason), (State::Scheduled, Some(Reason::Lost)));
    assert!(matches!(dispatch.world.cloud().delays.as_slice(), [0..=2]));
}

/// Each deadline that is watched from outside ends a run in its own reason, with words about what to do.
#[tokio::test]
async fn each_deadline_has_a_reason_and_a_remedy_of_its_own() {
    let mut remedies = Vec::new();
    for (speaks, field, reason) in [
        (false, "claimed_at", Reason::StartTimeout),
        (true, "lease_until", Reason::Lost),
        (true, "started_at", Reason::Timeout),
    ] {
        let dispatch = Dispatch::new().await;
        let head = dispatch.world.queued(user(1)).await;
        dispatch.ring().await;
        if speaks {
            dispatch.says(head.id, "hello").await;
        }
        dispatch.tick().await;
        assert!(dispatch.state(head.id).await.is_live(), "{field}: not before its time");
        match field {
            "lease_until" => dispatch.world.silent(head.id).await,
            _ => dispatch.world.long_ago(head.id, field, LONG).await,
        }
        dispatch.tick().await;
        let runs = dispatch.world.store.runs(head.id).await.unwrap();
        assert_eq!(runs[0].reason, Some(reason), "{field}");
        let task = dispatch.task(head.id).await;
        let repeated = task.attempt.0 == 2;
        assert_eq!(repeated, reason.is_retryable(), "{reason}: {task:?}");
        remedies.push(reason.remedy());
    }
    remedies.push(Reason::Idle.remedy());
    remedies.sort_unstable();
    remedies.dedup();
    assert_eq!(remedies.len(), 4);
}
