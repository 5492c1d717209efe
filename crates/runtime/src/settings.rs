//! Everything that a deployment may set, read once at a cold start.

use std::{str::FromStr, time::Duration};

use domain::{limits::RepositoryPolicy, queue::LimitsView};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::metrics::Metrics;

/// A tick may be late by so much.
const LATE: SignedDuration = SignedDuration::from_secs(5);
/// Whoever ticks so often needs no ring.
const OFTEN: SignedDuration = SignedDuration::from_secs(2);

/// A setting that keeps a function from starting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("{0} is not set")]
    Missing(String),
    #[error("{name} must be {expected}")]
    Wrong { name: &'static str, expected: &'static str },
}

/// The settings of every function. The template gives all of them to each, but the keys only to who needs them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `ERRAND_TABLE`: the DynamoDB table.
    pub table: String,
    /// `ERRAND_QUEUE_URL`: the queue that rings the dispatcher.
    pub queue_url: String,
    /// `ERRAND_BUCKET`: artifacts and big event bodies.
    pub bucket: String,
    /// `ERRAND_RUN_URL`: where a runner reaches `/v1/run`.
    pub run_url: String,
    /// `ERRAND_SOCKET_URL`: where a client connects its WebSocket.
    pub socket_url: String,
    /// `ERRAND_MANAGEMENT_URL`: where pushes to sockets go.
    pub management_url: String,
    /// `ERRAND_SIGNING_KEYS`: for who signs (api: access tokens; dispatcher: run tokens). In AWS it is the value of
    /// `ERRAND_SIGNING_KEYS_SECRET`, fetched at the cold start.
    pub signing_keys: Option<SecretString>,
    /// `ERRAND_VERIFYING_KEYS`: for who only checks (progress). In AWS nobody can say it beforehand: who signs puts its
    /// public key into the table.
    pub verifying_keys: Option<String>,
    /// Who may make the first account.
    pub first_admin: Option<FirstAdmin>,
    /// Numbers for CloudWatch.
    pub metrics: Metrics,
    /// Where containers start.
    pub fargate: Fargate,
    /// `ERRAND_MAX_RUNNING`: live runs at once.
    pub max_running: u32,
    /// `ERRAND_USER_MAX_RUNNING`: live runs of one user at once.
    pub user_max_running: u32,
    /// `ERRAND_USER_MAX_QUEUED`: tasks of one user that may wait for a slot.
    pub user_max_queued: u32,
    /// `ERRAND_TICK_MS`: how often the dispatcher is woken though nothing rings.
    pub tick: Duration,
    /// `ERRAND_LEASE_MS`: a run that is silent for so long is lost.
    pub lease: Duration,
    /// `ERRAND_HEARTBEAT_MS`: a runner speaks at least this often, and hears at the latest then what is wanted of it.
    pub heartbeat: Duration,
    /// `ERRAND_START_TIMEOUT_MS`: a container has so long to report.
    pub start_timeout: Duration,
    /// `ERRAND_CANCEL_GRACE_MS`: a run that was called off has so long to end by itself; half of it, if its runner has not
    /// reported yet.
    pub cancel_grace: Duration,
    /// `ERRAND_STRICT_CONTAINERS=1`: the container service knows every container it was ever asked for at once, so one
    /// it does not know is gone. On AWS listings lag, and only the lease tells.
    pub strict_containers: bool,
    /// `ERRAND_DEMO_MODEL=1`: no real model answers here.
    pub demo_model: bool,
    /// `ERRAND_ALLOW_LOCAL_REPOSITORIES=1`: `file:///` repositories too.
    pub repositories: RepositoryPolicy,
}

/// The account that the first sign-in makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAdmin {
    /// `ERRAND_ADMIN_EMAIL`
    pub email: String,
    /// `ERRAND_ADMIN_SECRET`: the name or ARN of the secret that holds its password.
    pub secret: String,
}

/// How a run's container is started.
#[derive(Clone, Debug, Default)]
pub struct Fargate {
    /// `ERRAND_CLUSTER`
    pub cluster: String,
    /// `ERRAND_TASK_DEFINITION`: the family, so that a new revision is picked up.
    pub task_definition: String,
    /// `ERRAND_CONTAINER`: name of the runner's container in it.
    pub container: String,
    /// `ERRAND_SUBNETS`, separated by commas.
    pub subnets: Vec<String>,
    /// `ERRAND_SECURITY_GROUPS`, separated by commas.
    pub security_groups: Vec<String>,
}

impl Settings {
    /// Reads them all.
    ///
    /// # Errors
    /// Names the first variable that is missing or wrong.
    pub fn from_env() -> Result<Self, SettingsError> {
        Ok(Self {
            table: required("ERRAND_TABLE")?,
            queue_url: required("ERRAND_QUEUE_URL")?,
            bucket: required("ERRAND_BUCKET")?,
            run_url: required("ERRAND_RUN_URL")?,
            socket_url: required("ERRAND_SOCKET_URL")?,
            management_url: required("ERRAND_MANAGEMENT_URL")?,
            signing_keys: env("ERRAND_SIGNING_KEYS").map(SecretString::from),
            verifying_keys: env("ERRAND_VERIFYING_KEYS"),
            first_admin: env("ERRAND_ADMIN_EMAIL")
                .zip(env("ERRAND_ADMIN_SECRET"))
                .map(|(email, secret)| FirstAdmin { email, secret }),
            metrics: if flag("ERRAND_METRICS")? {
                Metrics::to_stdout(&required("ERRAND_STAGE")?)
            } else {
                Metrics::default()
            },
            fargate: Fargate {
                cluster: required("ERRAND_CLUSTER")?,
                task_definition: required("ERRAND_TASK_DEFINITION")?,
                container: env("ERRAND_CONTAINER").unwrap_or_else(|| "runner".to_owned()),
                subnets: list("ERRAND_SUBNETS"),
                security_groups: list("ERRAND_SECURITY_GROUPS"),
            },
            max_running: parsed("ERRAND_MAX_RUNNING", "a whole number", 50)?,
            user_max_running: parsed("ERRAND_USER_MAX_RUNNING", "a whole number", 50)?,
            user_max_queued: parsed("ERRAND_USER_MAX_QUEUED", "a whole number", 1_000)?,
            tick: millis("ERRAND_TICK_MS", 60_000)?,
            lease: millis("ERRAND_LEASE_MS", 45_000)?,
            heartbeat: millis("ERRAND_HEARTBEAT_MS", 15_000)?,
            start_timeout: millis("ERRAND_START_TIMEOUT_MS", 300_000)?,
            cancel_grace: millis("ERRAND_CANCEL_GRACE_MS", 30_000)?,
            strict_containers: flag("ERRAND_STRICT_CONTAINERS")?,
            demo_model: flag("ERRAND_DEMO_MODEL")?,
            repositories: RepositoryPolicy {
                local_files: flag("ERRAND_ALLOW_LOCAL_REPOSITORIES")?,
            },
        })
    }

    /// Seconds after which somebody has to ring for what is due then: nobody, if a tick comes by before and can do so.
    #[must_use]
    pub fn ring_in(&self, due: Timestamp, now: Timestamp) -> Option<i32> {
        let tick = SignedDuration::try_from(self.tick).ok()?;
        let wait = due.duration_since(now);
        if tick <= OFTEN || wait > tick + LATE {
            return None;
        }
        // Rounded up, since a ring that comes too early finds nothing; and SQS keeps none for longer.
        let seconds = wait.as_millis().max(0).unsigned_abs().div_ceil(1_000).min(900);
        i32::try_from(seconds).ok()
    }

    /// How much may run and wait at once where nobody has set it since.
    #[must_use]
    pub const fn limits(&self) -> LimitsView {
        LimitsView {
            running_total: self.max_running,
            running_per_user: self.user_max_running,
            queued_per_user: self.user_max_queued,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(crate) fn required(name: &str) -> Result<String, SettingsError> {
    env(name).ok_or_else(|| SettingsError::Missing(name.to_owned()))
}

fn parsed<T: FromStr>(
    name: &'static str,
    expected: &'static str,
    default: T,
) -> Result<T, SettingsError> {
    env(name).map_or(Ok(default), |text| {
        text.parse().map_err(|_| SettingsError::Wrong { name, expected })
    })
}

fn millis(name: &'static str, default: u64) -> Result<Duration, SettingsError> {
    parsed(name, "a whole number of milliseconds", default).map(Duration::from_millis)
}

fn flag(name: &'static str) -> Result<bool, SettingsError> {
    match env(name).as_deref() {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(SettingsError::Wrong { name, expected: "`1` or `0`" }),
    }
}

fn list(name: &str) -> Vec<String> {
    env(name)
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}
