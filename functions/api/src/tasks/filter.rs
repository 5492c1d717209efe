//! Which tasks are meant: in a list, and in what is done to many at once.

use auth::{Action, Caller};
use domain::{limits::Fault, problem::Code, reason::Reason, task::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Head, Made, Whose};
use utoipa::ToSchema;

use crate::error::{Error, Result};

pub(super) const VIEWS: [&str; 3] = ["active", "needs_review", "all"];
pub(crate) const SCOPES: [&str; 2] = ["mine", "all"];

/// Tasks as people sort them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskList)]
pub(crate) enum View {
    /// Not over yet.
    Active,
    /// Over, and nobody has looked at what came of it.
    NeedsReview,
    #[default]
    All,
}

impl View {
    pub(super) fn keeps(self, head: &Head) -> bool {
        match self {
            Self::Active => !head.task.state.is_terminal(),
            Self::NeedsReview => head.task.state.is_terminal() && head.reviewed_at.is_none(),
            Self::All => true,
        }
    }
}

/// Whose tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    #[default]
    Mine,
    /// Everybody's: administrators only.
    All,
}

impl Scope {
    /// Whose these are for `caller`, who must be allowed to do `action` where they are not their own.
    pub(crate) fn of(self, caller: &Caller, action: Action) -> Result<Whose> {
        match self {
            Self::Mine => Ok(Whose::User(caller.user)),
            Self::All if caller.may(action) => Ok(Whose::Everybody),
            Self::All => Err(Error::code(Code::Forbidden)),
        }
    }
}

/// Everything that is asked of a task; whatever is absent is not asked.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) view: View,
    pub(super) state: Vec<State>,
    pub(super) tag: Vec<String>,
    /// As [`domain::limits::repository_label`] spells it.
    pub(super) repository: Option<String>,
    pub(super) model: Option<String>,
    pub(super) made: Made,
    /// In small letters.
    pub(super) q: Option<String>,
    pub(super) reason: Option<Reason>,
}

impl Filter {
    /// Whether it keeps every task that was made in its time.
    pub(super) fn is_empty(&self) -> bool {
        self.view == View::All
            && self.state.is_empty()
            && self.tag.is_empty()
            && self.repository.is_none()
            && self.model.is_none()
            && self.q.is_none()
            && self.reason.is_none()
    }

    /// The time that a task was made is not looked at: [`store::Store::list`] reads no others.
    pub(super) fn keeps(&self, head: &Head) -> bool {
        self.view.keeps(head)
            && (self.state.is_empty() || self.state.contains(&head.task.state))
            && self.tag.iter().all(|tag| head.tags.contains(tag))
            && same(self.repository.as_ref(), head.repository.as_ref())
            && same(self.model.as_ref(), head.model.as_ref())
            && (self.reason.is_none() || self.reason == head.task.reason)
            && self.q.as_ref().is_none_or(|q| head.title.to_lowercase().contains(q))
    }

    /// The same for the same filters, in whichever order they were given.
    pub(super) fn name(&self) -> String {
        let mut state: Vec<_> = self.state.iter().map(State::to_string).collect();
        let mut tag = self.tag.clone();
        state.sort_unstable();
        tag.sort_unstable();
        let Self { view, repository, model, made, q, reason, .. } = self;
        format!("{view:?} {state:?} {tag:?} {repository:?} {model:?} {made:?} {q:?} {reason:?}")
    }
}

fn same(asked: Option<&String>, has: Option<&String>) -> bool {
    asked.is_none() || asked == has
}

/// A span of time that is none is a mistake, not an empty list.
pub(super) fn made(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Made> {
    match (from, to) {
        (Some(from), Some(to)) if from >= to => Err(Error::field("to", "must be after `from`")),
        (from, to) => Ok(Made { from, to }),
    }
}

pub(super) fn state(text: &str) -> std::result::Result<State, Fault> {
    let names = || State::ALL.map(|state| format!("`{state}`")).join(", ");
    text.parse().map_err(|()| format!("must be one of {}", names()))
}
