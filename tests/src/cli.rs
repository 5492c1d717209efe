//! `errand`, as it is typed.

use std::{
    os::unix::process::ExitStatusExt as _,
    process::{ExitStatus, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
    time::timeout,
};

use crate::{DEADLINE, Server, programs, secrets::ADMIN_PASSWORD};

/// A person at a shell, with a home directory.
#[derive(Debug)]
pub struct Cli {
    home: TempDir,
    url: String,
    admin: String,
}

/// A command that ended.
#[derive(Clone, Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Its exit code, as a shell tells it.
    #[must_use]
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or(0))
    }

    /// Its stdout, if it exited with `code`.
    ///
    /// # Panics
    /// When it did not.
    #[must_use]
    pub fn expect(&self, code: i32) -> &str {
        assert_eq!(self.code(), code, "{}\n{}", self.stdout, self.stderr);
        &self.stdout
    }

    /// Its stdout as one JSON document.
    ///
    /// # Panics
    /// When it is something else, or the exit code is not 0.
    #[must_use]
    pub fn json(&self) -> Value {
        let text = self.expect(0);
        serde_json::from_str(text).unwrap_or_else(|err| panic!("no JSON ({err}): {text}"))
    }
}

impl Cli {
    /// Somebody who has never signed in.
    ///
    /// # Panics
    /// When there is no room for a home.
    #[must_use]
    pub fn new(server: &Server) -> Self {
        let home = TempDir::with_prefix("errand-home-").expect("a directory");
        Self { home, url: server.api().url().to_owned(), admin: server.admin().to_owned() }
    }

    /// Signs in as the first user.
    pub async fn sign_in(self) -> Self {
        let mut child = self.start(&["login", "--email", &self.admin, "--password-stdin"]);
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(format!("{ADMIN_PASSWORD}\n").as_bytes()).await.expect("a reader");
        drop(stdin);
        let _ = finish(child).await.expect(0);
        self
    }

    /// Types a command and waits for its end.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        finish(self.start(arguments)).await
    }

    /// Types a command.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Child {
        Command::new(programs::program("errand"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("ERRAND_URL", &self.url)
            .current_dir(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("errand starts")
    }
}

/// Waits for the end of a command.
///
/// # Panics
/// When it does not come in time.
pub async fn finish(child: Child) -> Output {
    let output = timeout(DEADLINE, child.wait_with_output()).await;
    let output = output.expect("a command that ends in time").expect("its output");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Output { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}
