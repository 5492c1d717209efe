//! `errand-local` as its users have it: a program, its output, its port.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

pub(crate) const LONG: Duration = Duration::from_secs(30);
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A place where servers run one after the other.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
}

/// A server that is ready.
pub(crate) struct Server {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    /// What it said before it was ready.
    pub(crate) said: String,
    pub(crate) url: String,
    http: reqwest::Client,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let supervisor = dir.path().join("supervisor");
        fs::write(&supervisor, include_str!("supervisor.py")).unwrap();
        fs::set_permissions(supervisor, fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program, about to start in this place.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_errand-local"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("ERRAND_PORT", "0")
            .env("ERRAND_DATA", self.path("data"))
            .env("ERRAND_SUPERVISOR", self.path("supervisor"))
            .env("ERRAND_WRAPPER", r#"["true"]"#)
            .env("ERRAND_TICK_MS", "100")
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(crate) async fn start(&self) -> Server {
        let mut command = self.command();
        Server::ready(command.env("ERRAND_ADMIN_PASSWORD", PASSWORD)).await
    }

    /// What the stand-in of the supervisor wrote: attempt, its own process, the one that it left.
    pub(crate) async fn marks(&self, count: usize) -> Vec<[i32; 3]> {
        let path = self.path("marks");
        let marks = async {
            loop {
                let text = fs::read_to_string(&path).unwrap_or_default();
                if text.lines().count() >= count {
                    return text.lines().map(mark).collect();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LONG, marks).await.expect("no run left a mark")
    }
}

fn mark(line: &str) -> [i32; 3] {
    let numbers: Vec<_> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

impl Server {
    pub(crate) async fn ready(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut said, mut url) = (String::new(), None);
        while url.is_none() {
            let line = tokio::time::timeout(LONG, stdout.next_line()).await.unwrap().unwrap();
            let line = line.expect("the server ended before it was ready");
            url = line.strip_prefix("ready at ").map(str::to_owned);
            said += &(line + "\n");
        }
        // A second call finds the provider of the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { child, stdout, said, url: url.unwrap(), http: reqwest::Client::new() }
    }

    /// The ports at which it listens.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let process = PathBuf::from(format!("/proc/{}", self.child.id().unwrap()));
        let descriptors = fs::read_dir(process.join("fd")).unwrap();
        let sockets: Vec<_> = descriptors
            .filter_map(|descriptor| fs::read_link(descriptor.ok()?.path()).ok())
            .filter_map(|path| {
                Some(path.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned())
            })
            .collect();
        // Number, local address, remote address, state, …, inode; state 0A is that of a listener.
        let table = fs::read_to_string(process.join("net/tcp")).unwrap();
        let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        rows.filter(|row| row[3] == "0A" && sockets.iter().any(|inode| inode == row[9]))
            .map(|row| u16::from_str_radix(row[1].rsplit(':').next().unwrap(), 16).unwrap())
            .collect()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(LONG, self.child.wait()).await.expect("it should end").unwrap()
    }

    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        while let Ok(Some(line)) = self.stdout.next_line().await {
            rest += &(line + "\n");
        }
        rest
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Result<String, u16> {
        let login = json!({ "email": email, "password": password });
        let answer = self.http.post(format!("{}/v1/auth/login", self.url)).json(&login);
        let answer = answer.send().await.unwrap();
        if !answer.status().is_success() {
            return Err(answer.status().as_u16());
        }
        let answer: Value = answer.json().await.unwrap();
        Ok(answer["access_token"].as_str().unwrap().to_owned())
    }

    /// The first user.
    pub(crate) async fn admin(&self) -> Client<'_> {
        let token = self.sign_in("admin@localhost", PASSWORD).await.unwrap();
        Client { server: self, token }
    }
}

/// Somebody who is signed in.
pub(crate) struct Client<'s> {
    server: &'s Server,
    token: String,
}

impl Client<'_> {
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.server.url);
        let sent = self.server.http.post(url).bearer_auth(&self.token).json(body).send().await;
        sent.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.server.url);
        let sent = self.server.http.get(url).bearer_auth(&self.token).send().await;
        sent.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    pub(crate) async fn task(&self, prompt: &str) -> String {
        let task = self.post("/v1/tasks", &json!({ "prompt": prompt })).await;
        task["id"].as_str().unwrap().to_owned()
    }

    /// The task once its log is at its end.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        let ended = async {
            let mut after = 0;
            loop {
                let page = self.get(&format!("/v1/tasks/{id}/events?after={after}&wait=5")).await;
                if page["done"] == true {
                    return self.get(&format!("/v1/tasks/{id}")).await;
                }
                after = page["next"].as_u64().unwrap_or(after);
            }
        };
        tokio::time::timeout(LONG, ended).await.expect("the task should end")
    }
}

/// Whether a process is there and not only waiting to be buried.
pub(crate) fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    let stat = stat.unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}
