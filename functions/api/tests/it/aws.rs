//! What the function needs of AWS besides the table: a queue that remembers its rings, a bucket in memory, and sockets
//! that remember their frames.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

/// What the stub holds and has seen.
#[derive(Debug, Default)]
pub(crate) struct Aws {
    pub(crate) rings: Vec<Value>,
    /// After how many seconds those are heard that are not heard at once.
    pub(crate) delays: Vec<u64>,
    /// Of the bucket, by key.
    pub(crate) objects: BTreeMap<String, Bytes>,
    /// Frames by connection.
    pub(crate) frames: Vec<(String, Value)>,
    /// The queue refuses everything.
    pub(crate) queue_is_down: bool,
    /// Of Secrets Manager, by name.
    pub(crate) secrets: BTreeMap<String, String>,
}

pub(crate) type Shared = Arc<Mutex<Aws>>;

pub(crate) fn router(aws: Shared) -> Router {
    Router::new().fallback(answer).with_state(aws)
}

async fn answer(State(aws): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default();
    let mut aws = aws.lock().unwrap();
    if parts.headers.get("x-amz-target").is_some_and(|target| target == "AmazonSQS.SendMessage") {
        return queue(&mut aws, &body);
    }
    if parts
        .headers
        .get("x-amz-target")
        .is_some_and(|target| target == "AmazonSQS.GetQueueAttributes")
    {
        if aws.queue_is_down {
            return no_queue();
        }
        return json!({ "Attributes": {} }).to_string().into_response();
    }
    if parts
        .headers
        .get("x-amz-target")
        .is_some_and(|target| target == "secretsmanager.GetSecretValue")
    {
        return secret(&aws, &body);
    }
    if let Some(connection) =
        path.strip_prefix("/@connections/").or(path.strip_prefix("/%40connections/"))
    {
        aws.frames.push((connection.to_owned(), serde_json::from_slice(&body).unwrap()));
        return StatusCode::OK.into_response();
    }
    let key = path.strip_prefix("/bucket").unwrap().trim_start_matches('/').to_owned();
    match parts.method {
        Method::GET if query.contains("list-type=2") => list(&aws, query),
        Method::GET => match aws.objects.get(&key) {
            Some(object) => object.clone().into_response(),
            None => {
                (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response()
            }
        },
        Method::POST => delete(&mut aws, &body),
        method => panic!("{method} {path}?{query} is not served"),
    }
}

fn queue(aws: &mut Aws, body: &Bytes) -> Response {
    if aws.queue_is_down {
        return no_queue();
    }
    let message: Value = serde_json::from_slice(body).unwrap();
    aws.delays.extend(message["DelaySeconds"].as_u64());
    aws.rings.push(serde_json::from_str(message["MessageBody"].as_str().unwrap()).unwrap());
    json!({ "MessageId": "1", "MD5OfMessageBody": "" }).to_string().into_response()
}

fn no_queue() -> Response {
    (StatusCode::BAD_REQUEST, r#"{"__type":"QueueDoesNotExist"}"#).into_response()
}

fn secret(aws: &Aws, body: &Bytes) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap();
    match aws.secrets.get(request["SecretId"].as_str().unwrap()) {
        Some(text) => json!({ "SecretString": text }).to_string().into_response(),
        None => {
            (StatusCode::BAD_REQUEST, r#"{"__type":"ResourceNotFoundException"}"#).into_response()
        }
    }
}

fn list(aws: &Aws, query: &str) -> Response {
    let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap();
    let prefix = prefix.replace("%2F", "/");
    let keys = aws.objects.keys().filter(|key| key.starts_with(&prefix)).take(1);
    let contents: String =
        keys.map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    format!("<ListBucketResult>{contents}</ListBucketResult>").into_response()
}

fn delete(aws: &mut Aws, body: &Bytes) -> Response {
    let text = std::str::from_utf8(body).unwrap();
    for part in text.split("<Key>").skip(1) {
        aws.objects.remove(part.split_once("</Key>").unwrap().0);
    }
    "<DeleteResult/>".into_response()
}
