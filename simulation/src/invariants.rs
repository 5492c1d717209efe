//! What holds at rest: DESIGN.md, "Invariants". What can be seen earlier is checked by `audit` and `heads` after each
//! write, by `runner` and `follower` with each answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aho_corasick::AhoCorasick;
use domain::{
    event::{Body, RawEvent, RunOutcome},
    id::TaskId,
    reason::Reason,
    task::State,
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Head, RunRecord};
use tokio::time::sleep;

use crate::{audit::Promise, follower::Orders, services::TABLE, table, world::World};

/// A follower that is asked to look has everything within this.
const CATCH_UP: Duration = Duration::from_secs(180);

/// Checks all of them.
pub(crate) async fn hold(world: &World, followers: &[Orders]) -> anyhow::Result<()> {
    let promises = world.audit.borrow().promises.clone();
    let mut logs = BTreeMap::new();
    let ids: Vec<_> = promises.keys().copied().collect();
    let heads: BTreeMap<_, _> =
        world.store.heads(&ids).await?.into_iter().map(|head| (head.id, head)).collect();
    for (id, promise) in &promises {
        let Some(head) = heads.get(id) else {
            world.check(1, promise.deleted, || format!("{id} was accepted and is gone"));
            continue;
        };
        world.check(1, !promise.deleted, || format!("{id} was deleted and is there"));
        let runs = world.store.runs(*id).await?;
        let batches = world.store.batches(*id, 0, head.seq, usize::MAX).await?;
        let log: Vec<_> = batches.into_iter().flat_map(|batch| batch.events).collect();
        ended_as_promised(world, head, promise);
        one_log_of_ordered_runs(world, head, &log);
        runs_say_what_was_heard(world, *id, &log);
        every_run_is_told(world, head, &runs, &log);
        logs.insert(*id, log);
    }
    slots_are_free(world).await?;
    Rows::read(world)?.hold(world, &promises)?;
    copies_are_the_log(world, followers, &logs).await;
    Ok(())
}

/// 1, 13, 14: it is over, with a reason if it failed, and not well if it was called off.
fn ended_as_promised(world: &World, head: &Head, promise: &Promise) {
    let task = &head.task;
    world.check(1, task.state.is_terminal(), || format!("{head:?} is not over"));
    let failed = task.state == State::Failed;
    world.check(13, task.reason.is_some() == failed, || format!("{head:?} and its reason"));
    world.check(9, head.owner == promise.owner, || format!("{head:?} has another owner"));
    if promise.canceled {
        world.check(14, task.state == State::Canceled, || format!("{head:?} was called off"));
    }
}

/// 3, 4: `seq` is 1..n; nothing of a run follows the first event of a later one, nor its own `run_ended`.
fn one_log_of_ordered_runs(world: &World, head: &Head, log: &[RawEvent]) {
    let id = head.id;
    let seqs = log.iter().map(|event| event.seq);
    world.check(3, seqs.eq(1..=head.seq), || format!("the log of {id} has a gap: {log:?}"));
    for pair in log.windows(2) {
        let [before, after] = pair else { continue };
        let new_run = after.attempt > before.attempt;
        let in_order = after.attempt >= before.attempt && new_run == (before.kind() == "run_ended");
        world.check(4, in_order, || format!("{id}: {after:?} follows {before:?}"));
    }
    let last = log.last().map(|event| (event.attempt, event.kind()));
    let ended = last.is_none_or(|last| last == (head.task.attempt.0, "run_ended"));
    world.check(3, ended, || format!("the log of {id} ends with {last:?}"));
    let said: BTreeSet<_> = log.iter().map(|event| event.attempt).collect();
    let all = said.iter().copied().eq(1..=head.task.attempt.0);
    world.check(3, all, || format!("{id} had {} runs, {said:?} said something", head.task.attempt));
}

/// 3, 4: of each run one process speaks, its words are in order, and all that was acknowledged is there.
fn runs_say_what_was_heard(world: &World, id: TaskId, log: &[RawEvent]) {
    let mut said: BTreeMap<u32, Vec<(String, u64)>> = BTreeMap::new();
    for event in log {
        let text = match event.typed().body {
            Body::Log { message, .. } => message,
            Body::RunEnded { message, .. } => message.unwrap_or_default(),
            _ => String::new(),
        };
        let mut words = text.split(' ');
        let name = words.next().filter(|name| name.starts_with("runner-"));
        if let Some((name, number)) = name.zip(words.next().and_then(|word| word.parse().ok())) {
            said.entry(event.attempt).or_default().push((name.to_owned(), number));
        }
    }
    let audit = world.audit.borrow();
    for ((task, attempt), processes) in &audit.processes {
        if *task != id {
            continue;
        }
        let words = said.get(attempt).map(Vec::as_slice).unwrap_or_default();
        let speaker = words.first().map(|(name, _)| name);
        let in_order = words
            .iter()
            .zip(0..)
            .all(|((name, number), place)| Some(name) == speaker && *number == place);
        world.check(3, in_order, || format!("run {attempt} of {id} says {words:?}"));
        for process in processes {
            let heard = if Some(&process.name) == speaker { words.len() as u64 } else { 0 };
            world.check(3, process.acknowledged <= heard, || {
                format!("{process:?} of run {attempt} of {id}: {heard} events are there")
            });
        }
    }
}

/// 13, 15: each run is listed, and as its last event says; what it used is in the task's sum.
fn every_run_is_told(world: &World, head: &Head, runs: &[RunRecord], log: &[RawEvent]) {
    let id = head.id;
    let listed = runs.iter().map(|run| run.attempt);
    let all = listed.eq(1..=head.task.attempt.0);
    world.check(13, all, || format!("{id} had {} runs: {runs:?}", head.task.attempt));
    for run in runs {
        let failed = run.outcome == RunOutcome::Failed;
        world.check(13, run.reason.is_some() == failed, || format!("{id}: {run:?}"));
        // Nobody is called lost where nothing went wrong.
        let lost = world.plan.calm && run.reason == Some(Reason::Lost);
        world.check(13, !lost, || format!("{id}: {run:?}"));
        let told = log.iter().find_map(|event| match event.typed().body {
            Body::RunEnded { outcome, .. } if event.attempt == run.attempt => Some(outcome),
            _ => None,
        });
        // A cancel that comes between a run's last word and its record wins over it.
        let same = told == Some(run.outcome) || run.outcome == RunOutcome::Canceled;
        world.check(2, same, || format!("{id}: {run:?}, and its last event {told:?}"));
    }
    let used: u64 = runs.iter().map(|run| run.usage.cost_usd_micros).sum();
    let counted = head.usage_before.cost_usd_micros + head.usage_run.cost_usd_micros;
    world.check(15, used == counted, || format!("{id} used {used}, counted were {counted}"));
}

/// 6: at rest nobody holds a slot, and the counter knows.
async fn slots_are_free(world: &World) -> anyhow::Result<()> {
    let holders = world.store.holders().await?;
    world.check(6, holders.is_empty(), || format!("slots are held: {holders:?}"));
    let used = world.store.slots_used().await?;
    world.check(6, used.0 == 0 && used.1.is_empty(), || format!("slots are counted: {used:?}"));
    Ok(())
}

/// The whole table, as text and row by row.
#[derive(Default)]
struct Rows {
    pages: Vec<Vec<u8>>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    items: Vec<Row>,
    #[serde(default)]
    last_evaluated_key: Value,
}

/// Of a row, what is asked for here.
#[derive(Deserialize)]
struct Row {
    pk: Text,
    sk: Text,
    #[serde(default)]
    runs: Value,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

impl Rows {
    fn read(world: &World) -> anyhow::Result<Self> {
        let mut all = Self::default();
        let mut start = Value::Null;
        loop {
            let mut scan = json!({ "TableName": TABLE });
            if !start.is_null() {
                scan["ExclusiveStartKey"] = start;
            }
            let answer = table::ask(&world.engine, "Scan", scan.to_string().as_bytes());
            let page: Page = serde_json::from_slice(&answer.body)?;
            all.pages.push(answer.body);
            all.rows.extend(page.items);
            start = page.last_evaluated_key;
            if start.is_null() {
                return Ok(all);
            }
        }
    }

    fn hold(&self, world: &World, promises: &BTreeMap<TaskId, Promise>) -> anyhow::Result<()> {
        let audit = world.audit.borrow();
        // Each ends like no other one.
        let ends = audit.secrets.iter().map(|secret| &secret[secret.len().saturating_sub(20)..]);
        let secrets = AhoCorasick::new(ends)?;
        let leaked = self.pages.iter().any(|page| secrets.is_match(page));
        world.check(10, !leaked, || "the table holds a token".to_owned());
        for (name, object) in world.models.borrow().objects() {
            world.check(10, !secrets.is_match(object), || format!("{name} holds a token"));
        }
        let deleted = promises.iter().filter(|(_, promise)| promise.deleted);
        for (id, _) in deleted.clone() {
            let task = format!("TASK#{id}");
            let left = self.rows.iter().find(|row| row.pk.text == task);
            world.check(1, left.is_none(), || {
                format!("{:?} outlived {id}", left.map(|row| &row.sk.text))
            });
        }
        let tasks = self.rows.iter().filter(|row| row.sk.text == "HEAD");
        let strange = tasks.filter(|row| {
            let id = row.pk.text.trim_start_matches("TASK#").parse::<TaskId>();
            id.is_ok_and(|id| !promises.contains_key(&id))
        });
        let (strange, unknown) = (strange.count(), audit.unknown);
        world.check(8, strange <= unknown, || {
            format!("{strange} tasks were promised to nobody, {unknown} requests had no answer")
        });
        if deleted.count() == 0 {
            let runs = self.rows.iter().filter(|row| row.sk.text.starts_with("RUN#"));
            let days = self.rows.iter().filter(|row| row.pk.text.starts_with("USAGE#"));
            let counted: u64 = days.map(|row| number(&row.runs)).sum();
            let runs = runs.count() as u64;
            world.check(15, runs == counted, || format!("{runs} runs, {counted} were counted"));
        }
        Ok(())
    }
}

fn number(value: &Value) -> u64 {
    value["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// 7: whoever follows a task has the same.
async fn copies_are_the_log(
    world: &World,
    followers: &[Orders],
    logs: &BTreeMap<TaskId, Vec<RawEvent>>,
) {
    let owners = world.audit.borrow().promises.clone();
    for (number, follower) in followers.iter().enumerate() {
        let of = |id: &TaskId| {
            owners
                .get(id)
                .is_some_and(|promise| promise.owner.uuid().as_u128() == 1_000 + number as u128)
        };
        let follows = follower.copies.borrow().followed.clone();
        let own: Vec<_> = logs.iter().filter(|(id, _)| of(id) && follows.contains(id)).collect();
        let until = world.elapsed() + CATCH_UP;
        let behind = || {
            let copies = follower.copies.borrow();
            own.iter().any(|(id, log)| copies.whole_to(**id) < log.len() as u64)
        };
        while behind() && world.elapsed() < until {
            follower.ping();
            sleep(Duration::from_secs(3)).await;
        }
        let copies = follower.copies.borrow();
        for (id, log) in own {
            let copy: Vec<_> = copies.logs.get(id).into_iter().flat_map(BTreeMap::values).collect();
            let same = copy.len() == log.len()
                && copy.iter().zip(log).all(|(copy, event)| {
                    // Beyond its preview an event is not pushed.
                    (copy.seq, copy.attempt, copy.kind())
                        == (event.seq, event.attempt, event.kind())
                });
            world.check(7, same, || format!("the follower's copy of {id}: {copy:?}, log: {log:?}"));
        }
    }
}
