//! Nothing of a run outlives it: finds and kills every descendant, whatever it did to get away.
//!
//! This process is their subreaper: a daemon that left its session and lost its parents becomes our child. What
//! cannot be killed directly (a fork in the same instant) is found by the next look.

use std::{collections::HashMap, fs, time::Duration};

use rustix::{
    io::Errno,
    process::{
        Pid, PidfdFlags, Signal, WaitOptions, getpid, pidfd_open, pidfd_send_signal, waitpid,
    },
};
use tokio::time::{Instant, sleep};

/// Whoever is alive after this long can only be in an uninterruptible call, or another user's.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// One line of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    state: char,
    /// In clock ticks since boot. With the pid it names a process for good.
    started: u64,
}

/// Kills all descendants of this process until none is left, and gives how many could not be killed.
///
/// Every child that is waited for elsewhere must have been waited for already.
pub(crate) async fn sweep() -> usize {
    let give_up = Instant::now() + GIVE_UP_AFTER;
    let mut pause = Duration::from_millis(1);
    loop {
        let left = descendants(getpid().as_raw_nonzero().get(), &processes());
        if left.is_empty() {
            return 0;
        }
        if Instant::now() >= give_up {
            return left.len();
        }
        for process in left {
            end(process);
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn end(process: Process) {
    let Some(pid) = Pid::from_raw(process.pid) else { return };
    if process.state == 'Z' {
        // Only our own children can be reaped; others go when their parent does.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        return;
    }
    // A pid may be another's by now; the descriptor is of one process for good, and then it is looked at again.
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(handle) if look_up(process.pid).is_some_and(|now| now.started == process.started) => {
            if let Err(err) = pidfd_send_signal(handle, Signal::KILL)
                && err != Errno::SRCH
            {
                tracing::warn!(pid = process.pid, %err, "cannot kill a process of this run");
            }
        }
        Ok(_) | Err(Errno::SRCH) => (),
        Err(err) => tracing::warn!(pid = process.pid, %err, "cannot reach a process of this run"),
    }
}

fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return vec![] };
    entries.filter_map(|entry| look_up(entry.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

fn look_up(pid: i32) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(pid, &String::from_utf8_lossy(&stat))
}

/// The name stands in parentheses and may hold anything, parentheses and spaces included.
fn parse(pid: i32, stat: &str) -> Option<Process> {
    let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    Some(Process { pid, parent, state, started })
}

fn descendants(ancestor: i32, all: &[Process]) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = Vec::new();
    let mut look_at = vec![ancestor];
    while let Some(parent) = look_at.pop() {
        let children = children.remove(&parent).unwrap_or_default();
        look_at.extend(children.iter().map(|child| child.pid));
        found.extend(children);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> Process {
        Process { pid, parent, state: 'S', started: 1 }
    }

    #[test]
    fn a_name_that_looks_like_fields_does_not_confuse() {
        let stat = "7 (evil) Z 1 (x) S 4 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0";
        let expected = Process { pid: 7, parent: 4, state: 'S', started: 12_345 };
        assert_eq!(parse(7, stat), Some(expected));
        assert_eq!(parse(7, "7 (cut"), None);
    }

    #[test]
    fn this_very_process_can_be_looked_up() {
        let me = getpid().as_raw_nonzero().get();
        let found = look_up(me).unwrap();
        assert_eq!(found.parent, rustix::process::getppid().unwrap().as_raw_nonzero().get());
        assert!(found.started > 0);
    }

    #[test]
    fn descendants_are_children_and_theirs_and_nobody_else() {
        let all = [process(1, 0), process(2, 1), process(3, 2), process(4, 3), process(5, 1)];
        let mut found: Vec<i32> = descendants(2, &all).iter().map(|process| process.pid).collect();
        found.sort_unstable();
        assert_eq!(found, [3, 4]);
    }
}
