//! `errand usage`.

use std::time::Duration;

use domain::usage::{UsageReportView, UsageTotalsView};

use super::Context;
use crate::{
    args::{UsageArgs, UsageBy},
    client::Request,
    clock,
    error::Result,
    output::{
        human::{count, duration, money},
        line::{BOLD, Line},
        table::Table,
    },
};

pub(crate) async fn usage(context: &Context, args: UsageArgs) -> Result<()> {
    let mut request = Request::get("/v1/usage").query("tz", args.tz.unwrap_or_else(clock::zone));
    if let Some(from) = args.from {
        request = request.query("from", from);
    }
    if let Some(to) = args.to {
        request = request.query("to", to);
    }
    if let Some(by) = args.by {
        let by = match by {
            UsageBy::Model => "model",
            UsageBy::Repository => "repository",
            UsageBy::User => "user",
        };
        request = request.query("group_by", by);
    }
    if args.everybody {
        request = request.query("scope", "all");
    }
    let report = context.client.usage(request).await?;
    Ok(context.output.answer(&report, || table(&report, args.by.is_some()))?)
}

/// A line for each group, or for each day on which something happened; the sum of them last.
fn table(report: &UsageReportView, by_group: bool) -> Vec<Line> {
    let mut table =
        Table::new(&["COST", "TASKS", "FAILED", "TOKENS IN", "TOKENS OUT", "TIME", "WHAT"]);
    let mut row = |what: Line, totals: &UsageTotalsView| {
        let tokens = &totals.tokens;
        let input = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_creation_tokens;
        table.row([
            Line::plain(&money(totals.cost_usd_micros)),
            Line::plain(&count(totals.tasks)),
            Line::plain(&count(totals.failed)),
            Line::plain(&count(input)),
            Line::plain(&count(tokens.output_tokens)),
            Line::plain(&duration(Duration::from_secs(totals.run_seconds))),
            what,
        ]);
    };
    if by_group {
        for group in &report.groups {
            row(Line::plain(&group.label), &group.totals);
        }
    } else {
        let happened = |totals: &UsageTotalsView| totals.tasks > 0 || totals.runs > 0;
        for day in report.days.iter().filter(|day| happened(&day.totals)) {
            row(Line::plain(&day.date), &day.totals);
        }
    }
    let span = format!("{} to {} ({})", report.from, report.to, report.tz);
    row(Line::styled(BOLD, &span), &report.totals);
    table.lines(None)
}
