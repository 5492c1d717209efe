//! A server that keeps the rules of the run protocol, and misbehaves on request.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use domain::run::EventsPost;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

pub(crate) const TOKEN: &str = "canary-run-token";

/// How the server treats a post of events.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    Fine,
    /// Answers with this and does nothing.
    Status(u16),
    /// Does what it is asked, and the answer is lost.
    LosesTheAnswer,
    /// Does what it is asked, after this time.
    Slow(Duration),
    /// Answers 200 with a page of somebody else.
    Captive,
}

#[derive(Default)]
pub(crate) struct State_ {
    pub(crate) spec: Value,
    /// How the next posts are treated; fine when it is empty.
    pub(crate) moods: VecDeque<Mood>,
    /// Every post from this one on is answered like this.
    pub(crate) from_now_on: Option<Mood>,
    pub(crate) commands: Vec<Value>,
    /// The mood of uploads: this many fail.
    pub(crate) failing_uploads: usize,
    /// What was committed, post by post, with the bytes that came.
    pub(crate) posts: Vec<(Bytes, EventsPost)>,
    pub(crate) files: HashMap<String, Bytes>,
    /// What a runner must never do.
    pub(crate) violations: Vec<String>,
    pub(crate) seen: usize,
}

impl State_ {
    pub(crate) fn events(&self) -> Vec<Value> {
        let events = self.posts.iter().flat_map(|(_, post)| &post.events);
        events.map(|event| serde_json::to_value(event).unwrap()).collect()
    }

    /// Ten events of earlier runs come first.
    fn head(&self) -> u64 {
        self.spec["head"].as_u64().unwrap() + self.acknowledged()
            - self.spec["run_seq"].as_u64().unwrap()
    }

    fn acknowledged(&self) -> u64 {
        let first = self.spec["run_seq"].as_u64().unwrap();
        first + self.posts.iter().map(|(_, post)| post.events.len() as u64).sum::<u64>()
    }

    fn commit(&mut self, body: Bytes) {
        let post: EventsPost = match serde_json::from_slice(&body) {
            Ok(post) => post,
            Err(err) => return self.violations.push(format!("an unreadable post: {err}")),
        };
        let first = self.posts.first().map(|(_, post)| post.runner.clone());
        if post.runner.len() < 8 || first.is_some_and(|first| first != post.runner) {
            self.violations.push(format!("the runner calls itself {}", post.runner));
        }
        let last = self.posts.last().map(|(bytes, post)| (bytes.clone(), post.run_seq));
        match last {
            Some((bytes, _)) if bytes == body && !post.events.is_empty() => (), // a repeat
            Some((_, run_seq)) if post.run_seq == run_seq && post.run_seq < self.acknowledged() => {
                self.violations.push(format!("the batch at {run_seq} was changed"));
            }
            _ if (post.run_seq, post.head) != (self.acknowledged(), self.head()) => {
                let expected = (self.acknowledged(), self.head());
                self.violations
                    .push(format!("{:?} is not {expected:?}", (post.run_seq, post.head)));
            }
            _ => self.posts.push((body, post)),
        }
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    state: Arc<Mutex<State_>>,
    changed: Arc<watch::Sender<()>>,
    url: String,
    _task: Arc<JoinSet<()>>,
}

impl Server {
    pub(crate) async fn start(spec: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut task = JoinSet::new();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State_ { spec, ..State_::default() }));
        let changed = Arc::new(watch::Sender::new(()));
        let server = Self { state, changed, url, _task: Arc::new(JoinSet::new()) };
        let app = Router::new()
            .route("/v1/run", get(spec_of))
            .route("/v1/run/events", post(events))
            .route("/v1/run/uploads", post(uploads))
            .route("/put/{name}", put(store))
            .layer(axum::extract::DefaultBodyLimit::max(64 * 1024 * 1024))
            .with_state(Self { _task: Arc::default(), ..server.clone() });
        task.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { _task: Arc::new(task), ..server }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State_> {
        self.state.lock().unwrap()
    }

    /// Waits until the server has seen what is asked for.
    pub(crate) async fn until(&self, what: impl Fn(&State_) -> bool) {
        let mut changed = self.changed.subscribe();
        let seen = async {
            while !what(&self.state()) {
                changed.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), seen).await.is_err() {
            panic!("not seen within a minute; events: {:#?}", self.state().events());
        }
    }

    pub(crate) async fn until_event(&self, kind: &str) {
        self.until(|state| state.events().iter().any(|event| event["type"] == kind)).await;
    }

    fn authorized(headers: &HeaderMap) -> bool {
        headers.get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"))
    }
}

async fn spec_of(State(server): State<Server>, headers: HeaderMap) -> Response {
    if !Server::authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(server.state().spec.clone()).into_response()
}

async fn events(State(server): State<Server>, headers: HeaderMap, body: Bytes) -> Response {
    if !Server::authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mood = {
        let mut state = server.state();
        state.seen += 1;
        let mood = state.moods.pop_front();
        mood.or(state.from_now_on).unwrap_or(Mood::Fine)
    };
    server.changed.send_replace(());
    match mood {
        Mood::Status(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        Mood::Captive => return "<html>please sign in</html>".into_response(),
        Mood::Slow(delay) => tokio::time::sleep(delay).await,
        Mood::Fine | Mood::LosesTheAnswer => (),
    }
    let answer = {
        let mut state = server.state();
        state.commit(body);
        json!({"acknowledged": state.acknowledged(), "head": state.head(), "commands": state.commands})
    };
    server.changed.send_replace(());
    if matches!(mood, Mood::LosesTheAnswer) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(answer).into_response()
}

async fn uploads(State(server): State<Server>, Json(post): Json<Value>) -> Response {
    let links = post["artifacts"].as_array().unwrap().iter().map(|artifact| {
        let name = artifact["name"].as_str().unwrap();
        json!({
            "name": name,
            "url": format!("{}/put/{name}?signature=canary-signature", server.url),
            "headers": [["content-type", artifact["content_type"]], ["x-check", artifact["sha256"]]],
        })
    });
    Json(json!({"uploads": links.collect::<Vec<_>>()})).into_response()
}

async fn store(
    State(server): State<Server>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut state = server.state();
    if headers.contains_key("authorization") {
        state.violations.push("the run token was sent along with an upload".to_owned());
    }
    if !headers.contains_key("content-length") || !headers.contains_key("x-check") {
        state.violations.push("an upload without its length or its headers".to_owned());
    }
    if state.failing_uploads > 0 {
        state.failing_uploads -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    state.files.insert(name, body);
    StatusCode::OK
}
