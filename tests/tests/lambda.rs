//! The function binaries are Lambdas: each runs, unchanged, against Lambda's Runtime API and answers an event of the
//! service that calls it in the cloud.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use auth::SigningKeys;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Mutex, sync::mpsc, task::JoinSet, time::timeout};

/// Time enough for a debug build on a busy machine; an answer is awaited, never slept for.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Lambda's side of the Runtime API: hands out one event and takes the answer.
struct Lambda {
    event: Mutex<Option<Value>>,
    answers: mpsc::Sender<(String, Value)>,
}

async fn next(State(lambda): State<Arc<Lambda>>) -> Response {
    let Some(event) = lambda.event.lock().await.take() else {
        return std::future::pending().await;
    };
    let mut headers = HeaderMap::new();
    headers.insert("lambda-runtime-aws-request-id", "request-1".parse().unwrap());
    headers.insert("lambda-runtime-deadline-ms", "4102444800000".parse().unwrap());
    headers.insert(
        "lambda-runtime-invoked-function-arn",
        "arn:aws:lambda:eu-west-1:1:function:f".parse().unwrap(),
    );
    (headers, Json(event)).into_response()
}

async fn answer(
    State(lambda): State<Arc<Lambda>>,
    Path((_, kind)): Path<(String, String)>,
    // Without a media type, as Lambda takes it.
    answer: axum::body::Bytes,
) -> StatusCode {
    lambda.answers.send((kind, serde_json::from_slice(&answer).unwrap())).await.unwrap();
    StatusCode::ACCEPTED
}

/// A function's process, gone with the test.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the function `name` answers to `event`, started as Lambda starts it.
async fn invoke(name: &str, event: Value) -> Value {
    let mut servers = JoinSet::new();
    let (answers, mut answered) = mpsc::channel(1);
    let lambda = Arc::new(Lambda { event: Mutex::new(Some(event)), answers });
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answer))
        .with_state(lambda);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let runtime_api = listener.local_addr().unwrap();
    servers.spawn(async move { axum::serve(listener, routes).await.unwrap() });

    let table = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", table.local_addr().unwrap());
    let engine = dynoxide::Database::memory().unwrap();
    servers.spawn(async move {
        dynoxide::server::serve_with_shutdown(table, engine, std::future::pending()).await.unwrap();
    });
    let aws = runtime::Aws {
        region: "eu-west-1".to_owned(),
        credentials: aws_credential_types::Credentials::new("test", "test", None, None, "test"),
        app_name: None,
        endpoints: runtime::Endpoints { dynamodb: Some(endpoint.clone()), ..Default::default() },
    };
    let clients = runtime::Clients::connect(&aws, &endpoint, runtime::wire::plain());
    store::create_table(&clients.dynamodb, "errand").await.unwrap();

    let keys = SigningKeys::generate();
    let started = Command::new(binary(name))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("ERRAND_TABLE", "errand"),
            ("ERRAND_QUEUE_URL", "http://127.0.0.1:1/ring"),
            ("ERRAND_BUCKET", "files"),
            ("ERRAND_RUN_URL", "http://127.0.0.1:1"),
            ("ERRAND_SOCKET_URL", "ws://127.0.0.1:1/ws"),
            ("ERRAND_MANAGEMENT_URL", "http://127.0.0.1:1"),
            ("ERRAND_CLUSTER", "errand"),
            ("ERRAND_TASK_DEFINITION", "runner"),
            ("ERRAND_SIGNING_KEYS", keys.to_text().expose_secret()),
            ("ERRAND_VERIFYING_KEYS", &keys.verifying().to_text()),
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let _function = Function(started);

    let (kind, answer) = timeout(PATIENCE, answered.recv()).await.unwrap().unwrap();
    assert_eq!(kind, "response", "{name} failed: {answer}");
    answer
}

fn binary(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join(name);
    assert!(path.exists(), "{} is missing: cargo build --workspace --bins", path.display());
    path
}

/// An event of an HTTP API, payload 2.0, as API Gateway sends it.
fn http(method: &str, path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"accept": "*/*", "host": "api.example.com"},
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "api.example.com", "domainPrefix": "api",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test"},
            "requestId": "r", "routeKey": "$default", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_u64,
        },
        "isBase64Encoded": false,
    })
}

#[tokio::test]
async fn api_runs_as_a_lambda_behind_an_http_api() {
    let answer = invoke("api", http("GET", "/health")).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let health: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(health["status"], "ok");
}

#[tokio::test]
async fn progress_runs_as_a_lambda_behind_an_http_api_and_lets_nobody_in_without_a_run_token() {
    let answer = invoke("progress", http("GET", "/v1/run")).await;
    assert_eq!(answer["statusCode"], 401, "{answer}");
    assert!(
        answer["body"].as_str().unwrap().contains("urn:errand:problem:unauthorized"),
        "{answer}"
    );
}

#[tokio::test]
async fn ws_connect_runs_as_a_lambda_behind_a_websocket_api_and_lets_nobody_in_without_a_ticket() {
    let answer = invoke(
        "ws-connect",
        json!({
            "headers": {"Host": "socket.example.com"}, "multiValueHeaders": {"Host": ["socket.example.com"]},
            "queryStringParameters": {"ticket": "errand_ticket_AAAAAAAAAAAAAAAAAAAAAA"},
            "multiValueQueryStringParameters": {"ticket": ["errand_ticket_AAAAAAAAAAAAAAAAAAAAAA"]},
            "requestContext": {
                "routeKey": "$connect", "eventType": "CONNECT", "connectionId": "c1=", "messageDirection": "IN",
                "extendedRequestId": "x", "requestTime": "01/Jan/2026:00:00:00 +0000", "stage": "prod",
                "connectedAt": 1_767_225_600_000_u64, "requestTimeEpoch": 1_767_225_600_000_u64,
                "identity": {"sourceIp": "203.0.113.7"}, "requestId": "r", "domainName": "socket.example.com", "apiId": "a",
            },
            "isBase64Encoded": false,
        }),
    )
    .await;
    assert_eq!(answer["statusCode"], 401, "{answer}");
}

#[tokio::test]
async fn dispatcher_runs_as_a_lambda_behind_a_queue_and_gives_no_ring_back() {
    let answer = invoke(
        "dispatcher",
        json!({"Records": [{
            "messageId": "m1", "receiptHandle": "h", "body": "{\"ring\":\"created\"}", "attributes": {}, "messageAttributes": {},
            "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:ring", "awsRegion": "eu-west-1",
        }]}),
    )
    .await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
}

#[tokio::test]
async fn dispatcher_runs_as_a_lambda_behind_a_schedule() {
    let tick = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "resources": []});
    assert_eq!(invoke("dispatcher", tick).await, Value::Null);
}
