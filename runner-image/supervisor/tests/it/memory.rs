//! A limit on the memory of a run, as its container has one.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A control group for one run. It goes when this is dropped.
pub(crate) struct MemoryLimit(pub(crate) PathBuf);

impl MemoryLimit {
    /// None where no control group can be made: without the right to, or where its parent hands no memory down.
    pub(crate) fn of(bytes: u64) -> Option<Self> {
        let of = fs::read_to_string("/proc/self/cgroup").ok()?;
        let (mount, limit, own) = of.lines().find_map(|line| {
            let (controllers, own) = line.split_once(':')?.1.split_once(':')?;
            match controllers {
                "memory" => Some(("/sys/fs/cgroup/memory", "memory.limit_in_bytes", own)),
                "" if of.lines().count() == 1 => Some(("/sys/fs/cgroup", "memory.max", own)),
                _ => None,
            }
        })?;
        let name = format!("errand-test-{}", std::process::id());
        let group = Self(Path::new(mount).join(own.trim_start_matches('/')).join(name));
        fs::create_dir(&group.0).ok()?;
        fs::write(group.0.join(limit), bytes.to_string()).ok()?;
        Some(group)
    }
}

impl Drop for MemoryLimit {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
