//! The dispatcher dies at each of its steps, containers end too early, too late or not at all, and leases come near
//! their end.

use domain::{reason::Reason, task::State};
use jiff::SignedDuration;
use serde_json::json;
use testkit::{Fault, Held, Launch};

use crate::errand::Errand;

const A_WHILE: SignedDuration = SignedDuration::from_secs(10);

/// The dispatcher is at this call, and dies.
async fn dies_at(errand: &Errand, mut held: Held) {
    tokio::select! {
        answer = errand.ring() => panic!("it lived: {answer}"),
        () = held.reached() => (),
    }
}

#[tokio::test]
async fn f17_a_dispatcher_that_dies_after_its_claim_is_made_up_for_under_the_same_name() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    dies_at(&errand, errand.world.faults.hold("RunTask")).await;
    assert_eq!(errand.state(id).await, State::Starting);
    assert!(errand.containers().is_empty());
    errand.ring().await;
    assert!(errand.containers().is_empty(), "it may still be at it");
    errand.world.held_since(id, A_WHILE).await;
    errand.tick().await;
    assert_eq!(errand.containers(), [format!("{id}/1")], "the same run, not the next one");
    errand.settles().await;
}

#[tokio::test]
async fn f18_a_dispatcher_that_dies_after_it_started_a_container_leaves_one_that_is_found_again() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    dies_at(&errand, errand.world.faults.hold_answer("RunTask")).await;
    assert_eq!(errand.containers(), [format!("{id}/1")]);
    errand.world.held_since(id, A_WHILE).await;
    errand.tick().await;
    assert_eq!(errand.containers().len(), 1);
    assert_eq!(errand.world.cloud().launches.len(), 1, "it was found, and not asked for again");
    errand.settles().await;
}

#[tokio::test]
async fn f21_containers_that_are_throttled_start_a_little_later_and_in_their_order() {
    let errand = Errand::new().await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(errand.task(&format!("task {n}")).await);
    }
    errand.world.faults.next("RunTask", 2, Fault::Throttled);
    errand.ring().await;
    assert_eq!(errand.world.faults.fired(Fault::Throttled), 2);
    let launches = errand.world.cloud().launches.clone();
    let order: Vec<_> = launches.iter().map(|launch| launch["startedBy"].clone()).collect();
    assert_eq!(order, ids.iter().map(|id| json!(format!("{id}/1"))).collect::<Vec<_>>());

    // For longer than a look lasts: the tick asks again.
    errand.world.faults.next("RunTask", 4, Fault::Throttled);
    let id = errand.task("task 3").await;
    errand.ring().await;
    assert_eq!(errand.world.faults.fired(Fault::Throttled), 6);
    assert_eq!(errand.containers().len(), 3);
    errand.world.held_since(id, A_WHILE).await;
    errand.tick().await;
    assert_eq!(errand.containers().len(), 4);
    errand.settles().await;
}

#[tokio::test]
async fn f28_the_end_of_the_first_runs_container_does_nothing_to_the_second_run() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    errand.ring().await;
    errand.runner(&format!("{id}/1")).says("the first run").await;
    errand.world.silent(id).await;
    errand.tick().await;
    let mut second = errand.runner(&format!("{id}/2"));
    second.learns().await;
    assert_eq!(second.says("the second run").await.status, 200);
    let before = errand.world.items().await;
    for reason in ["", "OutOfMemoryError", "CannotPullContainerError"] {
        errand.stopped(id, 1, reason).await;
    }
    assert_eq!(errand.world.items().await, before);
    assert_eq!(errand.state(id).await, State::Running);
    assert_eq!(second.ends("succeeded").await.status, 200);
    errand.settles().await;
    assert_eq!(errand.world.head(id).await.task.attempt.0, 2);
}

#[tokio::test]
async fn f32_a_heartbeat_that_comes_at_the_last_moment_keeps_the_run() {
    let errand = Errand::new().await;
    let id = errand.task("do it").await;
    errand.ring().await;
    let mut runner = errand.runner(&format!("{id}/1"));
    runner.says("hello").await;
    let lease = SignedDuration::try_from(errand.world.runtime.settings.lease).unwrap();
    for _ in 0..5 {
        // 0.9 of the lease are gone when the dispatcher looks, and the heartbeat comes just behind.
        errand.world.long_ago(id, "lease_until", -(lease / 10)).await;
        errand.tick().await;
        assert_eq!(runner.beats().await.status, 200);
        let left = errand.world.head(id).await.lease_until.unwrap();
        assert!(left > runtime::clock::now() + lease / 2, "it has a whole lease again");
    }
    assert_eq!(runner.ends("succeeded").await.status, 200);
    let head = errand.world.head(id).await;
    assert_eq!((head.task.state, head.task.attempt.0), (State::Succeeded, 1));
    errand.settles().await;
}

#[tokio::test]
async fn f46_a_task_that_is_called_off_between_its_claim_and_its_container_does_nothing() {
    for launch in [Launch::Starts, Launch::HasNoRoom] {
        let errand = Errand::new().await;
        errand.world.cloud().launch = launch;
        let id = errand.task("do it").await;
        let mut held = errand.world.faults.hold("RunTask");
        let call_off = async {
            held.reached().await;
            let answer = errand.cancel(id).await;
            assert_eq!((answer.status.as_u16(), &answer.json["state"]), (200, &json!("starting")));
            held.release();
        };
        tokio::join!(errand.ring(), call_off);
        if launch == Launch::HasNoRoom {
            errand.world.long_ago(id, "cancel_at", SignedDuration::from_hours(1)).await;
        }
        errand.settles().await;
        let head = errand.world.head(id).await;
        assert_eq!((head.task.state, head.task.reason), (State::Canceled, None::<Reason>));
        let log = errand.world.log(id).await;
        assert_eq!(log.len(), 1, "its end, and no work: {log:?}");
    }
}
