//! `errand list`.

use domain::{
    id::TaskId,
    view::{Page, TaskView},
};

use super::Context;
use crate::{
    args::ListArgs,
    client::{PAGE_ITEMS, Request},
    clock,
    error::Result,
    output::{
        human::{age, money, state_style},
        line::{DIM, Line, YELLOW},
        stdout_is_terminal,
        table::Table,
    },
};

/// Fewer digits of an id are never shown.
const MIN_DIGITS: usize = 8;

pub(crate) async fn list(context: &Context, args: ListArgs) -> Result<()> {
    let page = collect(context, &args).await?;
    context.output.answer(&page, || table(&page.items))?;
    if !context.output.json {
        let note = match (page.items.is_empty(), &page.next_cursor) {
            (true, _) => "No tasks. `errand run \"…\"` hands one in.",
            (false, Some(_)) => "There are more: --limit N, or --all.",
            (false, None) => return Ok(()),
        };
        context.output.note(&Line::styled(DIM, note));
    }
    Ok(())
}

async fn collect(context: &Context, args: &ListArgs) -> Result<Page<TaskView>> {
    let mut left = if args.all { u64::MAX } else { args.limit };
    let mut all = Page { items: Vec::new(), next_cursor: None };
    loop {
        let mut request = Request::get("/v1/tasks").query("limit", left.min(PAGE_ITEMS));
        if let Some(state) = args.state {
            request = request.query("state", state);
        }
        if let Some(tag) = &args.tag {
            request = request.query("tag", tag);
        }
        if let Some(repository) = &args.repo {
            request = request.query("repository", repository);
        }
        if let Some(model) = &args.model {
            request = request.query("model", model);
        }
        if args.needs_review {
            request = request.query("view", "needs_review");
        }
        if args.everybody {
            request = request.query("scope", "all");
        }
        if let Some(text) = &args.search {
            request = request.query("q", text);
        }
        if let Some(cursor) = &all.next_cursor {
            request = request.query("cursor", cursor);
        }
        let page = context.client.tasks(request).await?;
        left = left.saturating_sub(page.items.len() as u64);
        all.items.extend(page.items);
        all.next_cursor = page.next_cursor;
        if left == 0 || all.next_cursor.is_none() {
            return Ok(all);
        }
    }
}

fn table(tasks: &[TaskView]) -> Vec<Line> {
    let is_terminal = stdout_is_terminal();
    let now = clock::now();
    let digits = if is_terminal { telling_digits(tasks) } else { 32 };
    let mut table = Table::new(&["ID", "STATE", "AGE", "COST", "TITLE"]);
    for task in tasks {
        let hex = task.id.uuid().simple().to_string();
        let id = if is_terminal { hex[..digits].to_owned() } else { task.id.to_string() };
        let mut title = Line::plain(&task.title);
        for tag in &task.tags {
            title.put(DIM, &format!(" #{tag}"));
        }
        if task.demo_model {
            title.put(YELLOW, " (demo model)");
        }
        let mut state = Line::styled(state_style(task.state), &task.state.to_string());
        if let Some(reason) = task.reason {
            state.put(DIM, &format!(": {reason}"));
        }
        table.row([
            Line::plain(&id),
            state,
            Line::plain(&age(task.created_at, now)),
            Line::plain(&money(task.usage.cost_usd_micros)),
            title,
        ]);
    }
    table.lines(is_terminal.then(textwrap::termwidth))
}

/// How many digits tell these tasks from each other.
fn telling_digits(tasks: &[TaskView]) -> usize {
    let mut ids: Vec<_> = tasks.iter().map(|task| task.id).collect();
    ids.sort_unstable();
    let common = |pair: &[TaskId]| {
        let [one, other] = [pair[0], pair[1]].map(|id| id.uuid().as_u128());
        (one ^ other).leading_zeros() as usize / 4 + 1
    };
    ids.windows(2).map(common).max().unwrap_or(0).clamp(MIN_DIGITS, 32)
}
