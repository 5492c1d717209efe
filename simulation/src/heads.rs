//! The heads of all tasks as the table has them, change by change: what may never happen is seen when it does.

use std::{collections::BTreeMap, time::Duration};

use domain::{id::TaskId, reason::Reason, task::State};
use dynoxide::{AttributeValue, Item};

use crate::{
    call::Call,
    world::{World, now},
};

/// What waits for its time joins the queue to the second: the queue of rings knows whole ones only, and a call takes a
/// moment.
const TO_THE_SECOND: i64 = 2_000;

/// One task.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) state: State,
    pub(crate) attempt: u32,
    attempt_limit: u32,
    pub(crate) seq: u64,
    version: u64,
    cancel_requested: bool,
    pub(crate) owner: String,
    pub(crate) runner: Option<String>,
    reason: Option<Reason>,
    /// Milliseconds since 1970, by the clock of who wrote it.
    updated_at: u64,
    not_before: Option<u64>,
    /// When its state was last another one.
    changed_at: Duration,
    /// When its log last grew.
    pub(crate) grew_at: Duration,
    /// When each run was over.
    ended: BTreeMap<u32, Duration>,
}

/// A run that was given its slot.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(crate) task: TaskId,
    pub(crate) attempt: u32,
    pub(crate) owner: String,
    pub(crate) at: Duration,
}

/// How much may run at once. Between the asking and the answer the larger one holds.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    total: u32,
    user: u32,
}

impl Limits {
    pub(crate) fn may_become(&mut self, total: u32, user: u32) {
        self.are(self.total.max(total), self.user.max(user));
    }

    pub(crate) fn are(&mut self, total: u32, user: u32) {
        (self.total, self.user) = (total, user);
    }
}

/// All tasks.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    /// By their partition.
    tasks: BTreeMap<String, Head>,
    pub(crate) limits: Limits,
    /// It was confirmed that the queue stands still, and nobody asked it to go on.
    pub(crate) paused: bool,
    /// Which run of whom was begun when, in order.
    pub(crate) begun: Vec<Begun>,
}

impl Heads {
    pub(crate) fn of(&self, id: TaskId) -> Option<&Head> {
        self.tasks.get(&format!("TASK#{id}"))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Head> {
        self.tasks.values()
    }

    pub(crate) fn changed_at(&self, key: &str) -> Option<Duration> {
        self.tasks.get(key).map(|head| head.changed_at)
    }

    /// When a run was over, if it is.
    pub(crate) fn ended_at(&self, id: TaskId, attempt: u32) -> Option<Duration> {
        self.of(id)?.ended.get(&attempt).copied()
    }

    pub(crate) fn removed(&mut self, key: &str) {
        self.tasks.remove(key);
    }

    /// A head was written.
    pub(crate) fn written(&mut self, world: &World, key: &str, item: &Item) {
        let Some(mut next) = Head::read(item, world.elapsed()) else {
            world.violated(0, format!("a head that cannot be read: {item:?}"));
            return;
        };
        if let Some(before) = self.tasks.get(key) {
            for (invariant, what) in broken(before, &next) {
                world.violated(invariant, format!("{key} {what}: {before:?} → {next:?}"));
            }
            if (before.state, next.state) == (State::Scheduled, State::Queued) {
                next.check_time(world, key);
            }
            next.follow(before);
        }
        let began = next.state.is_live()
            && self.tasks.get(key).is_none_or(|before| !before.state.is_live());
        if began {
            let (attempt, owner, at) = (next.attempt, next.owner.clone(), next.changed_at);
            let id = key.trim_start_matches("TASK#").parse();
            self.begun.extend(id.map(|task| Begun { task, attempt, owner, at }));
        }
        self.tasks.insert(key.to_owned(), next);
        if began {
            self.check_limits(world, key);
        }
    }

    fn check_limits(&self, world: &World, key: &str) {
        world.check(6, !self.paused, || format!("{key} began while the queue was paused"));
        let live: Vec<_> = self.all().filter(|head| head.state.is_live()).collect();
        let owner = self.tasks.get(key).map(|head| &head.owner);
        let own = live.iter().filter(|head| Some(&head.owner) == owner).count();
        let Limits { total: all, user } = self.limits;
        let within = live.len() <= all as usize && own <= user as usize;
        world.check(6, within, || {
            format!("{} of {all} runs live, {own} of {user} of {owner:?}", live.len())
        });
    }
}

impl Head {
    fn read(item: &Item, now: Duration) -> Option<Self> {
        let text = |name: &str| match item.get(name)? {
            AttributeValue::S(text) => Some(text.as_str()),
            _ => None,
        };
        let number = |name: &str| match item.get(name)? {
            AttributeValue::N(number) => number.parse::<u64>().ok(),
            _ => None,
        };
        let flag = |name: &str| match item.get(name)? {
            AttributeValue::BOOL(flag) => Some(*flag),
            _ => None,
        };
        let small = |name: &str| u32::try_from(number(name)?).ok();
        Some(Self {
            state: text("state")?.parse().ok()?,
            attempt: small("attempt")?,
            attempt_limit: small("attempt_limit")?,
            seq: number("seq")?,
            version: number("version")?,
            cancel_requested: flag("cancel_requested")?,
            owner: text("owner")?.to_owned(),
            runner: text("runner").map(str::to_owned),
            reason: text("reason").and_then(|reason| serde_json::from_value(reason.into()).ok()),
            updated_at: number("updated_at")?,
            not_before: number("not_before"),
            changed_at: now,
            grew_at: now,
            ended: BTreeMap::new(),
        })
    }

    /// It joined the queue: not before its time by the clock of who let it, and where nothing goes wrong, soon after.
    fn check_time(&self, world: &World, key: &str) {
        let now = now().as_millisecond();
        let late = self.not_before.and_then(|due| Some(now - i64::try_from(due).ok()?));
        world.check(12, late.is_some_and(|late| late >= 0), || {
            format!("{key} did not wait for its time: {late:?} ms, {self:?}")
        });
        world.check(12, !world.plan.calm || late.is_none_or(|late| late <= TO_THE_SECOND), || {
            format!("{key} joined the queue {late:?} ms late: {self:?}")
        });
    }

    /// What is repeated later waits for some part of the longest time that its reason allows, never for all of it.
    fn waits_a_share(&self) -> bool {
        let longest = self.reason.map(|reason| reason.backoff(self.attempt).as_millis());
        let waits = self.not_before.and_then(|at| at.checked_sub(self.updated_at));
        waits.zip(longest).is_some_and(|(waits, longest)| u128::from(waits) < longest)
    }

    fn follow(&mut self, before: &Self) {
        let now = self.changed_at;
        self.ended.clone_from(&before.ended);
        if before.state.is_live() && !self.state.is_live() {
            self.ended.insert(before.attempt, now);
        }
        if self.state == before.state {
            self.changed_at = before.changed_at;
        }
        if self.seq == before.seq {
            self.grew_at = before.grew_at;
        }
    }
}

/// What a change breaks.
fn broken(before: &Head, next: &Head) -> Vec<(u8, &'static str)> {
    let mut broken = Vec::new();
    let mut check = |invariant: u8, holds: bool, what: &'static str| {
        if !holds {
            broken.push((invariant, what));
        }
    };
    // Followers come and go without a new version.
    check(2, next.version >= before.version, "went back");
    check(3, next.seq >= before.seq, "has a shorter log");
    let starts = next.attempt == before.attempt + 1
        && before.state == State::Queued
        && next.state == State::Starting;
    check(4, next.attempt == before.attempt || starts, "began a run out of turn");
    let deleted = next.attempt_limit == 0;
    check(13, deleted || next.attempt <= next.attempt_limit, "has too many attempts");
    if before.state.is_terminal() {
        let by_a_person = Call::current()
            .is_some_and(|call| ["api retry", "api bulk"].contains(&call.name.as_str()));
        let reopened = next.state == State::Queued && by_a_person;
        check(2, next.state == before.state || reopened, "changed after its end");
    }
    if before.cancel_requested {
        let over = next.state == State::Canceled;
        check(14, over || next.cancel_requested, "forgot that it was called off");
    }
    if before.state == State::Canceled {
        check(14, next.state != State::Succeeded, "succeeded after it was called off");
    }
    if before.state.is_live() && next.state == State::Scheduled {
        check(13, next.waits_a_share(), "is not repeated at a time of its own");
    }
    let live_again = next.state.is_live() && !before.state.is_live() && !starts;
    check(2, !live_again, "came to life without a claim");
    broken
}
