//! ECS: the four calls that we use, where a task is a process group of this machine. A task is the supervisor and all
//! that it starts; the task is stopped when none of it is left.

mod launcher;
mod processes;
mod task;
mod wire;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use self::processes::Processes;
use self::{
    launcher::{Launch, Launcher},
    task::{Stopped, Task},
    wire::{DescribeTasks, ListTasks, Refusal, RunTask, StopTask},
};
use crate::aws_service::{self, AwsService};

/// ECS shows a stopped task for at least an hour.
const KEEP_STOPPED: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// How runners are started here.
#[derive(Clone, Debug)]
pub(crate) struct Runners {
    pub(crate) supervisor: PathBuf,
    pub(crate) wrapper: Vec<String>,
    /// Each run has a directory in here while it lives.
    pub(crate) runs: PathBuf,
    /// Each run has a log in here.
    pub(crate) logs: PathBuf,
    pub(crate) model: ModelAccess,
    pub(crate) local_repositories: bool,
    pub(crate) stop_timeout: Duration,
    /// A run that is called off is over after this.
    pub(crate) cancel_limit: Duration,
}

/// How a runner reaches the model.
#[derive(Clone, Debug)]
pub(crate) struct ModelAccess {
    pub(crate) key: SecretString,
    pub(crate) url: Option<String>,
    pub(crate) demo: bool,
}

/// The container service.
pub(crate) struct Containers {
    runners: Runners,
    launcher: Launcher,
    processes: Processes,
    tasks: Mutex<Tasks>,
    running: TaskTracker,
    closing: CancellationToken,
    events: mpsc::UnboundedSender<Value>,
}

#[derive(Default)]
struct Tasks {
    by_arn: HashMap<String, Task>,
    by_token: HashMap<String, String>,
}

impl Containers {
    /// Starts the service. `events` takes what EventBridge would be told.
    pub(crate) fn start(
        runners: Runners,
        processes: Processes,
        events: mpsc::UnboundedSender<Value>,
    ) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            runners,
            launcher: Launcher::start(processes.clone())?,
            processes,
            tasks: Mutex::default(),
            running: TaskTracker::new(),
            closing: CancellationToken::new(),
            events,
        }))
    }

    /// Stops every task and waits for the last process. No events are told: the next start finds what was under way.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        for task in self.lock().by_arn.values() {
            task.stop.cancel();
        }
        self.running.close();
        self.running.wait().await;
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_task(self: &Arc<Self>, request: RunTask) -> Result<Value, Refusal> {
        let environment = request.check()?;
        if self.closing.is_cancelled() {
            return Err(Refusal::shutting_down());
        }
        let mut tasks = self.lock();
        tasks.forget(runtime::clock::now());
        if let Some(token) = &request.client_token
            && let Some(task) = tasks.by_token.get(token).and_then(|arn| tasks.by_arn.get(arn))
        {
            return Ok(json!({ "tasks": [task.to_json()], "failures": [] }));
        }
        let task = Task::new(&request, runtime::clock::now());
        let answer = json!({ "tasks": [task.to_json()], "failures": [] });
        if let Some(token) = &request.client_token {
            tasks.by_token.insert(token.clone(), task.arn.clone());
        }
        let (arn, name, stop) = (task.arn.clone(), task.name.clone(), task.stop.clone());
        tasks.by_arn.insert(arn.clone(), task);
        drop(tasks);
        let service = Arc::clone(self);
        self.running.spawn(async move { service.live(&arn, &name, environment, stop).await });
        Ok(answer)
    }

    /// The life of one task.
    async fn live(
        &self,
        arn: &str,
        name: &str,
        environment: Vec<(String, String)>,
        stop: CancellationToken,
    ) {
        let launch = self.launch(name, environment);
        let stopped = match self.launcher.launch(launch.clone()).await {
            Ok(child) => {
                self.change(arn, |task| task.started(runtime::clock::now()));
                let stopped =
                    launcher::wait(child, &stop, self.runners.stop_timeout, &self.processes).await;
                // What it left behind goes with it, whoever its parent is by now.
                self.processes.end_run(&launch.work_dir).await;
                stopped
            }
            Err(error) => {
                tracing::error!(run = name, %error, "a runner cannot be started");
                Stopped::failed_to_start(&error)
            }
        };
        launcher::clear(&launch.work_dir).await;
        let event = self.change(arn, |task| {
            task.stopped(stopped, runtime::clock::now());
            task.state_change()
        });
        if let Some(event) = event.filter(|_| !self.closing.is_cancelled()) {
            let _ = self.events.send(event);
        }
    }

    fn launch(&self, name: &str, mut environment: Vec<(String, String)>) -> Launch {
        let runners = &self.runners;
        let work_dir = runners.runs.join(name);
        let mut set = |name: &str, value: String| environment.push((name.to_owned(), value));
        set("ERRAND_WORK_DIR", work_dir.to_string_lossy().into_owned());
        set("ERRAND_WRAPPER", json!(runners.wrapper).to_string());
        set("ERRAND_CANCEL_LIMIT_MS", runners.cancel_limit.as_millis().to_string());
        set("ANTHROPIC_API_KEY", runners.model.key.expose_secret().to_owned());
        if let Some(url) = &runners.model.url {
            set("ANTHROPIC_BASE_URL", url.clone());
        }
        if runners.model.demo {
            set("ERRAND_DEMO_MODEL", "1".to_owned());
        }
        if runners.local_repositories {
            set("ERRAND_ALLOW_LOCAL_REPOSITORIES", "1".to_owned());
        }
        Launch {
            program: runners.supervisor.clone(),
            environment,
            work_dir,
            log: runners.logs.join(format!("{name}.log")),
        }
    }

    fn change<T>(&self, arn: &str, change: impl FnOnce(&mut Task) -> T) -> Option<T> {
        self.lock().by_arn.get_mut(arn).map(change)
    }

    fn stop_task(&self, request: &StopTask) -> Result<Value, Refusal> {
        let mut tasks = self.lock();
        let task = tasks.find_mut(&request.task).ok_or_else(Refusal::no_task)?;
        task.stop_for(request.reason.clone());
        Ok(json!({ "task": task.to_json() }))
    }

    fn describe_tasks(&self, request: &DescribeTasks) -> Value {
        let mut tasks = self.lock();
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        for name in &request.tasks {
            match tasks.find_mut(name) {
                Some(task) => found.push(task.to_json()),
                None => failures.push(json!({ "arn": name, "reason": "MISSING" })),
            }
        }
        json!({ "tasks": found, "failures": failures })
    }

    fn list_tasks(&self, request: &ListTasks) -> Value {
        let tasks = self.lock();
        let mut arns: Vec<_> = tasks
            .by_arn
            .values()
            .filter(|task| request.wants(task))
            .map(|task| &task.arn)
            .collect();
        arns.sort();
        let after = request.next_token.as_deref().unwrap_or_default();
        let mut arns = arns.into_iter().filter(|arn| arn.as_str() > after);
        let page: Vec<_> = arns.by_ref().take(request.page_size()).collect();
        let next = arns.next().and(page.last());
        json!({ "taskArns": page, "nextToken": next })
    }
}

impl Tasks {
    /// By ARN or by the id at its end, as in ECS.
    fn find_mut(&mut self, name: &str) -> Option<&mut Task> {
        if self.by_arn.contains_key(name) {
            return self.by_arn.get_mut(name);
        }
        self.by_arn.values_mut().find(|task| task.id() == name)
    }

    fn forget(&mut self, now: Timestamp) {
        self.by_arn.retain(|_, task| {
            task.stopped_at().is_none_or(|at| now.duration_since(at) < KEEP_STOPPED)
        });
        let Self { by_arn, by_token } = self;
        by_token.retain(|_, arn| by_arn.contains_key(arn));
    }
}

impl AwsService for Arc<Containers> {
    async fn call(&self, request: Request<Bytes>) -> Response<Full<Bytes>> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|t| t.strip_prefix("AmazonEC2ContainerServiceV20141113."));
        let body = request.body();
        let answer = match operation {
            Some("RunTask") => wire::read(body).and_then(|request| self.run_task(request)),
            Some("StopTask") => wire::read(body).and_then(|request| self.stop_task(&request)),
            Some("DescribeTasks") => wire::read(body).map(|request| self.describe_tasks(&request)),
            Some("ListTasks") => wire::read(body).map(|request| self.list_tasks(&request)),
            _ => Err(Refusal::unknown_operation()),
        };
        match answer {
            Ok(answer) => aws_service::ok(&answer),
            Err(Refusal { code, message }) => {
                aws_service::error(StatusCode::BAD_REQUEST, code, &message)
            }
        }
    }
}

#[cfg(test)]
#[path = "containers/tests.rs"]
mod tests;
