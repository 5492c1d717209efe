//! The binary, run as a user runs it, in a home of its own.

use std::{ffi::OsStr, path::PathBuf, process::Stdio};

use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
    time::timeout,
};

use crate::service::{KEY, PATIENCE, Service};

pub(crate) struct Errand {
    home: TempDir,
    url: String,
    key: Option<&'static str>,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Errand {
    /// With a key that the service knows.
    pub(crate) fn with_key(service: &Service) -> Self {
        Self { key: Some(KEY), ..Self::signed_out(&service.url) }
    }

    pub(crate) fn signed_out(url: &str) -> Self {
        Self { home: tempfile::tempdir().unwrap(), url: url.to_owned(), key: None }
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.home.path().join(inside)
    }

    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_errand"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("ERRAND_URL", &self.url)
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(key) = self.key {
            command.env("ERRAND_TOKEN", key);
        }
        command
    }

    pub(crate) async fn run(&self, line: &str) -> Ran {
        self.args(line.split_whitespace()).await
    }

    pub(crate) async fn args<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        finish(self.command(args).spawn().unwrap()).await
    }

    pub(crate) async fn run_with_input(&self, line: &str, input: &str) -> Ran {
        let mut command = self.command(line.split_whitespace());
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        finish(child).await
    }

    /// Signs in as the one user that the service knows.
    pub(crate) async fn sign_in(&self) -> Ran {
        self.run_with_input("login --email a@example.org --password-stdin", "correct horse\n").await
    }
}

pub(crate) async fn finish(child: Child) -> Ran {
    let output =
        timeout(PATIENCE, child.wait_with_output()).await.expect("it never ended").unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
