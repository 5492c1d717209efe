//! While a slot is free: the task whose turn it is gets it.

use std::collections::HashSet;

use domain::{id::TaskId, queue::Order, task::Command};
use runtime::clock;
use store::{Head, Limits, Slots, StoreError};

use crate::{Dispatcher, MAX_RACES};

/// What became of a task whose turn it was.
enum Turn {
    Started,
    /// The index said that it waits, and it does not.
    Gone,
    /// Somebody took the slot or the task, or the queue was paused.
    Lost,
}

impl Dispatcher {
    pub(crate) async fn start_ready(&self) -> Result<(), StoreError> {
        // The index lags behind: what it shows and is not there must not be looked at for ever.
        let mut gone = HashSet::new();
        let mut races = 0;
        while races < MAX_RACES {
            let slots = self.store.slots().await?;
            let limits = slots.limits.unwrap_or_else(|| self.settings.limits());
            let free = usize::try_from(i64::from(limits.running_total) - slots.used).unwrap_or(0);
            if free == 0 || slots.pause.is_some() {
                return Ok(());
            }
            let queued = self.store.queued(free + gone.len()).await?;
            if !queued.misplaced.is_empty() {
                self.rank_anew(&queued.misplaced).await?;
                races += 1;
                continue;
            }
            let waiting = queued.tasks.into_iter().filter(|one| !gone.contains(&one.task));
            let per_user = Some(limits.running_per_user);
            let order = Order::new(waiting, &slots.turns, per_user, clock::now());
            let next: Vec<_> = order.map(|one| one.task).take(free).collect();
            if next.is_empty() {
                return Ok(());
            }
            let limits = Limits { all: limits.running_total, user: limits.running_per_user };
            let found = gone.len();
            if self.start_all(&next, slots, limits, &mut gone).await? {
                races += 1;
            } else if gone.len() == found {
                // Each whose turn it was has a slot, and whoever comes later rings.
                return Ok(());
            }
        }
        // Whoever won goes on.
        Ok(())
    }

    /// Tasks that a version of before the queue was fair left in it.
    async fn rank_anew(&self, tasks: &[TaskId]) -> Result<(), StoreError> {
        for head in self.store.heads(tasks).await? {
            match self.store.rank_anew(&head).await {
                Ok(()) | Err(StoreError::Conflict) => (),
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    /// Starts them one by one. Whether somebody else was faster: then the turns may have changed.
    async fn start_all(
        &self,
        next: &[TaskId],
        mut slots: Slots,
        limits: Limits,
        gone: &mut HashSet<TaskId>,
    ) -> Result<bool, StoreError> {
        let heads = self.store.heads(next).await?;
        gone.extend(next.iter().filter(|id| heads.iter().all(|head| head.id != **id)));
        for head in heads {
            match self.start(&head, &mut slots, limits).await? {
                Turn::Started => (),
                Turn::Gone => drop(gone.insert(head.id)),
                Turn::Lost => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn start(
        &self,
        head: &Head,
        slots: &mut Slots,
        limits: Limits,
    ) -> Result<Turn, StoreError> {
        let Ok(Some(change)) = head.task.decide(Command::Start) else { return Ok(Turn::Gone) };
        let now = slots.turns.next(clock::now());
        let lease_until = now + self.settings.start_timeout;
        // Whose turn it is was decided by what ran then. Who has got a slot since is not given another one by it.
        let running = slots.turns.running.entry(head.owner).or_default();
        let one_more = u32::try_from(*running + 1).unwrap_or(1);
        let limits = Limits { user: limits.user.min(one_more), ..limits };
        match self.store.claim(head, change, limits, lease_until, now).await {
            Ok(head) => {
                *running += 1;
                slots.turns.last.insert(head.owner, now);
                tokio::join!(Box::pin(self.launch(&head)), self.pusher.task(&head));
                Ok(Turn::Started)
            }
            Err(StoreError::Conflict) => Ok(Turn::Lost),
            Err(err) => Err(err),
        }
    }
}
