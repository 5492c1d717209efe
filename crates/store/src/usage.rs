//! What the service was used for, added up as runs end. An item is what one user had done in one quarter of an hour with
//! one model in one repository, and the items of a day of UTC lie together: whoever asks for days reads those days, one
//! query each, however many tasks there were.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, ReturnConsumedCapacity, TransactWriteItem},
};
use domain::{
    id::{TaskId, UserId},
    usage::{EndedRun, Entry, Quarter, Sum, magnitude},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use uuid::Uuid;

use crate::{
    Head, RunRecord, Store, StoreError, Whose,
    expression::Update,
    head::SCHEMA,
    keys::{self, Item, Key},
};

/// The attribute that names the last task of a magnitude of costs.
const COSTLY: &str = "t";

impl Store {
    /// What was used on a day of UTC.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn usage_of_day(&self, whose: Whose, day: Date) -> Result<Vec<Entry>, StoreError> {
        let prefix = match whose {
            Whose::User(user) => format!("{user}#"),
            Whose::Everybody => String::new(),
        };
        // Of a user: all that begins with the prefix. `~` sorts behind whatever an id is followed by.
        let (from, to) = match whose {
            Whose::User(_) => (prefix.clone(), format!("{prefix}~")),
            Whose::Everybody => ("0".to_owned(), "~".to_owned()),
        };
        let rows = self.usage_between(keys::usage_day(day), from, to).await?;
        rows.iter().map(|item| entry(item, day)).collect()
    }

    /// What was used of days as they were kept before: without model, repository and time, so each as one entry at its
    /// noon. Nothing is added to them any more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn usage_before_quarters(
        &self,
        user: UserId,
        (first, last): (Date, Date),
    ) -> Result<Vec<Entry>, StoreError> {
        let (from, to) = (format!("DAY#{first}"), format!("DAY#{last}"));
        let rows = self.usage_between(keys::usage_of_old(user), from, to).await?;
        rows.iter().map(|item| entry_of_old(item, user)).collect()
    }

    async fn usage_between(
        &self,
        pk: String,
        from: String,
        to: String,
    ) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", AttributeValue::S(pk.clone()))
                .expression_attribute_values(":from", AttributeValue::S(from.clone()))
                .expression_attribute_values(":to", AttributeValue::S(to.clone()))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await?;
            found.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// The end of a run, as a part of the transaction that stores it.
    pub(crate) fn usage_of_run(
        &self,
        record: &RunRecord,
        next: &Head,
    ) -> Result<TransactWriteItem, StoreError> {
        let waited = next.waited_ms.and_then(|ms| i64::try_from(ms).ok());
        let sum = Sum::of_run(&EndedRun {
            took: record.started_at.map(|start| record.ended_at.duration_since(start)),
            waited: waited.map(SignedDuration::from_millis),
            usage: record.usage,
            state: next.task.state,
        });
        self.used(next, &sum, record.ended_at)
    }

    /// The end of a task that had no run to end, likewise.
    pub(crate) fn usage_of_task(
        &self,
        next: &Head,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        self.used(next, &Sum::of_task(next.task.state), now)
    }

    fn used(&self, head: &Head, sum: &Sum, at: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::default().set("v", AttributeValue::N(SCHEMA.to_string()));
        for (name, number) in sum.numbers() {
            update = update.add(&name, i64::try_from(number).unwrap_or(i64::MAX));
        }
        if head.task.state.is_terminal() {
            let cost = head.view().usage.cost_usd_micros;
            let id = Blob::new(head.id.uuid().into_bytes());
            update = update.set(&format!("{COSTLY}{}", magnitude(cost)), AttributeValue::B(id));
        }
        update.in_transaction(&self.table, &key(head, at))
    }
}

fn key(head: &Head, at: Timestamp) -> Key {
    let start = Quarter::of(at).start().to_zoned(TimeZone::UTC);
    let text = |name: &Option<String>| name.clone().unwrap_or_default();
    Key::new(
        keys::usage_day(start.date()),
        // No model has a `#` in its name; what comes last may have what it likes.
        format!(
            "{}#{:02}{:02}#{}#{}",
            head.owner,
            start.hour(),
            start.minute(),
            text(&head.model),
            text(&head.repository)
        ),
    )
}

fn entry(item: &Item, day: Date) -> Result<Entry, StoreError> {
    let sk = text(item, "sk")?;
    let parts: Vec<&str> = sk.splitn(4, '#').collect();
    let &[user, time, model, repository] = parts.as_slice() else {
        return Err(StoreError::corrupt(format!("no usage is called {sk}")));
    };
    let wrong = || StoreError::corrupt(format!("no usage is called {sk}"));
    let hour = time.get(..2).and_then(|hour| hour.parse().ok()).ok_or_else(wrong)?;
    let minute = time.get(2..).and_then(|minute| minute.parse().ok()).ok_or_else(wrong)?;
    let some = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    Ok(Entry {
        user: user.parse().map_err(|_| wrong())?,
        quarter: quarter(day, hour, minute)?,
        model: some(model),
        repository: some(repository),
        sum: sum(item),
        costly: costly(item),
    })
}

fn entry_of_old(item: &Item, user: UserId) -> Result<Entry, StoreError> {
    let sk = text(item, "sk")?;
    let day = sk.strip_prefix("DAY#").unwrap_or(sk);
    let day: Date = day.parse().map_err(StoreError::corrupt)?;
    Ok(Entry {
        user,
        quarter: quarter(day, 12, 0)?,
        model: None,
        repository: None,
        sum: sum(item),
        costly: BTreeMap::new(),
    })
}

fn quarter(day: Date, hour: i8, minute: i8) -> Result<Quarter, StoreError> {
    // Checked here: `at` panics on what is no time.
    let time = jiff::civil::Time::new(hour, minute, 0, 0).map_err(StoreError::corrupt)?;
    let start = day.to_datetime(time).to_zoned(TimeZone::UTC).map_err(StoreError::corrupt)?;
    Ok(Quarter::of(start.timestamp()))
}

fn sum(item: &Item) -> Sum {
    let number = |value: &AttributeValue| value.as_n().ok()?.parse().ok();
    Sum::from_numbers(item.iter().filter_map(|(name, value)| Some((name.as_str(), number(value)?))))
}

fn costly(item: &Item) -> BTreeMap<u8, TaskId> {
    let named = |(name, value): (&String, &AttributeValue)| {
        let magnitude = name.strip_prefix(COSTLY)?.parse().ok()?;
        let id = Uuid::from_slice(value.as_b().ok()?.as_ref()).ok()?;
        Some((magnitude, TaskId::from_uuid(id)))
    };
    item.iter().filter_map(named).collect()
}

fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str, StoreError> {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.map(String::as_str).ok_or_else(|| StoreError::corrupt(format!("no {name}")))
}
