//! What the service was used for.

use std::collections::HashMap;

use auth::{Action, Caller};
use domain::{
    id::{TaskId, UserId},
    limits::Fault,
    problem::Code,
    usage::{self, Entry, GroupBy, Question, Range, TOP_TASKS, TopTaskView, UsageReportView},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use runtime::clock;
use store::Whose;
use utoipa::IntoParams;

use crate::{
    error::{Error, Result},
    input::{FromQuery, Params, values::word},
    services::Services,
    tasks::{SCOPES, Scope},
};

const GROUPS: [&str; 4] = ["none", "model", "repository", "user"];
/// Without an end, until today; without a beginning, so many days.
const DEFAULT_DAYS: i64 = 30;
/// Days that are read at once.
const READ_AT_ONCE: usize = 16;
/// Among so many tasks the dearest are looked for: those that one call reads.
const CANDIDATES: usize = 100;

/// Which days, of whom, and by what they are told apart.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// The first day; 29 days before the last one if absent.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last day, included; today if absent. At most 366 days in all.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// Whose midnight begins a day.
    #[param(value_type = Option<String>, max_length = 100, default = "UTC", example = "Europe/Vienna")]
    tz: Option<TimeZone>,
    /// Nothing is told apart if absent; `user` is for administrators.
    #[param(inline)]
    group_by: Option<GroupBy>,
    /// My own if absent; everybody's is shown to administrators only.
    #[param(inline)]
    scope: Option<Scope>,
}

impl FromQuery for UsageQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            from: params.optional("from", date),
            to: params.optional("to", date),
            tz: params.optional("tz", usage::zone),
            group_by: params.optional("group_by", word(&GROUPS)),
            scope: params.optional("scope", word(&SCOPES)),
        }
    }
}

impl Services {
    /// Reads the days that are asked for, each with one query: the work grows with the days, not with the tasks.
    pub(crate) async fn usage(
        &self,
        caller: &Caller,
        query: UsageQuery,
    ) -> Result<UsageReportView> {
        let group_by = query.group_by.unwrap_or_default();
        if group_by == GroupBy::User && !caller.may(Action::ReadAllTasks) {
            return Err(Error::code(Code::Forbidden));
        }
        let whose = query.scope.unwrap_or_default().of(caller, Action::ReadAllTasks)?;
        let question = Question { range: range(&query)?, group_by };
        let entries = self.entries(whose, &question.range).await?;
        let mut report = question.answer(&entries);
        if group_by == GroupBy::User {
            self.name_users(&mut report).await?;
        }
        report.top_tasks = self.dearest(&question.costly(&entries, CANDIDATES)).await?;
        Ok(report)
    }

    async fn entries(&self, whose: Whose, range: &Range) -> Result<Vec<Entry>> {
        let days = stream::iter(range.utc_days());
        let days = days.map(|day| self.store.usage_of_day(whose, day)).buffered(READ_AT_ONCE);
        let mut entries: Vec<Entry> = days.try_concat().await?;
        if let Whose::User(user) = whose {
            let (mut days, last) = (range.utc_days(), range.utc_days().last());
            if let Some(span) = days.next().zip(last) {
                entries.extend(self.store.usage_before_quarters(user, span).await?);
            }
        }
        Ok(entries)
    }

    /// Calls people by their mail addresses, as far as they are still there.
    async fn name_users(&self, report: &mut UsageReportView) -> Result<()> {
        let ids: Vec<UserId> = report.groups.iter().filter_map(|it| it.key.parse().ok()).collect();
        let users = self.store.users(&ids).await?.into_iter();
        let emails: HashMap<String, String> =
            users.map(|user| (user.id.to_string(), user.email)).collect();
        for group in &mut report.groups {
            if let Some(email) = emails.get(&group.key) {
                group.label.clone_from(email);
            }
        }
        Ok(())
    }

    /// The dearest of these tasks, as far as they are still there and still over.
    async fn dearest(&self, tasks: &[TaskId]) -> Result<Vec<TopTaskView>> {
        let heads = self.store.heads(tasks).await?;
        let view = |head: store::Head| {
            let task = head.view();
            Some(TopTaskView {
                id: task.id,
                title: task.title,
                cost_usd_micros: task.usage.cost_usd_micros,
                ended_at: task.ended_at?,
                state: task.state,
            })
        };
        let mut dearest: Vec<_> = heads.into_iter().filter_map(view).collect();
        dearest.sort_by_key(|task| std::cmp::Reverse((task.cost_usd_micros, task.id)));
        dearest.truncate(TOP_TASKS);
        Ok(dearest)
    }
}

fn range(query: &UsageQuery) -> Result<Range> {
    let zone = query.tz.clone().unwrap_or(TimeZone::UTC);
    let to = query.to.unwrap_or_else(|| clock::now().to_zoned(zone.clone()).date());
    let before = SignedDuration::from_hours(24 * (DEFAULT_DAYS - 1));
    let from = query.from.unwrap_or_else(|| to.saturating_sub(before));
    Range::new(from, to, zone).map_err(|(field, fault)| Error::field(field, fault))
}

fn date(text: &str) -> std::result::Result<Date, Fault> {
    let wrong = || "must be a date such as `2030-01-31`".to_owned();
    // Not what else is a date to others: with a time, or without dashes.
    if text.len() != 10 { Err(wrong()) } else { text.parse().map_err(|_| wrong()) }
}
