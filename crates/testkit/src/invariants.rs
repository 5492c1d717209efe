//! What holds after every test that runs something.

use std::collections::{BTreeMap, BTreeSet};

use domain::task::State;

use crate::World;

impl World {
    /// Checks the promises that can be seen in a table and in what the stub was asked.
    ///
    /// # Panics
    /// If one is broken.
    pub async fn check_invariants(&self) {
        let items = self.items().await;
        let mut live = BTreeSet::new();
        for key in items.keys().filter(|key| key.ends_with(" HEAD")) {
            let id = key.trim_start_matches("TASK#").trim_end_matches(" HEAD").parse().unwrap();
            let head = self.head(id).await;
            let seqs: Vec<_> = self.log(id).await.iter().map(|event| event.seq).collect();
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
        let holders = self.store.holders().await.unwrap();
        let held: BTreeSet<_> = holders.iter().map(|holder| holder.task).collect();
        assert_eq!(held, live, "who lives holds a slot, and nobody else");
        let mut by_user = BTreeMap::new();
        for holder in &holders {
            *by_user.entry(holder.owner).or_insert(0) += 1;
        }
        let used = self.store.slots_used().await.unwrap();
        assert_eq!(used, (i64::try_from(held.len()).unwrap(), by_user), "the counter agrees");

        let cloud = self.cloud();
        let mut started: Vec<_> = cloud.containers.values().map(|one| &one.started_by).collect();
        started.sort();
        let containers = started.len();
        started.dedup();
        assert_eq!(started.len(), containers, "a run has at most one container");
    }
}
