//! What the runs of a killed server left on the disk.

use std::{
    fs,
    io::{ErrorKind, Result},
    path::Path,
    time::Duration,
};

/// Who was killed a moment ago may be at its last write, and no list of processes shows it any more.
const LAST_WRITE: Duration = Duration::from_millis(20);
const LAST_WRITES: usize = 100;

/// Removes all that is in a directory.
pub(crate) async fn remove(dir: &Path) -> Result<()> {
    for _ in 0..LAST_WRITES {
        match try_remove(dir) {
            Err(err) if err.kind() == ErrorKind::DirectoryNotEmpty => {
                tokio::time::sleep(LAST_WRITE).await;
            }
            done => return done,
        }
    }
    try_remove(dir)
}

fn try_remove(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_in_the_last_moment_is_removed_too() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        fs::create_dir(&run).unwrap();
        fs::write(dir.path().join("log"), "of another run").unwrap();
        let (begin, begun) = std::sync::mpsc::channel();
        // It writes until its directory is gone, and would have failed a single removal.
        let writer = std::thread::spawn(move || {
            for n in 0..5_000 {
                let written = fs::write(run.join(n.to_string()), "x");
                let _ = begin.send(());
                if written.is_err() {
                    break;
                }
            }
        });
        begun.recv().unwrap();
        remove(dir.path()).await.unwrap();
        writer.join().unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
