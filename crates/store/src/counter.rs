//! The one item that every claim and every end of a run moves: how many slots are taken, in all and by user, and beside it
//! what a claim hangs on and what is counted of each hour.
//!
//! All of it is flat, since an update cannot make a map and an entry in it at once; names are short, since each claim
//! pays for every kilobyte. What is no longer needed is taken out by the tick.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::{
    id::UserId,
    queue::{Counts, Hour, Hours, LimitsView, Turns},
    task::State,
};
use jiff::Timestamp;
use planted::planted;
use uuid::Uuid;

use crate::{
    Store, StoreError,
    expression::Update,
    keys::{self, Item},
    slots::{Holder, Limits},
};

/// What the counter says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// Slots that are taken. A counter that drifted may be below zero.
    pub used: i64,
    /// How often one was taken or freed.
    pub moves: i64,
    /// The same by user, and when they got their last one.
    pub turns: Turns,
    /// If somebody set them.
    pub limits: Option<LimitsView>,
    pub pause: Option<Pause>,
    /// This hour, and those before it that the tick has not put away yet.
    pub hours: Hours,
    /// Users who hold no slot, but of whom something is noted.
    pub idle: Vec<UserId>,
}

/// That nothing new starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    pub at: Timestamp,
    pub by: UserId,
    pub note: Option<String>,
}

const USED: &str = "used";
const MOVES: &str = "moves";
const PAUSED_AT: &str = "paused_at";
const PAUSED_BY: &str = "paused_by";
const PAUSED_NOTE: &str = "paused_note";
const LIMITS: [&str; 3] = ["max_running", "max_user_running", "max_user_queued"];
/// What is counted of an hour: `b526388` are the runs that began in hour 526388.
const BEGUN: char = 'b';
const ENDED: char = 'e';
const HELD: char = 'h';
const SUCCEEDED: char = 's';
const FAILED: char = 'f';
const CANCELED: char = 'c';
const COUNTED: [char; 6] = [BEGUN, ENDED, HELD, SUCCEEDED, FAILED, CANCELED];
/// A day of them is shown.
const HOURS_KEPT_S: i64 = 3 * 86_400;
/// Of so many users at most what is noted is taken out at once.
const FORGOTTEN: usize = 50;

impl Store {
    /// What the counter says.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn slots(&self) -> Result<Slots, StoreError> {
        match self.get(&keys::slots()).await {
            Ok(item) => Ok(read(&item)),
            Err(StoreError::NotFound) => Ok(Slots::default()),
            Err(err) => Err(err),
        }
    }

    /// How many slots are taken by the counter, in all and by user.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn slots_used(&self) -> Result<(i64, BTreeMap<UserId, i64>), StoreError> {
        let slots = self.slots().await?;
        Ok((slots.used, slots.turns.running))
    }

    /// Makes the counter say what the leases say, on the condition that nothing moved it since `seen`; that it says the
    /// same would not be enough, since one run may have ended and another one begun.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a run started or ended meanwhile: look again.
    pub async fn repair_slots(&self, holders: &[Holder], seen: &Slots) -> Result<(), StoreError> {
        let mut users: BTreeMap<UserId, u64> = BTreeMap::new();
        for holder in holders {
            *users.entry(holder.owner).or_default() += 1;
        }
        let mut update = Update::default()
            .set(USED, u64::try_from(holders.len()).unwrap_or(u64::MAX))
            .add(MOVES, 1)
            .when_absent_or(USED, "=", seen.used)
            .unless(planted!(RepairByValue), |update| {
                update.when_absent_or(MOVES, "=", seen.moves)
            });
        for (user, used) in &users {
            update = update.set(&user.to_string(), *used);
        }
        for user in seen.turns.running.keys().filter(|user| !users.contains_key(user)) {
            update = update.remove(&user.to_string());
        }
        self.update_slots(update).await
    }

    /// Takes out what is noted of users who hold no slot.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if one of them got one meanwhile.
    pub async fn forget_turns(&self, users: &[UserId]) -> Result<(), StoreError> {
        let mut update = Update::default();
        for user in users.iter().take(FORGOTTEN) {
            let name = user.to_string();
            update =
                update.remove(&turn_of(*user)).remove(&name).when_absent_or(&name, "<=", 0_u64);
        }
        self.update_slots(update).await
    }

    /// Lets nothing new start: no claim that begins after this succeeds.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is paused already.
    pub async fn pause(&self, pause: &Pause) -> Result<(), StoreError> {
        let update = Update::default()
            .set(PAUSED_AT, pause.at)
            .set(PAUSED_BY, pause.by.to_string())
            .set_or_remove(PAUSED_NOTE, pause.note.as_deref())
            .when_absent(PAUSED_AT);
        self.update_slots(update).await
    }

    /// Lets tasks start again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not paused.
    pub async fn resume(&self) -> Result<(), StoreError> {
        let update = Update::default()
            .remove(PAUSED_AT)
            .remove(PAUSED_BY)
            .remove(PAUSED_NOTE)
            .when(PAUSED_AT, ">=", 0_u64);
        self.update_slots(update).await
    }

    /// Sets how much may run and wait at once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_limits(&self, limits: LimitsView) -> Result<(), StoreError> {
        let numbers = [limits.running_total, limits.running_per_user, limits.queued_per_user];
        let update = LIMITS.iter().zip(numbers);
        let update =
            update.fold(Update::default(), |update, (name, limit)| update.set(name, limit));
        self.update_slots(update).await
    }

    /// Puts an hour that is over away, as `seen`: what the counter says of it moves to an item of its own.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something more was counted meanwhile.
    pub async fn put_hour_away(&self, hour: Hour, seen: Counts) -> Result<(), StoreError> {
        let numbers = COUNTED.map(|what| (what, number_of(&seen, what)));
        let (mut counter, mut away) = (Update::default(), Update::default());
        // What was counted as nothing goes, too: an hour of which something stays would be put away for ever.
        for (what, number) in numbers {
            let name = name_of(what, hour);
            counter = counter.remove(&name);
            if number > 0 {
                counter = counter.when(&name, "=", number);
                away = away.add(&what.to_string(), i64::try_from(number).unwrap_or(i64::MAX));
            } else {
                counter = counter.when_absent_or(&name, "=", 0_u64);
            }
        }
        let forget = hour.start().as_second() + HOURS_KEPT_S;
        away = away.set("expires_at", forget);
        let items = vec![
            counter.in_transaction(&self.table, &keys::slots())?,
            away.in_transaction(&self.table, &keys::hour(hour))?,
        ];
        self.transact(items).await
    }

    /// What happened in the hours that were put away, from this one on.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn hours(&self, from: Hour) -> Result<Hours, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(keys::slots().pk))
            .expression_attribute_values(":from", AttributeValue::S(keys::hour_sk(from)))
            .expression_attribute_values(":to", AttributeValue::S(keys::hour_sk(Hour(i64::MAX))))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        let mut hours = Hours::new();
        for item in answer.items.unwrap_or_default() {
            let sk = item.get("sk").and_then(|sk| sk.as_s().ok());
            let hour = sk.and_then(|sk| sk.strip_prefix(keys::HOUR_PREFIX)?.parse().ok());
            let Some(hour) = hour.map(Hour) else { continue };
            let counts = hours.entry(hour).or_default();
            for what in COUNTED {
                note(counts, what, item.get(&what.to_string()).map_or(0, number));
            }
        }
        Ok(hours)
    }

    async fn update_slots(&self, update: Update) -> Result<(), StoreError> {
        update.request(&self.client, &self.table, &keys::slots()).send().await?;
        Ok(())
    }
}

/// The counter's part of a claim.
pub(crate) fn slot_taken(owner: UserId, limits: Limits, now: Timestamp) -> Update {
    let name = owner.to_string();
    let [total_limit, user_limit, _] = LIMITS;
    Update::default()
        .add(USED, 1)
        .add(MOVES, 1)
        .add(&name, 1)
        .add(&name_of(BEGUN, Hour::of(now)), 1)
        .set(&turn_of(owner), now)
        .when_absent(PAUSED_AT)
        .unless(planted!(LimitOnlyRead), |update| {
            update
                .when_absent_or(USED, "<", limits.all)
                .when_absent_or(&name, "<", limits.user)
                // They were read a moment ago, and may have been lowered since.
                .when_absent_or(total_limit, ">=", limits.all)
                .when_absent_or(user_limit, ">=", limits.user)
        })
}

/// The counter's part of the end of a run that left its task in `state` and had its slot for so long.
pub(crate) fn slot_freed(owner: UserId, state: State, held_s: i64, now: Timestamp) -> Update {
    let hour = Hour::of(now);
    let freed = if planted!(SlotReleasedTwice) { -2 } else { -1 };
    let update = Update::default()
        .add(USED, freed)
        .add(MOVES, 1)
        .add(&owner.to_string(), freed)
        .add(&name_of(ENDED, hour), 1)
        .add(&name_of(HELD, hour), held_s.max(0));
    match state {
        State::Succeeded => update.add(&name_of(SUCCEEDED, hour), 1),
        State::Failed => update.add(&name_of(FAILED, hour), 1),
        State::Canceled => update.add(&name_of(CANCELED, hour), 1),
        State::Scheduled | State::Queued | State::Starting | State::Running | State::Waiting => {
            update
        }
    }
}

fn name_of(what: char, hour: Hour) -> String {
    format!("{what}{}", hour.0)
}

/// Shorter than the user's id, and not to be mistaken for it.
fn turn_of(user: UserId) -> String {
    format!("t{}", user.uuid().simple())
}

fn read(item: &Item) -> Slots {
    let mut slots = Slots {
        used: item.get(USED).map_or(0, number),
        moves: item.get(MOVES).map_or(0, number),
        limits: limits(item),
        pause: pause(item),
        ..Slots::default()
    };
    for (name, value) in item {
        if let Ok(user) = name.parse::<UserId>() {
            match number(value) {
                0 => slots.idle.push(user),
                used => drop(slots.turns.running.insert(user, used)),
            }
        } else if let Some(user) = name.strip_prefix('t').and_then(|id| Uuid::try_parse(id).ok()) {
            let at = Timestamp::from_millisecond(number(value)).unwrap_or(Timestamp::MIN);
            slots.turns.last.insert(UserId::from_uuid(user), at);
        } else if let Some((what, hour)) = hour_of(name) {
            note(slots.hours.entry(hour).or_default(), what, number(value));
        }
    }
    let noted = slots.turns.last.keys().copied();
    slots.idle.extend(noted.filter(|user| !slots.turns.running.contains_key(user)));
    slots.idle.sort_unstable();
    slots.idle.dedup();
    slots
}

fn hour_of(name: &str) -> Option<(char, Hour)> {
    let what = name.chars().next().filter(|what| COUNTED.contains(what))?;
    Some((what, Hour(name.get(1..)?.parse().ok()?)))
}

fn number(value: &AttributeValue) -> i64 {
    value.as_n().ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn note(counts: &mut Counts, what: char, number: i64) {
    let number = u64::try_from(number).unwrap_or(0);
    match what {
        BEGUN => counts.begun = number,
        ENDED => counts.ended = number,
        HELD => counts.held_s = number,
        SUCCEEDED => counts.succeeded = number,
        FAILED => counts.failed = number,
        CANCELED => counts.canceled = number,
        _ => (),
    }
}

fn number_of(counts: &Counts, what: char) -> u64 {
    match what {
        BEGUN => counts.begun,
        ENDED => counts.ended,
        HELD => counts.held_s,
        SUCCEEDED => counts.succeeded,
        FAILED => counts.failed,
        CANCELED => counts.canceled,
        _ => 0,
    }
}

fn limits(item: &Item) -> Option<LimitsView> {
    let limit = |name| u32::try_from(number(item.get(name)?)).ok();
    let [total, user, queued] = LIMITS.map(limit);
    Some(LimitsView { running_total: total?, running_per_user: user?, queued_per_user: queued? })
}

fn pause(item: &Item) -> Option<Pause> {
    let text = |name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok());
    Some(Pause {
        at: Timestamp::from_millisecond(number(item.get(PAUSED_AT)?)).ok()?,
        by: text(PAUSED_BY)?.parse().ok()?,
        note: text(PAUSED_NOTE).cloned(),
    })
}
