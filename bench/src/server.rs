//! `errand-local` as a process of its own, started as an operator starts it.

use std::{process::Stdio, time::Duration};

use anyhow::Context as _;
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{client::Api, processes, programs};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(60);

pub(crate) const EMAIL: &str = "bench@errand.test";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A running server, and its first user.
pub(crate) struct Server {
    pub(crate) api: Api,
    pub(crate) pid: u32,
    child: Child,
    // Kept open: a server that cannot print would be another one.
    _stdout: Lines<BufReader<ChildStdout>>,
    _dir: TempDir,
}

impl Server {
    /// Starts one on empty data, with `wrapper` as the child of its supervisors.
    pub(crate) async fn start(wrapper: &[String], max_running: u32) -> anyhow::Result<Self> {
        let dir = TempDir::with_prefix("errand-bench-")?;
        let mut child = Command::new(programs::program("errand-local")?)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()))
            .env("ERRAND_PORT", "0")
            .env("ERRAND_DATA", dir.path().join("data"))
            .env("ERRAND_ADMIN_EMAIL", EMAIL)
            .env("ERRAND_ADMIN_PASSWORD", PASSWORD)
            .env("ERRAND_MAX_RUNNING", max_running.to_string())
            .env("ERRAND_SUPERVISOR", programs::program("supervisor")?)
            .env("ERRAND_WRAPPER", serde_json::json!(wrapper).to_string())
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("errand-local cannot be started")?;
        let pid = child.id().context("errand-local has ended")?;
        let mut lines = BufReader::new(child.stdout.take().context("no pipe")?).lines();
        let url =
            timeout(START, ready(&mut lines)).await.context("errand-local does not start")??;
        let api = Api::sign_in(&url, EMAIL, PASSWORD).await?;
        Ok(Self { api, pid, child, _stdout: lines, _dir: dir })
    }

    /// Ends it, and all its runs with it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        processes::kill(self.pid, Signal::TERM)?;
        timeout(STOP, self.child.wait()).await.context("errand-local does not end")??;
        Ok(())
    }
}

async fn ready(lines: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<String> {
    while let Some(line) = lines.next_line().await? {
        if let Some(url) = line.strip_prefix("ready at ") {
            return Ok(url.to_owned());
        }
    }
    anyhow::bail!("errand-local ended before it was ready")
}
