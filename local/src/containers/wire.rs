//! What the calls of ECS carry, as far as we use it, and what ECS refuses.

use serde::{Deserialize, de::DeserializeOwned};

use super::task::Task;

/// All overrides of one call together may be so long.
const MAX_OVERRIDES: usize = 8192;
const MAX_TOKEN: usize = 64;
const MAX_STARTED_BY: usize = 128;

/// A call that ECS answers with an error.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    fn parameter(message: impl Into<String>) -> Self {
        Self { code: "InvalidParameterException", message: message.into() }
    }

    pub(super) fn no_task() -> Self {
        Self::parameter("The referenced task was not found.")
    }

    pub(super) fn unknown_operation() -> Self {
        Self { code: "UnsupportedFeatureException", message: "There is no such call here.".into() }
    }

    pub(super) fn shutting_down() -> Self {
        Self { code: "BlockedException", message: "The server is ending.".into() }
    }
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|err| Refusal::parameter(err.to_string()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunTask {
    pub(super) cluster: Option<String>,
    pub(super) task_definition: String,
    pub(super) client_token: Option<String>,
    pub(super) count: Option<u32>,
    pub(super) started_by: Option<String>,
    #[serde(default)]
    overrides: serde_json::Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Overrides {
    container_overrides: Vec<ContainerOverride>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerOverride {
    name: Option<String>,
    environment: Vec<Variable>,
}

#[derive(Debug, Deserialize)]
struct Variable {
    name: String,
    value: String,
}

impl RunTask {
    /// The environment that is asked for, if ECS would take the call.
    pub(super) fn check(&self) -> Result<Vec<(String, String)>, Refusal> {
        if self.count.unwrap_or(1) != 1 {
            return Err(Refusal::parameter("count must be 1 here"));
        }
        if self.started_by.as_ref().is_some_and(|by| by.len() > MAX_STARTED_BY) {
            return Err(Refusal::parameter("startedBy is longer than 128"));
        }
        if self.client_token.as_ref().is_some_and(|token| !is_token(token)) {
            return Err(Refusal::parameter("clientToken must be 1 to 64 of 33-126 in ASCII"));
        }
        if !self.overrides.is_null() && self.overrides.to_string().len() > MAX_OVERRIDES {
            return Err(Refusal::parameter("Container Overrides length must be at most 8192"));
        }
        let overrides: Option<Overrides> = serde_json::from_value(self.overrides.clone())
            .map_err(|err| Refusal::parameter(err.to_string()))?;
        let containers = overrides.unwrap_or_default().container_overrides;
        if containers.iter().any(|container| container.name.is_none()) {
            return Err(Refusal::parameter("a container override needs a name"));
        }
        let variables = containers.into_iter().flat_map(|container| container.environment);
        Ok(variables.map(|variable| (variable.name, variable.value)).collect())
    }
}

/// A task's directory and log bear this name as well, so it must not lead elsewhere.
fn is_token(token: &str) -> bool {
    (1..=MAX_TOKEN).contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[derive(Debug, Deserialize)]
pub(super) struct StopTask {
    pub(super) task: String,
    pub(super) reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DescribeTasks {
    pub(super) tasks: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListTasks {
    desired_status: Option<String>,
    started_by: Option<String>,
    max_results: Option<usize>,
    pub(super) next_token: Option<String>,
}

impl ListTasks {
    pub(super) fn wants(&self, task: &Task) -> bool {
        let status = self.desired_status.as_deref().unwrap_or("RUNNING");
        let by_status = task.desired_status() == status;
        by_status && (self.started_by.is_none() || self.started_by == task.started_by)
    }

    pub(super) fn page_size(&self) -> usize {
        self.max_results.unwrap_or(100).clamp(1, 100)
    }
}
