//! Whose turn it is, through the whole system: api, queue, dispatcher, table, runners.
#![cfg(feature = "simulate")]

use simulation::crowd;

#[test]
fn who_has_one_task_waits_two_turns_at_most_and_who_wants_the_same_gets_the_same() {
    for seed in 0..2 {
        let fairness = crowd(seed).unwrap();
        assert!(fairness.turns <= 2, "seed {seed}: {fairness:?}");
        assert!(fairness.jain >= 0.99, "seed {seed}: {fairness:?}");
    }
}
