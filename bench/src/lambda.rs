//! Lambda's side of its Runtime API: hands out one event at a time and takes the answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

/// What a function answered, and when it came.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `response`, or `error`.
    pub kind: String,
    pub body: String,
    pub came: Instant,
}

#[derive(Default)]
struct Shared {
    event: Option<Value>,
    waiting: Option<oneshot::Sender<Answer>>,
}

type Desk = Arc<Mutex<Shared>>;

pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    desk: Desk,
}

impl RuntimeApi {
    pub(crate) async fn start(servers: &mut JoinSet<()>) -> anyhow::Result<Self> {
        let desk = Desk::default();
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answer))
            .with_state(Arc::clone(&desk));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        servers.spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, desk })
    }

    /// Lays out an event for the function that asks next.
    pub(crate) fn offer(&self, event: Value) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        *desk = Shared { event: Some(event), waiting: Some(sender) };
        receiver
    }
}

async fn next(State(desk): State<Desk>) -> Response {
    let event = desk.lock().unwrap_or_else(PoisonError::into_inner).event.take();
    let Some(event) = event else { return std::future::pending().await };
    let headers = [
        ("lambda-runtime-aws-request-id", "request-1"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:f"),
        ("content-type", "application/json"),
    ];
    (headers, event.to_string()).into_response()
}

async fn answer(
    State(desk): State<Desk>,
    Path((_, kind)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    let came = Instant::now();
    let waiting = desk.lock().unwrap_or_else(PoisonError::into_inner).waiting.take();
    if let Some(waiting) = waiting {
        let _ = waiting.send(Answer { kind, body, came });
    }
    StatusCode::ACCEPTED
}
