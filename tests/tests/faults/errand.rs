//! All functions of Errand but the sockets', and runners that do what runners do.

use std::collections::BTreeSet;

use auth::{Role, access};
use axum::{Router, body::Body};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use dispatcher::Dispatcher;
use domain::{
    id::{FamilyId, TaskId, UserId},
    task::State,
};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use runtime::{Settings, clock};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{Head, Made, User, Whose};
use testkit::{World, user};
use tower::ServiceExt as _;
use uuid::Uuid;

/// Whatever is left to be done is done after so many ticks.
const TICKS: usize = 40;

pub(crate) struct Errand {
    pub(crate) world: World,
    pub(crate) dispatcher: Dispatcher,
    api: Router,
    progress: Router,
    token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

/// A runner in its container: what it was given, and how far it is.
pub(crate) struct Runner<'a> {
    errand: &'a Errand,
    token: String,
    run_seq: u64,
    head: u64,
}

impl Errand {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let errand = Self::over(World::with(change).await);
        errand.world.store.put_user(&account(user(1))).await.unwrap();
        errand
    }

    /// Over an empty table.
    pub(crate) async fn without_people() -> Self {
        Self::over(World::new().await)
    }

    fn over(world: World) -> Self {
        let dispatcher = Dispatcher::new(&world.runtime).unwrap();
        let api = api::router(&world.runtime).unwrap();
        let progress = progress::router(&world.runtime).unwrap();
        let family = FamilyId::from_uuid(Uuid::now_v7());
        let claims =
            access::Claims { user: user(1), family, role: Role::Member, session_version: 0 };
        let token = access::sign(&world.keys, &claims, clock::now()).expose_secret().to_owned();
        Self { world, dispatcher, api, progress, token }
    }

    // ── the user ─────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) async fn ask(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        let request = request.body(Body::from(body.to_string())).unwrap();
        send(&self.api, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::builder().uri(path);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        send(&self.api, request.body(Body::empty()).unwrap()).await
    }

    /// Hands in a task under a key.
    pub(crate) async fn post(&self, key: &str, prompt: &str) -> Answer {
        self.ask("POST", "/v1/tasks", key, &json!({ "prompt": prompt })).await
    }

    /// Hands in a task that is accepted.
    pub(crate) async fn task(&self, prompt: &str) -> TaskId {
        self.post(&prompt.replace(' ', "-"), prompt).await.task()
    }

    pub(crate) async fn cancel(&self, id: TaskId) -> Answer {
        let path = format!("/v1/tasks/{id}/cancel");
        self.ask("POST", &path, &path, &json!({})).await
    }

    // ── what wakes the dispatcher ────────────────────────────────────────────────────────────────────────────────

    /// A batch of the queue, which is given back if it could not be handled.
    pub(crate) async fn ring(&self) -> Value {
        let event = json!({ "Records": [{ "messageId": "m", "body": "{}" }] });
        self.dispatcher.handle(event).await.unwrap()
    }

    pub(crate) async fn try_tick(&self) -> bool {
        self.dispatcher.handle(tick()).await.is_ok()
    }

    pub(crate) async fn tick(&self) {
        self.dispatcher.handle(tick()).await.unwrap();
    }

    /// ECS says that the container of a run ended.
    pub(crate) async fn stopped(&self, task: TaskId, attempt: u32, reason: &str) {
        let event = json!({
            "source": "aws.ecs", "detail-type": "ECS Task State Change",
            "detail": {
                "lastStatus": "STOPPED", "startedBy": format!("{task}/{attempt}"),
                "containers": [{ "name": "runner", "exitCode": 137, "reason": reason }],
            },
        });
        self.dispatcher.handle(event).await.unwrap();
    }

    // ── what became of it ────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) async fn state(&self, id: TaskId) -> State {
        self.world.head(id).await.task.state
    }

    pub(crate) async fn tasks(&self) -> Vec<Head> {
        let whose = Whose::User(user(1));
        let page = self.world.store.list(whose, Made::default(), None, 1_000).await.unwrap();
        page.heads
    }

    /// `task_…/1` of every container that was started.
    pub(crate) fn containers(&self) -> Vec<String> {
        let cloud = self.world.cloud();
        cloud.containers.values().map(|container| container.started_by.clone()).collect()
    }

    /// The runner in the container of a run.
    pub(crate) fn runner(&self, started_by: &str) -> Runner<'_> {
        let cloud = self.world.cloud();
        let container = cloud.containers.values().find(|one| one.started_by == started_by);
        let container = container.unwrap_or_else(|| panic!("no container for {started_by}"));
        let environment = &container.request["overrides"]["containerOverrides"][0]["environment"];
        let variables = environment.as_array().unwrap();
        let token = variables.iter().find(|variable| variable["name"] == "ERRAND_RUN_TOKEN");
        self.runner_with(token.unwrap()["value"].as_str().unwrap().to_owned())
    }

    pub(crate) fn runner_with(&self, token: String) -> Runner<'_> {
        Runner { errand: self, token, run_seq: 0, head: 0 }
    }

    /// Lets time go by until everything is done: ticks come, and whatever was started does its work. Then all that must
    /// hold does.
    pub(crate) async fn settles(&self) {
        let mut done = BTreeSet::new();
        for _ in 0..TICKS {
            self.tick().await;
            for holder in self.world.store.holders().await.unwrap() {
                // As if the launch had been a while ago.
                self.world.held_since(holder.task, jiff::SignedDuration::from_secs(10)).await;
            }
            for head in self.tasks().await {
                if head.task.state == State::Scheduled && head.task.attempt.0 > 0 {
                    self.world.due_now(head.id).await;
                }
            }
            for started_by in self.containers() {
                if done.insert(started_by.clone()) {
                    self.runner(&started_by).works().await;
                }
            }
            if self.tasks().await.iter().all(|head| head.task.state.is_terminal()) {
                break;
            }
        }
        for head in self.tasks().await {
            assert!(head.task.state.is_terminal(), "{} is {} for ever", head.id, head.task.state);
        }
        assert_eq!(self.world.store.holders().await.unwrap(), [], "all slots are free at rest");
        self.world.check_invariants().await;
    }
}

impl Answer {
    /// The id of a task that was accepted.
    pub(crate) fn task(&self) -> TaskId {
        assert_eq!(self.status, 201, "{self:?}");
        self.json["id"].as_str().unwrap().parse().unwrap()
    }

    /// `422 idempotency_mismatch`
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let problem: domain::problem::Problem = serde_json::from_value(self.json.clone()).unwrap();
        format!("{} {}", self.status.as_u16(), problem.code())
    }
}

impl Runner<'_> {
    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        send(&self.errand.progress, request.body(body).unwrap()).await
    }

    /// Whether its token says that it was signed by this key.
    pub(crate) fn token_names(&self, kid: &str) -> bool {
        let header = self.token.split('.').next().unwrap();
        let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"] == kid
    }

    /// Learns what to do and how far the log is.
    pub(crate) async fn learns(&mut self) -> Answer {
        let spec = self.ask("GET", "/v1/run", None).await;
        if spec.status == 200 {
            self.goes_on(&spec.json["run_seq"], &spec.json["head"]);
        }
        spec
    }

    /// Learns what to do, says so, and is done; unless it was told to stop, or is not wanted.
    pub(crate) async fn works(&mut self) {
        let spec = self.learns().await;
        if spec.status == 409 {
            return;
        }
        assert_eq!(spec.status, 200, "{spec:?}");
        let end = if spec.json["cancel_requested"] == true { "canceled" } else { "succeeded" };
        if end == "succeeded" {
            assert_eq!(self.says("working").await.status, 200);
        }
        let answer = self.ends(end).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub(crate) async fn says(&mut self, text: &str) -> Answer {
        let event = json!({ "at": "2026-01-02T03:04:05Z", "type": "text", "text": text });
        let answer = self.posts(self.body(&json!([event]))).await;
        if answer.status == 200 {
            self.goes_on(&answer.json["acknowledged"], &answer.json["head"]);
        }
        answer
    }

    /// Several events in one post.
    pub(crate) async fn says_all(&mut self, events: Value) {
        let answer = self.posts(self.body(&events)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.goes_on(&answer.json["acknowledged"], &answer.json["head"]);
    }

    pub(crate) async fn beats(&self) -> Answer {
        self.posts(self.body(&json!([]))).await
    }

    pub(crate) async fn ends(&mut self, outcome: &str) -> Answer {
        let mut body = self.body(&json!([{ "at": "2026-01-02T03:04:05Z", "type": "run_ended" }]));
        body["end"] = json!({ "outcome": outcome });
        self.posts(body).await
    }

    /// Ends well, with these as its last words.
    pub(crate) async fn ends_with(&mut self, events: Value) {
        let mut body = self.body(&events);
        body["end"] = json!({ "outcome": "succeeded" });
        let answer = self.posts(body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    fn body(&self, events: &Value) -> Value {
        json!({ "runner": "runner-1", "run_seq": self.run_seq, "head": self.head, "events": events })
    }

    /// As often as it takes: a batch, once sent, is sent again unchanged until it is answered for good.
    pub(crate) async fn posts(&self, body: Value) -> Answer {
        for _ in 0..100 {
            let answer = self.ask("POST", "/v1/run/events", Some(&body)).await;
            if answer.status != 503 {
                return answer;
            }
        }
        panic!("never taken: {body}");
    }

    fn goes_on(&mut self, run_seq: &Value, head: &Value) {
        self.run_seq = run_seq.as_u64().unwrap();
        self.head = head.as_u64().unwrap();
    }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    Answer { status: parts.status, headers: parts.headers, json }
}

fn account(id: UserId) -> User {
    User {
        id,
        email: "ada@example.org".to_owned(),
        role: Role::Member.name().to_owned(),
        password: None,
        disabled: false,
        created_at: clock::now(),
        session_version: 0,
        version: 0,
    }
}

fn tick() -> Value {
    json!({ "source": "aws.events", "detail-type": "Scheduled Event" })
}
