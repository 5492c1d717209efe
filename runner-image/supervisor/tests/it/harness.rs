//! Starts the binary, and checks at the end what holds for every run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use domain::run::RunEnd;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{
    memory::MemoryLimit,
    server::{Server, TOKEN},
};

pub(crate) const KEY: &str = "canary-model-key";

/// Words that a scripted child may use.
const WORDS: &str = r#"
say() { printf '%s\n' "$1"; }
text() { say "{\"type\":\"text\",\"text\":\"$1\"}"; }
end() { say '{"type":"end","outcome":"completed","session_id":"s-1","result_text":"done","turns":1,"cost_usd_micros":42,"usage":{"input_tokens":3,"output_tokens":4},"exit_code":0}'; }
read -r start
"#;

/// A run to be started.
pub(crate) struct Setup {
    spec: Value,
    script: String,
    env: Vec<(String, String)>,
    parent: bool,
    memory: Option<MemoryLimit>,
}

/// The child is this shell script. `say`, `text` and `end` speak the wrapper's protocol.
pub(crate) fn child(script: &str) -> Setup {
    let spec = json!({
        "task_id": "task_0198f3c27a5e7c4db1a09d2f1f3b6c11",
        "attempt": 1,
        "prompt": "do it",
        "timeout_s": 60,
        "idle_timeout_s": 60,
        "heartbeat_ms": 60_000,
        "run_seq": 0,
        "head": 10,
    });
    Setup { spec, script: script.to_owned(), env: vec![], parent: false, memory: None }
}

impl Setup {
    pub(crate) fn spec(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.spec[name] = value.into();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl ToString) -> Self {
        self.env.push((name.to_owned(), value.to_string()));
        self
    }

    /// The process of the run is a shell that started the supervisor.
    pub(crate) fn under_a_parent(mut self) -> Self {
        self.parent = true;
        self
    }

    /// All of the run has no more memory than that.
    pub(crate) fn within(mut self, memory: MemoryLimit) -> Self {
        self.memory = Some(memory);
        self
    }

    pub(crate) async fn start(self) -> Run {
        self.start_with(|_| ()).await
    }

    /// Prepares the server before the run meets it.
    pub(crate) async fn start_with(self, prepare: impl FnOnce(&Server)) -> Run {
        let server = Server::start(self.spec.clone()).await;
        prepare(&server);
        let home = tempfile::Builder::new().prefix("sup").tempdir().unwrap();
        let work = home.path().join("work");
        let wrapper = json!(["sh", "-c", format!("{WORDS}{}", self.script)]);
        let supervisor = env!("CARGO_BIN_EXE_supervisor");
        let mut command = if self.parent {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{supervisor}; exit $?")]);
            shell
        } else if let Some(MemoryLimit(group)) = &self.memory {
            let mut shell = Command::new("sh");
            let enter = format!("echo $$ > {}/cgroup.procs; exec {supervisor}", group.display());
            shell.args(["-c", &enter]);
            shell
        } else {
            Command::new(supervisor)
        };
        command
            .env_clear()
            .env("PATH", std::env!("PATH"))
            .env("ERRAND_RUN_URL", server.url())
            .env("ERRAND_RUN_TOKEN", TOKEN)
            .env("ERRAND_WORK_DIR", &work)
            .env("ERRAND_WRAPPER", wrapper.to_string())
            .env("ERRAND_KILL_GRACE_MS", "300")
            .env("ERRAND_ALLOW_LOCAL_REPOSITORIES", "1")
            .env("ANTHROPIC_API_KEY", KEY)
            .env("SECRET_OF_THE_HOST", "canary-host")
            .envs(self.env)
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let process = command.spawn().unwrap();
        Run { server, process, work, _home: home, _memory: self.memory }
    }

    /// Runs it to its end.
    pub(crate) async fn run(self) -> Ended {
        self.start().await.end().await
    }
}

pub(crate) struct Run {
    pub(crate) server: Server,
    pub(crate) process: Child,
    pub(crate) work: PathBuf,
    _home: TempDir,
    _memory: Option<MemoryLimit>,
}

/// A run that is over.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) events: Vec<Value>,
    pub(crate) end: Option<RunEnd>,
    pub(crate) server: Server,
    pub(crate) log: String,
}

impl Run {
    pub(crate) fn pid(&self) -> i32 {
        self.process.id().unwrap().try_into().unwrap()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub(crate) async fn end(self) -> Ended {
        let Self { server, process, work, _home, _memory } = self;
        let output = tokio::time::timeout(Duration::from_secs(90), process.wait_with_output());
        let output = output.await.expect("the supervisor ends").unwrap();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();

        let alive = processes_of(&work);
        assert!(alive.is_empty(), "I11: still alive: {alive:?}\n{log}");
        assert!(!work.exists(), "the work directory is still there\n{log}");

        let (events, end) = {
            let state = server.state();
            assert!(state.violations.is_empty(), "{:?}\n{log}", state.violations);
            let mut ends = state.posts.iter().filter_map(|(_, post)| post.end.clone());
            (state.events(), ends.next())
        };
        let at_the_end = events.iter().position(|event| event["type"] == "run_ended");
        match &end {
            Some(end) => {
                assert_eq!(at_the_end, Some(events.len() - 1), "one end, and nothing after it");
                let last = events.last().unwrap();
                assert_eq!(last["outcome"], json!(end.outcome));
                assert_eq!(last.get("reason").cloned(), end.reason.map(|reason| json!(reason)));
                assert_eq!(last.get("message").cloned(), end.message.clone().map(Value::from));
            }
            None => assert_eq!(at_the_end, None, "an end without its facts"),
        }
        let ended = Ended { status: output.status, events, end, server, log };
        ended.check_secrets();
        ended
    }
}

impl Ended {
    pub(crate) fn end(&self) -> &RunEnd {
        self.end.as_ref().unwrap_or_else(|| panic!("no end\n{}", self.log))
    }

    /// Outcome, reason and message on one line.
    pub(crate) fn verdict(&self) -> String {
        let end = self.end();
        let reason = end.reason.map_or("-".to_owned(), |reason| reason.to_string());
        let message = end.message.as_deref().unwrap_or("-");
        format!("{:?} {reason} {message}", end.outcome)
    }

    pub(crate) fn kinds(&self) -> String {
        let kinds = self.events.iter().map(|event| event["type"].as_str().unwrap());
        kinds.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn of_kind(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["type"] == kind).collect()
    }

    /// All remarks, one a line.
    pub(crate) fn remarks(&self) -> String {
        let logs = self.of_kind("log");
        let lines = logs.iter().map(|log| log["message"].as_str().unwrap());
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn file(&self, name: &str) -> Option<String> {
        let state = self.server.state();
        state.files.get(name).map(|file| String::from_utf8_lossy(file).into_owned())
    }

    fn check_secrets(&self) {
        let state = self.server.state();
        let posts = state.posts.iter().map(|(bytes, _)| bytes);
        let log = self.log.clone().into_bytes().into();
        for sink in posts.chain(state.files.values()).chain([&log]) {
            let text = String::from_utf8_lossy(sink);
            assert!(!text.contains("canary"), "I10: a secret left: {text}");
        }
    }
}

/// Processes whose environment names this directory: it is inherited, whatever else a process sheds.
fn processes_of(work: &Path) -> Vec<String> {
    let work = work.to_string_lossy().into_owned();
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let path = entry.ok()?.path();
        path.file_name()?.to_str()?.parse::<u32>().ok()?;
        let environ = fs::read(path.join("environ")).ok()?;
        let command = fs::read(path.join("cmdline")).ok()?;
        String::from_utf8_lossy(&environ)
            .contains(&work)
            .then(|| format!("{} {}", path.display(), String::from_utf8_lossy(&command)))
    });
    processes.collect()
}
