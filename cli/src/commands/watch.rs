//! `errand watch`, and the watching of `run` and `retry`.

use std::process::ExitCode;

use domain::{task::State, view::TaskView};

use super::Context;
use crate::{
    args::values::TaskRef,
    error::Result,
    output::line::{DIM, Line},
    watch::{JsonLines, Timing, View, follow as follow_live},
};

/// What a shell expects of a program that was interrupted.
const INTERRUPTED: u8 = 130;

pub(crate) async fn watch(context: &Context, task: &TaskRef, after: u64) -> Result<ExitCode> {
    let id = context.resolve(task).await?;
    let task = context.client.task(id).await?;
    follow(context, &task, after).await
}

/// Follows a task after event `after`; the exit code tells how it ended.
pub(crate) async fn follow(context: &Context, task: &TaskView, after: u64) -> Result<ExitCode> {
    tokio::select! {
        ended = show(context, task, after) => ended.map(exit_code),
        _ = tokio::signal::ctrl_c() => {
            context.output.note(&Line::styled(
                DIM,
                &format!("{0} goes on; `errand watch {0}` shows it again, `errand cancel {0}` ends it.", task.id),
            ));
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

async fn show(context: &Context, task: &TaskView, after: u64) -> Result<State> {
    let (client, timing) = (&context.client, Timing::default());
    if context.output.json {
        return Ok(follow_live(client, task.id, after, timing, &mut JsonLines).await?.state);
    }
    let mut view = View::new(task, context.output)?;
    let ended = follow_live(client, task.id, after, timing, &mut view).await?;
    let has_artifacts = view.has_artifacts();
    view.close(&ended)?;
    if has_artifacts {
        let hint = format!("Get its files with `errand artifacts {} --all`.", ended.id);
        context.output.note(&Line::styled(DIM, &hint));
    }
    Ok(ended.state)
}

fn exit_code(state: State) -> ExitCode {
    ExitCode::from(match state {
        State::Succeeded => 0,
        State::Canceled => 3,
        // A retry by somebody else may have set it going again; what was watched did not succeed.
        State::Failed
        | State::Scheduled
        | State::Queued
        | State::Starting
        | State::Running
        | State::Waiting => 1,
    })
}
