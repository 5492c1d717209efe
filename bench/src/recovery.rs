//! A supervisor is killed, or the whole server: how long until the next attempt says something.

use std::time::Instant;

use anyhow::Context as _;
use domain::id::TaskId;
use jiff::Timestamp;
use rustix::process::Signal;
use serde_json::json;

use crate::{
    client::Api, follow::follow, histogram::Durations, plan::Plan, processes, programs,
    report::Report, script::Script, server::Server, steps::Steps,
};

const SUBJECT: &str = "recovery, supervisor killed";
const RESTART: &str = "recovery, server killed";
const GOAL_MS: f64 = 2_000.0;

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    steps.begin(format!("recovery: {} supervisors killed", plan.kills));
    let server = Server::start(&programs::scripted()?, 4).await?;
    let (mut first, mut text) = (Durations::new()?, Durations::new()?);
    for _ in 0..plan.kills {
        let mut socket = server.api.connect().await?;
        let id = server.api.create_scripted(Script::endless(20)).await?;
        follow(&server.api, &mut socket, id, 1).await?;
        let supervisors = processes::supervisors(server.pid);
        let supervisor = supervisors.first().context("no supervisor is there to be killed")?;
        let killed = Instant::now();
        processes::kill(*supervisor, Signal::KILL)?;
        let seen = follow(&server.api, &mut socket, id, 2).await?;
        first.record(seen.first - killed);
        text.record(seen.text - killed);
        server.api.cancel(id).await?;
        server.api.ended(id).await?;
    }
    server.stop().await?;
    let quantiles = [(0.5, Some(GOAL_MS)), (1.0, Some(GOAL_MS))];
    first.tell(report, SUBJECT, "to the next attempt's first event", &quantiles);
    text.tell(report, SUBJECT, "to the child's first text", &[(0.5, None), (1.0, None)]);
    restarts(plan, steps, report).await
}

/// One and the same task is interrupted again and again: the second time must not take longer than the first.
async fn restarts(plan: &Plan, steps: &mut Steps, report: &mut Report) -> anyhow::Result<()> {
    steps.begin(format!("recovery: a server killed {} times", plan.restarts));
    let mut server = Server::start(&programs::scripted()?, 4).await?;
    let attempts = plan.restarts + 1;
    let body = json!({ "prompt": Script::endless(20).prompt(), "max_attempts": attempts });
    let id = server.api.create_as(&body).await?.id;
    let mut first = Durations::new()?;
    said(&server.api, id, 1).await?;
    for attempt in 2..=attempts {
        let (again, began) = server.kill_and_start_again().await?;
        server = again;
        let said = said(&server.api, id, attempt).await?;
        first.record(said.duration_since(began).unsigned_abs());
    }
    server.stop().await?;
    let quantiles = [(0.5, Some(GOAL_MS)), (1.0, Some(GOAL_MS))];
    first.tell(report, RESTART, "to the next attempt's first event", &quantiles);
    Ok(())
}

/// When an attempt said its first word, once its child speaks.
async fn said(api: &Api, id: TaskId, attempt: u32) -> anyhow::Result<Timestamp> {
    let mut socket = api.connect().await?;
    follow(api, &mut socket, id, attempt).await?;
    let events = api.events(id).await?.events;
    let first = events.iter().find(|event| event.attempt == attempt);
    Ok(first.context("an attempt without an event")?.at)
}
