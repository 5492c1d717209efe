//! The directory that holds all that is kept.
//!
//! ```text
//! .errand/            for its owner alone
//!   lock              held by the one server that uses it
//!   keys.json         what signs our tokens
//!   errand.db         the table
//!   objects/          the bucket
//!   runs/             a directory for each run under way
//!   logs/             errand.log, and a file for each run
//! ```

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use auth::SigningKeys;
use secrecy::{ExposeSecret as _, SecretString};

/// A longer log is put aside at a start.
const MAX_LOG_BYTES: u64 = 16 << 20;

/// Why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("another server uses {dir}{by}; stop it, or set ERRAND_DATA to another directory")]
    InUse { dir: PathBuf, by: String },
    #[error("{path} cannot be used: {err}")]
    Io { path: PathBuf, err: io::Error },
}

/// The directory, ours as long as this lives.
#[derive(Debug)]
pub struct Data {
    root: PathBuf,
    // Held, not read: the kernel lets go of it when we end, however we end.
    _lock: File,
}

impl Data {
    /// Makes the directory if it is not there, and locks it.
    ///
    /// # Errors
    /// When another server has it, or when it cannot be written.
    pub fn open(dir: &Path) -> Result<Self, DataError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |err| DataError::Io { path, err }
        };
        make_dir(dir).map_err(failed(dir))?;
        let root = dir.canonicalize().map_err(failed(dir))?;
        let path = root.join("lock");
        let mut lock = private_file().read(true).open(&path).map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataError::InUse { dir: root, by: holder(&mut lock) });
            }
            Err(TryLockError::Error(err)) => return Err(DataError::Io { path, err }),
        }
        lock.set_len(0).map_err(failed(&path))?;
        writeln!(lock, "{}", std::process::id()).map_err(failed(&path))?;
        let data = Self { root, _lock: lock };
        for dir in [data.objects(), data.runs(), data.logs()] {
            make_dir(&dir).map_err(failed(&dir))?;
        }
        Ok(data)
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join("errand.db")
    }

    #[must_use]
    pub fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Opens the log of the server; a long one is put aside first.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open_log(&self) -> io::Result<File> {
        let path = self.logs().join("errand.log");
        if fs::metadata(&path).is_ok_and(|log| log.len() > MAX_LOG_BYTES) {
            fs::rename(&path, path.with_extension("log.1"))?;
        }
        private_file().append(true).open(path)
    }

    /// The keys that sign our tokens, made at the first start.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub fn signing_keys(&self) -> anyhow::Result<SecretString> {
        let path = self.root.join("keys.json");
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = SecretString::from(text.trim());
                SigningKeys::parse(&text)
                    .with_context(|| format!("{} is damaged", path.display()))?;
                return Ok(text);
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => {}
            Err(err) => return Err(err).with_context(|| path.display().to_string()),
        }
        let keys = SigningKeys::generate().to_text();
        // Written aside and renamed, so that a crash leaves the whole file or none.
        let aside = path.with_extension("new");
        let mut file = private_file().truncate(true).open(&aside)?;
        file.write_all(keys.expose_secret().as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, &path)?;
        Ok(keys)
    }
}

fn make_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // It may have been there before, open to others.
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

/// Options that make a file which only its owner reads.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn holder(lock: &mut File) -> String {
    let mut text = String::new();
    let pid = lock.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok());
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_may_look_inside() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("errand");
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        let data = Data::open(&dir).unwrap();
        data.signing_keys().unwrap();
        data.open_log().unwrap();
        for dir in [data.root(), &data.objects(), &data.runs(), &data.logs()] {
            assert_eq!(mode(dir), 0o700, "{}", dir.display());
        }
        for file in ["lock", "keys.json", "logs/errand.log"] {
            assert_eq!(mode(&data.root().join(file)), 0o600, "{file}");
        }
    }

    #[test]
    fn a_second_server_on_the_same_data_is_refused_and_told_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = Data::open(dir.path()).unwrap();
        let refusal = Data::open(dir.path()).expect_err("locked").to_string();
        let pid = std::process::id();
        assert!(
            refusal.contains(&format!("(process {pid}); stop it, or set ERRAND_DATA")),
            "{refusal}"
        );
        drop(first);
        Data::open(dir.path()).unwrap();
    }

    #[test]
    fn keys_are_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let data = Data::open(dir.path()).unwrap();
        let first = data.signing_keys().unwrap();
        let second = data.signing_keys().unwrap();
        assert_eq!(first.expose_secret(), second.expose_secret());
    }

    #[test]
    fn damaged_keys_stop_the_start_and_are_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let data = Data::open(dir.path()).unwrap();
        fs::write(data.root().join("keys.json"), "{}").unwrap();
        let refusal = format!("{:#}", data.signing_keys().expect_err("damaged"));
        assert!(refusal.contains("keys.json is damaged"), "{refusal}");
    }
}
