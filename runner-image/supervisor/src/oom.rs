//! Whether the kernel killed one of ours because memory ran out.
//!
//! It kills the largest process of a control group, which is the agent and not this one. So the container lives on, its
//! service tells of nothing, and the agent has died of a signal that says nothing. What says it is the kernel's count.
//!
//! Source: Linux, `Documentation/admin-guide/cgroup-v2.rst` (`memory.events`) and `cgroup-v1/memory.rst`
//! (`memory.oom_control`): a line `oom_kill N` in both.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// How many were killed in the control group of this process when it began to count.
#[derive(Debug)]
pub(crate) struct OomKills {
    counter: Option<PathBuf>,
    before: u64,
}

impl OomKills {
    /// Begins to count.
    pub(crate) fn so_far() -> Self {
        Self::under(Path::new("/"))
    }

    fn under(root: &Path) -> Self {
        let of = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
        let counters = of.lines().flat_map(counters).map(|path| root.join(path));
        let counted = counters.into_iter().find_map(|path| Some((count(&path)?, path)));
        let (before, counter) = counted.unzip();
        Self { counter, before: before.unwrap_or_default() }
    }

    /// Whether there was another one since.
    pub(crate) fn another(&self) -> bool {
        self.counter.as_deref().and_then(count).is_some_and(|now| now > self.before)
    }
}

/// Where the kernel counts, by a line of `/proc/self/cgroup`: version 2 is the one with the number 0. In a container the
/// path may be the host's, and the group itself lies at the root.
fn counters(line: &str) -> Vec<PathBuf> {
    let mut parts = line.splitn(3, ':');
    let (Some(number), Some(controllers), Some(group)) = (parts.next(), parts.next(), parts.next())
    else {
        return vec![];
    };
    let (mount, file) = if controllers.split(',').any(|one| one == "memory") {
        ("sys/fs/cgroup/memory", "memory.oom_control")
    } else if number == "0" {
        ("sys/fs/cgroup", "memory.events")
    } else {
        return vec![];
    };
    let group = group.trim_start_matches('/');
    vec![Path::new(mount).join(group).join(file), Path::new(mount).join(file)]
}

fn count(file: &Path) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn f23_the_kernels_count_is_found_in_both_versions_and_in_a_container() {
        let version_1 = "oom_kill_disable 0\nunder_oom 0\noom_kill ";
        let version_2 = "low 0\nhigh 0\nmax 7\noom 9\noom_kill ";
        for (of, file, before) in [
            ("0::/user/run\n", "sys/fs/cgroup/user/run/memory.events", version_2),
            ("0::/host/only\n", "sys/fs/cgroup/memory.events", version_2),
            (
                "5:cpu:/a\n4:memory:/ecs/run\n0::/\n",
                "sys/fs/cgroup/memory/ecs/run/memory.oom_control",
                version_1,
            ),
            ("4:hugetlb,memory:/host/only\n", "sys/fs/cgroup/memory/memory.oom_control", version_1),
        ] {
            let root = tempfile::tempdir().unwrap();
            written(root.path(), "proc/self/cgroup", of);
            written(root.path(), file, &format!("{before}2\n"));
            let kills = OomKills::under(root.path());
            assert!(!kills.another(), "{of}");
            written(root.path(), file, &format!("{before}3\n"));
            assert!(kills.another(), "{of}");
        }
    }

    #[test]
    fn where_nothing_is_counted_nobody_was_killed() {
        let root = tempfile::tempdir().unwrap();
        assert!(!OomKills::under(root.path()).another());
        written(root.path(), "proc/self/cgroup", "0::/\n");
        written(root.path(), "sys/fs/cgroup/memory.events", "oom_kill many\n");
        assert!(!OomKills::under(root.path()).another());
    }
}
