//! The most memory (`VmHWM`) that each process of the product takes.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::sleep;

use crate::{
    load,
    plan::Plan,
    processes::{self, Peaks, Role},
    programs,
    report::{Goal, Report},
    server::Server,
    steps::Steps,
};

const SUBJECT: &str = "peak memory";
const TASKS: u32 = 50;
/// Of the whole local server, under load.
const SERVER_MIB: f64 = 64.0;
/// Of any process.
const PROCESS_MIB: f64 = 512.0;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    steps.begin(format!("memory: {TASKS} tasks"));
    let server = Server::start(&programs::scripted()?, TASKS).await?;
    let idle = mib(processes::peak(server.pid)?);
    let load = load::run(&server, TASKS as usize, plan.window).await?;
    server.stop().await?;
    let of = |role| load.peaks.get(&role).copied().map(mib).context("nobody had this role");
    report.note(SUBJECT, "errand-local, idle after a sign-in", (idle, "MiB"));
    report.check(
        SUBJECT,
        format!("errand-local, {TASKS} tasks × {}/s", load::PER_SECOND),
        (of(Role::Server)?, "MiB"),
        Goal::AtMost(SERVER_MIB),
    );
    let supervisor = (of(Role::Supervisor)?, "MiB");
    report.check(
        SUBJECT,
        format!("supervisor, largest of {TASKS}"),
        supervisor,
        Goal::AtMost(PROCESS_MIB),
    );

    steps.begin("memory: Claude Code");
    match programs::wrapper() {
        Ok(wrapper) => {
            let peaks = claude_code(&wrapper).await?;
            let roles = [
                ("supervisor", Role::Supervisor),
                ("wrapper", Role::Wrapper),
                ("Claude Code", Role::ClaudeCode),
            ];
            for (name, role) in roles {
                let peak = peaks.get(&role).with_context(|| format!("no {name} was seen"))?;
                let what = format!("{name}, the demonstration errand");
                report.check(SUBJECT, what, (mib(*peak), "MiB"), Goal::AtMost(PROCESS_MIB));
            }
        }
        Err(why) => report.skip(SUBJECT, "wrapper, Claude Code", &why),
    }
    Ok(())
}

/// Runs the demonstration errand and looks at its processes until it is over.
async fn claude_code(wrapper: &[String]) -> anyhow::Result<Peaks> {
    let server = Server::start(wrapper, 1).await?;
    let id = server.api.create("Show what you can do.").await?.id;
    let mut peaks = Peaks::new();
    let look = async {
        loop {
            processes::add_peaks(server.pid, &mut peaks);
            sleep(LOOK_AGAIN).await;
        }
    };
    let task = tokio::select! {
        ended = server.api.ended(id) => ended?,
        never = look => never,
    };
    anyhow::ensure!(task.reason.is_none(), "the demonstration errand failed: {:?}", task.reason);
    server.stop().await?;
    Ok(peaks)
}

pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
