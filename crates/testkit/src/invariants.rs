//! What holds after every test that runs something.

use std::collections::{BTreeMap, BTreeSet};

use domain::task::State;
use store::{Made, Store, Whose};

use crate::World;

/// More tasks than any test makes.
const ALL: usize = 10_000;

impl World {
    /// Checks the promises that can be seen in a table and in what the stub was asked.
    ///
    /// # Panics
    /// If one is broken.
    pub async fn check_invariants(&self) {
        check_table(&self.store).await;
        let cloud = self.cloud();
        let mut started: Vec<_> = cloud.containers.values().map(|one| &one.started_by).collect();
        started.sort();
        let containers = started.len();
        started.dedup();
        assert_eq!(started.len(), containers, "a run has at most one container");
    }
}

/// The part of it that can be seen in a table alone.
///
/// # Panics
/// If a promise is broken.
pub async fn check_table(store: &Store) {
    let page = store.list(Whose::Everybody, Made::default(), None, ALL).await.unwrap();
    assert_eq!(page.next, None, "not every task is looked at");
    let mut live = BTreeSet::new();
    // Of a task whose deletion broke off there is left what is left; it can be tried again.
    for head in page.heads.into_iter().filter(|head| head.task.attempt_limit.0 > 0) {
        let id = head.id;
        let batches = store.batches(id, 0, head.seq, usize::MAX).await.unwrap();
        let events = batches.iter().flat_map(|batch| &batch.events);
        let seqs: Vec<_> = events.map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=head.seq).collect::<Vec<_>>(), "the log of {id} has no gap");
        assert!(head.task.attempt <= head.task.attempt_limit, "{id} had too many attempts");
        assert_eq!(
            head.task.state == State::Failed,
            head.task.state.is_terminal() && head.task.reason.is_some(),
            "a failure has a reason, and nothing else that is over has: {head:?}"
        );
        if head.task.state.is_live() {
            live.insert(id);
        }
    }
    let holders = store.holders().await.unwrap();
    let held: BTreeSet<_> = holders.iter().map(|holder| holder.task).collect();
    assert_eq!(held, live, "who lives holds a slot, and nobody else");
    let mut by_user = BTreeMap::new();
    for holder in &holders {
        *by_user.entry(holder.owner).or_insert(0) += 1;
    }
    let used = store.slots_used().await.unwrap();
    assert_eq!(used, (i64::try_from(held.len()).unwrap(), by_user), "the counter agrees");
}
