//! The command line: what may be typed, and what it means.

mod queue;
pub(crate) mod values;

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint, builder::TypedValueParser};
use clap_complete::Shell;
use domain::{limits::Priority, task::State};
use jiff::civil::Date;

pub(crate) use self::queue::{LimitsArgs, ManyArgs, QueueCommand};
use self::values::{NotBefore, TaskRef};

const AFTER_HELP: &str = "\
Exit codes:
  0    done; with `watch` and `run --watch`: the task succeeded
  1    the task failed, or the service refused the request
  2    a wrong argument, or a field that the service does not take
  3    the task was canceled
  4    not signed in
  5    the service cannot be reached
  130  interrupted: the task itself goes on

A task is named by its id, by a unique beginning of it (6 digits or more), or by `@last`: the last task created from here.";

/// Hands errands to Claude Code and watches them being done.
#[derive(Debug, Parser)]
#[command(name = "errand", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
#[command(max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    // Not a doc comment: rustdoc wants a bare address in angle brackets, which a terminal would show.
    #[arg(
        help = "Address of the service [default: where you signed in, else http://127.0.0.1:4100]"
    )]
    #[arg(long, global = true, env = "ERRAND_URL", value_name = "URL", value_hint = ValueHint::Url)]
    #[arg(value_parser = values::service_url)]
    pub(crate) url: Option<reqwest::Url>,
    /// API key to use instead of a sign-in; better given as `ERRAND_TOKEN` than typed
    #[arg(long, global = true, env = "ERRAND_TOKEN", hide_env_values = true, value_name = "KEY")]
    pub(crate) token: Option<String>,
    /// Print one JSON document (`watch`: one event a line), and errors as problem documents
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to use colours; `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Print nothing but the answer
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole service on this machine
    #[command(disable_help_flag = true)]
    Up {
        /// Passed on to `errand-local`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        arguments: Vec<OsString>,
    },
    /// Sign in and stay signed in
    Login(LoginArgs),
    /// Sign out
    Logout,
    /// Say who is signed in
    Whoami,
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Hand in a task
    Run(Box<RunArgs>),
    /// List tasks, the newest first
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show one task
    Show {
        #[command(flatten)]
        task: TaskArg,
    },
    /// Follow a task live until it is over
    Watch {
        #[command(flatten)]
        task: TaskArg,
        /// Begin after this event
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        after: u64,
    },
    /// Call a task off
    Cancel {
        #[command(flatten)]
        task: TaskArg,
    },
    /// Run a task again that is over
    Retry {
        #[command(flatten)]
        task: TaskArg,
        /// Follow the new run until it is over
        #[arg(short, long)]
        watch: bool,
    },
    /// Say that you have looked at what came of a task
    Review {
        #[command(flatten)]
        task: TaskArg,
    },
    /// Show what was used, by day or by model, repository or user
    Usage(UsageArgs),
    /// Delete a task and all that it left
    #[command(visible_alias = "rm")]
    Delete {
        #[command(flatten)]
        task: TaskArg,
    },
    /// List or download the files that a task left
    Artifacts(ArtifactsArgs),
    /// Show, pause and resume the queue; cancel or retry many tasks
    Queue {
        #[command(subcommand)]
        command: Option<QueueCommand>,
    },
    /// Show how much may run and wait at once, or set it
    Limits(LimitsArgs),
    /// Open the service, or a task, in the browser
    Open {
        #[arg(value_name = "TASK")]
        task: Option<TaskRef>,
    },
    /// Say whether the service is up
    Health,
    /// Print a completion script for a shell
    Completions { shell: Shell },
}

#[derive(Debug, Args)]
pub(crate) struct TaskArg {
    /// Id, beginning of an id, or `@last`
    #[arg(value_name = "TASK")]
    pub(crate) task: TaskRef,
}

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// Who you are; asked for if absent
    #[arg(long, value_hint = ValueHint::EmailAddress)]
    pub(crate) email: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key; its secret is shown this once
    Create {
        /// What the key is for
        name: String,
        /// How long it is valid, such as `90d`
        #[arg(long, value_name = "DURATION", value_parser = values::seconds)]
        expires_in: Option<u64>,
    },
    /// List your keys
    #[command(visible_alias = "ls")]
    List,
    /// End a key
    Revoke {
        #[arg(value_name = "KEY_ID")]
        key: domain::id::KeyId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What is to be done; `-` reads it from standard input
    pub(crate) prompt: String,
    /// Git repository to work in
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) repo: Option<String>,
    /// Branch, tag or commit [default: the repository's default branch]
    #[arg(long = "ref", value_name = "REF", requires = "repo")]
    pub(crate) git_ref: Option<String>,
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Stop after so many turns
    #[arg(long, value_name = "N")]
    pub(crate) max_turns: Option<u64>,
    /// Stop at so much money, such as `1.50`
    #[arg(long, value_name = "USD", value_parser = values::money)]
    pub(crate) budget: Option<u64>,
    /// Stop after so long, such as `30m`
    #[arg(long, value_name = "DURATION", value_parser = values::seconds)]
    pub(crate) timeout: Option<u64>,
    #[arg(long, value_parser = priority_parser())]
    pub(crate) priority: Option<Priority>,
    /// May be given several times
    #[arg(long = "tag", value_name = "TAG", action = ArgAction::Append)]
    pub(crate) tags: Vec<String>,
    /// Name to list it by [default: the first line of the prompt]
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// How often it is tried where a retry may help
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<u64>,
    /// Start no earlier: a time in RFC 3339, or `+10m`
    #[arg(long, value_name = "TIME")]
    pub(crate) not_before: Option<NotBefore>,
    /// Same key, same task: makes it safe to repeat the command [default: a new one each time]
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Follow the task until it is over
    #[arg(short, long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[arg(long, value_parser = state_parser())]
    pub(crate) state: Option<State>,
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// Only tasks of this repository: its address, or `github.com/acme/app`
    #[arg(long, value_name = "URL")]
    pub(crate) repo: Option<String>,
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Only tasks that are over and that nobody has reviewed
    #[arg(long)]
    pub(crate) needs_review: bool,
    /// Tasks of everybody: for administrators
    #[arg(long)]
    pub(crate) everybody: bool,
    /// Only tasks with this text in them
    #[arg(short = 'q', long = "search", value_name = "TEXT")]
    pub(crate) search: Option<String>,
    // Takes the place of the global option, whose `-q` is the search's here.
    /// Print nothing but the answer
    #[arg(long, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// At most so many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 25, conflicts_with = "all")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: u64,
    /// All of them
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// The first day [default: 29 days before the last one]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<Date>,
    /// The last day [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<Date>,
    /// Whose midnight begins a day [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// Tell these apart instead of days
    #[arg(long, value_name = "WHAT")]
    pub(crate) by: Option<UsageBy>,
    /// Of everybody: for administrators
    #[arg(long)]
    pub(crate) everybody: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum UsageBy {
    Model,
    Repository,
    User,
}

#[derive(Debug, Args)]
pub(crate) struct ArtifactsArgs {
    #[command(flatten)]
    pub(crate) task: TaskArg,
    /// Download this one
    #[arg(long, value_name = "NAME")]
    pub(crate) get: Option<String>,
    /// Where to write it; `-` is standard output [default: its own name, here]
    #[arg(short, long, value_name = "FILE", requires = "get", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Download all of them
    #[arg(long, conflicts_with = "get")]
    pub(crate) all: bool,
    /// Where to write them
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
}

fn priority_parser() -> impl TypedValueParser<Value = Priority> {
    let names = ["low", "normal", "high", "urgent"];
    clap::builder::PossibleValuesParser::new(names).map(|name| match name.as_str() {
        "low" => Priority::Low,
        "high" => Priority::High,
        "urgent" => Priority::Urgent,
        _ => Priority::Normal,
    })
}

fn state_parser() -> impl TypedValueParser<Value = State> {
    let names = [
        "scheduled",
        "queued",
        "starting",
        "running",
        "waiting",
        "succeeded",
        "failed",
        "canceled",
    ];
    clap::builder::PossibleValuesParser::new(names)
        .try_map(|name| name.parse::<State>().map_err(|()| "must be a state"))
}

#[cfg(test)]
#[path = "args/tests.rs"]
mod tests;
