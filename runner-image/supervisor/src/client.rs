//! The run protocol over HTTP: one call each, and what its failure means.

use std::time::Duration;

use anyhow::Context;
use domain::run::{EventsAnswer, RunSpec, Upload, UploadsAnswer, UploadsPost};
use http::{StatusCode, header::CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::{outbox::Batch, retry::Backoff};

const CALL_LIMIT: Duration = Duration::from_secs(15);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Why a call did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The run belongs to somebody else by now, or is over: nothing it says counts any more.
    #[error("this run was superseded (status {0})")]
    Superseded(StatusCode),
    /// The server will never take it.
    #[error("the server refused it (status {0})")]
    Refused(StatusCode),
    /// The same call may succeed later.
    #[error("the server is unavailable: {0}")]
    Unavailable(String),
}

/// The server's side of the run protocol.
#[derive(Clone)]
pub(crate) struct Progress {
    client: Client,
    base: String,
    token: SecretString,
}

impl Progress {
    pub(crate) fn new(base: &Url, token: SecretString) -> anyhow::Result<Self> {
        let client = client(base).timeout(CALL_LIMIT).build().context("no HTTP client")?;
        Ok(Self { client, base: base.as_str().trim_end_matches('/').to_owned(), token })
    }

    /// What this run is to do.
    pub(crate) async fn spec(&self) -> Result<RunSpec, CallError> {
        self.call(self.client.get(self.url("/v1/run"))).await
    }

    /// Posts a batch until it is acknowledged, for as long as it takes.
    pub(crate) async fn deliver(&self, batch: &Batch) -> Result<EventsAnswer, CallError> {
        let mut backoff = Backoff::default();
        loop {
            match self.events(batch).await {
                Err(CallError::Unavailable(why)) => {
                    tracing::warn!(why, "posting events failed, trying again");
                    tokio::time::sleep(backoff.pause()).await;
                }
                answer => return answer,
            }
        }
    }

    async fn events(&self, batch: &Batch) -> Result<EventsAnswer, CallError> {
        let request = self.client.post(self.url("/v1/run/events"));
        let request = request.header(CONTENT_TYPE, "application/json").body(batch.body.clone());
        let answer: EventsAnswer = self.call(request).await?;
        if answer.acknowledged < batch.end {
            let why = format!("{} of {} events acknowledged", answer.acknowledged, batch.end);
            return Err(CallError::Unavailable(why));
        }
        Ok(answer)
    }

    /// Links for these files.
    pub(crate) async fn uploads(&self, post: &UploadsPost) -> Result<UploadsAnswer, CallError> {
        self.call(self.client.post(self.url("/v1/run/uploads")).json(post)).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, CallError> {
        let answer = request.bearer_auth(self.token.expose_secret()).send().await;
        let answer = answer.map_err(|err| CallError::Unavailable(reason(&err)))?;
        let status = answer.status();
        if status.is_success() {
            let body = answer.bytes().await.map_err(|err| CallError::Unavailable(reason(&err)))?;
            // Whatever stands between us and the server may answer 200 with a page of its own.
            return serde_json::from_slice(&body)
                .map_err(|err| CallError::Unavailable(format!("the answer is unreadable: {err}")));
        }
        Err(match status {
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::CONFLICT
            | StatusCode::GONE => CallError::Superseded(status),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                CallError::Unavailable(status.to_string())
            }
            status if status.is_client_error() => CallError::Refused(status),
            status => CallError::Unavailable(status.to_string()),
        })
    }
}

/// Puts a file where its link says. The link is the permission: the run token does not go there.
pub(crate) async fn put(upload: &Upload, size: u64, body: reqwest::Body) -> Result<(), CallError> {
    let unusable = |err: &dyn std::fmt::Display| CallError::Unavailable(err.to_string());
    let url = Url::parse(&upload.url).map_err(|err| unusable(&err))?;
    let client = client(&url).build().map_err(|err| CallError::Unavailable(reason(&err)))?;
    let mut request = client.put(url).header(http::header::CONTENT_LENGTH, size).body(body);
    for (name, value) in &upload.headers {
        if !name.eq_ignore_ascii_case("content-length") {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.map_err(|err| CallError::Unavailable(reason(&err)))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(CallError::Unavailable(status.to_string())) }
}

/// A client for this address: straight for loopback, whatever proxy the environment names.
fn client(url: &Url) -> reqwest::ClientBuilder {
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let client =
        Client::builder().connect_timeout(CONNECT_LIMIT).redirect(redirect::Policy::none());
    if !loopback {
        return client;
    }
    // To read the machine's certificates takes longer than a post, and nobody here shows one.
    let client = if url.scheme() == "http" { client.tls_certs_only([]) } else { client };
    client.no_proxy()
}

/// Whom [`client`] also serves.
pub(crate) fn streaming_client(url: &Url) -> anyhow::Result<Client> {
    client(url).build().context("no HTTP client")
}

/// The error with its causes and without its address, which may carry a signature.
pub(crate) fn reason(err: &reqwest::Error) -> String {
    let mut text = if err.is_timeout() { "timed out" } else { "the request failed" }.to_owned();
    let mut cause = std::error::Error::source(err);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
