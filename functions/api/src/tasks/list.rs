//! Pages of tasks, newest first.

use auth::Caller;
use domain::{
    limits::{self, DEFAULT_PAGE, Fault, PAGE, TAGS, TITLE_CHARS},
    task::State,
    view::{Page, TaskView},
};
use store::Head;
use utoipa::IntoParams;

use crate::{
    error::Result,
    input::{
        FromQuery, Params,
        values::{line, whole},
    },
    services::Services,
};

/// Heads that are read at once where a filter may leave most of them out.
const SIFTED: usize = 100;
/// So many times at most: a page may then be short, or even empty, with a cursor to go on.
const MAX_ROUNDS: usize = 10;

/// Which tasks to list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TaskQuery {
    /// In one of these states. May be repeated, or a list with commas.
    #[param(required = false, max_items = 8)]
    state: Vec<State>,
    /// With all of these tags. May be repeated, or a list with commas.
    #[param(required = false, max_items = 20)]
    tag: Vec<String>,
    /// With this in the title, in capitals or not.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `next_cursor` of the page before, with the same filters.
    #[param(max_length = 500)]
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<usize>,
}

impl FromQuery for TaskQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            state: params.list("state", State::ALL.len(), state),
            tag: params.list("tag", TAGS, limits::tag),
            q: params.optional("q", line(TITLE_CHARS)),
            cursor: params.optional("cursor", |text| Ok(text.to_owned())),
            limit: params.optional("limit", whole(PAGE)),
        }
    }
}

impl Services {
    pub(crate) async fn list_tasks(
        &self,
        caller: &Caller,
        query: TaskQuery,
    ) -> Result<Page<TaskView>> {
        let TaskQuery { state, tag, q, cursor, limit } = query;
        let filter = Filter { state, tag, q: q.map(|q| q.to_lowercase()) };
        let (owner, name) = (caller.user, filter.name());
        let limit = limit.unwrap_or(DEFAULT_PAGE);
        let mut place =
            cursor.map(|cursor| self.cursors.open(owner, &name, &cursor)).transpose()?;
        let mut found: Vec<Head> = Vec::new();
        // One more than asked for tells whether anything follows.
        let batch = if filter.is_empty() { limit + 1 } else { SIFTED };
        for _ in 0..MAX_ROUNDS {
            let page = self.store.list(owner, place.as_deref(), batch).await?;
            for head in page.heads.into_iter().filter(|head| filter.keeps(head)) {
                if found.len() == limit {
                    let next = found.last().map(Head::place);
                    return Ok(self.page(caller, &name, &found, next));
                }
                found.push(head);
            }
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        Ok(self.page(caller, &name, &found, place))
    }

    fn page(
        &self,
        caller: &Caller,
        filter: &str,
        heads: &[Head],
        next: Option<String>,
    ) -> Page<TaskView> {
        Page {
            items: heads.iter().map(Head::view).collect(),
            next_cursor: next.map(|place| self.cursors.seal(caller.user, filter, &place)),
        }
    }
}

struct Filter {
    state: Vec<State>,
    tag: Vec<String>,
    q: Option<String>,
}

impl Filter {
    fn is_empty(&self) -> bool {
        self.state.is_empty() && self.tag.is_empty() && self.q.is_none()
    }

    fn keeps(&self, head: &Head) -> bool {
        (self.state.is_empty() || self.state.contains(&head.task.state))
            && self.tag.iter().all(|tag| head.tags.contains(tag))
            && self.q.as_ref().is_none_or(|q| head.title.to_lowercase().contains(q))
    }

    /// The same for the same filters, in whichever order they were given.
    fn name(&self) -> String {
        let mut state: Vec<_> = self.state.iter().map(State::to_string).collect();
        let mut tag = self.tag.clone();
        state.sort_unstable();
        tag.sort_unstable();
        format!("{state:?} {tag:?} {:?}", self.q)
    }
}

fn state(text: &str) -> std::result::Result<State, Fault> {
    let names = || State::ALL.map(|state| format!("`{state}`")).join(", ");
    text.parse().map_err(|()| format!("must be one of {}", names()))
}
