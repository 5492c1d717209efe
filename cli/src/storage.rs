//! What the CLI remembers between two calls: the sign-in, and the last task. In the user's own directories, for the
//! user's eyes only, and never half written.

use std::{
    collections::BTreeMap,
    env, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use domain::{id::TaskId, view::TokensView};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::error::{Error, Result};

/// Where things are kept.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    config: PathBuf,
    state: PathBuf,
}

/// A sign-in at one service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) url: String,
    #[serde(serialize_with = "exposed")]
    pub(crate) access_token: SecretString,
    #[serde(serialize_with = "exposed")]
    pub(crate) refresh_token: SecretString,
    /// When the access token ends.
    pub(crate) expires: Timestamp,
}

impl Credentials {
    pub(crate) fn new(url: String, tokens: TokensView, now: Timestamp) -> Self {
        let lifetime = SignedDuration::from_secs(i64::try_from(tokens.expires_in).unwrap_or(0));
        Self {
            url,
            access_token: tokens.access_token.into(),
            refresh_token: tokens.refresh_token.unwrap_or_default().into(),
            expires: now.checked_add(lifetime).unwrap_or(now),
        }
    }
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl Storage {
    /// The XDG directories of this user.
    pub(crate) fn from_env() -> Result<Self> {
        let absolute =
            |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("HOME");
        let directory = |name: &str, fallback: &str| {
            absolute(name)
                .or_else(|| home.as_ref().map(|home| home.join(fallback)))
                .map(|base| base.join("errand"))
                .ok_or_else(|| Error::failed("there is no home directory: set HOME"))
        };
        Ok(Self {
            config: directory("XDG_CONFIG_HOME", ".config")?,
            state: directory("XDG_STATE_HOME", ".local/state")?,
        })
    }

    fn credentials_file(&self) -> PathBuf {
        self.config.join("credentials.toml")
    }

    /// The sign-in, if there is one.
    pub(crate) fn credentials(&self) -> Result<Option<Credentials>> {
        let file = self.credentials_file();
        let Some(text) = read(&file)? else { return Ok(None) };
        // Not the parser's own words: they quote the file, and with it the tokens.
        toml::from_str(&text).map(Some).map_err(|_| Error::Failed {
            message: format!("{} is damaged", file.display()),
            next: Some("Sign in again with `errand login`.".to_owned()),
        })
    }

    pub(crate) fn keep_credentials(&self, credentials: &Credentials) -> Result<()> {
        write_private(&self.credentials_file(), credentials)
    }

    pub(crate) fn forget_credentials(&self) -> Result<()> {
        let file = self.credentials_file();
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault(&file, &error)),
            _ => Ok(()),
        }
    }

    /// Waits until no other process renews the sign-in, and keeps them out until the guard is dropped.
    pub(crate) fn lock_credentials(&self) -> Result<fs::File> {
        let path = self.config.join("credentials.lock");
        let open = || {
            make_private_directory(&self.config)?;
            let file =
                fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|error: io::Error| fault(&path, &error))
    }

    /// The last task that was created at a service from here.
    pub(crate) fn last_task(&self, url: &str) -> Option<TaskId> {
        self.last_tasks().remove(url)
    }

    pub(crate) fn keep_last_task(&self, url: &str, id: TaskId) -> Result<()> {
        let mut last = self.last_tasks();
        last.insert(url.to_owned(), id);
        write_private(&self.state.join("last.toml"), &last)
    }

    /// Unreadable counts as empty: it is a convenience only.
    fn last_tasks(&self) -> BTreeMap<String, TaskId> {
        let text = read(&self.state.join("last.toml")).ok().flatten().unwrap_or_default();
        toml::from_str(&text).unwrap_or_default()
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(path, &error)),
    }
}

/// Readers see the old file or the new one; nobody but the user sees either.
fn write_private<T: Serialize>(path: &Path, content: &T) -> Result<()> {
    let text = toml::to_string(content).map_err(|error| Error::failed(error.to_string()))?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let write = || {
        make_private_directory(directory)?;
        // A temporary file is born with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error: io::Error| fault(path, &error))
}

fn make_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

fn fault(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn storage(root: &tempfile::TempDir) -> Storage {
        Storage { config: root.path().join("a/config"), state: root.path().join("state") }
    }

    fn credentials() -> Credentials {
        Credentials {
            url: "http://127.0.0.1:4100".to_owned(),
            access_token: "access".into(),
            refresh_token: "refresh".into(),
            expires: "2030-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn credentials_are_for_the_user_only_and_read_back() {
        let root = tempfile::tempdir().unwrap();
        let storage = storage(&root);
        assert!(storage.credentials().unwrap().is_none());
        storage.keep_credentials(&credentials()).unwrap();
        insta::assert_snapshot!(fs::read_to_string(storage.credentials_file()).unwrap(), @r#"
        url = "http://127.0.0.1:4100"
        access_token = "access"
        refresh_token = "refresh"
        expires = "2030-01-01T00:00:00Z"
        "#);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&storage.credentials_file()), 0o600);
        assert_eq!(mode(&storage.config), 0o700);
        let read = storage.credentials().unwrap().unwrap();
        assert_eq!(read.refresh_token.expose_secret(), "refresh");
        storage.forget_credentials().unwrap();
        storage.forget_credentials().unwrap();
        assert!(storage.credentials().unwrap().is_none());
    }

    #[test]
    fn a_damaged_file_is_named_and_not_quoted() {
        let root = tempfile::tempdir().unwrap();
        let storage = storage(&root);
        storage.keep_credentials(&credentials()).unwrap();
        fs::write(storage.credentials_file(), "access_token = \"SECRET\nurl =").unwrap();
        let error = storage.credentials().unwrap_err().to_string();
        assert!(error.ends_with("credentials.toml is damaged"), "{error}");
    }

    #[test]
    fn no_token_is_ever_in_a_debug_print() {
        let text = format!("{:?}", credentials());
        assert!(!text.contains("\"access\"") && !text.contains("\"refresh\""), "{text}");
    }

    #[test]
    fn each_service_has_a_last_task_of_its_own() {
        let root = tempfile::tempdir().unwrap();
        let storage = storage(&root);
        let [one, two] = [1, 2].map(|n| TaskId::from_uuid(uuid::Uuid::from_u128(n)));
        storage.keep_last_task("http://a", one).unwrap();
        storage.keep_last_task("http://b", two).unwrap();
        assert_eq!(storage.last_task("http://a"), Some(one));
        assert_eq!(storage.last_task("http://b"), Some(two));
        assert_eq!(storage.last_task("http://c"), None);
    }
}
