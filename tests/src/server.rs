//! The server under test: `errand-local`, started, ended and killed as an operator does. Against a deployment it is the
//! containers only.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use domain::view::TaskView;
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdout, Command},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use crate::{
    Api, Ended, Follower, Setup, accounts,
    cloud::Stack,
    database::Database,
    disk::SmallDisk,
    model::Model,
    processes::{self, Process},
    programs,
    promises::Promises,
    secrets::ADMIN_PASSWORD,
};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(30);

/// How a server is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By SIGTERM, and it says goodbye.
    InOrder,
    /// By SIGKILL.
    AtOnce,
}

/// A server with data, a model and a caller of its own.
#[derive(Debug)]
pub struct Server {
    setup: Setup,
    /// Goes before the directory that it is mounted in.
    disk: Option<SmallDisk>,
    dir: TempDir,
    model: Option<Model>,
    life: Option<Life>,
    api: Api,
    follower: Follower,
    pub(crate) promises: Promises,
    refresh_token: String,
    pub(crate) secrets: Vec<String>,
    pub(crate) checked: bool,
}

/// See [`Server::data`].
pub(crate) fn data(dir: &Path) -> PathBuf {
    dir.join("data")
}

/// See [`Server::database_file`].
pub(crate) fn database_file(dir: &Path) -> PathBuf {
    data(dir).join("errand.db")
}

/// One process of the server.
#[derive(Debug)]
struct Life {
    child: Child,
    printed: Printed,
    _reader: JoinSet<()>,
}

/// What the server has printed so far.
#[derive(Clone, Debug)]
struct Printed(watch::Receiver<String>);

impl Server {
    /// With the real wrapper, Claude Code, and the demo model.
    pub async fn start_default() -> Self {
        Setup::new().start().await
    }

    pub(crate) async fn start(mut setup: Setup, dir: TempDir, model: Option<Model>) -> Self {
        let promises = Promises::default();
        let (life, url) = Life::begin(&setup, dir.path()).await;
        if setup.stack.is_none() {
            // The next start is at the same address, as it is for whoever bookmarked it.
            let port = url.rsplit(':').next().expect("a port").to_owned();
            setup.variables.insert("ERRAND_PORT".to_owned(), port);
        }
        let nobody = Api::nobody(&url, promises.clone());
        let (api, tokens) = nobody.sign_in(&setup.admin, ADMIN_PASSWORD).await;
        let refresh_token = tokens.refresh_token.expect("a refresh token");
        let mut secrets =
            vec![ADMIN_PASSWORD.to_owned(), tokens.access_token, refresh_token.clone()];
        secrets.extend(setup.variables.get("ANTHROPIC_API_KEY").cloned());
        let follower = Follower::start(api.clone());
        let life = Some(life);
        let checked = false;
        let disk = None;
        Self {
            setup,
            disk,
            dir,
            model,
            life,
            api,
            follower,
            promises,
            refresh_token,
            secrets,
            checked,
        }
    }

    pub(crate) fn on(mut self, disk: SmallDisk) -> Self {
        self.disk = Some(disk);
        self
    }

    /// Takes all room that its disk has left: see [`Setup::start_on_a_disk_of`].
    ///
    /// # Panics
    /// When it has no disk of its own.
    pub fn fill_the_disk(&self) {
        self.disk.as_ref().expect("a disk of its own").fill();
    }

    /// Gives the room back.
    ///
    /// # Panics
    /// When it has no disk of its own.
    pub fn empty_the_disk(&self) {
        self.disk.as_ref().expect("a disk of its own").empty();
    }

    /// The API, as the first user.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The API, as nobody.
    #[must_use]
    pub fn nobody(&self) -> Api {
        Api::nobody(self.api.url(), self.promises.clone())
    }

    /// A client that follows every task that was created through the server's own methods.
    #[must_use]
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    /// The model's service.
    ///
    /// # Panics
    /// When the setup has none.
    #[must_use]
    pub fn model(&self) -> &Model {
        self.model.as_ref().expect("a model outside of the server")
    }

    /// Renews the first user's sign-in.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        &self.refresh_token
    }

    /// Where the data is.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        data(self.dir.path())
    }

    /// The file that holds the table; to be opened only while the server does not run.
    #[must_use]
    pub fn database_file(&self) -> PathBuf {
        database_file(self.dir.path())
    }

    /// Where the runs are while they live.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.data().join("runs")
    }

    /// A place for files by which test and child tell each other something: the server does not know it.
    #[must_use]
    pub fn aside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What the server has printed since its last start.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn printed(&self) -> String {
        self.life.as_ref().expect("a running server").printed.0.borrow().clone()
    }

    /// Hands in a task and follows it.
    pub async fn create(&self, body: Value) -> TaskView {
        let task = self.api.create(body).await;
        self.follower.follow(task.id);
        task
    }

    /// Hands in a task and waits until it is over.
    pub async fn run(&self, body: Value) -> Ended {
        let task = self.create(body).await;
        self.api.ended(task.id).await
    }

    // ── processes ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Everything that lives for a run.
    #[must_use]
    pub fn processes(&self) -> Vec<Process> {
        processes::of(&self.runs())
    }

    /// Waits for a process of a run whose command line contains `text`.
    pub async fn process(&self, text: &str) -> Process {
        processes::one(&self.runs(), text).await
    }

    /// Waits until nothing of any run lives.
    pub async fn quiet(&self) {
        let none = |found: &[Process]| found.is_empty().then_some(());
        processes::until(&self.runs(), "the last process of a run to end", none).await;
    }

    /// Ends the server, and tells how it ended.
    ///
    /// # Panics
    /// When it does not run, or does not end in time.
    pub async fn end(&mut self, how: End) -> ExitStatus {
        let mut life = self.life.take().expect("a running server");
        let signal = match how {
            End::InOrder => Signal::TERM,
            End::AtOnce => Signal::KILL,
        };
        let pid = life.child.id().expect("a child that was not waited for").cast_signed();
        Process { pid, command: Vec::new() }.signal(signal);
        timeout(STOP, life.child.wait()).await.expect("the server ends in time").expect("a child")
    }

    /// From now on no file may grow beyond this; without a number all may again.
    ///
    /// # Panics
    /// When it does not run.
    pub fn let_files_grow_to(&self, bytes: Option<u64>) {
        let life = self.life.as_ref().expect("a running server");
        let pid = life.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(pid, Resource::Fsize, limit).expect("a limit of a child");
    }

    /// Starts it again, on the same data.
    ///
    /// # Panics
    /// When it runs already, or does not start.
    pub async fn start_again(&mut self) {
        assert!(self.life.is_none(), "the server runs");
        let (life, url) = Life::begin(&self.setup, self.dir.path()).await;
        assert_eq!(url, self.api.url());
        self.life = Some(life);
    }

    /// Starts a second server on the same data, which must not start, and gives its last words.
    ///
    /// # Panics
    /// When it does start.
    pub async fn second(&self) -> String {
        let setup = self.setup.clone().set("ERRAND_PORT", 0);
        let output = command(&setup, self.dir.path()).stderr(Stdio::piped()).output();
        let output = timeout(START, output).await.expect("it ends").expect("it starts");
        assert!(!output.status.success(), "a second server had the same data");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Ends it, and starts it again.
    pub async fn restart(&mut self, how: End) {
        self.end(how).await;
        self.start_again().await;
    }

    /// Who the first user is.
    #[must_use]
    pub fn admin(&self) -> &str {
        &self.setup.admin
    }

    /// Adds a ticket of the first user whose time is over, and gives its text.
    pub async fn add_expired_ticket(&mut self) -> String {
        if let Some(stack) = self.setup.stack {
            return accounts::add_expired_ticket(&stack.store(), &self.setup.admin).await;
        }
        // Only one process has the file.
        self.end(End::InOrder).await;
        let database = Database::open(&self.database_file()).await;
        let text = accounts::add_expired_ticket(database.store(), &self.setup.admin).await;
        database.close();
        self.start_again().await;
        text
    }

    /// The deployment that this server is part of, where there is one.
    #[must_use]
    pub fn stack(&self) -> Option<&'static Stack> {
        self.setup.stack
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn runs_now(&self) -> bool {
        self.life.is_some()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(life) = &mut self.life {
            let _ = life.child.start_kill();
        }
        // What a failed scenario leaves behind must not disturb the others.
        for process in processes::of(self.dir.path()) {
            process.signal(Signal::KILL);
        }
        if std::thread::panicking() {
            self.tell_what_happened();
        } else {
            assert!(self.checked, "a scenario ends with `invariants::hold(server).await`");
        }
    }
}

impl Server {
    /// The last lines of all logs: the directory is gone when somebody wants to look.
    fn tell_what_happened(&self) {
        let logs = self.data().join("logs");
        for entry in std::fs::read_dir(logs).into_iter().flatten().flatten() {
            let text = std::fs::read(entry.path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let lines: Vec<_> = text.lines().collect();
            let last = lines[lines.len().saturating_sub(40)..].join("\n");
            eprintln!("── the end of {} ──\n{last}", entry.file_name().display());
        }
    }
}

fn command(setup: &Setup, dir: &Path) -> Command {
    let mut command = match setup.stack {
        None if setup.deaf_to_file_limits => {
            let mut command = Command::new("sh");
            command.args(["-c", r#"trap "" XFSZ; exec "$0""#]);
            command.arg(programs::program("errand-local"));
            command
        }
        None => Command::new(programs::program("errand-local")),
        Some(stack) => {
            let mut command = Command::new(programs::program("errand-cluster"));
            command.args(stack.cluster());
            command
        }
    };
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("a PATH"))
        .env("ERRAND_DATA", data(dir))
        .envs(&setup.variables)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Life {
    /// Starts the program and waits until it says where it is.
    async fn begin(setup: &Setup, dir: &Path) -> (Self, String) {
        let mut child = command(setup, dir).spawn().expect("errand-local starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, printed) = watch::channel(String::new());
        let mut reader = JoinSet::new();
        reader.spawn(read(stdout, sender));
        let mut waiting = printed.clone();
        let ready = waiting.wait_for(|text| ready_at(text).is_some());
        let url = match timeout(START, ready).await {
            Ok(Ok(text)) => ready_at(&text).map(str::to_owned),
            Ok(Err(_)) | Err(_) => None,
        };
        let url = url.unwrap_or_else(|| panic!("not ready, but: {}", *printed.borrow()));
        let url = setup.stack.map_or(url, |stack| stack.api_url.clone());
        (Self { child, printed: Printed(printed), _reader: reader }, url)
    }
}

async fn read(stdout: ChildStdout, printed: watch::Sender<String>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        printed.send_modify(|text| {
            text.push_str(&line);
            text.push('\n');
        });
    }
}

fn ready_at(printed: &str) -> Option<&str> {
    printed.lines().find_map(|line| line.strip_prefix("ready at "))
}
