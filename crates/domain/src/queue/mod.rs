//! Who goes next: the order of what waits for a slot, and what can be said of the wait.
//!
//! The order is a pure function of what waits, of who runs and of whose turn was when. Whoever starts tasks and whoever
//! tells people of their place use the same one: what is told is what happens.

mod order;
mod pace;
mod view;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use self::{
    order::Order,
    pace::{Counts, Hour, Hours, Pace},
    view::{
        LimitsView, PauseView, PausedBy, PrioritiesView, QueueView, ThroughputView, WaitReason,
        WaitView, WaitingView,
    },
};
use crate::{
    id::{TaskId, UserId},
    limits::Priority,
    task::State,
};

/// Who waited so long is as urgent as the next priority: nobody is overtaken for ever.
pub const LIFT: SignedDuration = SignedDuration::from_hours(1);

/// A task that waits for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub task: TaskId,
    pub owner: UserId,
    pub priority: Priority,
    /// Since when it could have run.
    pub queued_at: Timestamp,
}

impl Waiting {
    /// The one that has this [`Waiting::rank_at`].
    #[must_use]
    pub fn ranked(task: TaskId, owner: UserId, priority: Priority, rank_at: Timestamp) -> Self {
        let lifts = LIFT * i32::from(priority as u8);
        let queued_at = rank_at.checked_sub(lifts).unwrap_or(Timestamp::MIN);
        Self { task, owner, priority, queued_at }
    }

    /// By which the tasks of a user go: when a task of the highest priority would have had to come to be its equal.
    #[must_use]
    pub fn rank_at(&self) -> Timestamp {
        let lifts = LIFT * i32::from(self.priority as u8);
        self.queued_at.checked_add(lifts).unwrap_or(Timestamp::MAX)
    }
}

/// Who runs how much, and whose turn was when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// Runs that live, by user.
    pub running: BTreeMap<UserId, i64>,
    /// When a user was last given a slot.
    pub last: BTreeMap<UserId, Timestamp>,
}

impl Turns {
    /// How many runs of a user live. A counter that drifted below zero says none.
    #[must_use]
    pub fn running_of(&self, user: UserId) -> i64 {
        self.running.get(&user).copied().unwrap_or(0).max(0)
    }

    /// When the next turn is: now, but after the one before it. Else two within a millisecond would be one.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let after = self
            .last
            .values()
            .max()
            .and_then(|last| last.checked_add(SignedDuration::from_millis(1)).ok());
        after.map_or(now, |after| after.max(now))
    }
}

/// The queue, as somebody looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Queue<'a> {
    pub limits: LimitsView,
    /// Runs that live.
    pub running: u64,
    pub turns: &'a Turns,
    pub paused: bool,
    pub pace: Pace,
    pub now: Timestamp,
}

/// What a wait hangs on, of a task.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    pub id: TaskId,
    pub owner: UserId,
    pub state: State,
    pub attempt: u32,
    pub not_before: Option<Timestamp>,
}

impl Queue<'_> {
    /// Why a task has not started, if it waits. Its place is told if `waiting` is what waits; with `more`, that is not
    /// all.
    #[must_use]
    pub fn wait(&self, task: Subject, waiting: Option<&[Waiting]>, more: bool) -> Option<WaitView> {
        match task.state {
            State::Scheduled => {
                let reason =
                    if task.attempt > 0 { WaitReason::Backoff } else { WaitReason::NotBefore };
                Some(WaitView { until: task.not_before, ..WaitView::new(reason) })
            }
            State::Queued => Some(self.wait_for_a_slot(task, waiting, more)),
            State::Starting
            | State::Running
            | State::Waiting
            | State::Succeeded
            | State::Failed
            | State::Canceled => None,
        }
    }

    fn wait_for_a_slot(&self, task: Subject, waiting: Option<&[Waiting]>, more: bool) -> WaitView {
        let reason = self.reason(task.owner);
        let (place, free, slots) = if reason == WaitReason::UserLimit {
            // Only the end of a run of their own lets it start.
            let own = |one: &Waiting| one.owner == task.owner;
            (self.place(task.id, waiting, own), 0, self.limits.running_per_user)
        } else {
            let total = self.limits.running_total;
            let free = u64::from(total).saturating_sub(self.running);
            (self.place(task.id, waiting, |_| true), free, total)
        };
        let estimate = match (reason, place) {
            (WaitReason::Paused, _) | (_, None) => None,
            (_, Some(place)) => self.pace.until(place.saturating_sub(free), slots),
        };
        WaitView {
            position: place,
            more: more && place.is_some(),
            estimate_s: estimate.filter(|_| !more),
            ..WaitView::new(reason)
        }
    }

    /// 1 is the next to start.
    fn place(
        &self,
        task: TaskId,
        waiting: Option<&[Waiting]>,
        counts: impl Fn(&Waiting) -> bool,
    ) -> Option<u64> {
        let those = waiting?.iter().filter(|one| counts(one)).copied();
        let mut order = Order::new(those, self.turns, None, self.now);
        let ahead = order.position(|one| one.task == task)?;
        Some(ahead as u64 + 1)
    }

    fn reason(&self, owner: UserId) -> WaitReason {
        if self.paused {
            WaitReason::Paused
        } else if self.turns.running_of(owner) >= i64::from(self.limits.running_per_user) {
            WaitReason::UserLimit
        } else {
            WaitReason::Slots
        }
    }

    /// What waits, counted by why and by priority.
    #[must_use]
    pub fn tally(&self, waiting: &[Waiting]) -> (WaitingView, PrioritiesView) {
        let (mut reasons, mut priorities) = (WaitingView::default(), PrioritiesView::default());
        for one in waiting {
            *match self.reason(one.owner) {
                WaitReason::Paused => &mut reasons.paused,
                WaitReason::UserLimit => &mut reasons.user_limit,
                WaitReason::Slots | WaitReason::NotBefore | WaitReason::Backoff => {
                    &mut reasons.slots
                }
            } += 1;
            *match one.priority {
                Priority::Urgent => &mut priorities.urgent,
                Priority::High => &mut priorities.high,
                Priority::Normal => &mut priorities.normal,
                Priority::Low => &mut priorities.low,
            } += 1;
        }
        (reasons, priorities)
    }

    /// When a task that comes now would start, behind `depth` others. Nobody can tell while the queue is paused.
    #[must_use]
    pub fn estimate(&self, depth: u64) -> Option<u64> {
        let free = u64::from(self.limits.running_total).saturating_sub(self.running);
        let places = (depth + 1).saturating_sub(free);
        if self.paused { None } else { self.pace.until(places, self.limits.running_total) }
    }
}

#[cfg(test)]
mod fairness_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod wait_tests;
