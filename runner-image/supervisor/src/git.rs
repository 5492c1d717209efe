//! Git, on repositories whose owner is not trusted.
//!
//! **Invariant:** arguments only, never a shell; a cleared environment; no configuration but what stands here; no
//! hooks, no helpers, no submodules; no transport but https (and files, where the address says so).

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
    time::timeout,
};

/// Holds in every repository, whatever its own configuration says: `-c` goes above it.
const CONFIG: [&str; 20] = [
    "protocol.allow=never",
    "protocol.https.allow=always",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.askPass=",
    "core.sshCommand=false",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.bigFileThreshold=32m",
    "credential.helper=",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "init.defaultBranch=main",
    "advice.detachedHead=false",
    "advice.addEmbeddedRepo=false",
];

/// What git said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub ok: bool,
    pub stdout: Vec<u8>,
    /// There was more of it than was to be kept.
    pub cut: bool,
    pub stderr: String,
}

impl Answer {
    /// One line of output.
    pub(crate) fn line(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }
}

/// One git command on its way.
pub(crate) struct Git {
    command: Command,
    limit: Duration,
    keep: usize,
    input: Option<PathBuf>,
}

impl Git {
    /// Git as it runs in `directory`, with `files` as a second transport.
    pub(crate) fn new(path: &str, directory: &Path, files: bool) -> Self {
        let mut command = Command::new("git");
        for setting in CONFIG {
            command.args(["-c", setting]);
        }
        if files {
            command.args(["-c", "protocol.file.allow=always"]);
        }
        command
            .current_dir(directory)
            .env_clear()
            .env("PATH", path)
            .env("LANG", "C")
            .env("LC_ALL", "C")
            .env("GIT_ALLOW_PROTOCOL", if files { "https:file" } else { "https" })
            .env("GIT_PROTOCOL_FROM_USER", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        Self { command, limit: Duration::from_secs(60), keep: 64 * 1024, input: None }
    }

    pub(crate) fn args<S: AsRef<std::ffi::OsStr>>(
        mut self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        self.command.args(arguments);
        self
    }

    /// It may take so long.
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// So much of its output is kept.
    pub(crate) fn keeping(mut self, bytes: usize) -> Self {
        self.keep = bytes;
        self
    }

    /// It reads this file.
    pub(crate) fn reading(mut self, input: PathBuf) -> Self {
        self.input = Some(input);
        self
    }

    /// # Errors
    /// Git cannot be started, or was killed because it took too long.
    pub(crate) async fn run(mut self) -> anyhow::Result<Answer> {
        if let Some(input) = &self.input {
            self.command.stdin(std::fs::File::open(input).context("no input for git")?);
        }
        let mut child = self.command.spawn().context("git cannot be started")?;
        let group = child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
        let kill = || group.map(|group| kill_process_group(group, Signal::KILL));
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            anyhow::bail!("git has no output");
        };
        let keep = self.keep;
        let work = async {
            let stdout = async {
                let (stdout, cut) = read(stdout, keep).await;
                if cut {
                    kill();
                }
                (stdout, cut)
            };
            let (stdout, stderr) = tokio::join!(stdout, read_all(stderr));
            (stdout, stderr, child.wait().await)
        };
        let Ok(((stdout, cut), stderr, status)) = timeout(self.limit, work).await else {
            kill();
            let _ = child.wait().await;
            anyhow::bail!("git took longer than {} s", self.limit.as_secs());
        };
        let ok = status.context("git was lost")?.success();
        Ok(Answer { ok, stdout, cut, stderr })
    }
}

async fn read(source: impl AsyncRead + Unpin, keep: usize) -> (Vec<u8>, bool) {
    let mut kept = Vec::new();
    // A pipe that breaks ends like one that is closed; the exit code tells them apart.
    let _ = source.take(keep as u64 + 1).read_to_end(&mut kept).await;
    let cut = kept.len() > keep;
    kept.truncate(keep);
    (kept, cut)
}

/// The beginning is kept, and the rest is read, so that the writer is not held up.
async fn read_all(mut source: impl AsyncRead + Unpin) -> String {
    let (kept, _) = read(&mut source, 16 * 1024).await;
    let _ = tokio::io::copy(&mut source, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}
