//! What lies around the routes: unknown paths, outages, panics, the gateway's event.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use lambda_http::{
    Adapter, Service as _, aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    lambda_runtime::LambdaEvent, request::LambdaRequest,
};
use serde_json::{Value, json};

use crate::{answer::Answer, world::World};

#[tokio::test]
async fn an_unknown_path_is_a_problem_too() {
    let world = World::new().await;
    for path in [
        "/v2/tasks",
        "/v1",
        "/v1/",
        "/v1/tasks/",
        "//v1/tasks",
        "/admin",
        "/.env",
        "/v1/Tasks",
        "/v1/tasks/x/y/z",
    ] {
        let answer = world.nobody().get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
}

/// What is logged while it lives.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::WARN)
            .with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    fn lines_about(&self, request_id: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(request_id)).map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Nothing of the inside.
fn assert_discreet(answer: &Answer) {
    let shown = format!("{answer} {:?}", answer.headers).to_lowercase();
    for inside in ["dynamo", "table", "resource", "aws", "127.0.0.1", "connect", "src/", ".rs"] {
        assert!(!shown.contains(inside), "{inside} in {shown}");
    }
}

#[tokio::test]
async fn an_outage_says_when_to_come_again_and_only_the_log_says_why() {
    let mut world = World::new().await;
    let token = world.member("ada").await.bearer.unwrap();
    world.cut_off();
    let (log, _guard) = Log::start();
    let answer = world.bearer(&token).get("/v1/tasks").await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "unavailable"));
    assert_eq!(answer.header("retry-after"), "1");
    assert_discreet(&answer);
    let lines = log.lines_about(answer.header("x-request-id"));
    assert!(lines.len() == 1 && lines[0].contains("the table is unavailable: "), "{lines:?}");
}

#[tokio::test]
async fn what_is_broken_on_our_side_is_only_told_to_the_log() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let table = &world.runtime.settings.table;
    world.runtime.clients.dynamodb.delete_table().table_name(table).send().await.unwrap();
    let (log, _guard) = Log::start();
    let answer = ada.get("/v1/tasks").await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (500, "internal"));
    assert_discreet(&answer);
    let lines = log.lines_about(answer.header("x-request-id"));
    assert!(lines.len() == 1 && lines[0].contains("ResourceNotFoundException"), "{lines:?}");
}

#[tokio::test]
async fn health_says_which_model_answers() {
    let live = World::new().await;
    let demo = World::with(|settings| settings.demo_model = true).await;
    assert_eq!(live.nobody().get("/health").await.json()["model"], "live");
    assert_eq!(
        demo.nobody().get("/health").await.json(),
        json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "model": "demo model" })
    );
}

#[tokio::test]
async fn a_head_request_has_no_body() {
    let world = World::new().await;
    for path in ["/health", "/nothing"] {
        assert!(world.nobody().ask("HEAD", path).await.bytes.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn without_keys_it_does_not_start_and_says_why() {
    let world = World::new().await;
    for (keys, expected) in
        [(None, "ERRAND_SIGNING_KEYS is not set"), (Some("{}"), "ERRAND_SIGNING_KEYS")]
    {
        let mut runtime = world.runtime.clone();
        runtime.settings.signing_keys = keys.map(Into::into);
        assert_eq!(api::router(&runtime).unwrap_err().to_string(), expected);
    }
}

/// As API Gateway asks, through the adapter that `main` runs.
#[tokio::test]
async fn an_event_of_the_gateway_is_answered_under_its_name() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/v1/tasks",
        "rawQueryString": "limit=0",
        "headers": { "authorization": format!("Bearer {}", ada.bearer.as_deref().unwrap()) },
        "requestContext": {
            "accountId": "1",
            "apiId": "1",
            "requestId": "JKJaXmPLvHcESHA=",
            "http": { "method": "GET", "path": "/v1/tasks", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test" },
            "stage": "$default",
            "time": "12/Mar/2030:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_i64
        },
        "isBase64Encoded": false
    });
    let event: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
    let request = LambdaRequest::ApiGatewayV2(event);
    let mut adapter = Adapter::from(api::router(&world.runtime).unwrap());
    let event = LambdaEvent::new(request, Default::default());
    let answer = serde_json::to_value(adapter.call(event).await.unwrap()).unwrap();
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!((&answer["statusCode"], &problem["status"]), (&json!(422), &json!(422)));
    assert_eq!(problem["request_id"], "JKJaXmPLvHcESHA=");
}
