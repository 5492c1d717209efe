//! The model's service: the demo model as a program of its own.

use std::{process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{Api, programs, promises::Promises};

const START: Duration = Duration::from_secs(10);

/// A running model.
#[derive(Debug)]
pub struct Model {
    url: String,
    _child: Child,
}

/// A request that it was sent.
#[derive(Clone, Debug, Deserialize)]
pub struct Asked {
    pub path: String,
    /// The head of the prompt.
    pub prompt: Option<String>,
    /// The fault that struck.
    pub fault: Option<String>,
    pub x_api_key: Option<String>,
    pub authorization: Option<String>,
}

impl Model {
    /// Starts one that lets in who brings `key`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(key: &str) -> Self {
        let mut child = Command::new(programs::program("demo-model"))
            .args(["--port", "0", "--key", key])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("demo-model starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = timeout(START, lines.next_line()).await.expect("it starts in time");
        let line = line.expect("a pipe").expect("a line");
        let url = line.strip_prefix("listening on ").expect("an address").to_owned();
        Self { url, _child: child }
    }

    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requests that it was sent, the oldest first.
    pub async fn asked(&self) -> Vec<Asked> {
        Api::nobody(&self.url, Promises::default()).get(200, "/__demo/requests").await
    }
}
