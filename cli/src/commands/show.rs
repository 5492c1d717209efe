//! `errand show`.

use std::time::Duration;

use domain::{
    queue::{WaitReason, WaitView},
    view::{RunView, TaskView},
};
use jiff::Timestamp;

use super::Context;
use crate::{
    args::values::TaskRef,
    clock,
    error::Result,
    output::{
        columns,
        human::{age, count, duration, money, plural, state_style},
        line::{BOLD, DIM, Line, PLAIN},
        table::Table,
    },
    watch::{demo_notice, paragraphs},
};

pub(crate) async fn show(context: &Context, task: &TaskRef) -> Result<()> {
    let id = context.resolve(task).await?;
    let task = context.client.task(id).await?;
    let runs = if task.attempt > 1 && !context.output.json {
        context.client.runs(id).await?
    } else {
        Vec::new()
    };
    Ok(context.output.answer(&task, || lines(&task, &runs, clock::now(), columns()))?)
}

/// `for a slot, number 3 in the queue, about 2 m 10 s`.
fn why(wait: &WaitView) -> String {
    let reason = match wait.reason {
        WaitReason::Slots => "for a slot",
        WaitReason::UserLimit => "for one of your runs to end: you have as many as you may",
        WaitReason::NotBefore => "for its time",
        WaitReason::Backoff => "a while, since its last run failed",
        WaitReason::Paused => "while the queue is paused",
    };
    let mut text = reason.to_owned();
    if let Some(position) = wait.position {
        let beyond = if wait.more { " or behind" } else { "" };
        text.push_str(&format!(", number {position}{beyond} in the queue"));
    }
    if let Some(seconds) = wait.estimate_s.filter(|seconds| *seconds > 0) {
        text.push_str(&format!(", about {}", duration(Duration::from_secs(seconds))));
    }
    text
}

fn lines(task: &TaskView, runs: &[RunView], now: Timestamp, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::styled(BOLD, &task.title)];
    if task.demo_model {
        lines.push(demo_notice());
    }
    let mut field = |name: &str, value: Line| {
        let mut line = Line::styled(DIM, &format!("  {name:<11}"));
        line.append(value);
        lines.push(line);
    };
    field("id", Line::plain(&task.id.to_string()));
    let mut state = Line::styled(state_style(task.state), &task.state.to_string());
    if let Some(reason) = task.reason {
        state.push(&format!(": {reason}"));
    }
    if task.cancel_requested {
        state.push(", being canceled");
    }
    field("state", state);
    if let Some(wait) = &task.wait {
        field("waits", Line::plain(&why(wait)));
    }
    if let Some(remedy) = &task.remedy {
        field("", Line::plain("→ ").and(remedy));
    }
    let created = match age(task.created_at, now).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    };
    field("created", Line::plain(&created));
    if let Some(at) = task.not_before.filter(|at| *at > now) {
        field("starts", Line::plain(&format!("in {}, not before {at}", age(now, at))));
    }
    if let Some(started) = task.started_at {
        let took = task.ended_at.unwrap_or(now).duration_since(started).unsigned_abs();
        field("took", Line::plain(&duration(took)));
    }
    field("runs", Line::plain(&format!("{} of at most {}", task.attempt, task.max_attempts)));
    let usage = &task.usage;
    field(
        "cost",
        Line::plain(&format!(
            "{} · {} · {} tokens in, {} out",
            money(usage.cost_usd_micros),
            plural(usage.turns as usize, "turn"),
            count(usage.tokens.input_tokens),
            count(usage.tokens.output_tokens)
        )),
    );
    if !task.tags.is_empty() {
        field("tags", Line::plain(&task.tags.join(", ")));
    }
    if let Some(spec) = &task.spec {
        if let Some(repository) = &spec.repository {
            let at =
                repository.git_ref.as_ref().map(|name| format!(" @ {name}")).unwrap_or_default();
            field("repository", Line::plain(&repository.url).and(&at));
        }
        if let Some(model) = &spec.model {
            field("model", Line::plain(model));
        }
        let mut limits = duration(std::time::Duration::from_secs(spec.timeout_s));
        if let Some(budget) = spec.budget_usd_micros {
            limits += &format!(" · {}", money(budget));
        }
        if let Some(turns) = spec.max_turns {
            limits += &format!(" · {}", plural(turns as usize, "turn"));
        }
        field("limits", Line::plain(&limits));
    }
    if runs.len() > 1 {
        lines.push(Line::default());
        lines.extend(run_table(runs, now));
    }
    if let Some(text) = task.result.as_ref().and_then(|result| result.text.as_deref()) {
        lines.push(Line::default());
        lines.extend(paragraphs(text, "", columns, PLAIN));
    }
    lines
}

fn run_table(runs: &[RunView], now: Timestamp) -> Vec<Line> {
    let mut table = Table::new(&["RUN", "AGE", "OUTCOME", "COST", "MESSAGE"]);
    for run in runs {
        let outcome = match (&run.outcome, run.reason) {
            (None, _) => "live".to_owned(),
            (Some(_), Some(reason)) => format!("failed: {reason}"),
            (Some(outcome), None) => format!("{outcome:?}").to_lowercase(),
        };
        table.row([
            Line::plain(&run.attempt.to_string()),
            Line::plain(&age(run.created_at, now)),
            Line::plain(&outcome),
            Line::plain(&money(run.usage.cost_usd_micros)),
            Line::plain(run.message.as_deref().unwrap_or_default()),
        ]);
    }
    table.lines(Some(columns()))
}
