//! The wrapper as a child process: started, listened to, and brought down with everything it started.

use std::{
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    clock,
    ending::Exit,
    lines::{Line, Lines, shown},
    reaper,
    stderr::{self, Throttle},
    wire::{self, Ear, Heard},
};

/// After SIGTERM by the machine everything must be over within 10 s.
const HURRIED_GRACE: Duration = Duration::from_millis(1_500);
/// The wrapper takes no more.
const MAX_INNER_GRACE_S: f64 = 120.0;
const STDERR_LINE_BYTES: usize = 64 * 1024;
const SHOWN_STDERR_BYTES: usize = 4 * 1024;

/// How urgently work is to stop; it only ever grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    NotYet,
    /// In order, with time for last words.
    Gently,
    /// In order, but a person waits.
    Promptly,
    /// In order, but the machine goes away in seconds.
    Soon,
    /// Nobody wants to hear more.
    AtOnce,
}

/// What to start, and how.
#[derive(Debug)]
pub(crate) struct Launch {
    /// Program and arguments.
    pub command: Vec<String>,
    pub directory: PathBuf,
    /// All that it sees of the environment.
    pub environment: Vec<(String, String)>,
    /// The first line that it is told.
    pub start: String,
    pub graces: Graces,
}

/// How long each step of the ordered stop may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Graces {
    pub usual: Duration,
    /// Where a person waits.
    pub prompt: Duration,
}

impl Graces {
    fn of(self, stop: Stop) -> Duration {
        match stop {
            Stop::NotYet | Stop::Gently => self.usual,
            Stop::Promptly => self.prompt,
            Stop::Soon => self.usual.min(HURRIED_GRACE),
            Stop::AtOnce => Duration::ZERO,
        }
    }
}

/// What is left when all processes are gone.
pub(crate) struct Gone {
    pub exit: Exit,
    /// Processes that could not be killed.
    pub survivors: usize,
    /// The tasks that still read what was in the pipes. The channel of what was heard closes when they are done.
    pub readers: JoinSet<()>,
}

/// Runs the wrapper until it ends or is to stop.
///
/// # Errors
/// The wrapper cannot be started.
pub(crate) async fn run(
    launch: Launch,
    heard: mpsc::Sender<Heard>,
    mut stop: watch::Receiver<Stop>,
) -> anyhow::Result<Gone> {
    let mut child = spawn(&launch)?;
    let group = child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
    let (tell, told) = mpsc::channel(4);
    let (closed, mut stdout_closed) = mpsc::channel::<()>(1);
    let mut readers = JoinSet::new();
    if let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    {
        readers.spawn(write_commands(stdin, told));
        readers.spawn(read_stderr(stderr, heard.clone()));
        readers.spawn(async move {
            read_events(stdout, heard).await;
            drop(closed);
        });
    }
    let _ = tell.try_send(launch.start);

    tokio::select! {
        _ = child.wait() => (),
        _ = stdout_closed.recv() => (),
        _ = stop.wait_for(|stop| *stop > Stop::NotYet) => (),
    }
    let exit = bring_down(&mut child, group, &tell, launch.graces, &mut stop).await;
    // Commands of Claude Code have sessions of their own, and a daemon has lost its parents: no group holds them.
    let survivors = reaper::sweep().await;
    Ok(Gone { exit, survivors, readers })
}

fn spawn(launch: &Launch) -> anyhow::Result<Child> {
    let (program, arguments) = launch.command.split_first().context("no program")?;
    Command::new(program)
        .args(arguments)
        .current_dir(&launch.directory)
        .env_clear()
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("the wrapper `{program}` cannot be started"))
}

/// Asks, then SIGTERM to the group, then SIGKILL; each step only if the one before did not do.
async fn bring_down(
    child: &mut Child,
    group: Option<Pid>,
    tell: &mpsc::Sender<String>,
    graces: Graces,
    stop: &mut watch::Receiver<Stop>,
) -> Exit {
    // The wrapper needs some of the time for itself.
    let inner_grace = graces.of(*stop.borrow()).mul_f64(0.7).as_secs_f64().min(MAX_INNER_GRACE_S);
    let _ = tell.try_send(wire::shutdown("stop", inner_grace));
    let mut insisted = false;
    for signal in [Some(Signal::TERM), Some(Signal::KILL), None] {
        if let Some(exit) = exit_within(child, graces, stop).await {
            return if insisted { exit.forced() } else { exit };
        }
        insisted = true;
        // As long as its leader was not waited for, the group's number cannot be another's.
        if let (Some(group), Some(signal)) = (group, signal)
            && let Err(err) = kill_process_group(group, signal)
        {
            tracing::warn!(%err, "cannot signal the wrapper's group");
        }
    }
    let killed = tokio::time::timeout(Duration::from_secs(2), child.wait()).await;
    killed.map_or(Exit::Unknown, exit)
}

async fn exit_within(
    child: &mut Child,
    graces: Graces,
    stop: &mut watch::Receiver<Stop>,
) -> Option<Exit> {
    let began = Instant::now();
    loop {
        let urgency = *stop.borrow_and_update();
        tokio::select! {
            biased;
            status = child.wait() => return Some(exit(status)),
            () = sleep_until(began + graces.of(urgency)) => return None,
            changed = stop.changed() => if changed.is_err() { return None },
        }
    }
}

fn exit(status: std::io::Result<ExitStatus>) -> Exit {
    let Ok(status) = status else { return Exit::Unknown };
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unknown,
    }
}

/// A task of its own: a child that does not read must not hold up anything else.
async fn write_commands(mut stdin: ChildStdin, mut commands: mpsc::Receiver<String>) {
    while let Some(mut line) = commands.recv().await {
        line.push('\n');
        // A child that closed its stdin will hear by signal.
        if stdin.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Stops reading while nobody takes what was read: the child feels it, and nothing is lost.
async fn read_events(stdout: ChildStdout, heard: mpsc::Sender<Heard>) {
    let mut lines = Lines::new(stdout, wire::LINE_BYTES);
    let mut ear = Ear::default();
    while let Ok(Some(line)) = lines.next().await {
        for said in ear.hear(&line, clock::now()) {
            if heard.send(said).await.is_err() {
                return;
            }
        }
    }
}

/// Never holds the child up: what is too much is counted and left out.
async fn read_stderr(stderr: ChildStderr, heard: mpsc::Sender<Heard>) {
    let mut lines = Lines::new(stderr, STDERR_LINE_BYTES);
    let mut throttle = Throttle::new(Instant::now());
    while let Ok(Some(line)) = lines.next().await {
        let (Line::Whole(bytes) | Line::Half(bytes) | Line::TooLong { head: bytes, .. }) = line;
        if let Some(left_out) = throttle.admit(Instant::now()) {
            let room = heard.try_reserve_many(2);
            let Ok(room) = room else {
                throttle.left_out(left_out + 1);
                continue;
            };
            let text = shown(&bytes, SHOWN_STDERR_BYTES);
            let remark = (left_out > 0).then(|| stderr::left_out(left_out));
            for (place, said) in room.zip(remark.into_iter().chain([stderr::line(text)])) {
                place.send(said);
            }
        }
    }
    if let Some(said) = throttle.rest() {
        let _ = heard.try_send(said);
    }
}
