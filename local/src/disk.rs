//! Group commit: when what was written is on the disk.
//!
//! A commit of the engine ends in its write-ahead log, as the kernel knows it; it outlives us, but not the power. Here a
//! thread brings the log to the disk. Whoever must know waits for it together with all others who do: one `fdatasync`
//! serves every commit that was made before it began, and no commit waits for the disk while it holds the engine.
//!
//! A sync that failed is the last one. The kernel tells of a page that it could not write once, and takes it for clean
//! from then on: the next sync would succeed and mean nothing. So from then on nothing is answered as done, and the
//! server ends. The next one writes the log anew before it opens it: what it reads there may be in memory only.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Without anybody who waits, so much at most may be lost with the power.
const AT_LEAST: Duration = Duration::from_secs(1);

type Waiter = oneshot::Sender<Result<(), Arc<io::Error>>>;

/// The thread that brings the log to the disk. It ends when this is dropped, or when a sync fails.
#[derive(Clone, Debug)]
pub struct Disk {
    ask: mpsc::Sender<Waiter>,
    broken: CancellationToken,
}

impl Disk {
    /// For the log of this database.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(database: &Path) -> io::Result<Self> {
        let mut log = Log { path: log_of(database), file: None };
        Self::with(move || log.sync())
    }

    pub(crate) fn with(
        mut sync: impl FnMut() -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let (ask, asked) = mpsc::channel::<Waiter>();
        let broken = CancellationToken::new();
        let tell = broken.clone();
        thread::Builder::new().name("database-sync".to_owned()).spawn(move || {
            loop {
                let mut waiting = Vec::new();
                match asked.recv_timeout(AT_LEAST) {
                    Ok(first) => waiting.extend([first]),
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => {
                        let _ = sync();
                        return;
                    }
                }
                // Their commits were made before they asked, so before the sync begins.
                waiting.extend(asked.try_iter());
                let done = sync().map_err(Arc::new);
                for waiter in waiting {
                    let _ = waiter.send(done.clone());
                }
                if let Err(error) = done {
                    tracing::error!(%error, "the write-ahead log cannot be brought to the disk");
                    tell.cancel();
                    return;
                }
            }
        })?;
        Ok(Self { ask, broken })
    }

    /// Comes when a sync has failed. Nothing is synced any more.
    pub(crate) fn broken(&self) -> CancellationToken {
        self.broken.clone()
    }

    /// Comes back when everything that was committed before is on the disk.
    ///
    /// # Errors
    /// When that cannot be known: a sync failed, now or before.
    pub async fn synced(&self) -> Result<(), Arc<io::Error>> {
        let gone = || Arc::new(io::Error::other("a sync has failed before"));
        let (tell, told) = oneshot::channel();
        self.ask.send(tell).map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }
}

/// Where the engine writes ahead.
pub(crate) fn log_of(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Writes the log that an earlier server left anew, as it is, before anybody opens it: see the head of this file.
pub(crate) fn write_anew(database: &Path) -> io::Result<()> {
    let path = log_of(database);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(err),
    };
    // In its place: whoever dies here leaves what was there.
    let mut log = OpenOptions::new().write(true).open(path)?;
    log.write_all(&text)?;
    log.sync_all()
}

/// The write-ahead log, once it is there: the first commit makes it.
struct Log {
    path: PathBuf,
    file: Option<File>,
}

impl Log {
    fn sync(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            match File::open(&self.path) {
                Ok(file) => {
                    // Its name must outlast the power, too.
                    self.path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())?;
                    self.file = Some(file);
                }
                Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(err) => return Err(err),
            }
        }
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}

#[cfg(test)]
#[path = "disk_tests.rs"]
mod tests;
