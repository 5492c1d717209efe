//! `errand-local` as a process of its own, started as an operator starts it.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context as _;
use jiff::Timestamp;
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
    setup: Setup,
    child: Child,
    // Kept open: a server that cannot print would be another one.
    _stdout: Lines<BufReader<ChildStdout>>,
    dir: TempDir,
}

/// What a server is started with.
#[derive(Clone)]
struct Setup {
    wrapper: Vec<String>,
    supervisor: PathBuf,
    max_running: u32,
}

impl Server {
    /// Starts one on empty data, with `wrapper` as the child of its supervisors.
    pub(crate) async fn start(wrapper: &[String], max_running: u32) -> anyhow::Result<Self> {
        Self::start_with(wrapper, max_running, programs::program("supervisor")?).await
    }

    /// The same, with another program as its supervisor.
    pub(crate) async fn start_with(
        wrapper: &[String],
        max_running: u32,
        supervisor: PathBuf,
    ) -> anyhow::Result<Self> {
        let setup = Setup { wrapper: wrapper.to_owned(), supervisor, max_running };
        Self::start_on(TempDir::with_prefix("errand-bench-")?, setup).await
    }

    /// Kills it with all it was about, and starts it again on the same data; tells when.
    pub(crate) async fn kill_and_start_again(mut self) -> anyhow::Result<(Self, Timestamp)> {
        processes::kill(self.pid, Signal::KILL)?;
        timeout(STOP, self.child.wait()).await.context("errand-local does not end")??;
        let began = runtime::clock::now();
        Ok((Self::start_on(self.dir, self.setup).await?, began))
    }

    async fn start_on(dir: TempDir, setup: Setup) -> anyhow::Result<Self> {
        let mut child = Command::new(programs::program("errand-local")?)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()))
            .env("ERRAND_PORT", "0")
            .env("ERRAND_DATA", dir.path().join("data"))
            .env("ERRAND_ADMIN_EMAIL", EMAIL)
            .env("ERRAND_ADMIN_PASSWORD", PASSWORD)
            .env("ERRAND_MAX_RUNNING", setup.max_running.to_string())
            .env("ERRAND_SUPERVISOR", &setup.supervisor)
            .env("ERRAND_WRAPPER", serde_json::json!(setup.wrapper).to_string())
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
        Ok(Self { api, pid, setup, child, _stdout: lines, dir })
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
