//! `errand open` and `health`.

use serde_json::json;

use super::Context;
use crate::{
    args::values::TaskRef,
    error::{Error, Result},
    output::line::{GREEN, Line, YELLOW},
};

pub(crate) async fn open(context: &Context, task: Option<&TaskRef>) -> Result<()> {
    let path = match task {
        Some(task) => format!("/tasks/{}", context.resolve(task).await?),
        None => "/".to_owned(),
    };
    let url = context.client.page(&path)?;
    context.output.answer(&json!({ "url": url.as_str() }), || vec![Line::plain(url.as_str())])?;
    open::that_detached(url.as_str()).map_err(|error| Error::Failed {
        message: format!("no browser could be opened: {error}"),
        next: Some("Open the address above yourself.".to_owned()),
    })
}

pub(crate) async fn health(context: &Context) -> Result<()> {
    let health = context.client.health().await?;
    Ok(context.output.answer(&health, || {
        let style = if health.model == "live" { GREEN } else { YELLOW };
        vec![
            Line::styled(GREEN, &health.status)
                .and(&format!(" · version {} · model: ", health.version))
                .with(style, &health.model),
        ]
    })?)
}
