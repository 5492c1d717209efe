//! `errand cancel`, `retry`, `review` and `delete`.

use std::process::ExitCode;

use domain::view::TaskView;
use serde_json::json;

use super::{Context, watch};
use crate::{
    args::values::TaskRef,
    error::Result,
    output::line::{BOLD, Line},
};

pub(crate) async fn cancel(context: &Context, task: &TaskRef) -> Result<()> {
    let id = context.resolve(task).await?;
    let task = context.client.cancel(id).await?;
    Ok(context.output.answer(&task, || vec![standing(&task)])?)
}

pub(crate) async fn retry(context: &Context, task: &TaskRef, follow: bool) -> Result<ExitCode> {
    let id = context.resolve(task).await?;
    if follow {
        // The old log is known; where it ends must be asked before the new run adds to it.
        let known = context.client.task(id).await?.head;
        let task = context.client.retry(id).await?;
        return watch::follow(context, &task, known).await;
    }
    let task = context.client.retry(id).await?;
    context.output.answer(&task, || vec![standing(&task)])?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn review(context: &Context, task: &TaskRef) -> Result<()> {
    let id = context.resolve(task).await?;
    let task = context.client.review(id).await?;
    Ok(context
        .output
        .answer(&task, || vec![Line::styled(BOLD, &task.id.to_string()).and(" is reviewed")])?)
}

pub(crate) async fn delete(context: &Context, task: &TaskRef) -> Result<()> {
    let id = context.resolve(task).await?;
    context.client.delete(id).await?;
    Ok(context.output.answer(&json!({ "deleted": id }), || {
        vec![Line::styled(BOLD, &id.to_string()).and(" is deleted")]
    })?)
}

fn standing(task: &TaskView) -> Line {
    let line = Line::styled(BOLD, &task.id.to_string()).and(" ").and(&task.state.to_string());
    if task.cancel_requested { line.and(", being canceled") } else { line }
}
