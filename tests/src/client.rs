//! The REST API, as a program uses it. Every call says which status it expects; another one ends the test, with the
//! answer shown.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use domain::{
    event::RawEvent,
    id::TaskId,
    problem::Problem,
    view::{ArtifactView, EventsPage, Page, RunView, TaskView, TicketView, TokensView},
};
use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{DEADLINE, Log, promises::Promises};

/// The longest that one long poll may wait.
const WAIT_S: u64 = 20;
const PAGE_EVENTS: usize = 500;

static HTTP: LazyLock<()> = LazyLock::new(|| {
    // The library has none of its own; it is asked for even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
});

/// A caller of the API.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    promises: Promises,
}

/// A task that is over, and its whole log.
#[derive(Clone, Debug)]
pub struct Ended {
    pub task: TaskView,
    pub log: Log,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub content_type: String,
    pub location: Option<String>,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body, if the status is the expected one.
    ///
    /// # Panics
    /// When it is not, or the body is something else.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self, status: u16) -> T {
        self.expect(status);
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|err| panic!("not what was expected ({err}): {}", self.text()))
    }

    /// The problem document, if the status is the expected one.
    ///
    /// # Panics
    /// When it is not, or the body is no such document.
    #[must_use]
    pub fn problem(&self, status: u16) -> Problem {
        let problem: Problem = self.read(status);
        assert_eq!(self.content_type, "application/problem+json", "{}", self.text());
        assert_eq!(problem.status, status, "{problem:?}");
        assert!(problem.kind.starts_with(Problem::URN), "{problem:?}");
        problem
    }

    /// # Panics
    /// When the status is another.
    pub fn expect(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
    }

    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Api {
    /// A caller without a name.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    #[must_use]
    pub fn nobody(url: &str, promises: Promises) -> Self {
        LazyLock::force(&HTTP);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self { http, url: url.to_owned(), token: None, promises }
    }

    /// The same service, as whoever has this token or key.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str) -> (Self, TokensView) {
        let body = json!({ "email": email, "password": password });
        let tokens: TokensView = self.post(200, "/v1/auth/login", body).await;
        (self.with_token(&tokens.access_token), tokens)
    }

    /// The service's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token that is shown with each call.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// A request that is still to be filled and sent.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request, whatever comes of it.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await.unwrap_or_else(|err| panic!("{path}: {err:?}"))
    }

    pub async fn get<T: DeserializeOwned>(&self, status: u16, path: &str) -> T {
        self.send(Method::GET, path, None).await.read(status)
    }

    pub async fn post<T: DeserializeOwned>(&self, status: u16, path: &str, body: Value) -> T {
        self.send(Method::POST, path, Some(body)).await.read(status)
    }

    /// A GET that must be refused so.
    pub async fn get_refused(&self, status: u16, path: &str) -> Problem {
        self.send(Method::GET, path, None).await.problem(status)
    }

    /// A POST that must be refused so.
    pub async fn post_refused(&self, status: u16, path: &str, body: Value) -> Problem {
        self.send(Method::POST, path, Some(body)).await.problem(status)
    }

    // ── tasks ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Hands in a task.
    pub async fn create(&self, body: Value) -> TaskView {
        let task: TaskView = self.post(201, "/v1/tasks", body).await;
        self.promises.accepted(task.id);
        task
    }

    /// Hands in a task under an Idempotency-Key.
    pub async fn create_once(&self, key: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, "/v1/tasks").header("idempotency-key", key);
        let answer = answer(request.json(body)).await.expect("an answer");
        if answer.status == StatusCode::CREATED {
            self.promises.accepted(answer.read::<TaskView>(201).id);
        }
        answer
    }

    /// The same, or nothing if the service went away meanwhile.
    pub async fn try_create_once(&self, key: &str, body: &Value) -> Option<TaskView> {
        let request = self.request(Method::POST, "/v1/tasks").header("idempotency-key", key);
        let task: TaskView = answer(request.json(body)).await.ok()?.read(201);
        self.promises.accepted(task.id);
        Some(task)
    }

    pub async fn task(&self, id: TaskId) -> TaskView {
        let task = self.get(200, &format!("/v1/tasks/{id}")).await;
        self.promises.seen(&task);
        task
    }

    /// Every task of the caller, newest first.
    pub async fn tasks(&self) -> Vec<TaskView> {
        let mut tasks = Vec::new();
        let mut path = "/v1/tasks?limit=100".to_owned();
        loop {
            let page: Page<TaskView> = self.get(200, &path).await;
            tasks.extend(page.items);
            let Some(cursor) = page.next_cursor else { return tasks };
            path = format!("/v1/tasks?limit=100&cursor={cursor}");
        }
    }

    pub async fn runs(&self, id: TaskId) -> Vec<RunView> {
        self.get::<Page<RunView>>(200, &format!("/v1/tasks/{id}/runs")).await.items
    }

    /// Calls a task off.
    pub async fn cancel(&self, id: TaskId) -> TaskView {
        let task = self.post(200, &format!("/v1/tasks/{id}/cancel"), json!({})).await;
        self.promises.canceled(id);
        self.promises.seen(&task);
        task
    }

    /// Has a task taken up again.
    pub async fn retry(&self, id: TaskId) -> TaskView {
        let task = self.post(200, &format!("/v1/tasks/{id}/retry"), json!({})).await;
        self.promises.retried(id);
        task
    }

    pub async fn delete(&self, id: TaskId) {
        self.send(Method::DELETE, &format!("/v1/tasks/{id}"), None).await.expect(204);
        self.promises.deleted(id);
    }

    pub async fn ticket(&self) -> TicketView {
        self.post(201, "/v1/tickets", json!({})).await
    }

    // ── logs and files ───────────────────────────────────────────────────────────────────────────────────────────

    /// A piece of a log: `after=7&limit=10`.
    pub async fn events(&self, id: TaskId, query: &str) -> EventsPage {
        self.get(200, &format!("/v1/tasks/{id}/events?{query}")).await
    }

    /// What follows `after`, or nothing if the service does not answer just now.
    pub async fn try_events(&self, id: TaskId, after: u64) -> Option<EventsPage> {
        let path = format!("/v1/tasks/{id}/events?after={after}&limit={PAGE_EVENTS}");
        let answer = answer(self.request(Method::GET, &path)).await.ok()?;
        (answer.status == StatusCode::OK).then(|| answer.read(200))
    }

    /// A task, or nothing if the service does not answer just now.
    pub async fn try_task(&self, id: TaskId) -> Option<TaskView> {
        let answer = answer(self.request(Method::GET, &format!("/v1/tasks/{id}"))).await.ok()?;
        (answer.status == StatusCode::OK).then(|| answer.read(200))
    }

    /// One event, whole.
    pub async fn event(&self, id: TaskId, seq: u64) -> RawEvent {
        self.get(200, &format!("/v1/tasks/{id}/events/{seq}")).await
    }

    /// The log as far as it is.
    pub async fn log(&self, id: TaskId) -> Log {
        let mut log = Log::default();
        loop {
            let after = log.0.last().map_or(0, |event| event.seq);
            let page = self.events(id, &format!("after={after}&limit={PAGE_EVENTS}")).await;
            log.0.extend(page.events);
            if page.next >= page.head {
                return log;
            }
            assert!(page.next > after, "a page of {id} leads nowhere after {after}");
        }
    }

    pub async fn artifacts(&self, id: TaskId) -> Vec<ArtifactView> {
        self.get::<Page<ArtifactView>>(200, &format!("/v1/tasks/{id}/artifacts")).await.items
    }

    /// The content of the last artifact of this name, by its link. The link alone is enough.
    ///
    /// # Panics
    /// When there is none, or its content is not as announced.
    pub async fn artifact(&self, id: TaskId, name: &str) -> Vec<u8> {
        let artifacts = self.artifacts(id).await;
        let found = artifacts.iter().find(|artifact| artifact.name == name);
        let found = found.unwrap_or_else(|| panic!("no {name} among {artifacts:?}"));
        let answer = answer(self.http.get(&found.url)).await.expect("an answer");
        answer.expect(200);
        assert_eq!(answer.bytes.len() as u64, found.size_bytes, "{found:?}");
        assert_eq!(sha256(&answer.bytes), found.sha256, "{found:?}");
        answer.bytes
    }

    // ── waiting: by long poll ────────────────────────────────────────────────────────────────────────────────────

    /// Waits for the first event of which `wanted` is true.
    ///
    /// # Panics
    /// When the task ends without it, or takes too long.
    pub async fn until(&self, id: TaskId, wanted: impl Fn(&RawEvent) -> bool) -> RawEvent {
        self.until_after(id, 0, wanted).await
    }

    /// Like [`Api::until`], for events after `seq`.
    ///
    /// # Panics
    /// See there.
    pub async fn until_after(
        &self,
        id: TaskId,
        seq: u64,
        wanted: impl Fn(&RawEvent) -> bool,
    ) -> RawEvent {
        let mut found = None;
        let log = self.follow(id, seq, |event| {
            if wanted(event) {
                found.get_or_insert_with(|| event.clone());
            }
            found.is_none()
        });
        let log = log.await;
        found.unwrap_or_else(|| panic!("{id} ended without the event, with {:?}", log.kinds()))
    }

    /// Waits for an event of a type.
    pub async fn until_kind(&self, id: TaskId, kind: &str) -> RawEvent {
        self.until(id, |event| event.kind() == kind).await
    }

    /// Waits until the task is over.
    pub async fn ended(&self, id: TaskId) -> Ended {
        let log = self.follow(id, 0, |_| true).await;
        let task = self.task(id).await;
        assert!(task.state.is_terminal(), "the log of {id} is done, but it is {}", task.state);
        Ended { task, log }
    }

    /// Hands in a task and waits until it is over.
    pub async fn run(&self, body: Value) -> Ended {
        let task = self.create(body).await;
        self.ended(task.id).await
    }

    /// Reads on until the log is done, or `go_on` says no.
    async fn follow(
        &self,
        id: TaskId,
        mut after: u64,
        mut go_on: impl FnMut(&RawEvent) -> bool,
    ) -> Log {
        let began = Instant::now();
        let mut log = Log::default();
        loop {
            let wait = WAIT_S.min(DEADLINE.saturating_sub(began.elapsed()).as_secs());
            let query = format!("after={after}&limit={PAGE_EVENTS}&wait={wait}");
            let page = self.events(id, &query).await;
            for event in page.events {
                log.0.push(event.clone());
                if !go_on(&event) {
                    return log;
                }
            }
            after = page.next;
            if page.done {
                return log;
            }
            let late = began.elapsed() > DEADLINE - Duration::from_secs(1);
            assert!(!late, "{id} takes too long; so far {:?}", log.kinds());
        }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let answer = request.send().await?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let content_type = header(CONTENT_TYPE).unwrap_or_default().to_owned();
    let location = header(reqwest::header::LOCATION).map(str::to_owned);
    let status = answer.status();
    Ok(Answer { status, content_type, location, bytes: answer.bytes().await?.into() })
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
