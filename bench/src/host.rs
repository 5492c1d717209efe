//! Where and of what the numbers are.

use std::{fs, process::Command, thread};

use serde::Serialize;

use crate::programs;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Host {
    /// As it was given: the benchmark itself does not look at a calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// With `+` where files differ from it.
    pub commit: String,
    pub cpus: usize,
    pub cpu: String,
    /// Of the last minute before the benchmark began: above 0.5 something else was at work.
    pub load_before: f64,
    pub kernel: String,
    pub profile: &'static str,
    pub version: &'static str,
    pub rustc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claude_agent_sdk: Option<String>,
}

impl Host {
    pub(crate) fn look(date: Option<String>) -> Self {
        let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
        let changed = !said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
        Self {
            date,
            commit: if changed { commit + "+" } else { commit },
            cpus: thread::available_parallelism().map_or(0, usize::from),
            cpu: cpu(),
            load_before: load(),
            kernel: said("uname", &["-sr"]),
            profile: if cfg!(debug_assertions) { "dev" } else { "release" },
            version: env!("CARGO_PKG_VERSION"),
            rustc: said("rustc", &["--version"]),
            claude_agent_sdk: claude_agent_sdk(),
        }
    }
}

/// What a program prints about itself; nothing if it is not there.
fn said(program: &str, arguments: &[&str]) -> String {
    let output =
        Command::new(program).args(arguments).current_dir(programs::repository_root()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map(|(_, name)| name.trim().to_owned()).unwrap_or_default()
}

fn claude_agent_sdk() -> Option<String> {
    let lib = programs::repository_root().join(".venv/lib");
    let pythons = fs::read_dir(lib).ok()?.flatten();
    let packages =
        pythons.filter_map(|python| fs::read_dir(python.path().join("site-packages")).ok());
    let mut names =
        packages.flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.find_map(|name| {
        Some(name.strip_prefix("claude_agent_sdk-")?.strip_suffix(".dist-info")?.to_owned())
    })
}

fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}
