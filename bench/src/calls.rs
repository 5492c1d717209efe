//! What a task costs in AWS: calls and capacity units, as a ledger on the one wire of the functions counts them.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use local::{Options, Server, Settings};
use runtime::ledger::{Account, Ledger};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    client::Api,
    plan::Plan,
    programs,
    report::{Goal, Report},
    runner::{ARTIFACTS, EVENTS, POSTS},
    server::{EMAIL, PASSWORD},
    steps::Steps,
};

const SUBJECT: &str = "AWS calls of a task";
const CALLS: f64 = 70.0;
const WRITE_UNITS: f64 = 100.0;
/// Longer than between two heartbeats.
const APART: Duration = Duration::from_millis(1_100);
/// When nothing was called for so long, all that a step causes has happened.
const QUIET: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    steps.begin("AWS calls: posts in a row");
    tell(report, "posts in a row", &account(Duration::ZERO).await?);
    if plan.slow_posts {
        steps.begin("AWS calls: posts a second apart");
        tell(report, "posts a second apart", &account(APART).await?);
    }
    Ok(())
}

/// What each part of the way of a task has cost.
struct Costs {
    /// POST, and its start by the dispatcher.
    start: Account,
    /// One client that follows it: ticket, connect, subscribe.
    follow: Account,
    /// The run: spec, posts, uploads, pushes, end, and the look for the next task.
    run: Account,
}

fn tell(report: &mut Report, how: &str, costs: &Costs) {
    let mut task = sum(&costs.start, &costs.run);
    // The runner puts its files by links, past our wire; AWS bills them all the same.
    task.calls.insert("s3.PUT (by the runner)".to_owned(), ARTIFACTS.len() as u64);
    let [writes, reads] = units(&task);
    let what = format!("{EVENTS} events, {POSTS} {how}, 1 subscriber");
    report.check(
        SUBJECT,
        format!("{what}: calls"),
        (task.total_calls() as f64, ""),
        Goal::AtMost(CALLS),
    );
    report.check(SUBJECT, format!("{what}: write units"), (writes, ""), Goal::AtMost(WRITE_UNITS));
    report.note(SUBJECT, format!("{what}: read units"), (reads, ""));
    let [writes, reads] = units(&costs.follow);
    let what = format!("{how}: the subscriber itself");
    report.note(SUBJECT, format!("{what}: calls"), (costs.follow.total_calls() as f64, ""));
    report.note(SUBJECT, format!("{what}: write and read units"), (writes + reads, ""));
    let Costs { start, follow, run } = costs;
    let details = json!({ "start": start, "run": run, "subscriber": follow, "task": task });
    report.details.insert(how.replace(' ', "_"), details);
}

fn sum(one: &Account, other: &Account) -> Account {
    let mut sum = one.clone();
    add(&mut sum, other);
    sum
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
    let is_read = |operation: &str| {
        matches!(
            operation.trim_start_matches("dynamodb."),
            "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems"
        )
    };
    let of = |reads| {
        let units = account.units.iter().filter(|(operation, _)| is_read(operation) == reads);
        units.fold(0.0, |sum, (_, units)| sum + units)
    };
    [of(false), of(true)]
}

/// Runs one task whose runner pauses so long between its posts.
async fn account(pause: Duration) -> anyhow::Result<Costs> {
    let dir = TempDir::with_prefix("errand-bench-")?;
    let gate = dir.path().join("gate");
    let ledger = Ledger::default();
    let settings = settings(dir.path(), &runner(dir.path(), &gate, pause)?)?;
    let server =
        Server::start(settings, Options { ledger: Some(ledger.clone()), adopt: false }).await?;
    let api = Api::sign_in(&server.url(), EMAIL, PASSWORD).await?;
    quiet(&ledger).await?;

    let id = api.create("The runner knows what to say.").await?.id;
    let start = quiet(&ledger).await?;
    let mut socket = api.connect().await?;
    socket.subscribe(id).await?;
    let follow = quiet(&ledger).await?;
    fs::write(&gate, "")?;
    // What comes is heard by the socket: asking the API would be counted.
    let mut events = 0;
    while events < EVENTS {
        if let (_, domain::socket::ServerFrame::Events { events: heard, .. }) =
            socket.heard().await?
        {
            events += heard.len() as u64;
        }
    }
    let run = quiet(&ledger).await?;
    let task = api.task(id).await?;
    ensure!(task.head == EVENTS, "the task has {} events", task.head);
    drop(socket);
    server.stop().await;
    Ok(Costs { start, follow, run })
}

/// Everything that was counted until nothing is called any more.
async fn quiet(ledger: &Ledger) -> anyhow::Result<Account> {
    let until = Instant::now() + PATIENCE;
    let mut account = ledger.take();
    loop {
        sleep(QUIET).await;
        let more = ledger.take();
        if more == Account::default() {
            return Ok(account);
        }
        add(&mut account, &more);
        ensure!(Instant::now() < until, "the functions do not come to rest");
    }
}

/// The program that the server starts in the place of a supervisor, which takes no arguments.
fn runner(dir: &Path, gate: &Path, pause: Duration) -> anyhow::Result<PathBuf> {
    let path = dir.join("runner");
    let [bench, gate] = [&programs::this()?, gate]
        .map(|path| path.to_str().map(|path| format!("'{path}'")).unwrap_or_default());
    let text =
        format!("#!/bin/sh\nexec {bench} runner --gate {gate} --pause-ms {}\n", pause.as_millis());
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

fn settings(dir: &Path, runner: &Path) -> anyhow::Result<Settings> {
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path that is not UTF-8");
    let variables = [
        ("ERRAND_PORT", "0".to_owned()),
        ("ERRAND_DATA", text(&dir.join("data"))?),
        ("ERRAND_ADMIN_EMAIL", EMAIL.to_owned()),
        ("ERRAND_ADMIN_PASSWORD", PASSWORD.to_owned()),
        ("ERRAND_SUPERVISOR", text(runner)?),
        ("ERRAND_WRAPPER", json!(["none"]).to_string()),
        // The first tick comes at once; another would be counted for a task that did not cause it.
        ("ERRAND_TICK_MS", "3600000".to_owned()),
        ("ERRAND_LEASE_MS", "60000".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    Ok(Settings::from_parts(variables, None)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_and_what_is_written_are_counted_apart() {
        let mut account = Account::default();
        for (operation, spent) in [("PutItem", 3.0), ("Query", 1.5), ("TransactWriteItems", 16.0)] {
            account.units.insert(format!("dynamodb.{operation}"), spent);
        }
        assert_eq!(units(&sum(&account, &account)), [38.0, 3.0]);
    }
}
