//! The demo model over a socket.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use demo_model::Options;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

/// A server that ends with the test.
struct Demo {
    url: String,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    server: JoinSet<std::io::Result<()>>,
}

impl Demo {
    async fn start(options: Options) -> Self {
        // The client wants one even where it speaks no TLS. Another test may have been faster.
        rustls::crypto::ring::default_provider().install_default().ok();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let mut server = JoinSet::new();
        server.spawn(demo_model::serve(listener, options, async {
            stopped.await.ok();
        }));
        Self { url, client: Client::new(), stop: Some(stop), server }
    }

    async fn ask(&self, prompt: &str) -> reqwest::Result<Response> {
        self.ask_with_key(prompt, true, "x-api-key", "key").await
    }

    async fn ask_with_key(
        &self,
        prompt: &str,
        stream: bool,
        header: &str,
        key: &str,
    ) -> reqwest::Result<Response> {
        let messages = json!([{"role": "user", "content": prompt}]);
        let body = json!({"model": "claude-demo", "stream": stream, "messages": messages});
        self.client
            .post(format!("{}/v1/messages?beta=true", self.url))
            .header(header, key)
            .header("x-claude-code-session-id", "session-1")
            .json(&body)
            .send()
            .await
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }
}

async fn error_of(response: Response) -> (StatusCode, Value) {
    assert!(response.headers().contains_key("request-id"));
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_stream_has_the_headers_and_the_frames_of_the_api() {
    let demo = Demo::start(Options::default()).await;
    let response = demo.ask("[[demo:text=1]]").await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert!(response.headers().contains_key("request-id"));
    let body = response.text().await.unwrap();
    assert!(body.starts_with("event: message_start\ndata: {\"type\":\"message_start\""), "{body}");
    assert!(body.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"), "{body}");
}

#[tokio::test]
async fn a_request_without_a_stream_gets_the_message_whole() {
    let demo = Demo::start(Options::default()).await;
    let response = demo.ask_with_key("[[demo:text=1]]", false, "x-api-key", "key").await.unwrap();
    let message: Value = response.json().await.unwrap();
    assert_eq!(message["stop_reason"], "end_turn");
    assert_eq!(message["usage"]["output_tokens"], 100);
}

#[tokio::test]
async fn the_required_key_is_taken_from_either_header() {
    let demo =
        Demo::start(Options { required_key: Some("right".to_owned()), ..Options::default() }).await;
    for (header, key, status) in [
        ("x-api-key", "right", StatusCode::OK),
        ("authorization", "Bearer right", StatusCode::OK),
        ("authorization", "right", StatusCode::UNAUTHORIZED),
        ("x-api-key", "wrong", StatusCode::UNAUTHORIZED),
        ("x-other", "right", StatusCode::UNAUTHORIZED),
    ] {
        let response = demo.ask_with_key("[[demo:text=1]]", true, header, key).await.unwrap();
        assert_eq!(response.status(), status, "{header}: {key}");
    }
    let (_, body) = error_of(demo.ask("hello").await.unwrap()).await;
    assert_eq!(
        body,
        json!({
            "type": "error",
            "error": {"type": "authentication_error", "message": "invalid x-api-key"},
        })
    );
}

#[tokio::test]
async fn a_status_fault_says_when_to_come_again_and_then_is_over() {
    let demo = Demo::start(Options::default()).await;
    let prompt = "[[fault:status=429,times=1,retry_after=7]] [[demo:text=1]]";
    let response = demo.ask(prompt).await.unwrap();
    assert_eq!(response.headers()["retry-after"], "7");
    let (status, body) = error_of(response).await;
    assert_eq!((status.as_u16(), &body["error"]["type"]), (429, &json!("rate_limit_error")));
    assert_eq!(demo.ask(prompt).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_dropped_connection_answers_nothing_and_harms_no_other() {
    let demo = Demo::start(Options::default()).await;
    assert!(demo.ask("[[fault:drop]]").await.is_err());
    assert!(demo.ask("[[demo:text=1]]").await.is_ok());
}

#[tokio::test]
async fn a_truncated_stream_shows_its_head_and_then_breaks() {
    let demo = Demo::start(Options::default()).await;
    let mut response = demo.ask("[[fault:truncate]] [[demo:text=1]]").await.unwrap();
    let mut seen = Vec::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => seen.extend_from_slice(&chunk),
            end => break end,
        }
    };
    assert!(end.is_err());
    assert!(String::from_utf8(seen).unwrap().contains("content_block_delta"));
}

#[tokio::test]
async fn a_directive_that_cannot_be_read_is_a_bad_request() {
    let demo = Demo::start(Options::default()).await;
    let (status, body) = error_of(demo.ask("[[demo:nope]]").await.unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error"]["type"], "invalid_request_error");
    assert!(body["error"]["message"].as_str().unwrap().starts_with("no script is called \"nope\""));
}

#[tokio::test]
async fn the_journal_shows_the_keys_that_clients_brought() {
    let demo = Demo::start(Options { journal: true, ..Options::default() }).await;
    demo.ask_with_key("[[demo:text=1]]", true, "authorization", "Bearer b").await.unwrap();
    let entries: Value = demo.get("/__demo/requests").await.json().await.unwrap();
    assert_eq!(
        entries,
        json!([{
            "number": 1,
            "method": "POST",
            "path": "/v1/messages?beta=true",
            "session_id": "session-1",
            "x_api_key": null,
            "authorization": "Bearer b",
            "model": "claude-demo",
            "stream": true,
            "turn": 0,
            "prompt": "[[demo:text=1]]",
            "fault": null,
        }])
    );
}

#[tokio::test]
async fn without_a_journal_nothing_is_shown() {
    let demo = Demo::start(Options::default()).await;
    demo.ask("[[demo:text=1]]").await.unwrap();
    let (status, _) = error_of(demo.get("/__demo/requests").await).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn other_paths_are_harmless() {
    let demo = Demo::start(Options::default()).await;
    assert_eq!(demo.client.head(&demo.url).send().await.unwrap().status(), StatusCode::OK);
    let count = format!("{}/v1/messages/count_tokens", demo.url);
    let counted = demo.client.post(count).json(&json!({"messages": []})).send().await.unwrap();
    assert!(counted.json::<Value>().await.unwrap()["input_tokens"].is_u64());
    let (status, body) = error_of(demo.get("/v1/models").await).await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (StatusCode::NOT_FOUND, &json!("not_found_error"))
    );
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_reply_that_hangs() {
    let mut demo = Demo::start(Options { journal: true, ..Options::default() }).await;
    let stop = demo.stop.take().unwrap();
    let hanging = demo.ask("[[fault:hang=3600]]");
    let stopping = async {
        // The journal has the request once the server holds it.
        while demo.get("/__demo/requests").await.json::<Vec<Value>>().await.unwrap().is_empty() {}
        stop.send(()).unwrap();
    };
    let (answer, ()) = tokio::join!(hanging, stopping);
    assert!(answer.is_err());
    // Idle connections of the client would keep the server waiting for them.
    drop(std::mem::take(&mut demo.client));
    let ended = tokio::time::timeout(Duration::from_secs(10), demo.server.join_next()).await;
    assert!(matches!(ended, Ok(Some(Ok(Ok(()))))), "{ended:?}");
}
