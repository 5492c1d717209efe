//! While a slot is free: the best ready task gets it.

use std::collections::HashSet;

use domain::task::Command;
use store::{Limits, StoreError};

use crate::Dispatcher;

/// How many more ready tasks one look takes into account than the one before.
const LOOK: usize = 50;

impl Dispatcher {
    pub(crate) async fn start_ready(&self) -> Result<(), StoreError> {
        let limits =
            Limits { all: self.settings.max_running, user: self.settings.user_max_running };
        let (all, user) = (i64::from(limits.all), i64::from(limits.user));
        // Tasks that were tried in vain: the index lags behind, and a user may be at their limit.
        let mut passed = HashSet::new();
        loop {
            let (mut used, mut users) = self.store.slots_used().await?;
            if used >= all {
                return Ok(());
            }
            // Beyond all that were passed: a user at their limit must not hide the others.
            let look = i32::try_from(LOOK + passed.len()).unwrap_or(i32::MAX);
            let ready = self.store.ready(look).await?;
            let candidates: Vec<_> = ready.into_iter().filter(|id| !passed.contains(id)).collect();
            if candidates.is_empty() {
                return Ok(());
            }
            for head in self.store.heads(&candidates).await? {
                if used >= all {
                    return Ok(());
                }
                passed.insert(head.id);
                let Ok(Some(change)) = head.task.decide(Command::Start) else { continue };
                let of_user = users.entry(head.owner).or_default();
                if *of_user >= user {
                    continue;
                }
                let now = runtime::clock::now();
                let lease_until = now + self.settings.start_timeout;
                match self.store.claim(&head, change, limits, lease_until, now).await {
                    Ok(head) => {
                        used += 1;
                        *of_user += 1;
                        tokio::join!(Box::pin(self.launch(&head)), self.pusher.task(&head));
                    }
                    // Somebody took the slot or the task: look at what is left.
                    Err(StoreError::Conflict) => break,
                    Err(err) => return Err(err),
                }
            }
            // What is gone from the table but not yet from the index must not be looked at for ever.
            passed.extend(candidates);
        }
    }
}
