//! Everything that whoever runs Errand on one machine may set: by environment variable, or by the same name in
//! `errand.toml`, in small letters and without `ERRAND_`. The environment wins.
//!
//! A start with a wrong setting would be a surprise later; so every setting that is unknown or wrong is named at once,
//! with what was expected.

mod programs;
mod source;

use std::{ffi::OsString, net::IpAddr, path::PathBuf, time::Duration};

use auth::password::Password;
use secrecy::SecretString;
use toml::Value;

pub use self::source::SettingsError;
use self::source::Source;

/// Variables of the command line client, which may be set in the same shell.
const OF_THE_CLIENT: &[&str] = &["ERRAND_URL", "ERRAND_TOKEN"];

/// The settings of the cloud on one machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `ERRAND_HOST`: the address to listen on.
    pub host: IpAddr,
    /// `ERRAND_PORT`: 0 takes any free port.
    pub port: u16,
    /// `ERRAND_DATA`: all that is kept.
    pub data: PathBuf,
    /// `ERRAND_ADMIN_EMAIL`: the first user.
    pub admin_email: String,
    /// `ERRAND_ADMIN_PASSWORD`: of the first user; made and printed once if none is given.
    pub admin_password: Option<SecretString>,
    /// `ERRAND_MAX_RUNNING`: runs at once.
    pub max_running: u32,
    /// `ERRAND_USER_MAX_RUNNING`: runs of one user at once; as many as there are, if it is not set.
    pub user_max_running: u32,
    /// `ERRAND_USER_MAX_QUEUED`: tasks of one user that may wait for a slot.
    pub user_max_queued: u32,
    /// `ANTHROPIC_API_KEY`: without it the demo model answers.
    pub model_key: Option<SecretString>,
    /// `ANTHROPIC_BASE_URL`: another address of the model.
    pub model_url: Option<String>,
    /// `ERRAND_ALLOW_LOCAL_REPOSITORIES`: `file:///` repositories too.
    pub local_repositories: bool,
    /// `ERRAND_SUPERVISOR`: the program that runs one attempt at a task.
    pub supervisor: PathBuf,
    /// `ERRAND_WRAPPER`: the command that the supervisor starts, as a JSON array.
    pub wrapper: Vec<String>,
    /// `ERRAND_DASHBOARD`: the directory of the built dashboard, if it is built.
    pub dashboard: Option<PathBuf>,
    /// `ERRAND_LOG`: what is logged, as in `RUST_LOG`.
    pub log: String,
    pub timing: Timing,
}

/// How long things take. Tests make them shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// `ERRAND_LEASE_MS`: a run that is silent for so long is lost.
    pub lease: Duration,
    /// `ERRAND_START_TIMEOUT_MS`: a runner has so long to report.
    pub start_timeout: Duration,
    /// `ERRAND_CANCEL_GRACE_MS`: a run that was called off has so long to end by itself; half of it, if its runner has not
    /// reported yet.
    pub cancel_grace: Duration,
    /// `ERRAND_STOP_TIMEOUT_MS`: between SIGTERM and SIGKILL.
    pub stop_timeout: Duration,
    /// `ERRAND_TICK_MS`: between two looks for what is due. A minute in the cloud.
    pub tick: Duration,
    /// `ERRAND_RING_VISIBILITY_MS`: a ring that failed rings again after this.
    pub ring_visibility: Duration,
    /// `ERRAND_SOCKET_IDLE_MS`: a WebSocket that is silent for so long ends.
    pub socket_idle: Duration,
    /// `ERRAND_SOCKET_LIFE_MS`: no WebSocket lives longer.
    pub socket_life: Duration,
}

impl Settings {
    /// Reads the environment of this process, and `errand.toml` of the working directory if there is one.
    ///
    /// # Errors
    /// Names every setting that is unknown or wrong.
    pub fn read() -> Result<Self, SettingsError> {
        let file = match std::fs::read_to_string("errand.toml") {
            Ok(text) => Some(text),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => None,
            Err(err) => return Err(SettingsError::File(err.to_string())),
        };
        Self::from_parts(std::env::vars_os(), file.as_deref())
    }

    /// Reads given variables and the text of a file.
    ///
    /// # Errors
    /// Names every setting that is unknown or wrong.
    pub fn from_parts(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        file: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let mut source = Source::new(variables, file, OF_THE_CLIENT)?;
        let max_running = source.take("max_running", RUNNING, read_running).unwrap_or(4);
        let settings = Self {
            host: source
                .take("host", "an IP address, such as 127.0.0.1", |v| text(v)?.parse().ok())
                .unwrap_or(IpAddr::from([127, 0, 0, 1])),
            port: source.take("port", "a port, 0 to 65535", number).unwrap_or(4100),
            data: source.take("data", "a directory", path).unwrap_or_else(|| ".errand".into()),
            admin_email: source
                .take("admin_email", "an e-mail address", read_email)
                .unwrap_or_else(|| "admin@localhost".to_owned()),
            admin_password: source.take("admin_password", PASSWORD, read_password),
            max_running,
            user_max_running: source
                .take("user_max_running", RUNNING, read_running)
                .unwrap_or(max_running),
            user_max_queued: source.take("user_max_queued", QUEUED, read_queued).unwrap_or(1_000),
            model_key: source.take("anthropic_api_key", "a key of the model", read_key),
            model_url: source.take(
                "anthropic_base_url",
                "an address that begins with http:// or https://",
                read_url,
            ),
            local_repositories: source
                .take("allow_local_repositories", "true or false", flag)
                .unwrap_or(false),
            supervisor: source
                .take("supervisor", "the path of a program that exists", read_program)
                .or_else(programs::supervisor)
                .unwrap_or_else(|| source.missing("supervisor", programs::NO_SUPERVISOR)),
            wrapper: source
                .take("wrapper", "a JSON array of strings, the program first", read_command)
                .or_else(programs::wrapper)
                .unwrap_or_else(|| source.missing("wrapper", programs::NO_WRAPPER)),
            dashboard: source
                .take("dashboard", "a directory with an index.html", read_site)
                .or_else(programs::dashboard),
            log: source
                .take("log", "a level, or a filter as in RUST_LOG", read_filter)
                .unwrap_or_else(|| "info".to_owned()),
            timing: Timing::take(&mut source),
        };
        source.finish(settings)
    }
}

impl Timing {
    fn take(source: &mut Source) -> Self {
        let mut ms = |name, default| {
            source
                .take(name, "a whole number of milliseconds, at least 1", |value| {
                    number(value).filter(|ms| *ms > 0)
                })
                .map_or(default, Duration::from_millis)
        };
        Self {
            lease: ms("lease_ms", Duration::from_secs(15)),
            start_timeout: ms("start_timeout_ms", Duration::from_secs(60)),
            cancel_grace: ms("cancel_grace_ms", Duration::from_secs(2)),
            stop_timeout: ms("stop_timeout_ms", Duration::from_secs(10)),
            tick: ms("tick_ms", Duration::from_millis(500)),
            ring_visibility: ms("ring_visibility_ms", Duration::from_secs(5)),
            socket_idle: ms("socket_idle_ms", Duration::from_mins(10)),
            socket_life: ms("socket_life_ms", Duration::from_hours(2)),
        }
    }
}

const RUNNING: &str = "a whole number, 1 to 1000";
const QUEUED: &str = "a whole number, 1 to 5000";
const PASSWORD: &str = "8 characters to 1024 bytes, and none of the passwords that are tried first";

fn text(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// A number, also as text: a variable is always text.
fn number<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    let number = match value {
        Value::Integer(number) => *number,
        _ => text(value)?.parse().ok()?,
    };
    T::try_from(number).ok()
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(flag) => Some(*flag),
        _ => match text(value)? {
            "1" | "true" | "yes" => Some(true),
            "0" | "false" | "no" => Some(false),
            _ => None,
        },
    }
}

fn path(value: &Value) -> Option<PathBuf> {
    text(value).map(PathBuf::from)
}

fn read_running(value: &Value) -> Option<u32> {
    number(value).filter(|running| (1..=1000).contains(running))
}

fn read_queued(value: &Value) -> Option<u32> {
    number(value).filter(|queued| (1..=5_000).contains(queued))
}

fn read_email(value: &Value) -> Option<String> {
    let email = text(value)?;
    let (name, host) = email.split_once('@')?;
    let fits = email.len() <= 254 && !name.is_empty() && !host.is_empty() && !host.contains('@');
    let plain = email.chars().all(|c| !c.is_whitespace() && !c.is_control());
    (fits && plain).then(|| email.to_owned())
}

fn read_password(value: &Value) -> Option<SecretString> {
    let password = value.as_str()?;
    Password::parse(password.to_owned()).ok().map(|_| password.into())
}

fn read_key(value: &Value) -> Option<SecretString> {
    let key = text(value)?;
    key.chars().all(|c| c.is_ascii_graphic()).then(|| key.into())
}

fn read_url(value: &Value) -> Option<String> {
    let url = text(value)?;
    let uri: http::Uri = url.parse().ok()?;
    (matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
        .then(|| url.trim_end_matches('/').to_owned())
}

fn read_program(value: &Value) -> Option<PathBuf> {
    path(value).filter(|path| path.is_file()).and_then(|path| std::path::absolute(path).ok())
}

fn read_site(value: &Value) -> Option<PathBuf> {
    path(value).filter(|path| path.join("index.html").is_file())
}

fn read_command(value: &Value) -> Option<Vec<String>> {
    let words: Vec<String> = match value {
        Value::Array(_) => value.clone().try_into().ok()?,
        _ => serde_json::from_str(text(value)?).ok()?,
    };
    words.first().is_some_and(|program| !program.is_empty()).then_some(words)
}

fn read_filter(value: &Value) -> Option<String> {
    let filter = text(value)?;
    tracing_subscriber::EnvFilter::try_new(filter).ok().map(|_| filter.to_owned())
}

#[cfg(test)]
#[path = "settings/tests.rs"]
mod tests;
