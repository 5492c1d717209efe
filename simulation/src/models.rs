//! What stands for the services that are not the table: as much of each as the functions use.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use crate::{
    containers::{self, Container},
    queue::Queue,
    wire::{Answer, Request},
    world::World,
};

#[derive(Debug, Default)]
pub(crate) struct Models {
    pub(crate) queue: Queue,
    pub(crate) containers: BTreeMap<String, Container>,
    pub(crate) sockets: BTreeMap<String, tokio::sync::mpsc::UnboundedSender<String>>,
    objects: BTreeMap<String, bytes::Bytes>,
}

impl Models {
    pub(crate) fn objects(&self) -> impl Iterator<Item = (&String, &bytes::Bytes)> {
        self.objects.iter()
    }
}

pub(crate) fn queue(world: &World, request: &Request) -> Answer {
    if request.operation != "SendMessage" {
        return unknown(world, request);
    }
    let Ok(message) = serde_json::from_slice::<Value>(&request.body) else {
        return unknown(world, request);
    };
    let asked = Duration::from_secs(message["DelaySeconds"].as_u64().unwrap_or(0));
    let late = world.fault("ring late", world.plan.faults.ring_late);
    let delay = if late { world.millis(1_000..120_000) } else { world.millis(1..30) };
    let mut models = world.models.borrow_mut();
    let body = message["MessageBody"].as_str().unwrap_or_default().to_owned();
    models.queue.send(body, world.elapsed() + asked + delay);
    Answer::ok(json!({ "MessageId": "1", "MD5OfMessageBody": "" }).to_string())
}

pub(crate) fn containers(world: &World, request: &Request) -> Answer {
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return unknown(world, request);
    };
    match request.operation.as_str() {
        "RunTask" => containers::run_task(world, body),
        "ListTasks" => containers::list(world, &body),
        "DescribeTasks" => containers::describe(world, &body),
        "StopTask" => containers::stop(world, &body),
        _ => unknown(world, request),
    }
}

/// The management API: a socket that is gone says so, a slow one refuses, and a push may vanish.
pub(crate) fn sockets(world: &World, request: &Request) -> Answer {
    let path = request.path.split('?').next().unwrap_or_default();
    let connection = path.rsplit('/').next().unwrap_or_default();
    let faults = &world.plan.faults;
    if world.fault("push refused", faults.push_refused) {
        return Answer::error(429, "LimitExceededException");
    }
    let lost = world.fault("push lost", faults.push_lost);
    let models = world.models.borrow();
    let Some(socket) = models.sockets.get(connection).filter(|socket| !socket.is_closed()) else {
        return Answer::error(410, "GoneException");
    };
    if !lost {
        let _ = socket.send(String::from_utf8_lossy(&request.body).into_owned());
    }
    Answer::ok("")
}

pub(crate) fn bucket(world: &World, request: &Request) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let key = path.strip_prefix("/bucket").unwrap_or(path).trim_start_matches('/').to_owned();
    let mut models = world.models.borrow_mut();
    match request.operation.as_str() {
        "PUT" => {
            models.objects.insert(key, request.body.clone());
            Answer::ok("")
        }
        "GET" if key.is_empty() => {
            let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix="));
            let prefix = prefix.unwrap_or_default().replace("%2F", "/");
            let keys = models.objects.keys().filter(|key| key.starts_with(&prefix));
            let found: String =
                keys.map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
            Answer::ok(format!("<ListBucketResult>{found}</ListBucketResult>"))
        }
        "GET" => match models.objects.get(&key) {
            Some(object) => Answer::ok(object.to_vec()),
            None => Answer::error(404, "NoSuchKey"),
        },
        "POST" => {
            let text = String::from_utf8_lossy(&request.body);
            let named = text.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
            for (key, _) in named {
                models.objects.remove(key);
            }
            Answer::ok("<DeleteResult></DeleteResult>")
        }
        _ => {
            drop(models);
            unknown(world, request)
        }
    }
}

fn unknown(world: &World, request: &Request) -> Answer {
    world.violated(0, format!("nobody serves {} {}", request.operation, request.path));
    Answer::error(400, "UnknownOperationException")
}
