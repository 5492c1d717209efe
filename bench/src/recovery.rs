//! A supervisor is killed: how long until the next attempt says something.

use std::time::Instant;

use anyhow::Context as _;
use rustix::process::Signal;

use crate::{
    follow::follow, histogram::Durations, plan::Plan, processes, programs, report::Report,
    script::Script, server::Server, steps::Steps,
};

const SUBJECT: &str = "recovery, supervisor killed";
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
    Ok(())
}
