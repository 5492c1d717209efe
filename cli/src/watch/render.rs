//! Events as a person reads them. A line is made of pieces that are harmless by construction: see [`Line`].

use std::{collections::HashMap, time::Duration};

use domain::event::{Body, Event, RawEvent, RunOutcome, TodoItem, TodoStatus, Tokens};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    text::paragraphs,
    tools::{salient, summary, text_of, title},
};
use crate::output::{
    human::{count, duration, money},
    line::{BOLD, CYAN, DIM, GREEN, Line, PLAIN, RED, YELLOW},
};

/// Lines of a failed call's output that are shown.
const ERROR_LINES: usize = 5;

/// Turns events into lines. Remembers what a later event refers to.
#[derive(Debug)]
pub(crate) struct Renderer {
    columns: usize,
    cwd: Option<String>,
    calls: HashMap<String, Call>,
    todos: Vec<TodoItem>,
    /// What the run has cost, as far as it is known.
    cost: Option<u64>,
    demo_model: bool,
}

#[derive(Debug)]
struct Call {
    title: String,
    salient: String,
    at: Timestamp,
}

impl Renderer {
    pub(crate) fn new(columns: usize, demo_model: bool) -> Self {
        Self {
            columns,
            cwd: None,
            calls: HashMap::new(),
            todos: Vec::new(),
            cost: None,
            demo_model,
        }
    }

    pub(crate) fn demo_model(&self) -> bool {
        self.demo_model
    }

    pub(crate) fn cost(&self) -> Option<u64> {
        self.cost
    }

    /// `3/8 ▸ what is done now`, where the agent keeps a list.
    pub(crate) fn todo_line(&self) -> Option<Line> {
        let done = self.todos.iter().filter(|item| item.status == TodoStatus::Completed).count();
        let now = self
            .todos
            .iter()
            .find(|item| item.status == TodoStatus::InProgress)
            .or_else(|| self.todos.iter().find(|item| item.status == TodoStatus::Pending));
        let mut line = Line::styled(CYAN, &format!("{done}/{}", self.todos.len()));
        match now {
            Some(item) => line.push(" ▸ ").push(&item.subject),
            None => line.push(" all done"),
        };
        (!self.todos.is_empty()).then_some(line)
    }

    /// The lines that tell of an event; none for what only a machine cares for.
    pub(crate) fn event(&mut self, raw: &RawEvent) -> Vec<Line> {
        let Event { attempt, at, body, truncated, .. } = raw.typed();
        let indent = if is_of_subagent(&body) { "│ " } else { "" };
        let columns = self.columns.saturating_sub(indent.len()).max(20);
        let mut lines = self.body(body, raw.kind(), at, attempt, columns);
        if truncated && raw.kind() == "text" {
            lines.push(Line::styled(DIM, "  (cut; `errand watch --json` has the whole)"));
        }
        if indent.is_empty() {
            return lines;
        }
        let indented = |line| {
            let mut whole = Line::styled(DIM, indent);
            whole.append(line);
            whole
        };
        lines.into_iter().map(indented).collect()
    }

    fn body(
        &mut self,
        body: Body,
        kind: &str,
        at: Timestamp,
        attempt: u32,
        columns: usize,
    ) -> Vec<Line> {
        let one = |line: Line| vec![line.cut(columns)];
        match body {
            Body::RunStarted { version, demo_model, .. } => {
                self.demo_model |= demo_model;
                self.calls.clear();
                let mut lines = vec![
                    Line::styled(BOLD, &format!("▶ run {attempt}"))
                        .with(DIM, &format!(" · runner {version}")),
                ];
                if demo_model {
                    lines.push(demo_notice());
                }
                lines
            }
            Body::WorkspaceReady { repository, git_ref, commit, duration_ms } => {
                let mut line = Line::styled(DIM, "⎇ ");
                line.put(DIM, repository.as_deref().unwrap_or("empty workspace"));
                if let Some(git_ref) = git_ref {
                    line.put(DIM, &format!(" @ {git_ref}"));
                }
                if let Some(commit) = commit {
                    line.put(DIM, &format!(" {}", commit.chars().take(10).collect::<String>()));
                }
                one(line.with(DIM, &format!(" · {}", millis(duration_ms))))
            }
            Body::ArtifactStored { name, size_bytes } => one(Line::styled(DIM, "⎘ ")
                .and(&name)
                .with(DIM, &format!(" {}", crate::output::human::bytes(size_bytes)))),
            Body::RunEnded { outcome, reason, message, duration_ms, cost_usd_micros, usage } => {
                self.cost = Some(cost_usd_micros);
                let mut head = match outcome {
                    RunOutcome::Succeeded => Line::styled(GREEN.bold(), "✔ succeeded"),
                    RunOutcome::Failed => Line::styled(RED.bold(), "✘ failed"),
                    RunOutcome::Canceled => Line::styled(YELLOW.bold(), "■ canceled"),
                };
                if let Some(reason) = reason {
                    head.put(RED, &format!(": {reason}"));
                }
                head.put(DIM, &format!(" · {} · {}", millis(duration_ms), money(cost_usd_micros)));
                head.put(DIM, &format!(" · {}", tokens(&usage)));
                let mut lines = vec![head];
                lines.extend(
                    message
                        .map(|message| paragraphs(&message, "  ", columns, PLAIN))
                        .into_iter()
                        .flatten(),
                );
                if let Some(reason) = reason {
                    lines.extend(paragraphs(
                        &format!("→ {}", reason.remedy()),
                        "  ",
                        columns,
                        PLAIN,
                    ));
                }
                lines
            }
            Body::Session { model, cwd, claude_code_version, .. } => {
                self.cwd = cwd;
                let mut line = Line::styled(DIM, "⚙ ");
                line.put(DIM, model.as_deref().unwrap_or("unknown model"));
                if let Some(version) = claude_code_version {
                    line.put(DIM, &format!(" · Claude Code {version}"));
                }
                one(line)
            }
            Body::Status { status, compact_result, .. } => {
                match (status.as_deref(), compact_result) {
                    (Some("compacting"), _) => {
                        one(Line::styled(DIM, "… compacting the conversation"))
                    }
                    (_, Some(result)) => one(Line::styled(DIM, "… compacted: ").with(DIM, &result)),
                    _ => Vec::new(),
                }
            }
            Body::Text { text, error, .. } => {
                let style = if error.is_some() { RED } else { PLAIN };
                let mut lines = vec![Line::default()];
                lines.extend(paragraphs(&text, "", columns, style));
                lines
            }
            Body::Thinking { text, .. } => paragraphs(&text, "✻ ", columns, DIM.italic()),
            Body::ToolUse { tool_use_id, name, input, .. } => {
                let call = Call {
                    title: title(&name),
                    salient: salient(&name, &input, self.cwd.as_deref()),
                    at,
                };
                let line =
                    Line::styled(CYAN, "● ").with(BOLD, &call.title).and(" ").and(&call.salient);
                self.calls.insert(tool_use_id, call);
                one(line)
            }
            Body::ToolResult { tool_use_id, is_error, content, detail, .. } => {
                self.tool_result(&tool_use_id, is_error, &content, &detail, at, columns)
            }
            Body::User { content, synthetic: false, .. } => {
                paragraphs(&text_of(&content), "> ", columns, BOLD)
            }
            Body::Todo { items } => {
                let before = self.todo_line().map(|line| line.to_string());
                self.todos = items;
                match self.todo_line() {
                    // Most changes touch what is not shown.
                    Some(line) if Some(line.to_string()) != before => {
                        one(std::mem::take(Line::styled(DIM, "☐ ").append(line)))
                    }
                    _ => Vec::new(),
                }
            }
            Body::Usage { cost_usd_micros, .. } => {
                self.cost = cost_usd_micros.or(self.cost);
                Vec::new()
            }
            Body::ApiRetry { attempt_no, max_retries, retry_delay_ms, error_status, error } => {
                let what = match (error_status, error) {
                    (Some(status), Some(error)) => format!("{status} {error}"),
                    (Some(status), None) => status.to_string(),
                    (None, Some(error)) => error,
                    (None, None) => "nothing".to_owned(),
                };
                one(Line::styled(YELLOW, &format!("↻ the model's service answered {what}")).with(
                    DIM,
                    &format!(
                        " · retry {attempt_no} of {max_retries} in {}",
                        millis(retry_delay_ms)
                    ),
                ))
            }
            Body::ModelFallback { original_model, fallback_model, content, .. } => {
                let told = content.unwrap_or_else(|| {
                    let name = |model: Option<String>| model.unwrap_or_else(|| "?".to_owned());
                    format!("{} → {}", name(original_model), name(fallback_model))
                });
                one(Line::styled(YELLOW, "↷ ").with(YELLOW, &told))
            }
            Body::RateLimit { info } => match info.get("status").and_then(Value::as_str) {
                None | Some("allowed") => Vec::new(),
                Some(status) => one(Line::styled(YELLOW, "↻ rate limit: ").with(YELLOW, status)),
            },
            Body::Subtask { phase, detail, .. } => subtask(&phase, &detail, columns),
            Body::PermissionRequest { tool, input, title, .. } => {
                let about = title.unwrap_or_else(|| salient(&tool, &input, self.cwd.as_deref()));
                one(Line::styled(YELLOW.bold(), "? ")
                    .with(BOLD, &tool)
                    .and(" ")
                    .and(&about)
                    .with(YELLOW, " waits for a decision"))
            }
            Body::PermissionResolved { decision, by, .. } => {
                let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
                one(Line::styled(YELLOW, "  └ ").with(YELLOW, &decision).with(DIM, &by))
            }
            Body::PermissionDenied { tool_name, message, reason, .. } => {
                one(Line::styled(YELLOW, "⊘ ")
                    .with(BOLD, &tool_name)
                    .with(YELLOW, " refused ")
                    .and(message.or(reason).as_deref().unwrap_or_default()))
            }
            Body::CompactBoundary { .. } => {
                one(Line::styled(DIM, "… the conversation was compacted"))
            }
            Body::Stderr { line } => one(Line::styled(DIM, "stderr ").with(DIM, &line)),
            Body::Log { level, message } => match level.as_str() {
                "debug" => Vec::new(),
                "error" => one(Line::styled(RED, "! ").with(RED, &message)),
                "warn" => one(Line::styled(YELLOW, "! ").with(YELLOW, &message)),
                _ => one(Line::styled(DIM, "· ").with(DIM, &message)),
            },
            Body::Result {
                is_error,
                errors,
                num_turns,
                duration_ms,
                cost_usd_micros,
                usage,
                subtype,
                ..
            } => {
                let turns = crate::output::human::plural(num_turns as usize, "turn");
                let mut line = Line::styled(
                    DIM,
                    &format!(
                        "Σ {turns} · {} · {} · {}",
                        millis(duration_ms),
                        money(cost_usd_micros),
                        tokens(&usage)
                    ),
                );
                if is_error {
                    line.put(RED, " · ").put(RED, errors.first().unwrap_or(&subtype));
                }
                one(line)
            }
            Body::Error { kind, message, stderr_tail, .. } => {
                let mut lines = vec![
                    Line::styled(RED, "! ")
                        .with(RED, &kind)
                        .with(RED, ": ")
                        .with(RED, &message)
                        .cut(columns),
                ];
                lines.extend(tail(&stderr_tail.unwrap_or_default(), columns));
                lines
            }
            Body::Unknown => one(Line::styled(DIM, &format!("· {kind}"))
                .with(DIM, " (of a kind that this version does not know)")),
            Body::User { .. }
            | Body::PromptSent { .. }
            | Body::State { .. }
            | Body::ToolProgress { .. }
            | Body::Subtasks { .. }
            | Body::HookStarted { .. }
            | Body::HookResponse { .. }
            | Body::Other { .. } => Vec::new(),
        }
    }

    fn tool_result(
        &mut self,
        id: &str,
        is_error: bool,
        content: &Value,
        detail: &Value,
        at: Timestamp,
        columns: usize,
    ) -> Vec<Line> {
        let call = self.calls.remove(id);
        let text = text_of(content);
        let mut line = Line::styled(DIM, "  └ ");
        if let Some(call) = &call {
            let took = at.duration_since(call.at).unsigned_abs();
            // Answers of parallel calls come in any order: say whose it is.
            if !self.calls.is_empty() {
                line.put(DIM, &call.title).put(DIM, " ");
                line.put(DIM, &crate::output::line::cut(&call.salient, 30)).put(DIM, " · ");
            }
            line.put(DIM, &duration(took)).put(DIM, " · ");
        }
        if is_error {
            line.put(RED, "error");
            let mut lines = vec![line.cut(columns)];
            lines.extend(tail(&text, columns));
            return lines;
        }
        line.put(DIM, &summary(text.trim(), detail));
        vec![line.cut(columns)]
    }
}

/// What must not be mistaken for the work of a model.
pub(crate) fn demo_notice() -> Line {
    Line::styled(YELLOW.bold(), "  demo model")
        .with(YELLOW, ": a script answers; no real model is asked")
}

/// The end of an error, where the cause is.
fn tail(text: &str, columns: usize) -> Vec<Line> {
    let lines: Vec<_> = text.trim().lines().collect();
    let hidden = lines.len().saturating_sub(ERROR_LINES);
    let mut out = Vec::new();
    if hidden > 0 {
        out.push(Line::styled(DIM, &format!("    … {hidden} more above")));
    }
    out.extend(
        lines[hidden..].iter().map(|line| Line::styled(RED, "    ").with(RED, line).cut(columns)),
    );
    out
}

fn subtask(phase: &str, detail: &Value, columns: usize) -> Vec<Line> {
    let text = |key: &str| detail.get(key).and_then(Value::as_str).unwrap_or_default();
    let line = match phase {
        "started" => Line::styled(DIM, "⑂ started ").with(DIM, text("description")),
        "notification" => Line::styled(DIM, "⑂ ")
            .with(DIM, text("status"))
            .with(DIM, " ")
            .with(DIM, text("summary")),
        _ => return Vec::new(),
    };
    vec![line.cut(columns)]
}

fn is_of_subagent(body: &Body) -> bool {
    match body {
        Body::Text { parent_tool_use_id, .. }
        | Body::Thinking { parent_tool_use_id, .. }
        | Body::ToolUse { parent_tool_use_id, .. }
        | Body::ToolResult { parent_tool_use_id, .. }
        | Body::User { parent_tool_use_id, .. } => parent_tool_use_id.is_some(),
        _ => false,
    }
}

fn tokens(tokens: &Tokens) -> String {
    let Tokens { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens } = tokens;
    let read =
        input_tokens.saturating_add(*cache_read_tokens).saturating_add(*cache_creation_tokens);
    format!("{} tokens in, {} out", count(read), count(*output_tokens))
}

fn millis(ms: u64) -> String {
    duration(Duration::from_millis(ms))
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
