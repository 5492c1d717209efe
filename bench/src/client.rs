//! The REST API and the WebSocket, as a client uses them.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use domain::{
    id::TaskId,
    socket::{ClientFrame, ServerFrame, Topic},
    view::{EventsPage, TaskView, TicketView, TokensView},
};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::{clock, script::Script};

/// Nothing takes longer. What does is not slow but broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// A caller of the API.
#[derive(Clone)]
pub(crate) struct Api {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Api {
    pub(crate) async fn sign_in(url: &str, email: &str, password: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
        let nobody = Self { http, url: url.to_owned(), token: String::new() };
        let body = json!({ "email": email, "password": password });
        let tokens: TokensView = nobody.post("/v1/auth/login", Some(&body)).await?;
        Ok(Self { token: tokens.access_token, ..nobody })
    }

    /// The same caller on connections of their own.
    pub(crate) fn another(&self) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
        Ok(Self { http, ..self.clone() })
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        ensure!(status.is_success(), "{path}: {status}: {}", String::from_utf8_lossy(&bytes));
        Ok(serde_json::from_slice(&bytes)?)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.call(Method::GET, path, None).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        self.call(Method::POST, path, body).await
    }

    pub(crate) async fn create(&self, prompt: &str) -> anyhow::Result<TaskView> {
        self.create_as(&json!({ "prompt": prompt, "title": "benchmark" })).await
    }

    pub(crate) async fn create_as(&self, body: &Value) -> anyhow::Result<TaskView> {
        self.post("/v1/tasks", Some(body)).await
    }

    pub(crate) async fn create_scripted(&self, script: Script) -> anyhow::Result<TaskId> {
        Ok(self.create(&script.prompt()).await?.id)
    }

    pub(crate) async fn cancel(&self, id: TaskId) -> anyhow::Result<TaskView> {
        self.post(&format!("/v1/tasks/{id}/cancel"), None).await
    }

    pub(crate) async fn task(&self, id: TaskId) -> anyhow::Result<TaskView> {
        self.get(&format!("/v1/tasks/{id}")).await
    }

    /// The first events of a task.
    pub(crate) async fn events(&self, id: TaskId) -> anyhow::Result<EventsPage> {
        self.get(&format!("/v1/tasks/{id}/events?limit=500")).await
    }

    /// Waits until a task is over.
    pub(crate) async fn ended(&self, id: TaskId) -> anyhow::Result<TaskView> {
        self.until(id, "end", |task| task.state.is_terminal()).await
    }

    /// Waits until a task is as wanted.
    pub(crate) async fn until(
        &self,
        id: TaskId,
        what: &str,
        wanted: impl Fn(&TaskView) -> bool,
    ) -> anyhow::Result<TaskView> {
        let until = Instant::now() + PATIENCE;
        loop {
            let task = self.task(id).await?;
            if wanted(&task) {
                return Ok(task);
            }
            ensure!(Instant::now() < until, "{id} does not {what}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Socket> {
        let ticket: TicketView = self.post("/v1/tickets", None).await?;
        let (stream, _) = connect_async(&ticket.url).await?;
        if let MaybeTlsStream::Plain(stream) = stream.get_ref() {
            stream.set_nodelay(true)?;
        }
        Ok(Socket(stream))
    }
}

/// An open WebSocket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn say(&mut self, frame: &ClientFrame) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(serde_json::to_string(frame)?)).await?)
    }

    /// Follows a task, from the answer on.
    pub(crate) async fn subscribe(&mut self, id: TaskId) -> anyhow::Result<()> {
        self.say(&ClientFrame::Subscribe { topics: vec![Topic::Task(id)] }).await?;
        loop {
            if let (_, ServerFrame::Heads { .. }) = self.heard().await? {
                return Ok(());
            }
        }
    }

    /// The next frame, and when it came.
    pub(crate) async fn heard(&mut self) -> anyhow::Result<(u64, ServerFrame)> {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.context("no frame came")?;
            let came_ns = clock::now_ns();
            match message.context("the WebSocket ended")?? {
                Message::Text(text) => return Ok((came_ns, serde_json::from_str(text.as_str())?)),
                Message::Close(_) => bail!("the WebSocket was closed"),
                _ => {}
            }
        }
    }
}
