//! What a task costs on AWS: every call of every function passes one wire, where it is counted. `docs/LEDGER.md` is what
//! was counted; `UPDATE_CONTRACTS=1` writes it anew.

use std::{fmt::Write as _, path::Path};

use domain::{id::TaskId, socket::Topic};
use runtime::{clock, ledger::Account};
use serde_json::{Value, json};
use store::Connection;
use testkit::user;

use crate::errand::{Errand, Runner};

const EVENTS: u64 = 200;
const POSTS: u64 = 20;
/// What it may cost at most.
const CALLS: u64 = 70;
const WRITE_UNITS: f64 = 100.0;

/// What the steps of a task cost, in order.
#[derive(Debug, Default, PartialEq)]
struct Ledger(Vec<(&'static str, Account)>);

impl Ledger {
    fn enter(&mut self, errand: &Errand, step: &'static str) {
        let account = errand.world.ledger.take();
        match self.0.last_mut() {
            Some((before, sum)) if *before == step => add(sum, &account),
            Some(_) | None => self.0.push((step, account)),
        }
    }

    fn sum(&self) -> Account {
        let mut sum = Account::default();
        self.0.iter().for_each(|(_, account)| add(&mut sum, account));
        sum
    }

    fn table(&self) -> String {
        let mut text = String::new();
        writeln!(text, "| step | calls | write units | read units | which |").unwrap();
        writeln!(text, "|---|---:|---:|---:|---|").unwrap();
        for (step, account) in &self.0 {
            let which = account.calls.iter().map(|(name, count)| format!("{name} {count}"));
            let which = which.collect::<Vec<_>>().join(", ");
            row(&mut text, step, account, &which);
        }
        row(&mut text, "**all**", &self.sum(), "");
        text
    }
}

fn row(text: &mut String, step: &str, account: &Account, which: &str) {
    let [writes, reads] = units(account);
    writeln!(text, "| {step} | {} | {writes} | {reads} | {which} |", account.total_calls())
        .unwrap();
}

fn add(sum: &mut Account, more: &Account) {
    for (operation, calls) in &more.calls {
        *sum.calls.entry(operation.clone()).or_default() += calls;
    }
    for (operation, units) in &more.units {
        *sum.units.entry(operation.clone()).or_default() += units;
    }
}

/// Write and read units.
fn units(account: &Account) -> [f64; 2] {
    let reads = ["dynamodb.GetItem", "dynamodb.BatchGetItem", "dynamodb.Query"];
    let of = |read| {
        let units = account.units.iter();
        let units = units.filter(|(operation, _)| reads.contains(&operation.as_str()) == read);
        units.fold(0.0, |sum, (_, units)| sum + units)
    };
    [of(false), of(true)]
}

/// Such as agents say.
fn event(number: u64) -> Value {
    let text = format!(
        "Step {number}: I read `crates/store/src/part_{}.rs`, and what it does with {} rows is not what the issue says; \
         the test at line {} shows it. Next I change that and run the tests again.",
        number % 7,
        number * 37 % 1009,
        number * 113 % 397,
    );
    json!({ "at": "2026-01-02T03:04:05Z", "type": "text", "text": text })
}

fn ten(post: u64) -> Value {
    (post * EVENTS / POSTS..(post + 1) * EVENTS / POSTS).map(event).collect()
}

/// A socket of the owner follows a task.
async fn follows(errand: &Errand, task: TaskId) {
    let socket = Connection { id: "s".to_owned(), user: user(1), role: "member".to_owned() };
    errand.world.store.connect(&socket, clock::now()).await.unwrap();
    errand.world.store.follow(&socket, Topic::Task(task), clock::now()).await.unwrap();
}

/// 200 events in 20 posts, and somebody who watches.
async fn standard_task(errand: &Errand) -> Ledger {
    let mut ledger = Ledger::default();
    let _ = errand.world.ledger.take();
    let id = errand.task("The standard task").await;
    ledger.enter(errand, "handed in");
    follows(errand, id).await;
    let _ = errand.world.ledger.take();
    errand.ring().await;
    ledger.enter(errand, "its ring: a slot, a container");
    let mut runner = errand.runner(&format!("{id}/1"));
    runner.learns().await;
    ledger.enter(errand, "the runner learns what to do");
    runner.says_all(ten(0)).await;
    ledger.enter(errand, "the first post");
    for post in 1..POSTS - 1 {
        runner.says_all(ten(post)).await;
        ledger.enter(errand, "18 more posts");
    }
    let mut last = ten(POSTS - 1);
    last[9] = json!({ "at": "2026-01-02T03:04:05Z", "type": "run_ended" });
    runner.ends_with(last).await;
    ledger.enter(errand, "the last post: the end");
    errand.ring().await;
    ledger.enter(errand, "its ring: whose turn is it?");
    errand.stopped(id, 1, "").await;
    ledger.enter(errand, "its container stopped");
    ledger
}

#[tokio::test]
async fn a_standard_task_costs_what_the_ledger_says_and_no_more_than_it_may() {
    let ledger = standard_task(&Errand::new().await).await;
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/LEDGER.md");
    let text = format!("{INTRODUCTION}{}", ledger.table());
    if std::env::var_os("UPDATE_CONTRACTS").is_some() {
        std::fs::write(&docs, &text).unwrap();
    }
    let written = std::fs::read_to_string(&docs).unwrap();
    assert_eq!(
        written, text,
        "docs/LEDGER.md is out of date: run this test with UPDATE_CONTRACTS=1"
    );
    let sum = ledger.sum();
    assert!(sum.total_calls() <= CALLS && units(&sum)[0] <= WRITE_UNITS, "{sum:?}");
}

const INTRODUCTION: &str = "# Ledger

What a task costs on AWS: 200 events in 20 posts, one run, one subscriber. Every AWS call of every function passes one HTTP client,
where a layer counts calls, and capacity units as the table's engine reports them. A test asserts each of these numbers; it writes
this page (`UPDATE_CONTRACTS=1`). It may cost 70 calls and 100 write units at most.

An event is a text of about 200 bytes. Not in it: the subscriber's own sign-in and subscription, heartbeats where a run is silent
for long (one call, one write unit each), and the files of a run, which its runner puts into the bucket by links (one `PUT` each).

";

#[tokio::test]
async fn a_task_costs_the_same_among_five_hundred_that_run_and_a_hundred_thousand_that_ran() {
    let alone = standard_task(&Errand::new().await).await;
    let errand = Errand::with(|settings| {
        settings.max_running = 1_000;
        settings.user_max_running = 1_000;
        settings.user_max_queued = 1_000;
    })
    .await;
    let ran = errand.task("One that ran").await;
    errand.ring().await;
    errand.runner(&format!("{ran}/1")).works().await;
    errand.world.copies(ran, 100_000).await;
    for number in 0..500 {
        errand.task(&format!("Number {number}")).await;
    }
    errand.ring().await;
    let mut started = errand.containers();
    started.retain(|started_by| !started_by.starts_with(&ran.to_string()));
    assert_eq!(started.len(), 500);
    let mut runners: Vec<Runner<'_>> =
        started.iter().map(|started_by| errand.runner(started_by)).collect();
    for runner in &mut runners {
        runner.learns().await;
        runner.says_all(ten(0)).await;
    }
    let _ = errand.world.ledger.take();
    for runner in &mut runners {
        runner.says_all(ten(1)).await;
    }
    let posts = errand.world.ledger.take();
    assert_eq!(posts.total_calls(), 500, "a call a post: {posts:?}");

    let among_many = standard_task(&errand).await;
    assert_eq!(among_many.table(), alone.table());
}
