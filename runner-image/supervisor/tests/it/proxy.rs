//! The way to the model.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use futures_util::StreamExt;
use reqwest::{Client, StatusCode};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};
use tokio_util::io::ReaderStream;

use crate::harness::{KEY, Run, child};

/// A service that notes what it was asked, and answers as slowly as it is fed.
struct Upstream {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    feed: mpsc::UnboundedSender<&'static str>,
    _task: JoinSet<()>,
}

type Shared = (Arc<Mutex<Vec<String>>>, Arc<Mutex<Option<mpsc::UnboundedReceiver<&'static str>>>>);

impl Upstream {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/prefix", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (feed, fed) = mpsc::unbounded_channel();
        let app = Router::new()
            .fallback(answer)
            .with_state((asked.clone(), Arc::new(Mutex::new(Some(fed)))));
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, asked, feed, _task: task }
    }
}

async fn answer(State((asked, fed)): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let header = |name: &str| {
        parts.headers.get(name).map_or("-".to_owned(), |value| value.to_str().unwrap().to_owned())
    };
    asked.lock().unwrap().push(format!(
        "{} {} key={} authorization={} version={} private={} {}",
        parts.method,
        parts.uri,
        header("x-api-key").replace(KEY, "the real one"),
        header("authorization"),
        header("anthropic-version"),
        header("x-private"),
        String::from_utf8_lossy(&body),
    ));
    let fed = fed.lock().unwrap().take();
    let Some(mut fed) = fed else { return Response::new(Body::from("{}")) };
    let stream = futures_util::stream::poll_fn(move |cx| {
        fed.poll_recv(cx)
            .map(|piece| piece.map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece))))
    });
    Response::builder()
        .status(201)
        .header("request-id", "r1")
        .body(Body::from_stream(stream))
        .unwrap()
}

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// A run whose child tells where its proxy is, and with which key.
async fn run_with_proxy(upstream: &str) -> (Run, String, String) {
    let script = r#"text "$ANTHROPIC_BASE_URL"; text "$ANTHROPIC_API_KEY"; read -r stop; end"#;
    let run = child(script).env("ANTHROPIC_BASE_URL", upstream).start().await;
    let texts = |state: &crate::server::State_| -> Vec<String> {
        let events = state.events();
        let texts = events.iter().filter(|event| event["type"] == "text");
        texts.map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    };
    run.server.until(|state| texts(state).len() == 2).await;
    let found = texts(&run.server.state());
    (run, found[0].clone(), found[1].clone())
}

#[tokio::test]
async fn s35_the_real_key_is_put_in_the_place_of_the_phantom() {
    let upstream = Upstream::start().await;
    upstream.feed.send("{}").unwrap();
    drop(upstream.feed);
    let (run, url, phantom) = run_with_proxy(&upstream.url).await;
    let client = client();
    let ask = |name: &'static str, value: String| {
        client
            .post(format!("{url}/v1/messages?beta=true"))
            .header(name, value)
            .header("anthropic-version", "2023-06-01")
            .header("connection", "close, x-private")
            .header("x-private", "1")
            .body("{\"model\":\"m\"}")
            .send()
    };
    assert_eq!(ask("x-api-key", phantom.clone()).await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(
        ask("authorization", format!("Bearer {phantom}")).await.unwrap().status(),
        StatusCode::OK
    );
    insta::assert_snapshot!(upstream.asked.lock().unwrap().join("\n"), @r#"
    POST /prefix/v1/messages?beta=true key=the real one authorization=- version=2023-06-01 private=- {"model":"m"}
    POST /prefix/v1/messages?beta=true key=the real one authorization=- version=2023-06-01 private=- {"model":"m"}
    "#);
    run.signal(rustix::process::Signal::TERM);
    run.end().await;
}

#[tokio::test]
async fn a_wrong_key_and_every_other_path_are_refused_without_asking_upstream() {
    let upstream = Upstream::start().await;
    let (run, url, phantom) = run_with_proxy(&upstream.url).await;
    let client = client();
    let mut answers = Vec::new();
    for (method, path, key) in [
        ("POST", "/v1/messages", "sk-ant-guess"),
        ("POST", "/v1/messages", ""),
        ("GET", "/v1/messages", phantom.as_str()),
        ("POST", "/v1/messages/batches", &phantom),
        ("POST", "/v1/messages/", &phantom),
        ("POST", "//v1/messages", &phantom),
        ("POST", "/v1/files", &phantom),
        ("GET", "/v1/models", &phantom),
        ("GET", "/", &phantom),
    ] {
        let answer = client
            .request(method.parse().unwrap(), format!("{url}{path}"))
            .header("x-api-key", key)
            .send()
            .await
            .unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        answers.push(format!("{method} {path} {status} {body}"));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    POST /v1/messages 403 Forbidden {"type":"error","error":{"type":"permission_error","message":"this is not the key of this run"}}
    POST /v1/messages 403 Forbidden {"type":"error","error":{"type":"permission_error","message":"this is not the key of this run"}}
    GET /v1/messages 404 Not Found {"type":"error","error":{"type":"not_found_error","message":"a run may ask for messages only"}}
    POST /v1/messages/batches 404 Not Found {"type":"error","error":{"type":"not_found_error","message":"a run may ask for messages only"}}
    POST /v1/messages/ 404 Not Found {"type":"error","error":{"type":"not_found_error","message":"a run may ask for messages only"}}
    POST //v1/messages 404 Not Found {"type":"error","error":{"type":"not_found_error","message":"a run may ask for messages only"}}
    POST /v1/files 404 Not Found {"type":"error","error":{"type":"not_found_error","message":"a run may ask for messages only"}}
    GET /v1/models 404 Not Found {"type":"error","error":{"type":"not_found_error","message":"a run may ask for messages only"}}
    GET / 404 Not Found {"type":"error","error":{"type":"not_found_error","message":"a run may ask for messages only"}}
    "#);
    assert!(upstream.asked.lock().unwrap().is_empty());
    run.signal(rustix::process::Signal::TERM);
    run.end().await;
}

#[tokio::test]
async fn an_answer_streams_through_piece_by_piece_and_so_does_a_request() {
    let upstream = Upstream::start().await;
    let (run, url, phantom) = run_with_proxy(&upstream.url).await;
    let (mut writer, reader) = tokio::io::duplex(64);
    let request = client()
        .post(format!("{url}/v1/messages"))
        .header("x-api-key", phantom)
        .body(reqwest::Body::wrap_stream(ReaderStream::new(reader)));
    let mut sending = JoinSet::new();
    sending.spawn(request.send());
    tokio::io::AsyncWriteExt::write_all(&mut writer, b"a streamed request").await.unwrap();
    drop(writer);
    let answer = sending.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["request-id"]),
        (201, &"r1".parse().unwrap())
    );

    let mut pieces = answer.bytes_stream();
    for piece in ["event: one", "event: two", "event: three"] {
        // Only when a piece has come through is the next one sent.
        upstream.feed.send(piece).unwrap();
        let came = tokio::time::timeout(Duration::from_secs(10), pieces.next()).await;
        assert_eq!(came.expect("no piece waits for the next").unwrap().unwrap(), piece);
    }
    drop(upstream.feed);
    assert!(pieces.next().await.is_none());
    assert!(upstream.asked.lock().unwrap()[0].ends_with("a streamed request"));
    run.signal(rustix::process::Signal::TERM);
    run.end().await;
}

#[tokio::test]
async fn without_a_key_the_model_answers_that_there_is_none() {
    let script = r#"text "$ANTHROPIC_BASE_URL"; text "$ANTHROPIC_API_KEY"; read -r stop; end"#;
    let run = child(script).env("ANTHROPIC_API_KEY", "").start().await;
    run.server
        .until(|state| state.events().iter().filter(|event| event["type"] == "text").count() == 2)
        .await;
    let events = run.server.state().events();
    let texts: Vec<_> = events.iter().filter_map(|event| event["text"].as_str()).collect();
    let answer = client()
        .post(format!("{}/v1/messages", texts[0]))
        .header("x-api-key", texts[1])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    insta::assert_snapshot!(answer.text().await.unwrap(), @r#"{"type":"error","error":{"type":"authentication_error","message":"this installation has no model key"}}"#);
    run.signal(rustix::process::Signal::TERM);
    run.end().await;
}
