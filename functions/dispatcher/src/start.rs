//! While a slot is free: the best ready task gets it.

use std::collections::HashSet;

use domain::task::Command;
use store::{Limits, StoreError};

use crate::Dispatcher;

/// How many ready tasks one look takes into account.
const LOOK: i32 = 50;

impl Dispatcher {
    pub(crate) async fn start_ready(&self) -> Result<(), StoreError> {
        let limits =
            Limits { all: self.settings.max_running, user: self.settings.user_max_running };
        // Tasks that were tried in vain: the index lags behind, and a user may be at their limit.
        let mut passed = HashSet::new();
        loop {
            let (mut used, mut users) = self.store.slots_used().await?;
            if used >= limits.all {
                return Ok(());
            }
            let ready = self.store.ready(LOOK).await?;
            let candidates: Vec<_> = ready.into_iter().filter(|id| !passed.contains(id)).collect();
            if candidates.is_empty() {
                return Ok(());
            }
            for head in self.store.heads(&candidates).await? {
                if used >= limits.all {
                    return Ok(());
                }
                passed.insert(head.id);
                let Ok(Some(change)) = head.task.decide(Command::Start) else { continue };
                let of_user = users.entry(head.owner).or_default();
                if *of_user >= limits.user {
                    continue;
                }
                let now = runtime::clock::now();
                let lease_until = now + self.settings.start_timeout;
                match self.store.claim(&head, change, limits, lease_until, now).await {
                    Ok(head) => {
                        used += 1;
                        *of_user += 1;
                        self.pusher.task(&head).await;
                        self.launch(&head).await;
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
