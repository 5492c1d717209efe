//! The executor: the long pieces of work of a run, one after the other. They own what they work on and only report.

use std::{path::Path, sync::Arc, time::Duration};

use domain::{
    event::Tokens,
    id::TaskId,
    limits::RepositoryPolicy,
    run::{RunEnd, RunSpec},
};
use serde::Serialize;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    agent::{Gone, Stop},
    artifacts::{self, Kept, Out},
    client::Progress,
    patch,
    settings::Settings,
    workspace::{Layout, PrepareError},
};

/// Patch and uploads together take no longer.
const KEEP_LIMIT: Duration = Duration::from_secs(600);

/// Everything that stays the same during a run.
pub(crate) struct Context {
    pub settings: Settings,
    pub progress: Progress,
    pub spec: RunSpec,
    pub layout: Layout,
    pub out: Out,
}

/// A piece of work is done.
pub(crate) enum Done {
    /// The workspace is there, at this commit. None: it was to stop before.
    Prepared(Option<Result<Option<String>, PrepareError>>),
    AgentGone(anyhow::Result<Gone>),
    Kept(Kept),
}

/// Resolves when work of this kind is to stop.
async fn stopped(mut stop: watch::Receiver<Stop>, from: Stop) {
    // A sender that is gone will not want anything any more either.
    let _ = stop.wait_for(|stop| *stop >= from).await;
}

pub(crate) async fn prepare(context: Arc<Context>, stop: watch::Receiver<Stop>) -> Done {
    let Context { settings, spec, layout, .. } = &*context;
    let policy = RepositoryPolicy { local_files: settings.local_repositories };
    tokio::select! {
        prepared = layout.prepare(spec.repository.as_ref(), policy, &settings.path) => {
            Done::Prepared(Some(prepared))
        }
        () = stopped(stop, Stop::Gently) => Done::Prepared(None),
    }
}

/// What `result.json` says.
#[derive(Serialize)]
pub(crate) struct ResultFile {
    pub task_id: TaskId,
    pub attempt: u32,
    pub duration_ms: u64,
    pub cost_usd_micros: u64,
    pub usage: Tokens,
    pub turns: u32,
    /// Its `result_text` and `structured_output` are whole here.
    pub end: RunEnd,
}

/// Makes the patch and uploads everything; gives up when the machine goes away, and by when whoever called the run off
/// is not to wait any longer.
pub(crate) async fn keep(
    context: Arc<Context>,
    commit: Option<String>,
    result: ResultFile,
    stop: watch::Receiver<Stop>,
    until: watch::Receiver<Option<Instant>>,
) -> Done {
    let mut kept = Kept::default();
    let gave_up = tokio::select! {
        () = keep_all(&context, commit.as_deref(), &result, &mut kept) => None,
        () = stopped(stop, Stop::Soon) => Some("interrupted"),
        () = over(until) => Some("the task was called off"),
        () = sleep(KEEP_LIMIT) => Some("it took too long"),
    };
    if let Some(why) = gave_up {
        let what = if kept.stored.is_empty() { "the artifacts" } else { "the other artifacts" };
        kept.remarks.push(format!("{what} were not kept: {why}"));
    }
    for remark in &mut kept.remarks {
        *remark = without_path(remark, &context.layout.root);
    }
    Done::Kept(kept)
}

/// Resolves at a moment that may still have to be set.
async fn over(mut until: watch::Receiver<Option<Instant>>) {
    let until = until.wait_for(Option::is_some).await.ok().and_then(|until| *until);
    match until {
        Some(until) => sleep_until(until).await,
        // Who could set it is gone.
        None => std::future::pending().await,
    }
}

/// What was stored is in `kept` from then on, however far it gets.
async fn keep_all(context: &Context, commit: Option<&str>, result: &ResultFile, kept: &mut Kept) {
    let Context { settings, progress, layout, out, .. } = context;
    match patch::make(layout, commit, &settings.path).await {
        Ok(patch) => {
            kept.remarks.extend(patch.remarks);
            note(&mut kept.remarks, artifacts::PATCH, out.write(artifacts::PATCH, &patch.diff));
        }
        Err(err) => kept.remarks.push(format!("there is no patch: {err:#}")),
    }
    let json = serde_json::to_vec_pretty(result).unwrap_or_default();
    note(&mut kept.remarks, artifacts::RESULT, out.write(artifacts::RESULT, &json));
    artifacts::keep(progress, out, kept).await;
}

fn note(remarks: &mut Vec<String>, name: &str, written: std::io::Result<()>) {
    if let Err(err) = written {
        remarks.push(format!("{name} could not be written: {err}"));
    }
}

/// Where this machine keeps its runs is nobody's business.
fn without_path(text: &str, root: &Path) -> String {
    text.replace(&*root.to_string_lossy(), "…")
}
