//! The sweep behind every event path: what is due joins the queue, what is gone is ended, what was never started is
//! started, counters say what the leases say.

use std::{collections::HashMap, time::Duration};

use domain::{
    queue::Hour,
    reason::Reason,
    task::{Command, State},
};
use jiff::{SignedDuration, Timestamp};
use planted::planted;
use store::{Doubt, Head, Holder, Slots, StoreError};

use crate::{
    Dispatcher,
    containers::{Container, Living},
    event::INTERRUPTED,
};

/// A claim without a container is tried again after this; before, its dispatcher may still be at it.
const LAUNCH_AGAIN: SignedDuration = SignedDuration::from_secs(3);
/// The runner itself ends a run at its deadline; this much later it is done for it.
const DEADLINE_GRACE: SignedDuration = SignedDuration::from_secs(60);

impl Dispatcher {
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        let now = runtime::clock::now();
        // Each by itself: a row that cannot be read must not stop the others.
        let queued = self.queue_due(now).await;
        let rung = self.ring_beforehand(now).await;
        let checked = self.check_runs(now).await;
        let counted = self.check_slots(now).await;
        queued.and(rung).and(checked).and(counted)
    }

    async fn check_runs(&self, now: Timestamp) -> Result<(), StoreError> {
        // Before the leases are read: a container that is started now has its lease by then.
        let living = self.living().await;
        let holders = self.store.holders().await?;
        if let Some(living) = &living {
            self.stop_strays(living, &holders, now).await?;
        }
        if holders.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = holders.iter().map(|holder| holder.task).collect();
        let heads: HashMap<_, _> =
            self.store.heads(&ids).await?.into_iter().map(|head| (head.id, head)).collect();
        for holder in &holders {
            let head = heads.get(&holder.task).filter(|head| is_its(head, holder));
            let Some(head) = head else {
                // Ended in the meantime, or a lease that its run left behind.
                match self.store.head(holder.task).await {
                    Ok(head) if is_its(&head, holder) => continue,
                    Ok(_) | Err(StoreError::NotFound) => {
                        drop_if_there(self.store.drop_holder(holder).await)?
                    }
                    // Nobody here can tell what it is at. It keeps its slot, and the others are looked after.
                    Err(StoreError::Newer { .. } | StoreError::Corrupt(_)) => (),
                    Err(err) => return Err(err),
                }
                continue;
            };
            let container = self.container(head, holder, living.as_ref(), now).await;
            self.check_run(head, holder, container, now).await?;
        }
        Ok(())
    }

    /// What the service says of a run's container.
    async fn container(
        &self,
        head: &Head,
        holder: &Holder,
        living: Option<&Living>,
        now: Timestamp,
    ) -> Container {
        let run = (holder.task, holder.attempt);
        let Some(living) = living else { return Container::Untold };
        match living.get(&run) {
            Some(arn) => Container::Alive(arn.clone()),
            // Who knows all containers need not be spared the question: after a restart this is the first one.
            None if !self.settings.strict_containers && is_being_launched(head, holder, now) => {
                Container::Untold
            }
            None => self.look_for(run).await,
        }
    }

    async fn check_run(
        &self,
        head: &Head,
        holder: &Holder,
        container: Container,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let silent = self.is_silent(head, holder, now).await?;
        let Some((command, why)) = self.verdict(head, &container, silent, now) else {
            if container == Container::Unknown && head.task.state == State::Starting {
                self.launch(head).await;
            }
            return Ok(());
        };
        if let Container::Alive(arn) = container {
            self.stop(&arn, why).await;
        }
        match self.finish_for(head.id, command, why).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(err) => Err(err),
        }
    }

    /// Whether the runner stopped reporting.
    ///
    /// Who renewed the lease may have another clock, and a machine that slept finds every lease over. So a lease that is
    /// over is doubted first: a runner that lives renews it before two heartbeats have gone by on one and the same clock.
    async fn is_silent(
        &self,
        head: &Head,
        holder: &Holder,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if planted!(SweepEndsLiveRun) {
            let late = now + self.settings.lease - self.settings.heartbeat / 2;
            return Ok(head.lease_until.is_some_and(|until| late > until));
        }
        let over = head.lease_until.filter(|until| now > *until);
        let Some(lease_until) = over.filter(|_| head.task.state != State::Starting) else {
            return Ok(false);
        };
        match holder.doubt.filter(|doubt| doubt.lease_until == lease_until) {
            Some(doubt) => Ok(now > doubt.since + self.settings.heartbeat * 2),
            None => {
                let doubt = Doubt { lease_until, since: now };
                drop_if_there(self.store.doubt(holder, doubt).await)?;
                Ok(false)
            }
        }
    }

    /// Why a run has to be ended from outside, if it has.
    fn verdict(
        &self,
        head: &Head,
        container: &Container,
        silent: bool,
        now: Timestamp,
    ) -> Option<(Command, &'static str)> {
        let run = head.task.attempt;
        let lost = |why| Some((Command::Lose(run, Reason::Lost), why));
        let late = |since: Option<Timestamp>, limit: Duration| {
            since.is_some_and(|since| now > since + limit)
        };
        let started = head.task.state != State::Starting;
        match container {
            Container::Stopped => return lost("the container ended before the run did"),
            Container::TakenAway => return Some((Command::Interrupt(run), INTERRUPTED)),
            // The service knows all containers of its life: this one ended with an earlier life.
            Container::Unknown if self.settings.strict_containers && started => {
                return Some((Command::Interrupt(run), "the container is gone"));
            }
            Container::Unknown | Container::Alive(_) | Container::Untold => (),
        }
        // A runner that has not reported has nothing that it could keep: it is given half of the time.
        let grace = self.settings.cancel_grace / if started { 1 } else { 2 };
        if head.task.cancel_requested && late(head.cancel_at, grace) {
            return lost("called off, and the runner did not end by itself");
        }
        if head.task.state == State::Starting && late(head.claimed_at, self.settings.start_timeout)
        {
            let never_started = Command::Lose(run, Reason::StartTimeout);
            return Some((never_started, "the container did not start in time"));
        }
        if silent {
            return lost("the runner stopped reporting");
        }
        let deadline = Duration::from_secs(head.timeout_s) + DEADLINE_GRACE.unsigned_abs();
        // A runner that only ever beat has not started anything.
        late(head.started_at.or(head.claimed_at), deadline)
            .then_some((Command::Lose(run, Reason::Timeout), "the wall-clock limit was reached"))
    }

    /// The leases are the truth, the counter only makes claims cheap: it says what they say, and nothing that nobody
    /// needs.
    async fn check_slots(&self, now: Timestamp) -> Result<(), StoreError> {
        let slots = self.store.slots().await?;
        let holders = self.store.holders().await?;
        let mut by_user = std::collections::BTreeMap::new();
        for holder in &holders {
            *by_user.entry(holder.owner).or_insert(0_i64) += 1;
        }
        if usize::try_from(slots.used) != Ok(holders.len()) || slots.turns.running != by_user {
            // Two reads are no snapshot: the write is refused if the counter moved, and the next sweep looks again.
            drop_if_there(self.store.repair_slots(&holders, &slots).await)?;
        }
        let this = Hour::of(now);
        for (hour, counts) in slots.hours.iter().filter(|(hour, _)| **hour < this) {
            drop_if_there(self.store.put_hour_away(*hour, *counts).await)?;
        }
        self.forget_turns(slots).await
    }

    /// Of who neither runs nor waits nothing needs to be known: their next turn is their first.
    async fn forget_turns(&self, slots: Slots) -> Result<(), StoreError> {
        if slots.idle.is_empty() {
            return Ok(());
        }
        let queued = self.store.queued(1).await?;
        let waits = |user| queued.more || queued.tasks.iter().any(|one| one.owner == user);
        let idle: Vec<_> = slots.idle.into_iter().filter(|user| !waits(*user)).collect();
        if idle.is_empty() {
            return Ok(());
        }
        drop_if_there(self.store.forget_turns(&idle).await)
    }
}

fn is_its(head: &Head, holder: &Holder) -> bool {
    head.task.state.is_live() && head.task.attempt.0 == holder.attempt
}

/// A claim whose dispatcher may still be about to ask for its container.
fn is_being_launched(head: &Head, holder: &Holder, now: Timestamp) -> bool {
    head.task.state == State::Starting && now.duration_since(holder.since) <= LAUNCH_AGAIN
}

fn drop_if_there(done: Result<(), StoreError>) -> Result<(), StoreError> {
    match done {
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}
