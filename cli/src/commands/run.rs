//! `errand run`: hands in a task.

use std::{
    io::{self, Read as _},
    process::ExitCode,
};

use domain::limits::PROMPT_BYTES;
use serde::Serialize;

use super::{Context, watch};
use crate::{
    args::RunArgs,
    clock,
    error::{Error, Result},
    output::{
        line::{BOLD, DIM, Line},
        print,
    },
};

/// Body of `POST /v1/tasks`.
#[derive(Debug, Serialize)]
struct NewTask {
    prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<domain::run::Repository>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_turns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_usd_micros: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<domain::limits::Priority>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<jiff::Timestamp>,
}

pub(crate) async fn run(context: &Context, args: RunArgs) -> Result<ExitCode> {
    let (key, follow) = (args.idempotency_key.clone(), args.watch);
    let body =
        serde_json::to_value(new_task(args)?).map_err(|error| Error::failed(error.to_string()))?;
    let task = context.client.create_task(body, key).await?;
    if let Err(error) = context.storage.keep_last_task(context.client.url().as_str(), task.id) {
        // The task exists: that `@last` will not find it is no failure of the command.
        context.output.note(&Line::styled(DIM, &format!("`@last` is not kept: {error}")));
    }
    if follow {
        if context.output.json {
            context.output.note(&Line::styled(DIM, &task.id.to_string()));
        }
        return watch::follow(context, &task, 0).await;
    }
    let id = task.id.to_string();
    if context.output.json || !context.output.quiet {
        context
            .output
            .answer(&task, || vec![Line::styled(BOLD, &id).and(&format!(" {}", task.state))])?;
    } else {
        print(&[Line::plain(&id)])?;
    }
    if !context.output.json {
        context.output.note(&Line::styled(DIM, "Follow it with `errand watch @last`."));
    }
    Ok(ExitCode::SUCCESS)
}

fn new_task(args: RunArgs) -> Result<NewTask> {
    let not_before = match args.not_before {
        Some(time) => Some(
            time.resolve(clock::now())
                .ok_or_else(|| Error::Usage("--not-before is too far ahead".to_owned()))?,
        ),
        None => None,
    };
    Ok(NewTask {
        prompt: if args.prompt == "-" { read_prompt()? } else { args.prompt },
        title: args.title,
        repository: args.repo.map(|url| domain::run::Repository { url, git_ref: args.git_ref }),
        model: args.model,
        max_turns: args.max_turns,
        budget_usd_micros: args.budget,
        timeout_s: args.timeout,
        priority: args.priority,
        tags: args.tags,
        max_attempts: args.max_attempts,
        not_before,
    })
}

fn read_prompt() -> Result<String> {
    let mut bytes = Vec::new();
    // One byte too many is enough for the service to say so.
    io::stdin().lock().take(PROMPT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Error::Usage("the prompt must be UTF-8 text".to_owned()))
}
