//! What the simulation promises of itself.
#![cfg(feature = "simulate")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use planted::Bug;
use simulation::{Order, Outcome, simulate};

fn told(order: Order) -> Outcome {
    // Each on a thread of its own: nothing of one telling may be left for the next.
    std::thread::spawn(move || simulate(&order).unwrap()).join().unwrap()
}

#[test]
fn a_seed_tells_the_same_story_every_time() {
    for seed in [0, 3, 7] {
        let order = Order { seed, ..Order::default() };
        let (first, second) = (told(order.clone()), told(order));
        assert_eq!(first.hash, second.hash, "seed {seed}");
        assert_eq!((first.calls, first.reached), (second.calls, second.reached), "seed {seed}");
    }
}

#[test]
fn seeds_tell_different_stories() {
    assert_ne!(told(Order::default()).hash, told(Order { seed: 1, ..Order::default() }).hash);
}

#[test]
fn a_function_dies_where_it_is_told_to() {
    let story = told(Order { seed: 2, ..Order::default() });
    let point = story.reached.iter().find(|point| !story.visited.contains(point)).unwrap();
    let order = Order { seed: 2, crash: vec![point.clone()], ..Order::default() };
    assert!(told(order).visited.contains(point), "{point}");
}

#[test]
fn what_breaks_a_promise_is_told_with_its_last_lines() {
    let bug = Some(Bug::SlotReleasedTwice);
    let failed = (1..4).map(|seed| told(Order { seed, bug, ..Order::default() }));
    let failed = failed.into_iter().find(|outcome| outcome.violation.is_some()).unwrap();
    assert!(failed.trace.iter().any(|line| line.contains("BROKEN")), "{:?}", failed.trace);
}

/// That the same stories break nothing without a bug, `make test-simulation` sees. All bugs would take hundreds of stories:
/// `make simulate ARGS=--planted`.
#[test]
fn the_first_stories_find_what_is_found_soon() {
    let soon = [
        Bug::FenceOnlyRead,
        Bug::SlotReleasedTwice,
        Bug::LimitOnlyRead,
        Bug::TokenWithoutAttempt,
        Bug::KeyIgnored,
        Bug::RingBeforeTime,
        Bug::RingWithoutCommit,
    ];
    for bug in soon {
        let mut seeds = 0..4;
        let found = seeds.any(|seed| {
            told(Order { seed, bug: Some(bug), ..Order::default() }).violation.is_some()
        });
        assert!(found, "no story finds {bug:?}");
    }
}

#[test]
fn the_docs_name_every_planted_bug() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SIMULATION.md");
    let docs = std::fs::read_to_string(path).unwrap();
    for bug in Bug::ALL {
        let row = format!("| `{bug:?}` | {} |", bug.sentence());
        assert!(docs.contains(&row), "docs/SIMULATION.md lacks {row}");
    }
    let rows = docs.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, Bug::ALL.len(), "docs/SIMULATION.md names a bug that is gone");
}
