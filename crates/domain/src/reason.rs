//! Why a task failed: one closed list, shared by API, runner, retry policy, metrics and every view.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a run did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The wall-clock limit of the run was reached.
    Timeout,
    /// The agent gave no sign of life for too long.
    Idle,
    /// The money limit was reached.
    Budget,
    /// The limit of turns was reached.
    MaxTurns,
    /// The container ran out of memory.
    Oom,
    /// The runner stopped reporting.
    Lost,
    /// The container did not start in time.
    StartTimeout,
    /// The agent ended without a result.
    NoResult,
    /// The agent reported an error of its own.
    AgentError,
    /// The model's service failed: overloaded, rate limited, or broken.
    ModelError,
    /// The model's service refused the credentials.
    ModelAuth,
    /// The model's service refused the request: an unknown model, a request too large, or a policy.
    Refused,
    /// Claude Code or its wrapper died.
    Crashed,
    /// The repository could not be fetched.
    CloneFailed,
    /// The runner itself failed.
    Internal,
}

impl Reason {
    /// Every reason, in the order in which they are documented.
    pub const ALL: [Self; 15] = [
        Self::Timeout,
        Self::Idle,
        Self::Budget,
        Self::MaxTurns,
        Self::Oom,
        Self::Lost,
        Self::StartTimeout,
        Self::NoResult,
        Self::AgentError,
        Self::ModelError,
        Self::ModelAuth,
        Self::Refused,
        Self::Crashed,
        Self::CloneFailed,
        Self::Internal,
    ];

    /// Whether the same errand may succeed when it is run again unchanged.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Oom
            | Self::Lost
            | Self::StartTimeout
            | Self::NoResult
            | Self::ModelError
            | Self::Crashed
            | Self::Internal => true,
            Self::Timeout
            | Self::Idle
            | Self::Budget
            | Self::MaxTurns
            | Self::AgentError
            | Self::ModelAuth
            | Self::Refused
            | Self::CloneFailed => false,
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Timeout => "Raise `timeout_s`, or split the errand into smaller ones.",
            Self::Idle => "Look at the last events for a command that waits for input, and retry.",
            Self::Budget => "Raise `budget_usd_micros`, or choose a cheaper model.",
            Self::MaxTurns => "Raise `max_turns`, or ask for less at once.",
            Self::Oom => "Give the runner more memory, or ask for a lighter build.",
            Self::Lost => "Nothing to do: the run is repeated while attempts are left.",
            Self::StartTimeout => {
                "Look at the queue's capacity; the run is repeated while attempts are left."
            }
            Self::NoResult => "Read the last events; ask for an answer in the prompt, and retry.",
            Self::AgentError => "Read the error in the last events, change the prompt, and retry.",
            Self::ModelError => {
                "Wait for the model's service to recover; the run is repeated while attempts are left."
            }
            Self::ModelAuth => "Check the model key of this installation.",
            Self::Refused => "Check the model's name and the size and content of the prompt.",
            Self::Crashed => {
                "The run is repeated while attempts are left; its log tells where it stopped."
            }
            Self::CloneFailed => "Check the repository's address, the ref and the access to it.",
            Self::Internal => {
                "Look at the runner's log; the run is repeated while attempts are left."
            }
        }
    }

    /// How long to wait at most before the attempt that follows attempt number `attempt`; see [`crate::retry::jitter`].
    ///
    /// A lost machine is replaced at once, the first time; a model's service that struggles is given air.
    #[must_use]
    pub fn backoff(self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(6);
        if self == Self::ModelError {
            return Duration::from_secs((10 << doublings).min(300));
        }
        if attempt <= 1 { Duration::ZERO } else { Duration::from_secs((1 << doublings).min(60)) }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}
