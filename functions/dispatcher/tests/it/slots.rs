//! The counter says what the leases say.

use domain::task::State;
use testkit::user;

use crate::dispatch::Dispatch;

const SLOTS: &str = "SLOTS#global";

#[tokio::test]
async fn f68_a_counter_that_is_wrong_is_repaired_from_the_leases() {
    for wrong in [-1, 0, 1, 7] {
        let dispatch = Dispatch::with(|settings| settings.max_running = 3).await;
        for owner in [1, 2] {
            dispatch.world.queued(user(owner)).await;
        }
        dispatch.ring().await;
        dispatch.world.set_number(SLOTS, "COUNT", "used", wrong).await;
        dispatch.world.set_number(SLOTS, "COUNT", &user(1).to_string(), wrong).await;
        dispatch.tick().await;
        dispatch.world.check_invariants().await;
    }
}

#[tokio::test]
async fn a_counter_that_was_lost_is_made_anew() {
    let dispatch = Dispatch::new().await;
    dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.world.remove(SLOTS, "COUNT").await;
    dispatch.tick().await;
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_wrong_counter_starts_nobody_too_many_and_the_tick_starts_who_waited() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 1).await;
    dispatch.world.set_number(SLOTS, "COUNT", "used", 1).await;
    let head = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    assert_eq!(dispatch.state(head.id).await, State::Queued);
    dispatch.tick().await;
    assert_eq!(dispatch.state(head.id).await, State::Starting);
    dispatch.world.check_invariants().await;
}

#[tokio::test]
async fn a_slot_of_a_task_that_is_gone_is_free_again() {
    let dispatch = Dispatch::with(|settings| settings.max_running = 1).await;
    let gone = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    dispatch.world.remove(&format!("TASK#{}", gone.id), "HEAD").await;
    let waits = dispatch.world.queued(user(1)).await;
    dispatch.ring().await;
    assert_eq!(dispatch.state(waits.id).await, State::Queued);
    dispatch.tick().await;
    assert_eq!(dispatch.state(waits.id).await, State::Starting);
    dispatch.world.check_invariants().await;
}
