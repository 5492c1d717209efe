//! The processes of a server: who they are and how much memory they took at most.

use std::{collections::BTreeMap, fs};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// What a process is to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Server,
    Supervisor,
    Wrapper,
    ClaudeCode,
}

/// Peak memory in bytes, the largest of each role.
pub(crate) type Peaks = BTreeMap<Role, u64>;

/// The most memory that a process has had, in bytes (`VmHWM`).
pub(crate) fn peak(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line
        .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .context("the process is gone")?;
    Ok(kib * 1024)
}

/// Adds what the processes of a server have taken so far.
pub(crate) fn add_peaks(server: u32, peaks: &mut Peaks) {
    for (role, pid) in family(server) {
        // One that has just ended was looked at before.
        if let Ok(bytes) = peak(pid) {
            let most = peaks.entry(role).or_default();
            *most = bytes.max(*most);
        }
    }
}

/// The supervisors of a server.
pub(crate) fn supervisors(server: u32) -> Vec<u32> {
    let family = family(server).into_iter();
    family.filter(|(role, _)| *role == Role::Supervisor).map(|(_, pid)| pid).collect()
}

pub(crate) fn kill(pid: u32, signal: Signal) -> anyhow::Result<()> {
    let pid = Pid::from_raw(pid.cast_signed()).context("no process")?;
    Ok(kill_process(pid, signal)?)
}

/// A server and all its descendants, as far as they are part of the product.
fn family(server: u32) -> Vec<(Role, u32)> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        if let Some((pid, parent)) = pid.and_then(|pid| Some((pid, parent_of(pid)?))) {
            parents.insert(pid, parent);
        }
    }
    let descends = |pid: u32| {
        let ancestors = std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
        ancestors.take(32).any(|ancestor| ancestor == server)
    };
    let found = parents.keys().filter(|pid| descends(**pid));
    found.filter_map(|pid| Some((role(*pid)?, *pid))).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn role(pid: u32) -> Option<Role> {
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words: Vec<_> =
        command.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word)).collect();
    let program = words.first()?.rsplit('/').next()?;
    match program {
        "errand-local" => Some(Role::Server),
        "supervisor" => Some(Role::Supervisor),
        "claude" => Some(Role::ClaudeCode),
        _ => words.iter().any(|word| word == "errand_wrapper").then_some(Role::Wrapper),
    }
}
