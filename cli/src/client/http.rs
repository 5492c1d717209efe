//! One request and its answer: tried again where that is safe, and every refusal read as a problem document.

use std::time::Duration;

use domain::problem::{Code, Problem};
use reqwest::{Method, Response, StatusCode, Url, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    backoff,
    error::{Error, Result, origin},
};

const TRIES: u32 = 4;
const TIMEOUT: Duration = Duration::from_secs(30);
/// A server that asks for more patience gets an error shown instead.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Sends requests to one service.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    base: Url,
}

/// A request. Every one of them is safe to send twice: a POST carries an Idempotency-Key.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    idempotency_key: Option<String>,
    /// The problem that a second try meets where the first got through and only its answer was lost.
    settled_by: Option<Code>,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into())
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path.into()).settled_by(Code::NotFound)
    }

    /// A PUT says how something is to be, however often it is said.
    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        let mut request = Self::new(Method::PUT, path.into());
        request.body = Some(body);
        request
    }

    /// A POST with a key of its own.
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        let mut request = Self::new(Method::POST, path.into());
        request.body = Some(body);
        request.keyed(new_key())
    }

    fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            idempotency_key: None,
            settled_by: None,
        }
    }

    #[must_use]
    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub(crate) fn keyed(mut self, key: String) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    #[must_use]
    pub(crate) fn settled_by(mut self, code: Code) -> Self {
        self.settled_by = Some(code);
        self
    }

    fn is_settled_by(&self, error: &Error) -> bool {
        matches!((error, self.settled_by), (Error::Refused(problem), Some(code)) if problem.code() == code.parts().0)
    }
}

fn new_key() -> String {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => uuid::Builder::from_random_bytes(bytes).into_uuid().to_string(),
        // Time is unique enough for one user's requests.
        Err(_) => crate::clock::now().as_nanosecond().to_string(),
    }
}

impl Http {
    pub(crate) fn new(base: Url) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("errand/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(TIMEOUT)
            // The API has no redirects; a token must not follow one elsewhere.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Error::failed(error.to_string()))?;
        Ok(Self { client, base })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// A page of the service, for people or for a download.
    pub(crate) fn address(&self, path: &str) -> Result<Url> {
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        text.parse().map_err(|_| Error::failed(format!("`{text}` is no address")))
    }

    /// Sends a request until it is answered by more than a passing trouble.
    pub(crate) async fn send(
        &self,
        request: &Request,
        bearer: Option<&SecretString>,
    ) -> Result<Answer> {
        let mut tries = 1;
        loop {
            let refusal = match self.send_once(request, bearer).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) if tries > 1 && request.is_settled_by(&refusal.error) => {
                    return Ok(Answer::default());
                }
                Err(refusal) => refusal,
            };
            if tries == TRIES || !refusal.worth_another_try() {
                return Err(refusal.error);
            }
            let pause = backoff::full_jitter(
                Duration::from_millis(50),
                Duration::from_secs(1),
                tries + 1,
                backoff::chance(),
            );
            tokio::time::sleep(refusal.retry_after.unwrap_or(pause)).await;
            tries += 1;
        }
    }

    async fn send_once(
        &self,
        request: &Request,
        bearer: Option<&SecretString>,
    ) -> Result<Answer, Refusal> {
        let url = self.address(&request.path)?;
        let mut builder = self
            .client
            .request(request.method.clone(), url)
            .header(header::ACCEPT, "application/json, application/problem+json")
            .timeout(TIMEOUT)
            .query(&request.query);
        if let Some(token) = bearer {
            builder = builder.bearer_auth(token.expose_secret());
        }
        if let Some(key) = &request.idempotency_key {
            builder = builder.header("idempotency-key", key);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let unreachable = |error| Error::unreachable(&self.base, &error);
        let response = builder.send().await.map_err(unreachable)?;
        let (status, retry_after) = (response.status(), retry_after(&response));
        // An answer that breaks off is as good as none.
        let body = response.bytes().await.map_err(unreachable)?.to_vec();
        if status.is_success() {
            return Ok(Answer { body });
        }
        Err(Refusal { error: Error::Refused(Box::new(problem(status, &body))), retry_after })
    }

    /// Gets a file from a link that needs no sign-in, and must not be shown ours.
    pub(crate) async fn download(&self, link: &str) -> Result<Response> {
        let url = self.base.join(link).map_err(|_| Error::failed("the link is no address"))?;
        let unreachable = |error: reqwest::Error| Error::unreachable(&url, &error.without_url());
        let response = self.client.get(url.clone()).send().await.map_err(unreachable)?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(Error::failed(format!("{} answered {}", origin(&url), response.status())))
    }
}

/// What the service said to a request that it took; empty where that got lost.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Failed {
            message: format!("the service's answer is not understood: {error}"),
            next: Some(
                "Check that the address is Errand's, and that both are up to date.".to_owned(),
            ),
        })
    }
}

struct Refusal {
    error: Error,
    retry_after: Option<Duration>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, retry_after: None }
    }
}

impl Refusal {
    fn worth_another_try(&self) -> bool {
        let passing = match &self.error {
            // The first try is still under way: it has the answer soon.
            Error::Refused(problem) if problem.code() == Code::InProgress.parts().0 => true,
            Error::Refused(problem) => matches!(problem.status, 429 | 502..=504),
            error => error.is_transient(),
        };
        passing && self.retry_after.is_none_or(|pause| pause <= MAX_RETRY_AFTER)
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The problem document of an answer; made up where something in between answered that is not Errand.
fn problem(status: StatusCode, body: &[u8]) -> Problem {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        let code = Code::ALL.into_iter().find(|code| code.parts().1 == status.as_u16());
        let mut problem = Problem::new(code.unwrap_or(Code::Internal));
        problem.status = status.as_u16();
        problem.detail(format!("the answer was {status} without a problem document"))
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_no_problem_document_still_makes_an_error_with_its_status() {
        let problem = problem(StatusCode::BAD_GATEWAY, b"<html>nginx</html>");
        assert_eq!(problem.status, 502);
        assert_eq!(
            problem.detail.as_deref(),
            Some("the answer was 502 Bad Gateway without a problem document")
        );
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:4100", true),
            ("http://[::1]:4100", true),
            ("http://localhost:4100", true),
            ("http://localhost.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn every_post_has_a_key_of_its_own() {
        let [one, two] = [(); 2].map(|()| Request::post("/v1/tasks", Value::Null).idempotency_key);
        assert!(one.is_some() && one != two);
    }
}
