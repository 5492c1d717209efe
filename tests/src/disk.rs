//! A disk that can be full.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A file system in memory, of a few bytes; it is unmounted when this is dropped.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts one; nothing where that is not allowed.
    pub(crate) fn mount(at: &Path, bytes: u64) -> Option<Self> {
        fs::create_dir(at).expect("a directory to mount it on");
        let options = format!("size={bytes},mode=700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "errand-test"]).arg(at);
        let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then(|| Self { at: at.to_owned() })
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }

    /// Leaves no room for a single block.
    pub(crate) fn fill(&self) {
        let filler = self.filler();
        let mut filler = File::options().append(true).create(true).open(filler).expect("a file");
        while filler.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    }

    pub(crate) fn empty(&self) {
        fs::remove_file(self.filler()).expect("it was full");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: what a failed scenario left behind may still be at it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).status();
    }
}
