//! Everything that the environment may set, read once.

use std::{env, path::PathBuf, time::Duration};

use anyhow::{Context, bail, ensure};
use reqwest::Url;
use secrecy::SecretString;

const DEFAULT_UPSTREAM: &str = "https://api.anthropic.com";
/// `-P`: else Python would look for its modules in the workspace first.
const DEFAULT_WRAPPER: &str = r#"["python3","-P","-m","errand_wrapper"]"#;
const DEFAULT_SPOOL_BYTES: usize = 16 * 1024 * 1024;
const DEFAULT_KILL_GRACE_MS: u64 = 5_000;
const DEFAULT_CANCEL_LIMIT_MS: u64 = 12_000;

/// How this run reaches the world.
#[derive(Debug)]
pub(crate) struct Settings {
    pub run_url: Url,
    pub run_token: SecretString,
    /// A directory of this run's own.
    pub work_dir: PathBuf,
    /// Program and arguments of the wrapper; never empty.
    pub wrapper: Vec<String>,
    /// Absent: the model's service cannot be used, except for the demo model.
    pub model_key: Option<SecretString>,
    pub upstream: Url,
    pub demo_model: bool,
    /// The operator lets users name repositories on this machine.
    pub local_repositories: bool,
    /// Events that wait to be acknowledged may take so much memory.
    pub spool_bytes: usize,
    /// How long a step of the ordered stop may take before the next, harder one.
    pub kill_grace: Duration,
    /// When the run is called off, all of it is over after this: what was not kept or told by then is left out.
    pub cancel_limit: Duration,
    /// Leaves the work directory behind, to be looked at.
    pub keep_work: bool,
    /// Where git and the wrapper are looked for.
    pub path: String,
}

impl Settings {
    /// The one place that reads the environment.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong, and never repeats a secret.
    #[expect(clippy::disallowed_methods, reason = "this is that one place")]
    pub(crate) fn from_env() -> anyhow::Result<Self> {
        Self::from_lookup(|name| env::var(name).ok())
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let optional = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let required = |name: &str| optional(name).with_context(|| format!("{name} is not set"));
        let flag = |name: &str| match optional(name).as_deref() {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(_) => bail!("{name} must be 0 or 1"),
        };
        let number = |name: &str, default: u64| match optional(name) {
            None => Ok(default),
            Some(text) => text.parse().with_context(|| format!("{name} must be a whole number")),
        };

        let work_dir = PathBuf::from(required("ERRAND_WORK_DIR")?);
        ensure!(work_dir.is_absolute(), "ERRAND_WORK_DIR must be an absolute path");
        let spool_bytes = number("ERRAND_SPOOL_BYTES", DEFAULT_SPOOL_BYTES as u64)?;
        Ok(Self {
            run_url: url("ERRAND_RUN_URL", &required("ERRAND_RUN_URL")?)?,
            run_token: required("ERRAND_RUN_TOKEN")?.into(),
            work_dir,
            wrapper: wrapper(&optional("ERRAND_WRAPPER").unwrap_or(DEFAULT_WRAPPER.to_owned()))?,
            model_key: optional("ANTHROPIC_API_KEY").map(SecretString::from),
            upstream: url(
                "ANTHROPIC_BASE_URL",
                &optional("ANTHROPIC_BASE_URL").unwrap_or(DEFAULT_UPSTREAM.to_owned()),
            )?,
            demo_model: flag("ERRAND_DEMO_MODEL")?,
            local_repositories: flag("ERRAND_ALLOW_LOCAL_REPOSITORIES")?,
            spool_bytes: usize::try_from(spool_bytes).context("ERRAND_SPOOL_BYTES is too large")?,
            kill_grace: Duration::from_millis(number(
                "ERRAND_KILL_GRACE_MS",
                DEFAULT_KILL_GRACE_MS,
            )?),
            cancel_limit: Duration::from_millis(number(
                "ERRAND_CANCEL_LIMIT_MS",
                DEFAULT_CANCEL_LIMIT_MS,
            )?),
            keep_work: flag("ERRAND_KEEP_WORK")?,
            path: optional("PATH").unwrap_or("/usr/local/bin:/usr/bin:/bin".to_owned()),
        })
    }
}

fn url(name: &str, text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).with_context(|| format!("{name} must be a URL"))?;
    ensure!(matches!(url.scheme(), "http" | "https"), "{name} must be an http or https URL");
    ensure!(url.query().is_none() && url.fragment().is_none(), "{name} must end with its path");
    Ok(url)
}

fn wrapper(text: &str) -> anyhow::Result<Vec<String>> {
    let wrapper: Vec<String> = serde_json::from_str(text)
        .context("ERRAND_WRAPPER must be a JSON array of strings, the program first")?;
    ensure!(!wrapper.is_empty(), "ERRAND_WRAPPER must name a program");
    Ok(wrapper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(changes: &[(&str, &str)]) -> Result<Settings, String> {
        let base = [
            ("ERRAND_RUN_URL", "http://127.0.0.1:4100"),
            ("ERRAND_RUN_TOKEN", "canary-token"),
            ("ERRAND_WORK_DIR", "/work/run"),
        ];
        Settings::from_lookup(|name| {
            let found = changes.iter().chain(&base).find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
        .map_err(|err| err.to_string())
    }

    #[test]
    fn the_url_the_token_and_the_directory_are_enough() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.wrapper, ["python3", "-P", "-m", "errand_wrapper"]);
        assert_eq!(settings.upstream.as_str(), "https://api.anthropic.com/");
        assert_eq!(settings.spool_bytes, 16 * 1024 * 1024);
        assert_eq!(settings.kill_grace, Duration::from_secs(5));
        assert_eq!(settings.cancel_limit, Duration::from_secs(12));
        assert!(!settings.demo_model && !settings.keep_work && settings.model_key.is_none());
    }

    #[test]
    fn a_wrong_setting_is_refused_by_name() {
        let refused: Vec<String> = [
            [("ERRAND_RUN_URL", "")],
            [("ERRAND_RUN_URL", "ftp://x")],
            [("ERRAND_RUN_TOKEN", "")],
            [("ERRAND_WORK_DIR", "run")],
            [("ERRAND_WRAPPER", "python3 -m errand_wrapper")],
            [("ERRAND_WRAPPER", "[]")],
            [("ERRAND_DEMO_MODEL", "yes")],
            [("ERRAND_SPOOL_BYTES", "16 MiB")],
            [("ERRAND_KILL_GRACE_MS", "-1")],
            [("ERRAND_CANCEL_LIMIT_MS", "soon")],
            [("ANTHROPIC_BASE_URL", "nowhere")],
        ]
        .iter()
        .map(|change| settings(change).unwrap_err())
        .collect();
        insta::assert_snapshot!(refused.join("\n"), @r#"
        ERRAND_RUN_URL is not set
        ERRAND_RUN_URL must be an http or https URL
        ERRAND_RUN_TOKEN is not set
        ERRAND_WORK_DIR must be an absolute path
        ERRAND_WRAPPER must be a JSON array of strings, the program first
        ERRAND_WRAPPER must name a program
        ERRAND_DEMO_MODEL must be 0 or 1
        ERRAND_SPOOL_BYTES must be a whole number
        ERRAND_KILL_GRACE_MS must be a whole number
        ERRAND_CANCEL_LIMIT_MS must be a whole number
        ANTHROPIC_BASE_URL must be a URL
        "#);
    }

    #[test]
    fn a_secret_does_not_show_in_the_settings() {
        let shown = format!("{:?}", settings(&[("ANTHROPIC_API_KEY", "canary-key")]).unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
