//! The container service: one container for each client token, a while to start, many ways to end.

use std::time::Duration;

use domain::id::TaskId;
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use crate::{
    runner::{self, Life},
    script::Script,
    sources,
    wire::Answer,
    world::{World, world},
};

/// After SIGTERM a container has so long.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Container {
    client_token: String,
    /// `task_…/attempt`
    pub(crate) started_by: String,
    request: Value,
    pub(crate) status: &'static str,
    stop: watch::Sender<bool>,
}

/// How a container ended.
#[derive(Clone, Debug)]
pub(crate) struct Exit {
    pub(crate) code: Option<i32>,
    pub(crate) why: &'static str,
}

pub(crate) fn run_task(world: &World, request: Value) -> Answer {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let client_token = text(&request["clientToken"]);
    let mut models = world.models.borrow_mut();
    let before = models.containers.iter().find(|(_, one)| one.client_token == client_token);
    if let Some((arn, container)) = before {
        // 5: a name is one run's.
        world.check(5, request["startedBy"] == container.started_by.as_str(), || {
            format!("{} asks for the container of {}", request["startedBy"], container.started_by)
        });
        if container.request != request {
            let conflict = json!({ "__type": "ConflictException", "resourceIds": [arn] });
            let error = Some("ConflictException");
            return Answer { status: 400, error, body: conflict.to_string().into() };
        }
        return started(arn);
    }
    if world.fault("no capacity", world.plan.faults.no_capacity) {
        let failure = json!({ "reason": "RESOURCE:MEMORY" });
        return Answer::ok(json!({ "tasks": [], "failures": [failure] }).to_string());
    }
    let started_by = text(&request["startedBy"]);
    let alive = |one: &Container| one.started_by == started_by && one.status != "STOPPED";
    world.check(5, !models.containers.values().any(alive), || {
        format!("a second container for {started_by}")
    });
    let environment = &request["overrides"]["containerOverrides"][0]["environment"];
    let variables = environment.as_array().into_iter().flatten();
    let token = variables
        .filter(|variable| variable["name"] == "ERRAND_RUN_TOKEN")
        .map(|variable| text(&variable["value"]))
        .next()
        .unwrap_or_default();
    world.audit.borrow_mut().secrets.insert(token.clone());
    let arn = format!("arn:aws:ecs:::task/{}", models.containers.len() + 1);
    let (stop, stopping) = watch::channel(false);
    let container = Container {
        client_token,
        started_by: started_by.clone(),
        request,
        status: "PENDING",
        stop,
    };
    models.containers.insert(arn.clone(), container);
    world.tell(&format!("container {arn} for {started_by}"));
    world.spawn(live(arn.clone(), started_by, token, stopping));
    started(&arn)
}

fn started(arn: &str) -> Answer {
    Answer::ok(json!({ "tasks": [{ "taskArn": arn }], "failures": [] }).to_string())
}

pub(crate) fn list(world: &World, request: &Value) -> Answer {
    let models = world.models.borrow();
    let started_by = request["startedBy"].as_str();
    let found = models.containers.iter().filter(|(_, one)| {
        let ends = one.status == "STOPPED" || *one.stop.borrow();
        let wanted = request["desiredStatus"] == if ends { "STOPPED" } else { "RUNNING" };
        wanted && started_by.is_none_or(|started_by| one.started_by == started_by)
    });
    // What has just been started is not always listed.
    let told = found.filter(|_| !world.fault("container not listed", world.plan.faults.not_listed));
    let arns: Vec<_> = told.map(|(arn, _)| arn.clone()).collect();
    Answer::ok(json!({ "taskArns": arns }).to_string())
}

pub(crate) fn describe(world: &World, request: &Value) -> Answer {
    let models = world.models.borrow();
    let asked = request["tasks"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let known = asked.filter_map(|arn| {
        let container = models.containers.get(arn)?;
        let hidden = world.fault("container not listed", world.plan.faults.not_listed);
        (!hidden).then(|| {
            json!({
                "taskArn": arn, "lastStatus": container.status,
                "startedBy": container.started_by,
            })
        })
    });
    let known: Vec<_> = known.collect();
    Answer::ok(json!({ "tasks": known, "failures": [] }).to_string())
}

pub(crate) fn stop(world: &World, request: &Value) -> Answer {
    let arn = request["task"].as_str().unwrap_or_default();
    match world.models.borrow().containers.get(arn) {
        Some(container) => {
            let late = world.fault("stop late", world.plan.faults.stop_late);
            let delay = if late { world.millis(10_000..300_000) } else { Duration::ZERO };
            let stop = container.stop.clone();
            world.spawn(async move {
                sleep(delay).await;
                stop.send_replace(true);
            });
            Answer::ok(json!({ "task": {} }).to_string())
        }
        None => Answer::error(400, "InvalidParameterException"),
    }
}

/// From the request to its end.
async fn live(arn: String, started_by: String, token: String, stopping: watch::Receiver<bool>) {
    let world = world();
    let exit = run(&started_by, token, stopping).await;
    if let Some(container) = world.models.borrow_mut().containers.get_mut(&arn) {
        container.status = "STOPPED";
    }
    world.tell(&format!("container {arn} stopped: {} {:?}", exit.why, exit.code));
    sources::stopped(&started_by, &exit);
}

async fn run(started_by: &str, token: String, stopping: watch::Receiver<bool>) -> Exit {
    let world = world();
    let faults = &world.plan.faults;
    let Some((task, attempt)) = run_of(started_by) else {
        world.violated(5, format!("a container for `{started_by}`"));
        return Exit { code: None, why: "nobody's" };
    };
    if world.fault("no image", faults.no_image) {
        sleep(world.millis(500..4_000)).await;
        return Exit { code: None, why: "CannotPullContainerError: no image" };
    }
    if world.fault("container never starts", faults.never_starts) {
        let mut stopping = stopping;
        let _ = stopping.wait_for(|stop| *stop).await;
        return Exit { code: None, why: "stopped before it ran" };
    }
    tokio::select! {
        biased;
        () = asked(stopping.clone()) => return Exit { code: None, why: "stopped before it ran" },
        () = sleep(world.millis(300..3_000)) => (),
    }
    let script = Script::of(&world);
    let life = |second: bool| Life {
        task,
        attempt,
        name: format!("runner-{:05}", world.next_number()),
        token: token.clone(),
        script: script.clone(),
        stopping: stopping.clone(),
        // The second of two is a little late.
        delay: if second { world.millis(0..3_000) } else { Duration::ZERO },
    };
    if world.fault("two of one", faults.two_of_one) {
        let second = life(true);
        world.spawn(async move {
            runner::run(second).await;
        });
    }
    let work = runner::run(life(false));
    tokio::select! {
        biased;
        exit = work => exit,
        () = killed(stopping.clone()) => Exit { code: Some(137), why: "killed after SIGTERM" },
    }
}

async fn asked(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

async fn killed(stopping: watch::Receiver<bool>) {
    asked(stopping).await;
    sleep(STOP_TIMEOUT).await;
}

fn run_of(started_by: &str) -> Option<(TaskId, u32)> {
    let (task, attempt) = started_by.split_once('/')?;
    Some((task.parse().ok()?, attempt.parse().ok()?))
}
