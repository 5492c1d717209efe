//! The function in its world, and runners that speak to it.

use axum::{Router, body::Body};
use domain::{problem::Problem, socket::Topic};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use runtime::Settings;
use serde_json::{Value, json};
use store::{Connection, Head};
use testkit::World;
use tower::ServiceExt as _;

pub(crate) struct Progress {
    pub(crate) world: World,
    router: Router,
}

/// A process that speaks for a run.
pub(crate) struct Runner<'a> {
    pub(crate) progress: &'a Progress,
    pub(crate) token: String,
    pub(crate) name: String,
    pub(crate) run_seq: u64,
    pub(crate) head: u64,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    content_type: String,
    pub(crate) json: Value,
}

impl Progress {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let world = World::with(change).await;
        let router = progress::router(&world.runtime).unwrap();
        Self { world, router }
    }

    /// A function and the runner of a task that is starting.
    pub(crate) fn runner(&self, head: &Head) -> Runner<'_> {
        Runner {
            progress: self,
            token: self.world.run_token(head),
            name: "runner-1".to_owned(),
            run_seq: 0,
            head: head.seq,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let content_type = parts.headers.get("content-type").map(|kind| kind.to_str().unwrap());
        Answer {
            status: parts.status,
            content_type: content_type.unwrap_or_default().to_owned(),
            json: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }

    /// Somebody's socket that follows these.
    pub(crate) async fn socket(&self, id: &str, head: &Head, topics: &[Topic]) {
        let connection =
            Connection { id: id.to_owned(), user: head.owner, role: "member".to_owned() };
        let now = runtime::clock::now();
        self.world.store.connect(&connection, now).await.unwrap();
        for topic in topics {
            self.world.store.follow(&connection, *topic, now).await.unwrap();
        }
    }
}

impl Runner<'_> {
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token));
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.progress.send(request.unwrap()).await
    }

    pub(crate) async fn spec(&self) -> Answer {
        self.ask("GET", "/v1/run", None).await
    }

    pub(crate) async fn uploads(&self, artifacts: &Value) -> Answer {
        self.ask("POST", "/v1/run/uploads", Some(&json!({ "artifacts": artifacts }))).await
    }

    pub(crate) async fn post(&self, body: &Value) -> Answer {
        self.ask("POST", "/v1/run/events", Some(body)).await
    }

    /// What it would post next.
    pub(crate) fn body(&self, events: &[Value]) -> Value {
        json!({ "runner": self.name, "run_seq": self.run_seq, "head": self.head, "events": events })
    }

    /// What it would post as its last words.
    pub(crate) fn last(&self, end: &Value) -> Value {
        let mut body = self.body(&[event("run_ended")]);
        body["end"] = end.clone();
        body
    }

    pub(crate) async fn say(&mut self, texts: &[&str]) -> Answer {
        let events: Vec<_> = texts.iter().map(|text| said(text)).collect();
        self.goes_on(self.post(&self.body(&events)).await)
    }

    pub(crate) async fn end(&mut self, end: &Value) -> Answer {
        self.goes_on(self.post(&self.last(end)).await)
    }

    /// Minds what it was told.
    pub(crate) fn goes_on(&mut self, answer: Answer) -> Answer {
        assert_eq!(answer.status, 200, "{answer:?}");
        self.run_seq = answer.json["acknowledged"].as_u64().unwrap();
        self.head = answer.json["head"].as_u64().unwrap();
        answer
    }
}

impl Answer {
    /// `409 superseded`: the status and the code of a well-formed problem document, or a panic.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        let problem: Problem = serde_json::from_value(self.json.clone()).unwrap();
        assert_eq!(problem.status, self.status.as_u16(), "{self:?}");
        format!("{} {}", problem.status, problem.code())
    }

    /// `422 events has too many entries`
    pub(crate) fn brief(&self) -> String {
        self.problem();
        let text = self.json["detail"].as_str().or(self.json["title"].as_str()).unwrap();
        format!("{} {text}", self.status.as_u16())
    }
}

pub(crate) const AT: &str = "2026-01-02T03:04:05Z";

pub(crate) fn event(kind: &str) -> Value {
    json!({ "at": AT, "type": kind })
}

pub(crate) fn said(text: &str) -> Value {
    json!({ "at": AT, "type": "text", "text": text })
}
