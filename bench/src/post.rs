//! `POST /v1/tasks`: how many a second, how long each takes, and how long until the task says something.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    client::Api,
    follow::follow,
    histogram::Durations,
    plan::Plan,
    programs,
    report::{Goal, Report},
    script::Script,
    server::Server,
    steps::Steps,
};

const SUBJECT: &str = "POST /v1/tasks";
const FIRST: &str = "POST to the first event, idle machine";
/// A user may have a thousand tasks waiting, as the server is set up.
const WAITING: usize = 900;
/// A thousand an hour.
const TASKS_PER_SECOND: f64 = 1_000.0 / 3_600.0;

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    for clients in [1, 8, 32] {
        steps.begin(format!("POST /v1/tasks: {clients} clients"));
        throughput(clients, plan.posting, report).await?;
    }
    let (scripted, real) = plan.first_events;
    steps.begin("POST to the first event: scripted child");
    first_events(
        &programs::scripted()?,
        &Script::ONE_EVENT.prompt(),
        scripted,
        "scripted child",
        report,
    )
    .await?;
    steps.begin("POST to the first event: Claude Code");
    match programs::wrapper() {
        Ok(wrapper) => first_events(&wrapper, "[[demo:text=1]]", real, "Claude Code", report).await,
        Err(why) => {
            report.skip(FIRST, "Claude Code", &why);
            Ok(())
        }
    }
}

/// Clients that post as fast as they are answered. The only slot is taken: what they hand in waits in the queue.
async fn throughput(clients: u32, duration: Duration, report: &mut Report) -> anyhow::Result<()> {
    let server = Server::start(&programs::scripted()?, 1).await?;
    let holder = server.api.create_scripted(Script::SILENT).await?;
    while server.api.events(holder).await?.head == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (began, left) = (Instant::now(), Arc::new(AtomicUsize::new(WAITING)));
    let mut posting = JoinSet::new();
    for _ in 0..clients {
        posting.spawn(post_until(server.api.another()?, began + duration, Arc::clone(&left)));
    }
    let mut durations = Durations::new()?;
    while let Some(posted) = posting.join_next().await {
        durations.add(&posted??)?;
    }
    let took = began.elapsed();
    server.stop().await?;

    let what = format!("{clients} clients");
    let throughput = (durations.len() as f64 / took.as_secs_f64(), "tasks/s");
    report.check(
        SUBJECT,
        format!("{what}, throughput"),
        throughput,
        Goal::AtLeast(TASKS_PER_SECOND),
    );
    durations.tell(report, SUBJECT, &what, &[(0.5, None), (0.95, Some(200.0)), (0.99, None)]);
    Ok(())
}

async fn post_until(api: Api, until: Instant, left: Arc<AtomicUsize>) -> anyhow::Result<Durations> {
    let mut durations = Durations::new()?;
    let script = Script::SILENT;
    let may = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
    while Instant::now() < until && may().is_ok() {
        let began = Instant::now();
        api.create_scripted(script).await?;
        durations.record(began.elapsed());
    }
    Ok(durations)
}

/// One task after the other, each on an idle machine.
async fn first_events(
    wrapper: &[String],
    prompt: &str,
    tasks: u32,
    who: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    let server = Server::start(wrapper, 4).await?;
    let (mut first, mut text) = (Durations::new()?, Durations::new()?);
    for _ in 0..tasks {
        let mut socket = server.api.connect().await?;
        let began = Instant::now();
        let id = server.api.create(prompt).await?.id;
        let seen = follow(&server.api, &mut socket, id, 1).await?;
        first.record(seen.first - began);
        text.record(seen.text - began);
        server.api.ended(id).await?;
    }
    server.stop().await?;
    let quantiles: &[_] =
        if tasks < 20 { &[(0.5, None), (1.0, None)] } else { &[(0.5, None), (0.99, None)] };
    first.tell(report, FIRST, &format!("{who}: first event"), quantiles);
    text.tell(report, FIRST, &format!("{who}: first text"), quantiles);
    Ok(())
}
