//! Pages of tasks, newest first, and how many there are.

use auth::{Action, Caller};
use domain::{
    limits::{self, DEFAULT_PAGE, PAGE, TAGS, TITLE_CHARS, URL_CHARS},
    task::State,
    view::{CountView, CountsView, Page, TaskView},
};
use jiff::Timestamp;
use store::{Head, Made};
use utoipa::IntoParams;

use super::filter::{Filter, SCOPES, Scope, VIEWS, View, made, state};
use crate::{
    error::Result,
    input::{
        FromQuery, Params,
        values::{line, time, whole, word},
    },
    services::Services,
};

/// Heads that are read at once where a filter may leave most of them out.
const SIFTED: usize = 100;
/// So many times at most: a page may then be short, or even empty, with a cursor to go on.
const MAX_ROUNDS: usize = 5;
/// Only so many of the newest tasks are counted.
const COUNTED: usize = 500;

/// Which tasks to list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TaskQuery {
    /// All of them if absent.
    #[param(inline)]
    view: Option<View>,
    /// In one of these states. May be repeated, or a list with commas.
    #[param(required = false, max_items = 8)]
    state: Vec<State>,
    /// With all of these tags. May be repeated, or a list with commas.
    #[param(required = false, max_items = 20)]
    tag: Vec<String>,
    /// Of this repository: its address, or its label.
    #[param(max_length = 2_000, example = "github.com/acme/app")]
    repository: Option<String>,
    /// For which this model was asked.
    #[param(max_length = 100)]
    model: Option<String>,
    /// Made then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Made before then.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// With this in the title, in capitals or not.
    #[param(max_length = 200)]
    q: Option<String>,
    /// My own if absent; everybody's are shown to administrators only.
    #[param(inline)]
    scope: Option<Scope>,
    /// `next_cursor` of the page before, with the same filters.
    #[param(max_length = 500)]
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<usize>,
}

impl FromQuery for TaskQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            view: params.optional("view", word(&VIEWS)),
            state: params.list("state", State::ALL.len(), state),
            tag: params.list("tag", TAGS, limits::tag),
            repository: params.optional("repository", line(URL_CHARS)),
            model: params.optional("model", limits::model),
            from: params.optional("from", time),
            to: params.optional("to", time),
            q: params.optional("q", line(TITLE_CHARS)),
            scope: params.optional("scope", word(&SCOPES)),
            cursor: params.optional("cursor", |text| Ok(text.to_owned())),
            limit: params.optional("limit", whole(PAGE)),
        }
    }
}

/// Whose tasks to count.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountsQuery {
    /// My own if absent; everybody's are shown to administrators only.
    #[param(inline)]
    scope: Option<Scope>,
}

impl FromQuery for CountsQuery {
    fn read(params: &mut Params) -> Self {
        Self { scope: params.optional("scope", word(&SCOPES)) }
    }
}

impl Services {
    pub(crate) async fn list_tasks(
        &self,
        caller: &Caller,
        query: TaskQuery,
    ) -> Result<Page<TaskView>> {
        let scope = query.scope.unwrap_or_default();
        let whose = scope.of(caller, Action::ReadAllTasks)?;
        let filter = Filter {
            view: query.view.unwrap_or_default(),
            state: query.state,
            tag: query.tag,
            repository: query.repository.map(|url| limits::repository_label(&url)),
            model: query.model,
            made: made(query.from, query.to)?,
            q: query.q.map(|q| q.to_lowercase()),
            reason: None,
        };
        let name = format!("{scope:?} {}", filter.name());
        let limit = query.limit.unwrap_or(DEFAULT_PAGE);
        let open = |cursor: String| self.cursors.open(caller.user, &name, &cursor);
        let mut place = query.cursor.map(open).transpose()?;
        let mut found: Vec<Head> = Vec::new();
        // One more than asked for tells whether anything follows.
        let batch = if filter.is_empty() { limit + 1 } else { SIFTED };
        for _ in 0..MAX_ROUNDS {
            let page = self.store.list(whose, filter.made, place.as_deref(), batch).await?;
            for head in page.heads.into_iter().filter(|head| filter.keeps(head)) {
                if found.len() == limit {
                    let next = found.last().map(Head::place);
                    return self.page(caller, &name, &found, next).await;
                }
                found.push(head);
            }
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        self.page(caller, &name, &found, place).await
    }

    /// How many tasks each view has, among the newest.
    pub(crate) async fn count_tasks(
        &self,
        caller: &Caller,
        query: CountsQuery,
    ) -> Result<CountsView> {
        let whose = query.scope.unwrap_or_default().of(caller, Action::ReadAllTasks)?;
        let page = self.store.list(whose, Made::default(), None, COUNTED).await?;
        let count = |view: View| CountView {
            count: page.heads.iter().filter(|head| view.keeps(head)).count() as u64,
            more: page.next.is_some(),
        };
        Ok(CountsView {
            active: count(View::Active),
            needs_review: count(View::NeedsReview),
            all: count(View::All),
        })
    }

    async fn page(
        &self,
        caller: &Caller,
        filter: &str,
        heads: &[Head],
        next: Option<String>,
    ) -> Result<Page<TaskView>> {
        let waits = self.waits(heads).await?;
        let views = heads.iter().zip(waits).map(|(head, wait)| TaskView { wait, ..head.view() });
        Ok(Page {
            items: views.collect(),
            next_cursor: next.map(|place| self.cursors.seal(caller.user, filter, &place)),
        })
    }
}
