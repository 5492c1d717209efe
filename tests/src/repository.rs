//! Git repositories on this machine, to be cloned.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

/// A repository with a `main` branch.
#[derive(Debug)]
pub struct Repository(TempDir);

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

impl Repository {
    /// An empty one.
    ///
    /// # Panics
    /// When git fails, here as everywhere.
    #[must_use]
    pub fn new() -> Self {
        let repository = Self(TempDir::with_prefix("errand-repository-").expect("a directory"));
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository
    }

    /// Puts a file in.
    ///
    /// # Panics
    /// See there.
    #[must_use]
    pub fn with(self, path: &str, content: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a file in a directory")).expect("a directory");
        fs::write(path, content).expect("a file");
        self
    }

    /// Commits all that is there, and gives the commit's id.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in it, and gives what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.0.path(), arguments)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where it can be cloned from.
    #[must_use]
    pub fn url(&self) -> String {
        format!("file://{}", self.0.path().display())
    }
}

/// Runs git in a directory, without the settings of whoever runs the tests.
///
/// # Panics
/// When git fails.
pub fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Test");
        command.env(format!("GIT_{role}_EMAIL"), "test@errand.test");
    }
    let output = command.output().expect("git");
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {shown}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
