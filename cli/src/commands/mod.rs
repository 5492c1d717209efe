//! One file for each thing the command line does.

mod account;
mod artifacts;
mod change;
mod completions;
mod keys;
mod list;
mod page;
mod queue;
mod run;
mod show;
mod up;
mod usage;
mod watch;

use std::process::ExitCode;

use domain::{id::TaskId, view::TaskView};
use reqwest::Url;

use crate::{
    args::{Cli, Command, Global, KeysCommand, QueueCommand, values::TaskRef},
    client::{Client, PAGE_ITEMS, Request},
    error::{Error, Result},
    output::Output,
    storage::Storage,
};

const DEFAULT_URL: &str = "http://127.0.0.1:4100";

/// Does what was typed; gives the exit code.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Up { arguments } => up::up(&arguments).map(|never| match never {}),
        Command::Completions { shell } => completions::completions(shell).map(done),
        command => {
            let context = Context::new(cli.global)?;
            // One thread will do: there is one person, or one program, to serve.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Error::failed(error.to_string()))?;
            let code = runtime.block_on(Box::pin(dispatch(&context, command)));
            // A name that is still being resolved must not hold up the exit.
            runtime.shutdown_background();
            code
        }
    }
}

async fn dispatch(context: &Context, command: Command) -> Result<ExitCode> {
    match command {
        Command::Up { .. } | Command::Completions { .. } => Ok(ExitCode::SUCCESS),
        Command::Login(login) => account::login(context, login).await.map(done),
        Command::Logout => account::logout(context).await.map(done),
        Command::Whoami => account::whoami(context).await.map(done),
        Command::Keys(KeysCommand::Create { name, expires_in }) => {
            keys::create(context, &name, expires_in).await.map(done)
        }
        Command::Keys(KeysCommand::List) => keys::list(context).await.map(done),
        Command::Keys(KeysCommand::Revoke { key }) => keys::revoke(context, key).await.map(done),
        Command::Run(run) => run::run(context, *run).await,
        Command::List(list) => list::list(context, list).await.map(done),
        Command::Show { task } => show::show(context, &task.task).await.map(done),
        Command::Watch { task, after } => watch::watch(context, &task.task, after).await,
        Command::Cancel { task } => change::cancel(context, &task.task).await.map(done),
        Command::Retry { task, watch } => change::retry(context, &task.task, watch).await,
        Command::Review { task } => change::review(context, &task.task).await.map(done),
        Command::Usage(usage) => usage::usage(context, usage).await.map(done),
        Command::Delete { task } => change::delete(context, &task.task).await.map(done),
        Command::Artifacts(artifacts) => artifacts::artifacts(context, artifacts).await.map(done),
        Command::Queue { command } => match command {
            None => queue::show(context).await.map(done),
            Some(QueueCommand::Pause { note }) => {
                queue::pause(context, note.as_deref()).await.map(done)
            }
            Some(QueueCommand::Drain { note, wait }) => {
                queue::drain(context, note.as_deref(), wait).await.map(done)
            }
            Some(QueueCommand::Resume) => queue::resume(context).await.map(done),
            Some(QueueCommand::Cancel(many)) => queue::many(context, "cancel", many).await,
            Some(QueueCommand::Retry(many)) => queue::many(context, "retry", many).await,
        },
        Command::Limits(limits) => queue::limits(context, limits).await.map(done),
        Command::Open { task } => page::open(context, task.as_ref()).await.map(done),
        Command::Health => page::health(context).await.map(done),
    }
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

/// What every command needs.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) storage: Storage,
    pub(crate) output: Output,
}

impl Context {
    fn new(global: Global) -> Result<Self> {
        // Only fails where another part of the program chose one already; nothing does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let storage = Storage::from_env()?;
        let key = global.token.filter(|token| !token.is_empty());
        let mut credentials = storage.credentials();
        if key.is_some() {
            // A damaged sign-in that is not used does no harm.
            credentials = credentials.or(Ok(None));
        }
        let credentials = credentials?;
        let url = match (global.url, &credentials) {
            (Some(url), _) => url,
            (None, Some(credentials)) => parse_url(&credentials.url)?,
            (None, None) => parse_url(DEFAULT_URL)?,
        };
        let client = match key {
            Some(key) => Client::with_key(url, key.into())?,
            None => Client::with_session(url, &storage, credentials)?,
        };
        let output = Output { json: global.json, quiet: global.quiet };
        Ok(Self { client, storage, output })
    }

    /// The id that a person meant.
    pub(crate) async fn resolve(&self, task: &TaskRef) -> Result<TaskId> {
        match task {
            TaskRef::Id(id) => Ok(*id),
            TaskRef::Last => {
                self.storage.last_task(self.client.url().as_str()).ok_or_else(|| Error::Failed {
                    message: "no task was created from here yet".to_owned(),
                    next: Some("`errand list` shows your tasks.".to_owned()),
                })
            }
            TaskRef::Prefix(digits) => self.complete(digits).await,
        }
    }

    /// The one task whose id begins so. Looks through all of them: a beginning that is not unique must not hit the wrong
    /// one.
    async fn complete(&self, digits: &str) -> Result<TaskId> {
        let prefix = format!("{}{digits}", TaskId::PREFIX);
        let mut found: Vec<TaskView> = Vec::new();
        let mut cursor = None;
        loop {
            let mut request = Request::get("/v1/tasks").query("limit", PAGE_ITEMS);
            if let Some(cursor) = cursor {
                request = request.query("cursor", cursor);
            }
            let page = self.client.tasks(request).await?;
            found.extend(
                page.items.into_iter().filter(|task| task.id.to_string().starts_with(&prefix)),
            );
            cursor = page.next_cursor;
            if cursor.is_none() || found.len() > 5 {
                break;
            }
        }
        match found.as_slice() {
            [task] => Ok(task.id),
            [] => Err(Error::Failed {
                message: format!("no task of yours begins with `{digits}`"),
                next: Some("`errand list` shows your tasks.".to_owned()),
            }),
            several => Err(Error::Failed {
                message: format!("`{digits}` is not unique"),
                next: Some(format!(
                    "Give more digits: {}",
                    several.iter().map(|task| task.id.to_string()).collect::<Vec<_>>().join(", ")
                )),
            }),
        }
    }
}

fn parse_url(text: &str) -> Result<Url> {
    crate::args::values::service_url(text)
        .map_err(|fault| Error::failed(format!("the address {fault}")))
}
