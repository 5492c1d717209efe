//! What the container service knows: which containers live, what became of one, and which of them nobody owns.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{DesiredStatus, Task};
use domain::id::TaskId;
use jiff::{SignedDuration, Timestamp};
use runtime::Chain;
use store::{Head, Holder, StoreError};

use crate::{Dispatcher, event};

/// A task and its attempt.
pub(crate) type Run = (TaskId, u32);
/// Living containers of runs, by their ARN.
pub(crate) type Living = BTreeMap<Run, String>;

/// So many containers can be asked about in one call.
const PAGE: usize = 100;
/// A runner that has told the end of its run has so long to end itself.
const STRAY: SignedDuration = SignedDuration::from_mins(1);

/// What the service says of a run's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// Under this ARN.
    Alive(String),
    Stopped,
    /// Its host took it away.
    TakenAway,
    /// It knows of none: not yet, or no more.
    Unknown,
    /// It does not answer.
    Untold,
}

impl Dispatcher {
    /// All that live, or nothing if the service does not answer.
    pub(crate) async fn living(&self) -> Option<Living> {
        match self.list(DesiredStatus::Running, None).await {
            Ok(tasks) => Some(tasks.into_iter().filter(is_alive).filter_map(named).collect()),
            Err(err) => {
                tracing::warn!(error = %Chain(&*err), "cannot tell which containers live");
                None
            }
        }
    }

    /// What became of one that is not among those that live.
    pub(crate) async fn look_for(&self, run: Run) -> Container {
        let started_by = event::started_by(run.0, run.1);
        // One that is told to end lives until it has.
        for status in [DesiredStatus::Running, DesiredStatus::Stopped] {
            match self.list(status, Some(&started_by)).await {
                Ok(tasks) => {
                    let alive = tasks.iter().find(|task| is_alive(task));
                    if let Some(arn) = alive.and_then(Task::task_arn) {
                        return Container::Alive(arn.to_owned());
                    }
                    if tasks.iter().any(was_taken_away) {
                        return Container::TakenAway;
                    }
                    if !tasks.is_empty() {
                        return Container::Stopped;
                    }
                }
                Err(err) => {
                    tracing::warn!(error = %Chain(&*err), "cannot tell whether a container lives");
                    return Container::Untold;
                }
            }
        }
        Container::Unknown
    }

    /// Containers that are wanted to be so; one run's, or everybody's.
    async fn list(
        &self,
        status: DesiredStatus,
        started_by: Option<&str>,
    ) -> Result<Vec<Task>, Box<dyn std::error::Error + Send + Sync>> {
        let ecs = &self.clients.ecs;
        let cluster = &self.settings.fargate.cluster;
        let list = ecs.list_tasks().cluster(cluster).desired_status(status);
        let mut pages =
            list.set_started_by(started_by.map(str::to_owned)).into_paginator().items().send();
        let mut arns = Vec::new();
        while let Some(arn) = pages.try_next().await? {
            arns.push(arn);
        }
        let mut tasks = Vec::new();
        for some in arns.chunks(PAGE) {
            let describe = ecs.describe_tasks().cluster(cluster).set_tasks(Some(some.to_vec()));
            tasks.extend(describe.send().await?.tasks.unwrap_or_default());
        }
        Ok(tasks)
    }

    /// Stops containers whose run is over, or was never there.
    pub(crate) async fn stop_strays(
        &self,
        living: &Living,
        holders: &[Holder],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let owned = |(task, attempt): Run| {
            holders.iter().any(|holder| (holder.task, holder.attempt) == (task, attempt))
        };
        let strays: Vec<_> = living.iter().filter(|(run, _)| !owned(**run)).collect();
        if strays.is_empty() {
            return Ok(());
        }
        let ids: BTreeSet<_> = strays.iter().map(|((task, _), _)| *task).collect();
        let heads = self.store.heads(&ids.into_iter().collect::<Vec<_>>()).await?;
        for ((task, attempt), arn) in strays {
            let over = match heads.iter().find(|head| head.id == *task) {
                Some(head) => is_over(head, *attempt, now),
                // What cannot be read may well be live.
                None => matches!(self.store.head(*task).await, Err(StoreError::NotFound)),
            };
            if over {
                tracing::warn!(task.id = %task, task.attempt = attempt, "stops a container that nobody owns");
                self.stop(arn, "its run is over").await;
            }
        }
        Ok(())
    }

    /// Stops a container that nobody waits for any more.
    pub(crate) async fn stop(&self, container: &str, reason: &str) {
        let stopped = self
            .clients
            .ecs
            .stop_task()
            .cluster(&self.settings.fargate.cluster)
            .task(container)
            .reason(reason)
            .send()
            .await;
        match stopped {
            Ok(_) => (),
            // It is gone, which is what was wanted.
            Err(err)
                if err
                    .as_service_error()
                    .is_some_and(|err| err.is_invalid_parameter_exception()) => {}
            Err(err) => tracing::warn!(error = %Chain(&err), "cannot stop a container"),
        }
    }
}

/// Whether a run has been over for a while.
fn is_over(head: &Head, attempt: u32, now: Timestamp) -> bool {
    if head.task.attempt.0 != attempt {
        return true;
    }
    !head.task.state.is_live() && now > head.updated_at + STRAY
}

fn is_alive(task: &Task) -> bool {
    task.last_status() != Some("STOPPED")
}

fn was_taken_away(task: &Task) -> bool {
    task.stop_code().is_some_and(|code| event::is_by_host(code.as_str()))
}

fn named(task: Task) -> Option<(Run, String)> {
    let run = event::run_of(task.started_by()?)?;
    Some((run, task.task_arn?))
}
