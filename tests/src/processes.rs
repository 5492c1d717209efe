//! The processes of this machine, as far as they belong to a server under test.

use std::{fs, os::unix::ffi::OsStrExt as _, path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use crate::DEADLINE;

/// The kernel tells nobody when processes come and go: one has to look.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A process that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    /// Its program and arguments.
    pub command: Vec<String>,
}

impl Process {
    /// Whether any word of its command line contains `text`.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.command.iter().any(|word| word.contains(text))
    }

    /// Sends it a signal; it may have ended meanwhile.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            let _ = kill_process(pid, signal);
        }
    }
}

/// Every live process that has something to do with `dir`: by its environment, its arguments or where it is.
#[must_use]
pub fn of(dir: &Path) -> Vec<Process> {
    let me = std::process::id().cast_signed();
    let entries = fs::read_dir("/proc").expect("a /proc");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| *pid != me && points_into(*pid, dir)).filter_map(alive).collect()
}

/// Waits until the processes of `dir` are as wanted.
///
/// # Panics
/// When they are not in time.
pub async fn until<T>(dir: &Path, what: &str, wanted: impl Fn(&[Process]) -> Option<T>) -> T {
    let until = Instant::now() + DEADLINE;
    loop {
        let processes = of(dir);
        if let Some(found) = wanted(&processes) {
            return found;
        }
        assert!(Instant::now() < until, "waited in vain for {what}; there are {processes:#?}");
        sleep(LOOK_AGAIN).await;
    }
}

/// Waits for a process of `dir` whose command line contains `text`.
pub async fn one(dir: &Path, text: &str) -> Process {
    let found = |processes: &[Process]| processes.iter().find(|process| process.is(text)).cloned();
    until(dir, &format!("`{text}`"), found).await
}

fn points_into(pid: i32, dir: &Path) -> bool {
    let dir = dir.as_os_str().as_bytes();
    let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let at = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
    let has = |bytes: &[u8]| crate::secrets::contains(bytes, dir);
    has(&read("environ")) || has(&read("cmdline")) || has(at.as_os_str().as_bytes())
}

/// The process, unless it is dead and only its parent has not noticed yet.
fn alive(pid: i32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let state = stat.rsplit_once(") ")?.1.chars().next()?;
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = command.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    let command = words.map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    (!matches!(state, 'Z' | 'X')).then_some(Process { pid, command })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[tokio::test]
    async fn a_process_is_found_by_its_environment_its_arguments_and_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_str().unwrap();
        for command in [
            Command::new("sleep").arg("60").env("HOME", dir.path()),
            Command::new("sleep").arg("60").current_dir(dir.path()),
            // It waits for a line that never comes.
            Command::new("sh").args(["-c", "read line", path]).stdin(Stdio::piped()),
        ] {
            let mut child = command.spawn().unwrap();
            let pid = child.id().cast_signed();
            // What a child is given shows a moment after it was started.
            let found =
                |all: &[Process]| all.iter().any(|process| process.pid == pid).then_some(());
            until(dir.path(), "the child", found).await;
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(of(dir.path()), []);
    }
}
