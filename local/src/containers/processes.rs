//! The processes of this machine, as far as they are ours to end.
//!
//! A process can leave its group and its session, but not its ancestry: the supervisor adopts what its children leave
//! behind, and this program adopts what a dead supervisor leaves behind (both are "child subreapers"). So once a
//! supervisor is gone, every child of ours that we did not start ourselves is a stray, with all its descendants. What
//! init adopted, because this program itself was killed, is known by its environment: a variable that points into the
//! directory of a run.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::ffi::OsStrExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, set_child_subreaper,
    waitpid,
};
use tokio::process::Child;

/// Rounds of looking and killing before we give up and say so. One is enough, but for what forks as fast as it is killed.
const ROUNDS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(10);

/// Starts and ends processes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Processes {
    /// Whether this program adopts, and has no children but runners: then one that nobody knows is a stray.
    adopting: bool,
    /// First processes of the runs that live.
    known: Arc<Mutex<BTreeSet<i32>>>,
}

impl Processes {
    /// For a program that has no other children than runners.
    pub(crate) fn adopting() -> io::Result<Self> {
        set_child_subreaper(Some(getpid()))?;
        Ok(Self { adopting: true, ..Self::default() })
    }

    /// Starts a child. No hunt sees it before it is known.
    pub(super) fn spawn(&self, start: impl FnOnce() -> io::Result<Child>) -> io::Result<Child> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let child = start()?;
        known.extend(child.id().and_then(|id| i32::try_from(id).ok()));
        Ok(child)
    }

    /// A child has ended, and its parent knows.
    pub(super) fn forget(&self, id: Option<u32>) {
        let id = id.and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Asks a process to end.
    pub(super) fn terminate(id: Option<u32>) {
        if let Some(pid) = pid(id) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    pub(super) fn kill_group(id: Option<u32>) {
        if let Some(pid) = pid(id) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    /// Ends every process of a run whose supervisor is gone.
    pub(super) async fn end_run(&self, work_dir: &Path) {
        self.hunt(work_dir).await;
    }

    /// Ends every process that a killed server left behind.
    pub(crate) async fn end_all(&self, runs: &Path) {
        let ended = self.hunt(runs).await;
        if ended > 0 {
            tracing::info!(processes = ended, "processes of an earlier server were ended");
        }
    }

    async fn hunt(&self, dir: &Path) -> usize {
        let mut ended = BTreeSet::new();
        for _ in 0..ROUNDS {
            let (this, dir) = (self.clone(), dir.to_owned());
            let found = tokio::task::spawn_blocking(move || this.kill_strays(&dir)).await;
            let Ok(found) = found else { return ended.len() };
            if found.is_empty() {
                return ended.len();
            }
            ended.extend(found);
            tokio::time::sleep(PAUSE).await;
        }
        tracing::error!(dir = %dir.display(), "processes of a run fork faster than they can be ended");
        ended.len()
    }

    /// One round: kills what belongs to `dir`, buries what is dead, and says what there was.
    fn kill_strays(&self, dir: &Path) -> Vec<i32> {
        let me = getpid().as_raw_pid();
        let strays: Vec<Process> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let all = all_processes();
            let adopted = |process: &Process| {
                self.adopting && process.parent == me && !known.contains(&process.pid)
            };
            let mut strays: BTreeSet<i32> =
                all.iter().filter(|p| adopted(p)).map(|p| p.pid).collect();
            // Parents may come after their children: repeat until nothing is added.
            loop {
                let before = strays.len();
                let of_strays = all.iter().filter(|p| strays.contains(&p.parent)).map(|p| p.pid);
                let of_strays: Vec<_> = of_strays.collect();
                strays.extend(of_strays);
                if strays.len() == before {
                    break;
                }
            }
            let marked = |p: &Process| p.pid != me && !p.dead && points_into(p.pid, dir);
            all.into_iter().filter(|p| strays.contains(&p.pid) || marked(p)).collect()
        };
        // A dead one that another process has to bury is none of our business.
        let strays = strays.into_iter().filter(|p| !p.dead || p.parent == me);
        strays
            .filter_map(|process| {
                let pid = Pid::from_raw(process.pid)?;
                if !process.dead {
                    let _ = kill_process(pid, Signal::KILL);
                }
                if process.parent == me && self.adopting {
                    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
                }
                Some(process.pid)
            })
            .collect()
    }
}

/// How often the kernel ran out of memory and killed for it.
pub(super) fn oom_kills() -> u64 {
    let counters = fs::read_to_string("/proc/vmstat").unwrap_or_default();
    let count = counters.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok());
    count.unwrap_or_default()
}

fn pid(id: Option<u32>) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id?).ok()?)
}

#[derive(Debug)]
struct Process {
    pid: i32,
    parent: i32,
    dead: bool,
}

fn all_processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(process).collect()
}

/// Gone by now, for `None`.
fn process(pid: i32) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses and may hold anything, parentheses as well.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let dead = matches!(fields.next()?, "Z" | "X");
    Some(Process { pid, parent: fields.next()?.parse().ok()?, dead })
}

/// Whether a process was started for what is in `dir`. Where a shell of the operator happens to be does not count.
fn points_into(pid: i32, dir: &Path) -> bool {
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
    let dir = dir.as_os_str().as_bytes();
    environment
        .split(|byte| *byte == 0)
        .filter(|variable| !variable.starts_with(b"PWD=") && !variable.starts_with(b"OLDPWD="))
        .filter_map(|variable| variable.splitn(2, |byte| *byte == b'=').nth(1))
        .flat_map(|value| value.split(|byte| *byte == b':'))
        .any(|path| {
            path.strip_prefix(dir).is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
        })
}
