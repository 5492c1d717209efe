//! The processes of a task: how the first one is started and waited for.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    thread,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;

use super::{
    processes::{Processes, oom_kills},
    task::Stopped,
};
use crate::data::private_file;

/// What is started.
#[derive(Clone, Debug)]
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) environment: Vec<(String, String)>,
    pub(super) work_dir: PathBuf,
    pub(super) log: PathBuf,
}

type Order = (Launch, oneshot::Sender<io::Result<Child>>);

/// Starts processes from one thread that lives as long as we do. A supervisor asks the kernel to end it with its
/// parent, and by "parent" the kernel means the thread that started it: a worker thread would take its runs along.
pub(super) struct Launcher {
    orders: mpsc::UnboundedSender<Order>,
}

impl Launcher {
    pub(super) fn start(processes: Processes) -> io::Result<Self> {
        let (orders, mut todo) = mpsc::unbounded_channel::<Order>();
        let runtime = tokio::runtime::Handle::current();
        thread::Builder::new().name("launcher".to_owned()).spawn(move || {
            let _inside = runtime.enter();
            while let Some((launch, answer)) = todo.blocking_recv() {
                // If nobody takes the child any more, it is dropped and so killed.
                let _ = answer.send(processes.spawn(|| launch.start()));
            }
        })?;
        Ok(Self { orders })
    }

    pub(super) async fn launch(&self, launch: Launch) -> io::Result<Child> {
        let (answer, started) = oneshot::channel();
        let gone = || io::Error::new(ErrorKind::BrokenPipe, "the launcher ended");
        self.orders.send((launch, answer)).map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}

impl Launch {
    fn start(self) -> io::Result<Child> {
        // A directory of this name was left by a server that was killed.
        match fs::remove_dir_all(&self.work_dir) {
            Err(err) if err.kind() != ErrorKind::NotFound => return Err(err),
            Ok(()) | Err(_) => {}
        }
        fs::create_dir_all(&self.work_dir)?;
        let log = private_file().append(true).open(&self.log)?;
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        Command::new(&self.program)
            .env_clear()
            .env("PATH", path)
            .envs(self.environment)
            .current_dir(&self.work_dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in a terminal goes to our own group: we tell the runners ourselves.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

/// Waits until the first process of a task ends. When `stop` comes it is asked to, and `grace` later made to.
pub(super) async fn wait(
    mut child: Child,
    stop: &CancellationToken,
    grace: Duration,
    processes: &Processes,
) -> Stopped {
    let oom_kills_before = oom_kills();
    let id = child.id();
    let mut forced = false;
    let ended = tokio::select! {
        ended = child.wait() => ended,
        () = stop.cancelled() => {
            Processes::terminate(id);
            match tokio::time::timeout(grace, child.wait()).await {
                Ok(ended) => ended,
                Err(_) => {
                    forced = true;
                    Processes::kill_group(id);
                    child.wait().await
                }
            }
        }
    };
    processes.forget(id);
    // Whatever of its process group outlived it.
    Processes::kill_group(id);
    match ended {
        Ok(status) => {
            let by_kernel = !forced && status.signal() == Some(9);
            let oom = by_kernel && oom_kills() > oom_kills_before;
            Stopped {
                exit_code: Some(exit_code(status)),
                container_reason: oom
                    .then(|| "OutOfMemoryError: container killed due to memory usage".to_owned()),
                never_started: false,
            }
        }
        Err(error) => Stopped {
            exit_code: None,
            container_reason: Some(format!("the process was lost: {error}")),
            never_started: false,
        },
    }
}

/// As containers report it: 128 and the signal, for what ended by one.
fn exit_code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

/// A container's files go with it.
pub(super) async fn clear(work_dir: &Path) {
    match tokio::fs::remove_dir_all(work_dir).await {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(dir = %work_dir.display(), %error, "a run's directory was not removed");
        }
        Ok(()) | Err(_) => {}
    }
}
