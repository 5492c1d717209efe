//! A service to test against: the API as the types in `domain` describe it, with the log of one task, a socket that
//! can be made to lose, double, delay and cut, and a memory of every request.

mod rest;
mod socket;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use domain::{
    event::{RawEvent, preview},
    problem::Problem,
    socket::{FRAME_BYTES, ServerFrame, Topic},
    task::State,
    view::TaskView,
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{broadcast, watch},
    task::JoinSet,
    time::timeout,
};

/// The key that may do everything.
pub(crate) const KEY: &str = "errand_key_of_the_test";

/// No test waits longer than this for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Service {
    pub(crate) url: String,
    shared: Arc<Shared>,
    /// Ends with the test.
    _servers: JoinSet<()>,
}

pub(crate) struct Shared {
    state: Mutex<World>,
    pushes: broadcast::Sender<Push>,
    /// Counts what happened to the log, for long polls.
    changed: watch::Sender<u64>,
    socket_url: String,
}

/// All that the service knows.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) tasks: Vec<TaskView>,
    pub(crate) log: Vec<RawEvent>,
    pub(crate) artifacts: Vec<Value>,
    pub(crate) files: HashMap<String, Vec<u8>>,
    pub(crate) requests: Vec<Seen>,
    /// The sign-in: the tokens that are good now.
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) refreshes: u32,
    pub(crate) access_lifetime_s: u64,
    /// So many answers get lost after the request took effect.
    pub(crate) lost_answers: u32,
    /// What the next requests are answered instead.
    pub(crate) refusals: Vec<Problem>,
    pub(crate) deaf_to_pings: bool,
    pub(crate) refuses_sockets: bool,
    pub(crate) sockets_opened: u32,
    answers: HashMap<String, Value>,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) what: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Value,
}

#[derive(Clone)]
enum Push {
    Frame(String),
    Cut,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let sockets = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            state: Mutex::new(World { access_lifetime_s: 600, ..World::default() }),
            pushes: broadcast::Sender::new(10_000),
            changed: watch::Sender::new(0),
            socket_url: format!("ws://{}", sockets.local_addr().unwrap()),
        });
        let mut servers = JoinSet::new();
        let app = rest::router(shared.clone());
        servers.spawn(async move { axum::serve(listener, app).await.unwrap() });
        servers.spawn(socket::accept(sockets, shared.clone()));
        Self { url, shared, _servers: servers }
    }

    /// The service's memory, to look at or to change.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    /// The requests that came in, as `POST /v1/tasks`.
    pub(crate) fn requests(&self, what: &str) -> Vec<Seen> {
        self.world().requests.iter().filter(|seen| seen.what == what).cloned().collect()
    }

    /// Adds to the log of the first task; tells nobody.
    pub(crate) fn append(&self, body: &Value) -> RawEvent {
        let mut world = self.world();
        let event: RawEvent = serde_json::from_value({
            let mut event = json!({
                "seq": world.log.len() + 1, "at": "2030-01-02T03:04:05Z", "attempt": 1,
            });
            event.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            event
        })
        .unwrap();
        world.log.push(event.clone());
        let head = world.log.len() as u64;
        world.tasks[0].head = head;
        drop(world);
        self.shared.changed.send_modify(|count| *count += 1);
        event
    }

    pub(crate) fn push(&self, events: Vec<RawEvent>) {
        let topic = Topic::Task(self.world().tasks[0].id);
        let events = events.iter().map(|event| preview(event, FRAME_BYTES - 1_000)).collect();
        self.shared.push(&ServerFrame::Events { topic, events });
    }

    /// Changes the state of the first task; tells its followers if `aloud`.
    pub(crate) fn set_state(&self, state: State, aloud: bool) {
        let task = {
            let task = &mut self.world().tasks[0];
            task.state = state;
            task.version += 1;
            task.clone()
        };
        self.shared.changed.send_modify(|count| *count += 1);
        if aloud {
            self.shared.push(&ServerFrame::Task { task: Box::new(task) });
        }
    }

    /// Ends every connection without a word.
    pub(crate) fn cut_sockets(&self) {
        let _ = self.shared.pushes.send(Push::Cut);
    }

    /// Waits until something is as it should be.
    pub(crate) async fn until(&self, mut met: impl FnMut(&World) -> bool) {
        let mut changed = self.shared.changed.subscribe();
        let wait = async {
            while !met(&self.world()) {
                changed.changed().await.unwrap();
            }
        };
        timeout(PATIENCE, wait).await.expect("what the test waits for never came");
    }
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.state.lock().unwrap()
    }

    fn push(&self, frame: &ServerFrame) {
        // Nobody may be connected just now.
        let _ = self.pushes.send(Push::Frame(serde_json::to_string(frame).unwrap()));
    }

    fn note(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

/// A task as the service shows it.
pub(crate) fn task(number: u128) -> TaskView {
    serde_json::from_value(json!({
        "id": format!("task_{:032x}", 0x0199_0000_0000_u128 << 80 | number),
        "title": "Fix the login", "state": "running", "version": 1, "attempt": 1, "max_attempts": 3,
        "created_at": "2030-01-02T03:04:05Z", "updated_at": "2030-01-02T03:04:05Z",
        "owner": "user_00000000000000000000000000000001", "priority": "normal", "tags": [],
        "usage": {}, "head": 0,
    }))
    .unwrap()
}
