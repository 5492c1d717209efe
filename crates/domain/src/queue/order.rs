//! What waits, the next one first.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
};

use jiff::{SignedDuration, Timestamp};

use super::{LIFT, Turns, Waiting};
use crate::{
    id::{TaskId, UserId},
    limits::Priority,
};

/// What waits, the next one first.
///
/// Users take turns. First comes who has the most urgent task; then whose runs are fewest; then whose turn is longest
/// ago; then whose task is oldest. The turn goes to the first of the user's own tasks, by priority and age. So whoever
/// has one task waits for about one turn of each other user, however many tasks those have.
///
/// Nobody starves: a user becomes more urgent with each [`LIFT`] without a turn, and so does a task among those of its
/// user. Among users only the time without a turn counts, not the age of the task: else a user whose five hundred tasks
/// grew old would pass for urgent until the last of them is served.
#[derive(Debug)]
pub struct Order {
    best: BinaryHeap<Reverse<Next>>,
    users: BTreeMap<UserId, Own>,
    turns: i64,
    per_user: i64,
    now: Timestamp,
}

/// The tasks of a user, the first one first.
#[derive(Debug, Default)]
struct Own {
    tasks: VecDeque<Waiting>,
    /// How many there are of each priority.
    of: [usize; Priority::ALL.len()],
}

/// A user among the others: the smallest goes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    class: usize,
    running: i64,
    last: Option<Timestamp>,
    rank_at: Timestamp,
    task: TaskId,
    owner: UserId,
}

impl Order {
    /// As if each slot that is given away was kept. A user who has `per_user` runs gets no more.
    #[must_use]
    pub fn new(
        waiting: impl IntoIterator<Item = Waiting>,
        turns: &Turns,
        per_user: Option<u32>,
        now: Timestamp,
    ) -> Self {
        let mut users: BTreeMap<UserId, Own> = BTreeMap::new();
        for one in waiting {
            let own = users.entry(one.owner).or_default();
            own.of[one.priority as usize] += 1;
            own.tasks.push_back(one);
        }
        for own in users.values_mut() {
            own.tasks.make_contiguous().sort_unstable_by_key(|one| (one.rank_at(), one.task));
        }
        let owners: Vec<_> = users.keys().copied().collect();
        let mut order = Self {
            best: BinaryHeap::with_capacity(owners.len()),
            users,
            turns: 0,
            per_user: per_user.map_or(i64::MAX, i64::from),
            now,
        };
        for owner in owners {
            order.enter(owner, turns.running_of(owner), turns.last.get(&owner).copied());
        }
        order
    }

    fn enter(&mut self, owner: UserId, running: i64, last: Option<Timestamp>) {
        let Some(own) = self.users.get(&owner) else { return };
        let (Some(one), Some(class)) = (own.tasks.front(), own.of.iter().position(|n| *n > 0))
        else {
            return;
        };
        if running < self.per_user {
            let since = last.map_or(one.queued_at, |last| last.max(one.queued_at));
            let class = class.saturating_sub(lifts(since, self.now));
            let (rank_at, task) = (one.rank_at(), one.task);
            self.best.push(Reverse(Next { class, running, last, rank_at, task, owner }));
        }
    }
}

/// By how many priorities a wait makes more urgent.
fn lifts(since: Timestamp, now: Timestamp) -> usize {
    let waited = now.duration_since(since).as_millis().max(0) / LIFT.as_millis();
    usize::try_from(waited).unwrap_or(usize::MAX)
}

impl Iterator for Order {
    type Item = Waiting;

    fn next(&mut self) -> Option<Waiting> {
        let Reverse(next) = self.best.pop()?;
        let own = self.users.get_mut(&next.owner)?;
        let one = own.tasks.pop_front()?;
        own.of[one.priority as usize] -= 1;
        // Turns of one look follow each other.
        self.turns += 1;
        let turn = self.now.checked_add(SignedDuration::from_millis(self.turns));
        let turn = turn.unwrap_or(self.now);
        self.enter(next.owner, next.running.saturating_add(1), Some(turn));
        Some(one)
    }
}
