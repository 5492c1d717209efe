//! What operators may type.

use clap::{ArgAction, ArgGroup, Args, Subcommand, ValueEnum};
use domain::task::State;
use jiff::Timestamp;
use serde::Serialize;

use super::{state_parser, values};

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Start nothing new; what runs goes on to its end
    Pause {
        /// What others are told
        #[arg(long)]
        note: Option<String>,
    },
    /// Let tasks start again
    Resume,
    /// Pause, and say how many still run
    Drain {
        /// What others are told
        #[arg(long)]
        note: Option<String>,
        /// Come back when none does any more
        #[arg(long)]
        wait: bool,
    },
    /// Cancel all tasks that a filter keeps
    Cancel(ManyArgs),
    /// Retry all tasks that a filter keeps, of those that failed
    Retry(ManyArgs),
}

/// Which list of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    /// Not over yet
    Active,
    /// Over, and nobody has reviewed them
    NeedsReview,
    All,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub(crate) struct ManyArgs {
    /// As the lists of the dashboard sort them
    #[arg(long, group = "which", value_name = "VIEW")]
    pub(crate) view: Option<View>,
    /// In this state; may be given several times
    #[arg(long = "state", group = "which", value_parser = state_parser(), action = ArgAction::Append)]
    pub(crate) states: Vec<State>,
    /// With this tag; may be given several times
    #[arg(long = "tag", group = "which", value_name = "TAG", action = ArgAction::Append)]
    pub(crate) tags: Vec<String>,
    /// Of this repository
    #[arg(long, group = "which", value_name = "URL")]
    pub(crate) repo: Option<String>,
    #[arg(long, group = "which", value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// That failed for this reason, such as `lost`
    #[arg(long, group = "which", value_name = "REASON", value_parser = values::reason)]
    pub(crate) reason: Option<domain::reason::Reason>,
    /// Made then or later: a time in RFC 3339
    #[arg(long, group = "which", value_name = "TIME")]
    pub(crate) from: Option<Timestamp>,
    /// Made before then
    #[arg(long, group = "which", value_name = "TIME")]
    pub(crate) to: Option<Timestamp>,
    /// With this text in them
    #[arg(long, group = "which", value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Whatever they are
    #[arg(long, group = "which")]
    pub(crate) every: bool,
    /// Everybody's, not mine alone; for admins
    #[arg(long)]
    pub(crate) everybody: bool,
    /// Only say which tasks it would be
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LimitsArgs {
    /// Runs at once
    #[arg(long, value_name = "N")]
    pub(crate) running: Option<u32>,
    /// Runs of one user at once
    #[arg(long, value_name = "N")]
    pub(crate) per_user: Option<u32>,
    /// Tasks of one user that may wait for a slot
    #[arg(long, value_name = "N")]
    pub(crate) queued: Option<u32>,
}
