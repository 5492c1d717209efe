//! What a function needs of AWS besides the table: a queue that remembers its rings, a bucket in memory, sockets that
//! remember their frames and can be made to fail, and containers that never run.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

/// What the stub holds and has seen.
#[derive(Debug, Default)]
pub struct Cloud {
    /// What was said to the queue.
    pub rings: Vec<Value>,
    /// After how many seconds those are heard that are not heard at once.
    pub delays: Vec<u64>,
    /// The queue refuses everything.
    pub queue_is_down: bool,
    /// Of the bucket, by key.
    pub objects: BTreeMap<String, Bytes>,
    /// Frames that sockets took, with the connection, in order.
    pub frames: Vec<(String, Value)>,
    /// How often somebody pushed to a socket, by connection, whatever came of it.
    pub pushes: BTreeMap<String, u32>,
    /// Sockets that do not take every frame.
    pub replies: BTreeMap<String, Reply>,
    /// Every `RunTask`, as it was asked.
    pub launches: Vec<Value>,
    /// How `RunTask` is answered.
    pub launch: Launch,
    /// Containers by their name.
    pub containers: BTreeMap<String, Container>,
    /// Every `StopTask`, as it was asked.
    pub stops: Vec<Value>,
}

/// How a socket answers a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Gone,
    TooMany,
    Broken,
    Never,
}

/// How `RunTask` is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Launch {
    #[default]
    Starts,
    /// It starts, but nobody learns.
    StartsInSilence,
    /// 200, and a reason in `failures`.
    HasNoRoom,
    Fails,
}

/// A container that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    pub client_token: String,
    /// `task_…/attempt`
    pub started_by: String,
    /// As it was asked for: the same name with other parameters is a conflict.
    pub request: Value,
    /// `RUNNING`, `STOPPED`
    pub status: String,
    /// Why it stopped, if it did so by somebody's doing.
    pub stop_code: Option<&'static str>,
}

impl Cloud {
    /// The frames that a socket took.
    #[must_use]
    pub fn frames_of(&self, connection: &str) -> Vec<Value> {
        let of = self.frames.iter().filter(|(id, _)| id == connection);
        of.map(|(_, frame)| frame.clone()).collect()
    }
}

pub(crate) fn router(cloud: Arc<Mutex<Cloud>>) -> Router {
    Router::new().fallback(answer).with_state(cloud)
}

async fn answer(State(cloud): State<Arc<Mutex<Cloud>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = parts.uri.path().to_owned();
    let target = parts.headers.get("x-amz-target").map_or("", |target| target.to_str().unwrap());
    if let Some((_, operation)) = target.split_once('.') {
        let request: Value = serde_json::from_slice(&body).unwrap();
        let mut cloud = cloud.lock().unwrap();
        return match operation {
            "SendMessage" => cloud.ring(&request),
            "RunTask" => cloud.run_task(request),
            "ListTasks" => cloud.list(&request),
            "DescribeTasks" => cloud.describe(&request),
            "StopTask" => cloud.stop(request),
            otherwise => panic!("{otherwise} is not served"),
        };
    }
    let connection = path.strip_prefix("/@connections/").or(path.strip_prefix("/%40connections/"));
    if let Some(connection) = connection {
        let frame = serde_json::from_slice(&body).unwrap();
        let reply = cloud.lock().unwrap().push(connection, frame);
        return match reply {
            None => StatusCode::OK.into_response(),
            Some(Reply::Gone) => error(StatusCode::GONE, "GoneException"),
            Some(Reply::TooMany) => error(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException"),
            Some(Reply::Broken) => error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
            Some(Reply::Never) => std::future::pending().await,
        };
    }
    let key = path.strip_prefix("/bucket/").expect("a known service").to_owned();
    assert_eq!(parts.method, Method::PUT, "{key}");
    cloud.lock().unwrap().objects.insert(key, body);
    StatusCode::OK.into_response()
}

impl Cloud {
    fn ring(&mut self, request: &Value) -> Response {
        if self.queue_is_down {
            return error(StatusCode::BAD_REQUEST, "QueueDoesNotExist");
        }
        self.delays.extend(request["DelaySeconds"].as_u64());
        let body = request["MessageBody"].as_str().unwrap();
        self.rings.push(serde_json::from_str(body).unwrap());
        json!({ "MessageId": "1", "MD5OfMessageBody": "" }).to_string().into_response()
    }

    fn push(&mut self, connection: &str, frame: Value) -> Option<Reply> {
        *self.pushes.entry(connection.to_owned()).or_default() += 1;
        let reply = self.replies.get(connection).copied();
        if reply.is_none() {
            self.frames.push((connection.to_owned(), frame));
        }
        reply
    }

    /// As ECS does: the same name starts one container, and with other parameters it is a conflict.
    fn run_task(&mut self, request: Value) -> Response {
        self.launches.push(request.clone());
        let client_token = request["clientToken"].as_str().unwrap().to_owned();
        let before = self.containers.iter().find(|(_, one)| one.client_token == client_token);
        if let Some((arn, container)) = before {
            if container.request != request {
                let conflict = json!({ "__type": "ConflictException", "resourceIds": [arn] });
                return (StatusCode::BAD_REQUEST, conflict.to_string()).into_response();
            }
            return started(arn);
        }
        match self.launch {
            Launch::HasNoRoom => {
                let failure = json!({ "reason": "RESOURCE:MEMORY" });
                json!({ "tasks": [], "failures": [failure] }).to_string().into_response()
            }
            Launch::Fails => error(StatusCode::BAD_REQUEST, "ClusterNotFoundException"),
            Launch::Starts | Launch::StartsInSilence => {
                let arn = format!("arn:aws:ecs:::task/{}", self.containers.len() + 1);
                let started_by = request["startedBy"].as_str().unwrap().to_owned();
                let status = "RUNNING".to_owned();
                let container =
                    Container { client_token, started_by, request, status, stop_code: None };
                self.containers.insert(arn.clone(), container);
                match self.launch {
                    Launch::StartsInSilence => error(StatusCode::BAD_REQUEST, "BlockedException"),
                    _ => started(&arn),
                }
            }
        }
    }

    fn list(&self, request: &Value) -> Response {
        let started_by = request["startedBy"].as_str();
        let found = self.containers.iter().filter(|(_, one)| {
            let wanted = request["desiredStatus"] == one.status.as_str();
            wanted && started_by.is_none_or(|started_by| one.started_by == started_by)
        });
        let arns: Vec<_> = found.map(|(arn, _)| arn).collect();
        json!({ "taskArns": arns }).to_string().into_response()
    }

    fn describe(&self, request: &Value) -> Response {
        let asked = request["tasks"].as_array().unwrap().iter().map(|arn| arn.as_str().unwrap());
        let known = asked.filter_map(|arn| {
            let container = self.containers.get(arn)?;
            let Container { started_by, status, stop_code, .. } = container;
            let mut task = json!({ "taskArn": arn, "lastStatus": status, "startedBy": started_by });
            if let Some(stop_code) = stop_code {
                task["stopCode"] = json!(stop_code);
            }
            Some(task)
        });
        let known: Vec<_> = known.collect();
        json!({ "tasks": known, "failures": [] }).to_string().into_response()
    }

    fn stop(&mut self, request: Value) -> Response {
        let arn = request["task"].as_str().unwrap();
        if let Some(container) = self.containers.get_mut(arn) {
            container.status = "STOPPED".to_owned();
        }
        self.stops.push(request);
        json!({ "task": {} }).to_string().into_response()
    }
}

fn started(arn: &str) -> Response {
    json!({ "tasks": [{ "taskArn": arn }], "failures": [] }).to_string().into_response()
}

fn error(status: StatusCode, kind: &'static str) -> Response {
    let body = json!({ "__type": kind }).to_string();
    (status, [("x-amzn-errortype", kind)], body).into_response()
}
