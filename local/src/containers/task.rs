//! One ECS task: its states, and how ECS shows it.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::wire::RunTask;
use crate::{
    credentials::{ACCOUNT, REGION},
    event_bridge,
};

/// The only container of a task.
const CONTAINER: &str = "runner";

pub(super) struct Task {
    pub(super) arn: String,
    /// Names its directory and its log: the client token, which says task and attempt.
    pub(super) name: String,
    pub(super) started_by: Option<String>,
    /// Cancelled: it is to end.
    pub(super) stop: CancellationToken,
    cluster: String,
    definition: String,
    client_token: Option<String>,
    version: u64,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    stop_reason: Option<String>,
    stopped: Option<(Timestamp, Stopped)>,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) exit_code: Option<i32>,
    pub(super) container_reason: Option<String>,
    /// Why, if it was neither asked to end nor ended by itself.
    pub(super) never_started: bool,
}

impl Stopped {
    pub(super) fn failed_to_start(error: &std::io::Error) -> Self {
        let reason = format!("CannotStartContainerError: {error}");
        Self { exit_code: None, container_reason: Some(reason), never_started: true }
    }
}

impl Task {
    pub(super) fn new(request: &RunTask, now: Timestamp) -> Self {
        let id = Uuid::now_v7().simple();
        let cluster = request.cluster.as_deref().unwrap_or("default");
        let cluster = cluster.rsplit('/').next().unwrap_or(cluster);
        let definition = request.task_definition.rsplit('/').next().unwrap_or_default();
        Self {
            arn: format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task/{cluster}/{id}"),
            name: request.client_token.clone().unwrap_or_else(|| id.to_string()),
            started_by: request.started_by.clone(),
            stop: CancellationToken::new(),
            cluster: format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{cluster}"),
            definition: format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{definition}"),
            client_token: request.client_token.clone(),
            version: 1,
            created_at: now,
            started_at: None,
            stop_reason: None,
            stopped: None,
        }
    }

    pub(super) fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    pub(super) fn stopped_at(&self) -> Option<Timestamp> {
        self.stopped.as_ref().map(|(at, _)| *at)
    }

    pub(super) fn desired_status(&self) -> &'static str {
        let ending = self.stopped.is_some() || self.stop.is_cancelled();
        if ending { "STOPPED" } else { "RUNNING" }
    }

    pub(super) fn started(&mut self, now: Timestamp) {
        self.started_at = Some(now);
        self.version += 1;
    }

    /// The first reason counts; stopping what has stopped changes nothing.
    pub(super) fn stop_for(&mut self, reason: Option<String>) {
        if self.stopped.is_none() && !self.stop.is_cancelled() {
            self.stop_reason = reason;
            self.version += 1;
            self.stop.cancel();
        }
    }

    pub(super) fn stopped(&mut self, stopped: Stopped, now: Timestamp) {
        self.stopped = Some((now, stopped));
        self.version += 1;
    }

    fn last_status(&self) -> &'static str {
        match (&self.stopped, self.started_at) {
            (Some(_), _) => "STOPPED",
            (None, Some(_)) if self.stop.is_cancelled() => "STOPPING",
            (None, Some(_)) => "RUNNING",
            (None, None) => "PENDING",
        }
    }

    fn stop_code(&self) -> Option<&'static str> {
        let (_, stopped) = self.stopped.as_ref()?;
        Some(if stopped.never_started {
            "TaskFailedToStart"
        } else if self.stop.is_cancelled() {
            "UserInitiated"
        } else {
            "EssentialContainerExited"
        })
    }

    fn stopped_reason(&self) -> Option<&str> {
        let (_, stopped) = self.stopped.as_ref()?;
        if stopped.never_started {
            return stopped.container_reason.as_deref();
        }
        if self.stop.is_cancelled() {
            return Some(self.stop_reason.as_deref().unwrap_or("Task stopped by the user"));
        }
        Some("Essential container in task exited")
    }

    /// As a call shows it: times are seconds.
    pub(super) fn to_json(&self) -> Value {
        self.show(|at| json!(at.as_millisecond() as f64 / 1000.0))
    }

    /// As EventBridge is told: times are text.
    pub(super) fn state_change(&self) -> Value {
        event_bridge::event(
            "aws.ecs",
            "ECS Task State Change",
            std::slice::from_ref(&self.arn),
            &self.show(|at| json!(at.to_string())),
        )
    }

    fn show(&self, time: impl Fn(Timestamp) -> Value) -> Value {
        let stopped = self.stopped.as_ref().map(|(_, stopped)| stopped);
        let mut container = json!({
            "containerArn": format!("{}/{CONTAINER}", self.arn.replace(":task/", ":container/")),
            "taskArn": self.arn,
            "name": CONTAINER,
            "lastStatus": self.last_status(),
        });
        if let Some(code) = stopped.and_then(|stopped| stopped.exit_code) {
            container["exitCode"] = json!(code);
        }
        if let Some(reason) = stopped.and_then(|stopped| stopped.container_reason.as_ref()) {
            container["reason"] = json!(reason);
        }
        let mut task = json!({
            "taskArn": self.arn,
            "clusterArn": self.cluster,
            "taskDefinitionArn": self.definition,
            "lastStatus": self.last_status(),
            "desiredStatus": self.desired_status(),
            "launchType": "FARGATE",
            "containers": [container],
            "version": self.version,
            "createdAt": time(self.created_at),
        });
        let optional = [
            ("startedBy", self.started_by.as_ref().map(|by| json!(by))),
            ("clientToken", self.client_token.as_ref().map(|token| json!(token))),
            ("startedAt", self.started_at.map(&time)),
            ("stoppedAt", self.stopped_at().map(&time)),
            ("stopCode", self.stop_code().map(|code| json!(code))),
            ("stoppedReason", self.stopped_reason().map(|reason| json!(reason))),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                task[name] = value;
            }
        }
        task
    }
}
