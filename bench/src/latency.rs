//! How long an event takes from its child's stdout to a client's WebSocket.

use std::time::Duration;

use crate::{
    load::{self, Load, PER_SECOND},
    plan::Plan,
    programs,
    report::{Goal, Report},
    server::Server,
    steps::Steps,
};

const SUBJECT: &str = "event latency, stdout to WebSocket";

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    for tasks in [1, 10, 50] {
        steps.begin(format!("latency: {tasks} tasks × {PER_SECOND} events/s"));
        let server = Server::start(&programs::scripted()?, tasks).await?;
        let load = load::run(&server, tasks as usize, plan.window).await?;
        server.stop().await?;
        tell(report, tasks, plan.window, &load);
    }
    Ok(())
}

fn tell(report: &mut Report, tasks: u32, window: Duration, load: &Load) {
    let what = format!("{tasks} × {PER_SECOND}/s");
    // Ours is for 50 tasks; the requirement is for any load.
    let p99 = if tasks == 50 { 10.0 } else { 100.0 };
    load.latency.tell(report, SUBJECT, &what, &[(0.5, None), (0.99, Some(p99)), (1.0, None)]);
    let per_minute = load.latency.len() as f64 / window.as_secs_f64() * 60.0;
    let value = (per_minute, "per min");
    let what_came = format!("{what}, events that came");
    if tasks == 50 {
        report.check(SUBJECT, what_came, value, Goal::AtLeast(10_000.0));
    } else {
        report.note(SUBJECT, what_came, value);
    }
    let what = format!("{what}, pushes that did not come");
    report.note(SUBJECT, what, (load.missing as f64, "events"));
}
