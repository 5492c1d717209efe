//! The task's state machine: it has one owner, and this is it. Runners and people only report and ask.
//!
//! [`Task::decide`] is pure and says what a command would change; [`Task::apply`] is total and carries a change out.
//! Everything may arrive twice, late, or from a run that is over: a repeat changes nothing, a superseded run is
//! refused.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::reason::Reason;

/// Which run of a task. The number is the fencing token: only the current one is believed.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Attempt(pub u32);

impl Attempt {
    /// The run that follows this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl std::fmt::Display for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a task stands, in the word that users see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its time to come.
    Scheduled,
    /// Waits for a slot.
    Queued,
    /// A container was asked for and has not reported yet.
    Starting,
    /// The agent works.
    Running,
    /// The agent waits for a person.
    Waiting,
    /// Over: the agent delivered.
    Succeeded,
    /// Over: see the reason.
    Failed,
    /// Over: somebody called it off.
    Canceled,
}

impl State {
    /// Every state, in the order of a task's life.
    pub const ALL: [Self; 8] = [
        Self::Scheduled,
        Self::Queued,
        Self::Starting,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
    ];

    /// Whether a run holds a slot in this state.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Starting | Self::Running | Self::Waiting => true,
            Self::Scheduled | Self::Queued | Self::Succeeded | Self::Failed | Self::Canceled => {
                false
            }
        }
    }

    /// Whether the task is over.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Succeeded | Self::Failed | Self::Canceled => true,
            Self::Scheduled | Self::Queued | Self::Starting | Self::Running | Self::Waiting => {
                false
            }
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.to_string() == text).ok_or(())
    }
}

/// What decides about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    pub state: State,
    /// The current run, or the last one; 0 before the first.
    pub attempt: Attempt,
    /// No run beyond this one starts by itself.
    pub attempt_limit: Attempt,
    /// Somebody called a live run off and it has not ended yet.
    pub cancel_requested: bool,
    /// Why the last run failed.
    pub reason: Option<Reason>,
}

/// Something that somebody wants of a task, or reports about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// The time that a scheduled task waited for has come.
    BecomeDue,
    /// A slot is free: start the next run.
    Start,
    /// The runner says that the agent works.
    ReportRunning(Attempt),
    /// The runner says that the agent waits for a person.
    ReportWaiting(Attempt),
    /// The runner says that the run is over.
    ReportEnded(Attempt, Outcome),
    /// The dispatcher found that the run is gone.
    Lose(Attempt, Reason),
    /// The host took the run's machine away, and says so.
    Interrupt(Attempt),
    /// A person calls the task off.
    Cancel,
    /// A person asks for another run of a task that is over, and grants it so many attempts.
    Retry { attempts: u32 },
}

/// How a run, or a task, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Succeeded,
    Failed(Reason),
    Canceled,
}

impl Outcome {
    /// The state of a task that ended so.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Succeeded => State::Succeeded,
            Self::Failed(_) => State::Failed,
            Self::Canceled => State::Canceled,
        }
    }

    /// Why, if it failed.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Failed(reason) => Some(reason),
            Self::Succeeded | Self::Canceled => None,
        }
    }
}

/// What a command does to a task once it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Joined the queue.
    Queued,
    /// A run was given a slot.
    Started(Attempt),
    /// The agent works.
    Running,
    /// The agent waits for a person.
    Waiting,
    /// The live run was told to stop.
    CancelRequested,
    /// The run failed and another follows after a while.
    Requeued { reason: Reason, after: Duration },
    /// Over.
    Ended(Outcome),
    /// A person had it taken up again.
    Reopened { attempt_limit: Attempt },
}

/// Why a command is not obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The task is over, and stays as it is.
    #[error("the task is already over")]
    AlreadyEnded,
    /// Only a task that is over can be retried.
    #[error("the task is not over yet")]
    NotEnded,
    /// A run speaks that is no longer, or never was, the current live one.
    #[error("run {reported} is not the current run of the task")]
    Superseded { reported: Attempt },
}

impl Task {
    /// A task that nobody has run yet.
    #[must_use]
    pub const fn new(state: State, attempt_limit: Attempt) -> Self {
        Self { state, attempt: Attempt(0), attempt_limit, cancel_requested: false, reason: None }
    }

    /// What `command` would change. Pure: the same task and command always give the same answer.
    ///
    /// # Errors
    /// A [`Refusal`] where obeying would break a promise made before.
    pub fn decide(&self, command: Command) -> Result<Option<Change>, Refusal> {
        use Command as C;
        use State as S;
        match (self.state, command) {
            (S::Scheduled, C::BecomeDue) => Ok(Some(Change::Queued)),
            (
                S::Queued
                | S::Starting
                | S::Running
                | S::Waiting
                | S::Succeeded
                | S::Failed
                | S::Canceled,
                C::BecomeDue,
            ) => Ok(None),

            (S::Queued, C::Start) => Ok(Some(Change::Started(self.attempt.next()))),
            // A ring that came twice, late, or after a cancel.
            (
                S::Scheduled
                | S::Starting
                | S::Running
                | S::Waiting
                | S::Succeeded
                | S::Failed
                | S::Canceled,
                C::Start,
            ) => Ok(None),

            (S::Starting | S::Waiting, C::ReportRunning(run)) => {
                self.fenced(run, Some(Change::Running))
            }
            (S::Running, C::ReportRunning(run)) => self.fenced(run, None),

            (S::Starting | S::Running, C::ReportWaiting(run)) => {
                self.fenced(run, Some(Change::Waiting))
            }
            (S::Waiting, C::ReportWaiting(run)) => self.fenced(run, None),

            // Who is lost cannot say so. A runner that does was told by its host to go.
            (
                S::Starting | S::Running | S::Waiting,
                C::ReportEnded(run, Outcome::Failed(Reason::Lost)),
            ) => self.fenced(run, Some(self.after_interruption())),
            (S::Starting | S::Running | S::Waiting, C::ReportEnded(run, outcome)) => {
                self.fenced(run, Some(self.after(outcome)))
            }
            (S::Succeeded | S::Failed | S::Canceled, C::ReportEnded(run, outcome))
                if run == self.attempt && self.ended_as(outcome) =>
            {
                Ok(None)
            }
            (
                S::Scheduled | S::Queued | S::Succeeded | S::Failed | S::Canceled,
                C::ReportRunning(run) | C::ReportWaiting(run) | C::ReportEnded(run, _),
            ) => Err(Refusal::Superseded { reported: run }),

            (S::Starting | S::Running | S::Waiting, C::Lose(run, reason))
                if run == self.attempt =>
            {
                Ok(Some(self.after(Outcome::Failed(reason))))
            }
            (S::Starting | S::Running | S::Waiting, C::Interrupt(run)) if run == self.attempt => {
                Ok(Some(self.after_interruption()))
            }
            // The sweep looked a moment too early or too late: nothing is wrong.
            (
                S::Scheduled
                | S::Queued
                | S::Starting
                | S::Running
                | S::Waiting
                | S::Succeeded
                | S::Failed
                | S::Canceled,
                C::Lose(..) | C::Interrupt(_),
            ) => Ok(None),

            (S::Scheduled | S::Queued, C::Cancel) => Ok(Some(Change::Ended(Outcome::Canceled))),
            (S::Starting | S::Running | S::Waiting, C::Cancel) if self.cancel_requested => Ok(None),
            (S::Starting | S::Running | S::Waiting, C::Cancel) => Ok(Some(Change::CancelRequested)),
            (S::Canceled, C::Cancel) => Ok(None),
            (S::Succeeded | S::Failed, C::Cancel) => Err(Refusal::AlreadyEnded),

            (S::Succeeded | S::Failed | S::Canceled, C::Retry { attempts }) => {
                Ok(Some(Change::Reopened {
                    attempt_limit: Attempt(self.attempt.0 + attempts.max(1)),
                }))
            }
            (S::Scheduled | S::Queued | S::Starting | S::Running | S::Waiting, C::Retry { .. }) => {
                Err(Refusal::NotEnded)
            }
        }
    }

    /// Carries out a change. Total: history is never refused.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Queued => self.state = State::Queued,
            Change::Started(attempt) => {
                self.state = State::Starting;
                self.attempt = attempt;
                self.cancel_requested = false;
            }
            Change::Running => self.state = State::Running,
            Change::Waiting => self.state = State::Waiting,
            Change::CancelRequested => self.cancel_requested = true,
            Change::Requeued { reason, after } => {
                self.state = if after.is_zero() { State::Queued } else { State::Scheduled };
                self.reason = Some(reason);
            }
            Change::Ended(outcome) => {
                self.state = outcome.state();
                self.reason = outcome.reason();
                self.cancel_requested = false;
            }
            Change::Reopened { attempt_limit } => {
                self.state = State::Queued;
                self.attempt_limit = attempt_limit;
                self.reason = None;
            }
        }
    }

    /// What the end of the current run means for the task: another run, or the end.
    fn after(&self, outcome: Outcome) -> Change {
        match outcome {
            // What was acknowledged as canceled never succeeds after all.
            Outcome::Succeeded | Outcome::Failed(_) if self.cancel_requested => {
                Change::Ended(Outcome::Canceled)
            }
            Outcome::Failed(reason)
                if reason.is_retryable() && self.attempt < self.attempt_limit =>
            {
                Change::Requeued { reason, after: reason.backoff(self.attempt.0) }
            }
            Outcome::Succeeded | Outcome::Failed(_) | Outcome::Canceled => Change::Ended(outcome),
        }
    }

    /// Nothing speaks against the next run at once: it was neither the task's fault nor is anything overloaded. That it
    /// counts as an attempt is what stops a task that brings its hosts down.
    fn after_interruption(&self) -> Change {
        let change = self.after(Outcome::Failed(Reason::Lost));
        if let Change::Requeued { reason, .. } = change {
            return Change::Requeued { reason, after: Duration::ZERO };
        }
        change
    }

    fn ended_as(&self, outcome: Outcome) -> bool {
        self.state == outcome.state() && self.reason == outcome.reason()
    }

    fn fenced(&self, reported: Attempt, change: Option<Change>) -> Result<Option<Change>, Refusal> {
        if reported == self.attempt { Ok(change) } else { Err(Refusal::Superseded { reported }) }
    }
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
