//! `errand queue` and `errand limits`.

use std::{process::ExitCode, time::Duration};

use domain::{
    id::TaskId,
    queue::{LimitsView, QueueView},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Context;
use crate::{
    args::{LimitsArgs, ManyArgs},
    clock,
    error::{Error, Result},
    output::{
        human::{age, duration, plural},
        line::{BOLD, DIM, Line, YELLOW},
    },
};

/// The service tells nobody when a run ends whose it is not, so it is asked.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a request that changes many tasks is answered; all of them, added up.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    matched: usize,
    changed: usize,
    skipped: Vec<Skipped>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tasks: Option<Vec<TaskId>>,
    #[serde(default, skip_serializing)]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Skipped {
    id: TaskId,
    code: String,
}

pub(crate) async fn show(context: &Context) -> Result<()> {
    answer(context, &context.client.queue().await?)
}

pub(crate) async fn pause(context: &Context, note: Option<&str>) -> Result<()> {
    answer(context, &context.client.pause(note).await?)
}

pub(crate) async fn resume(context: &Context) -> Result<()> {
    answer(context, &context.client.resume().await?)
}

/// Pauses, and says how many still run; and again, until none does, where that is waited for.
pub(crate) async fn drain(context: &Context, note: Option<&str>, wait: bool) -> Result<()> {
    let mut queue = context.client.pause(note).await?;
    let mut told = None;
    while !drained(&queue)? {
        if told != Some(queue.running) && !context.output.json {
            context.output.note(&Line::styled(DIM, &still_running(queue.running)));
            told = Some(queue.running);
        }
        if !wait {
            break;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        queue = context.client.queue().await?;
    }
    answer(context, &queue)
}

/// Whether nothing runs any more; as long as it is paused, that stays so.
fn drained(queue: &QueueView) -> Result<bool> {
    let paused = queue.paused.as_ref().ok_or_else(|| Error::Failed {
        message: "somebody let tasks start again".to_owned(),
        next: Some("`errand queue drain` pauses them anew.".to_owned()),
    })?;
    Ok(paused.drained)
}

fn still_running(tasks: u64) -> String {
    let verb = if tasks == 1 { "runs" } else { "run" };
    format!("{} still {verb}", plural(usize::try_from(tasks).unwrap_or(usize::MAX), "task"))
}

pub(crate) async fn limits(context: &Context, args: LimitsArgs) -> Result<()> {
    let LimitsArgs { running, per_user, queued } = args;
    let known = context.client.limits().await?;
    let wanted = LimitsView {
        running_total: running.unwrap_or(known.running_total),
        running_per_user: per_user.unwrap_or(known.running_per_user),
        queued_per_user: queued.unwrap_or(known.queued_per_user),
    };
    let limits = if wanted == known { known } else { context.client.set_limits(wanted).await? };
    Ok(context.output.answer(&limits, || {
        vec![
            field("runs at once", &limits.running_total.to_string()),
            field("of one user", &limits.running_per_user.to_string()),
            field("waiting", &format!("{} tasks of one user", limits.queued_per_user)),
        ]
    })?)
}

/// Cancels or retries what is meant, so much with each request, and says how far it got.
pub(crate) async fn many(context: &Context, action: &str, args: ManyArgs) -> Result<ExitCode> {
    let mut body = body(action, &args);
    let mut sum = Progress { tasks: args.dry_run.then(Vec::new), ..Progress::default() };
    loop {
        let step: Progress = context.client.bulk(body.clone()).await?;
        sum.matched += step.matched;
        sum.changed += step.changed;
        sum.skipped.extend(step.skipped);
        if let (Some(all), Some(tasks)) = (&mut sum.tasks, step.tasks) {
            all.extend(tasks);
        }
        let Some(cursor) = step.cursor else { break };
        if !args.dry_run && !context.output.json {
            context.output.note(&Line::styled(DIM, &format!("{} so far", done(&sum))));
        }
        body["cursor"] = cursor.into();
    }
    context.output.answer(&sum, || told(action, &sum))?;
    Ok(if sum.skipped.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn body(action: &str, args: &ManyArgs) -> Value {
    let filter = json!({
        "state": args.states, "tag": args.tags, "repository": args.repo, "model": args.model,
        "reason": args.reason, "q": args.search, "view": args.view, "from": args.from, "to": args.to,
    });
    let scope = if args.everybody { "all" } else { "mine" };
    json!({ "action": action, "filter": filter, "scope": scope, "dry_run": args.dry_run })
}

fn told(action: &str, sum: &Progress) -> Vec<Line> {
    if let Some(tasks) = &sum.tasks {
        let mut lines: Vec<_> = tasks.iter().map(|id| Line::plain(&id.to_string())).collect();
        let would = format!("`{action}` would reach {}", plural(tasks.len(), "task"));
        lines.push(Line::styled(BOLD, &would));
        return lines;
    }
    let mut lines = vec![Line::styled(BOLD, &done(sum))];
    lines.extend(sum.skipped.iter().map(|one| {
        Line::plain(&one.id.to_string()).with(YELLOW, &format!(" is left as it is: {}", one.code))
    }));
    lines
}

fn done(sum: &Progress) -> String {
    format!("{} of {} changed", sum.changed, plural(sum.matched, "task"))
}

fn answer(context: &Context, queue: &QueueView) -> Result<()> {
    Ok(context.output.answer(queue, || lines(queue, clock::now()))?)
}

fn lines(queue: &QueueView, now: Timestamp) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(pause) = &queue.paused {
        let who = pause.by.email.clone().unwrap_or_else(|| pause.by.id.to_string());
        let running = if pause.drained { "nothing runs" } else { "what runs goes on" };
        let since = match age(pause.at, now).as_str() {
            "now" => "just now".to_owned(),
            age => format!("{age} ago"),
        };
        let mut line = Line::styled(YELLOW, "paused").and(&format!(" {since} by {who}; {running}"));
        if let Some(note) = &pause.note {
            line.push(&format!(": {note}"));
        }
        lines.push(line);
    }
    let least = if queue.more { "at least " } else { "" };
    let waiting = &queue.waiting;
    lines.push(field("running", &format!("{} of {}", queue.running, queue.limit)));
    lines.push(field(
        "waiting",
        &format!(
            "{least}{}",
            named(&[
                ("for a slot", waiting.slots),
                ("at their user's limit", waiting.user_limit),
                ("paused", waiting.paused),
                ("for their time", waiting.not_before),
                ("to be repeated", waiting.backoff),
            ])
        ),
    ));
    let of = &queue.by_priority;
    let priorities =
        [("urgent", of.urgent), ("high", of.high), ("normal", of.normal), ("low", of.low)];
    lines.push(field("by priority", &named(&priorities)));
    if let Some(oldest) = queue.oldest_queued_at {
        lines.push(field("oldest", &age(oldest, now)));
    }
    let pace = format!("{} started, {} ended", queue.started_per_hour, queue.ended_per_hour);
    lines.push(field("last hour", &pace));
    let wait = match queue.estimate_s {
        Some(0) => "starts at once".to_owned(),
        Some(seconds) => format!("starts in about {}", duration(Duration::from_secs(seconds))),
        None => "nobody can tell when it starts".to_owned(),
    };
    lines.push(field("a new task", &wait));
    lines
}

/// `3 for a slot, 1 paused`: what there is any of.
fn named(counts: &[(&str, u64)]) -> String {
    let some: Vec<_> =
        counts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{n} {name}")).collect();
    if some.is_empty() { "none".to_owned() } else { some.join(", ") }
}

fn field(name: &str, value: &str) -> Line {
    Line::styled(DIM, &format!("  {name:<13}")).and(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(queue: &Value) -> String {
        let queue: QueueView = serde_json::from_value(queue.clone()).unwrap();
        let lines = lines(&queue, "2030-01-01T00:10:00Z".parse().unwrap());
        let text = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_queue_on_one_page() {
        let mut queue = json!({
            "depth": 4, "running": 2, "limit": 2,
            "waiting": { "slots": 3, "user_limit": 1, "not_before": 0, "backoff": 2, "paused": 0 },
            "by_priority": { "urgent": 1, "high": 0, "normal": 3, "low": 0 },
            "started_per_hour": 12, "ended_per_hour": 11,
            "oldest_queued_at": "2030-01-01T00:00:00Z", "estimate_s": 187, "throughput": [],
        });
        insta::assert_snapshot!(page(&queue), @"
          running      2 of 2
          waiting      3 for a slot, 1 at their user's limit, 2 to be repeated
          by priority  1 urgent, 3 normal
          oldest       10m
          last hour    12 started, 11 ended
          a new task   starts in about 3 m 07 s
        ");
        queue["paused"] = json!({
            "at": "2030-01-01T00:05:00Z", "note": "Upgrade", "drained": false,
            "by": { "id": "user_00000000000000000000000000000001", "email": "ada@example.org" },
        });
        queue["estimate_s"] = Value::Null;
        assert!(
            page(&queue)
                .starts_with("paused 5m ago by ada@example.org; what runs goes on: Upgrade\n")
        );
        assert!(page(&queue).ends_with("nobody can tell when it starts"));
        queue["paused"]["at"] = json!("2030-01-01T00:10:00Z");
        assert!(page(&queue).starts_with("paused just now by "), "{}", page(&queue));
    }
}
