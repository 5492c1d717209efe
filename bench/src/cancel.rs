//! A task is called off: how long until it is canceled, in every state that it can be in.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Instant};

use domain::{id::TaskId, task::State};
use jiff::SignedDuration;
use serde_json::json;
use tempfile::TempDir;

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

const SUBJECT: &str = "cancel, to the canceled task";
const GOAL_MS: f64 = 2_000.0;
/// As `make up` has it.
const MAX_RUNNING: u32 = 4;

/// A state, and how a task gets there.
#[derive(Clone, Copy)]
enum Case {
    Scheduled,
    Queued,
    /// Its runner never reports.
    Starting,
    Working,
    Waiting,
    Deaf,
    Flood,
}

const CASES: &[(Case, &str)] = &[
    (Case::Scheduled, "scheduled"),
    (Case::Queued, "queued"),
    (Case::Starting, "starting, and the runner never reports"),
    (Case::Working, "running"),
    (Case::Waiting, "waiting for a person"),
    (Case::Deaf, "running, and the child ignores signals"),
    (Case::Flood, "running, and the child floods and ignores signals"),
];
pub(crate) const STEPS: u64 = CASES.len() as u64;

pub(crate) async fn measure(
    plan: &Plan,
    steps: &mut Steps,
    report: &mut Report,
) -> anyhow::Result<()> {
    let dir = TempDir::with_prefix("errand-bench-")?;
    let (mut worst, mut longest) = (0.0_f64, 0.0_f64);
    for &(case, name) in CASES {
        steps.begin(format!("cancel: {name}"));
        let supervisor = if matches!(case, Case::Starting) {
            silent_supervisor(dir.path())?
        } else {
            programs::program("supervisor")?
        };
        let server = Server::start_with(&programs::scripted()?, MAX_RUNNING, supervisor).await?;
        if matches!(case, Case::Queued) {
            for _ in 0..MAX_RUNNING {
                server.api.create_scripted(Script::SILENT).await?;
            }
        }
        let mut durations = Durations::new()?;
        for _ in 0..plan.cancels {
            let id = reached(&server.api, case).await?;
            let asked = Instant::now();
            server.api.cancel(id).await?;
            let task = server.api.ended(id).await?;
            durations.record(asked.elapsed());
            anyhow::ensure!(task.state == State::Canceled, "{id} is {}", task.state);
        }
        server.stop().await?;
        durations.tell(report, SUBJECT, name, &[(0.5, None)]);
        worst = worst.max(durations.ms(0.5));
        longest = longest.max(durations.ms(1.0));
    }
    let goal = Goal::AtMost(GOAL_MS);
    report.check(SUBJECT, "the worst of them, median", (worst, "ms"), goal);
    report.check(SUBJECT, "the worst of them, max", (longest, "ms"), goal);
    Ok(())
}

/// A task in this state.
async fn reached(api: &Api, case: Case) -> anyhow::Result<TaskId> {
    let (script, state) = match case {
        Case::Scheduled => {
            let tomorrow = runtime::clock::now() + SignedDuration::from_hours(24);
            let body = json!({ "prompt": Script::SILENT.prompt(), "not_before": tomorrow });
            return Ok(api.create_as(&body).await?.id);
        }
        Case::Queued => (Script::SILENT, State::Queued),
        Case::Starting => (Script::SILENT, State::Starting),
        Case::Waiting => (Script::ASKING, State::Waiting),
        Case::Working => (Script::endless(20), State::Running),
        Case::Deaf => (Script::DEAF, State::Running),
        Case::Flood => (Script::FLOOD, State::Running),
    };
    let id = api.create_scripted(script).await?;
    api.until(id, "get there", |task| task.state == state).await?;
    if state == State::Running {
        // It works from its child's first word on.
        follow(api, &mut api.connect().await?, id, 1).await?;
    }
    Ok(id)
}

/// As a container that never comes up.
fn silent_supervisor(dir: &Path) -> anyhow::Result<std::path::PathBuf> {
    let path = dir.join("supervisor");
    fs::write(&path, "#!/bin/sh\nexec sleep 600\n")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}
