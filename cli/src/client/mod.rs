//! The service as the commands see it: one method for each thing it does.

mod auth;
mod http;

use domain::{
    event::RawEvent,
    id::{KeyId, TaskId},
    problem::{Code, Problem},
    queue::{LimitsView, QueueView},
    usage::UsageReportView,
    view::{
        ArtifactView, EventsPage, HealthView, KeyView, MeView, NewKeyView, Page, RunView, TaskView,
        TicketView, TokensView,
    },
};
use reqwest::{Response, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) use self::http::Request;
use self::{
    auth::{Auth, Session},
    http::{Answer, Http},
};
use crate::{
    error::{Error, Result},
    storage::{Credentials, Storage},
};

/// Most items that the service puts on a page.
pub(crate) const PAGE_ITEMS: u64 = domain::limits::PAGE.1;

pub(crate) struct Client {
    http: Http,
    auth: Auth,
}

impl Client {
    pub(crate) fn with_key(url: Url, key: SecretString) -> Result<Self> {
        Ok(Self { http: Http::new(url)?, auth: Auth::Key(key) })
    }

    /// With the sign-in that is kept, if it is one at this service: its tokens are shown to no other.
    pub(crate) fn with_session(
        url: Url,
        storage: &Storage,
        credentials: Option<Credentials>,
    ) -> Result<Self> {
        let auth = match credentials {
            Some(credentials) if credentials.url == url.as_str() => {
                Auth::Session(Session::new(storage.clone(), credentials))
            }
            _ => Auth::Nobody(url.to_string()),
        };
        Ok(Self { http: Http::new(url)?, auth })
    }

    pub(crate) fn url(&self) -> &Url {
        self.http.base()
    }

    /// The address of a page for people.
    pub(crate) fn page(&self, path: &str) -> Result<Url> {
        self.http.address(path)
    }

    /// Sends a request as whoever is signed in. A token that is refused is renewed once.
    async fn send(&self, request: &Request) -> Result<Answer> {
        let token = self.auth.bearer(&self.http).await?;
        match self.http.send(request, Some(&token)).await {
            Err(Error::Refused(problem)) if is_unauthorized(&problem) => {
                match self.auth.renewed(&self.http, &token).await? {
                    Some(token) => self.http.send(request, Some(&token)).await,
                    None => Err(Error::Refused(problem)),
                }
            }
            answer => answer,
        }
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.send(&request).await?.read()
    }

    // ── without a sign-in ────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) async fn health(&self) -> Result<HealthView> {
        self.http.send(&Request::get("/health"), None).await?.read()
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Result<TokensView> {
        let body = json!({ "email": email, "password": password });
        let request = Request::post("/v1/auth/login", body);
        self.http.send(&request, None).await?.read()
    }

    /// Gets a file from a link of an artifact.
    pub(crate) async fn download(&self, artifact: &ArtifactView) -> Result<Response> {
        self.http.download(&artifact.url).await
    }

    // ── of accounts ──────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) async fn logout(&self) -> Result<()> {
        self.send(&Request::post("/v1/auth/logout", nothing())).await.map(drop)
    }

    pub(crate) async fn me(&self) -> Result<MeView> {
        self.ask(Request::get("/v1/me")).await
    }

    pub(crate) async fn create_key(&self, body: Value) -> Result<NewKeyView> {
        self.ask(Request::post("/v1/keys", body)).await
    }

    pub(crate) async fn keys(&self) -> Result<Vec<KeyView>> {
        self.all_pages(|| Request::get("/v1/keys")).await
    }

    pub(crate) async fn revoke_key(&self, key: KeyId) -> Result<()> {
        self.send(&Request::delete(format!("/v1/keys/{key}"))).await.map(drop)
    }

    // ── of tasks ─────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) async fn create_task(&self, body: Value, key: Option<String>) -> Result<TaskView> {
        let request = Request::post("/v1/tasks", body);
        self.ask(match key {
            Some(key) => request.keyed(key),
            None => request,
        })
        .await
    }

    pub(crate) async fn tasks(&self, request: Request) -> Result<Page<TaskView>> {
        self.ask(request).await
    }

    pub(crate) async fn task(&self, id: TaskId) -> Result<TaskView> {
        self.ask(Request::get(format!("/v1/tasks/{id}"))).await
    }

    pub(crate) async fn runs(&self, id: TaskId) -> Result<Vec<RunView>> {
        self.all_pages(|| Request::get(format!("/v1/tasks/{id}/runs"))).await
    }

    pub(crate) async fn cancel(&self, id: TaskId) -> Result<TaskView> {
        self.ask(Request::post(format!("/v1/tasks/{id}/cancel"), nothing())).await
    }

    pub(crate) async fn retry(&self, id: TaskId) -> Result<TaskView> {
        let request = Request::post(format!("/v1/tasks/{id}/retry"), nothing());
        let answer = self.send(&request.settled_by(Code::NotEnded)).await?;
        if answer.is_empty() { self.task(id).await } else { answer.read() }
    }

    pub(crate) async fn review(&self, id: TaskId) -> Result<TaskView> {
        self.ask(Request::post(format!("/v1/tasks/{id}/review"), nothing())).await
    }

    pub(crate) async fn usage(&self, request: Request) -> Result<UsageReportView> {
        self.ask(request).await
    }

    pub(crate) async fn delete(&self, id: TaskId) -> Result<()> {
        self.send(&Request::delete(format!("/v1/tasks/{id}"))).await.map(drop)
    }

    pub(crate) async fn artifacts(&self, id: TaskId) -> Result<Vec<ArtifactView>> {
        self.all_pages(|| Request::get(format!("/v1/tasks/{id}/artifacts"))).await
    }

    /// What follows event `after`. Waits for so many seconds where nothing does yet.
    pub(crate) async fn events(&self, id: TaskId, after: u64, wait_s: u64) -> Result<EventsPage> {
        let request = Request::get(format!("/v1/tasks/{id}/events")).query("after", after);
        self.ask(if wait_s > 0 { request.query("wait", wait_s) } else { request }).await
    }

    /// One event, whole.
    pub(crate) async fn event(&self, id: TaskId, seq: u64) -> Result<RawEvent> {
        self.ask(Request::get(format!("/v1/tasks/{id}/events/{seq}"))).await
    }

    pub(crate) async fn ticket(&self) -> Result<TicketView> {
        self.ask(Request::post("/v1/tickets", nothing())).await
    }

    // ── of the queue ─────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) async fn queue(&self) -> Result<QueueView> {
        self.ask(Request::get("/v1/queue")).await
    }

    pub(crate) async fn pause(&self, note: Option<&str>) -> Result<QueueView> {
        self.ask(Request::post("/v1/queue/pause", json!({ "note": note }))).await
    }

    pub(crate) async fn resume(&self) -> Result<QueueView> {
        self.ask(Request::post("/v1/queue/resume", nothing())).await
    }

    pub(crate) async fn limits(&self) -> Result<LimitsView> {
        self.ask(Request::get("/v1/limits")).await
    }

    pub(crate) async fn set_limits(&self, limits: LimitsView) -> Result<LimitsView> {
        self.ask(Request::put("/v1/limits", json!(limits))).await
    }

    /// Does something to some of the tasks that are meant; the answer says where to go on.
    pub(crate) async fn bulk<T: DeserializeOwned>(&self, body: Value) -> Result<T> {
        self.ask(Request::post("/v1/tasks/bulk", body)).await
    }

    async fn all_pages<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> Request,
    ) -> Result<Vec<T>> {
        let mut page: Page<T> = self.ask(request()).await?;
        let mut items = page.items;
        while let Some(cursor) = page.next_cursor {
            page = self.ask(request().query("cursor", cursor)).await?;
            items.append(&mut page.items);
        }
        Ok(items)
    }
}

/// A body that says nothing.
fn nothing() -> Value {
    json!({})
}

/// As opposed to a wrong password, which no new token makes right.
fn is_unauthorized(problem: &Problem) -> bool {
    problem.status == 401 && problem.code() != "bad_credentials"
}
