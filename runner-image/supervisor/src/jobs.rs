//! The executor: the long pieces of work of a run, one after the other. They own what they work on and only report.

use std::{path::Path, sync::Arc, time::Duration};

use domain::{
    event::Tokens,
    id::TaskId,
    limits::RepositoryPolicy,
    run::{RunEnd, RunSpec},
};
use serde::Serialize;
use tokio::sync::watch;

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

/// Makes the patch and uploads everything; gives up when the machine goes away.
pub(crate) async fn keep(
    context: Arc<Context>,
    commit: Option<String>,
    result: ResultFile,
    stop: watch::Receiver<Stop>,
) -> Done {
    let without = |why: &str| {
        let remarks = vec![format!("the artifacts were not kept: {why}")];
        Done::Kept(Kept { remarks, ..Kept::default() })
    };
    tokio::select! {
        kept = keep_all(&context, commit.as_deref(), &result) => Done::Kept(kept),
        () = stopped(stop, Stop::Soon) => without("interrupted"),
        () = tokio::time::sleep(KEEP_LIMIT) => without("it took too long"),
    }
}

async fn keep_all(context: &Context, commit: Option<&str>, result: &ResultFile) -> Kept {
    let Context { settings, progress, layout, out, .. } = context;
    let mut remarks = Vec::new();
    match patch::make(layout, commit, &settings.path).await {
        Ok(patch) => {
            remarks.extend(patch.remarks);
            note(&mut remarks, artifacts::PATCH, out.write(artifacts::PATCH, &patch.diff));
        }
        Err(err) => remarks.push(format!("there is no patch: {err:#}")),
    }
    let json = serde_json::to_vec_pretty(result).unwrap_or_default();
    note(&mut remarks, artifacts::RESULT, out.write(artifacts::RESULT, &json));
    let mut kept = artifacts::keep(progress, out).await;
    kept.remarks.splice(0..0, remarks);
    for remark in &mut kept.remarks {
        *remark = without_path(remark, &layout.root);
    }
    kept
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
