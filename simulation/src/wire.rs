//! The wire: every call of AWS comes by here. It takes its time, it may get lost on the way there or back, and whoever
//! made it may die of it.

use std::{future::pending, time::Duration};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared as _,
};
use aws_smithy_types::body::SdkBody;
use tokio::time::sleep;

use crate::{
    call::Call,
    labels::{Point, Side},
    models, table,
    world::{World, world},
};

/// The HTTP client of all functions of the world of this thread.
#[derive(Debug)]
pub(crate) struct Client;

impl HttpClient for Client {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        Connector.into_shared()
    }
}

#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(travel(Request::read(&request)))
    }
}

/// A call, as services see it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) service: Service,
    /// `PutItem`, or the method where a service has no names for its operations.
    pub(crate) operation: String,
    pub(crate) path: String,
    pub(crate) body: bytes::Bytes,
    /// The operation, and what it is about.
    pub(crate) label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Table,
    Queue,
    Containers,
    Sockets,
    Bucket,
}

/// An answer, as services give it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) error: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, error: None, body: body.into() }
    }

    pub(crate) fn error(status: u16, kind: &'static str) -> Self {
        let body = format!("{{\"__type\":\"{kind}\"}}");
        Self { status, error: Some(kind), body: body.into() }
    }
}

impl Request {
    fn read(request: &HttpRequest) -> Self {
        let uri: http::Uri = request.uri().parse().unwrap_or_default();
        let service = match uri.host().unwrap_or_default().split('.').next() {
            Some("dynamodb") => Service::Table,
            Some("sqs") => Service::Queue,
            Some("ecs") => Service::Containers,
            Some("sockets") => Service::Sockets,
            Some(_) | None => Service::Bucket,
        };
        let target = request.headers().get("x-amz-target").and_then(|name| name.split_once('.'));
        let operation = target.map_or(request.method(), |(_, operation)| operation).to_owned();
        let body = bytes::Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let label = match service {
            Service::Table => format!("{operation} {}", crate::labels::items(&body)),
            Service::Sockets => "PostToConnection".to_owned(),
            Service::Bucket => format!("{operation} object"),
            Service::Queue | Service::Containers => operation.clone(),
        };
        let path = uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
        Self { service, operation, path, body, label }
    }
}

/// What happens to a call on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    Throttled,
    Conflicts,
    LostBefore,
    LostAfter,
    Hangs,
}

async fn travel(request: Request) -> Result<HttpResponse, ConnectorError> {
    // Whoever checks comes at once, and nothing stops them.
    let Some(passage) = Passage::begin(&world(), &request) else {
        return Ok(response(serve(&world(), &request)));
    };
    if passage.dies == Some(Side::Before) {
        return pending().await;
    }
    sleep(passage.there).await;
    match passage.fate {
        Fate::Hangs => return pending().await,
        Fate::LostBefore => return Err(ConnectorError::io("the call was lost".into())),
        Fate::Throttled => return Ok(response(Answer::error(400, "ThrottlingException"))),
        Fate::Conflicts => return Ok(response(conflict(&request))),
        Fate::Arrives | Fate::LostAfter => (),
    }
    let answer = serve(&world(), &request);
    if passage.dies == Some(Side::After) {
        die();
        return pending().await;
    }
    sleep(passage.back).await;
    if passage.fate == Fate::LostAfter {
        return Err(ConnectorError::io("the answer was lost".into()));
    }
    Ok(response(answer))
}

fn die() {
    if let Some(call) = Call::current() {
        call.die();
    }
}

struct Passage {
    there: Duration,
    back: Duration,
    fate: Fate,
    dies: Option<Side>,
}

impl Passage {
    fn begin(world: &World, request: &Request) -> Option<Self> {
        let call = Call::current()?;
        world.calls.set(world.calls.get() + 1);
        let dies = dies(world, &call, request);
        if dies == Some(Side::Before) {
            call.die();
        }
        let fate = fate(world, request);
        let slow = world.fault("slow", world.plan.faults.slow);
        let there = if slow { world.millis(500..6_000) } else { world.millis(1..8) };
        if fate != Fate::Arrives || dies.is_some() || slow {
            call.unharmed.set(false);
        }
        let fate_told = if fate == Fate::Arrives { String::new() } else { format!(" {fate:?}") };
        world.tell(&format!("{}#{} {}{fate_told}", call.name, call.number, request.label));
        Some(Self { there, back: world.millis(1..8), fate, dies })
    }
}

/// Whether, and when, whoever calls dies of this call.
fn dies(world: &World, call: &Call, request: &Request) -> Option<Side> {
    let before = Point { place: format!("{} {}", call.name, request.label), side: Side::Before };
    let mut ordered = world.crash.borrow_mut();
    let dies = if let Some(at) = ordered.iter().position(|one| one.place == before.place) {
        Some(ordered.swap_remove(at).side)
    } else if world.fault("crash", world.plan.faults.crash) {
        Some(if world.rng.borrow_mut().bool() { Side::Before } else { Side::After })
    } else {
        None
    };
    if let Some(side) = dies {
        world.visited.borrow_mut().insert(Point { side, ..before.clone() });
    }
    let mut reached = world.reached.borrow_mut();
    if !reached.contains(&before) {
        reached.extend([Point { side: Side::After, ..before.clone() }, before]);
    }
    dies
}

fn fate(world: &World, request: &Request) -> Fate {
    let faults = &world.plan.faults;
    if request.service == Service::Table && world.within(faults.outage) {
        return if world.rng.borrow_mut().bool() { Fate::LostBefore } else { Fate::Throttled };
    }
    if request.service == Service::Queue && world.within(faults.queue_outage) {
        return Fate::LostBefore;
    }
    if request.service == Service::Sockets {
        // These have faults of their own.
        return Fate::Arrives;
    }
    let rolled = [
        (Fate::Throttled, "throttle", faults.throttle),
        (Fate::LostBefore, "call lost", faults.drop_before),
        (Fate::LostAfter, "answer lost", faults.drop_after),
        (Fate::Hangs, "call hangs", faults.hang),
    ];
    if let Some((fate, ..)) =
        rolled.into_iter().find(|(_, name, chance)| world.fault(name, *chance))
    {
        return fate;
    }
    // Where a transaction may be at the same item.
    let contended = ["UpdateItem HEAD", "PutItem COUNT", "UpdateItem HOLD", "DeleteItem HOLD"];
    let contended =
        contended.contains(&request.label.as_str()) || request.operation == "TransactWriteItems";
    if contended && world.fault("conflict", faults.conflict) {
        return Fate::Conflicts;
    }
    Fate::Arrives
}

/// Another transaction was at one of the items.
fn conflict(request: &Request) -> Answer {
    if request.operation != "TransactWriteItems" {
        return Answer::error(400, "TransactionConflictException");
    }
    let reasons = serde_json::json!({
        "__type": "TransactionCanceledException",
        "CancellationReasons": [{ "Code": "TransactionConflict" }, { "Code": "None" }],
    });
    Answer {
        status: 400,
        error: Some("TransactionCanceledException"),
        body: reasons.to_string().into(),
    }
}

fn serve(world: &World, request: &Request) -> Answer {
    match request.service {
        Service::Table => table::serve(world, request),
        Service::Queue => models::queue(world, request),
        Service::Containers => models::containers(world, request),
        Service::Sockets => models::sockets(world, request),
        Service::Bucket => models::bucket(world, request),
    }
}

fn response(answer: Answer) -> HttpResponse {
    let status = answer.status.try_into();
    let mut response = HttpResponse::new(
        status.unwrap_or_else(|_| unreachable!("a status of our own")),
        SdkBody::from(answer.body),
    );
    if let Some(kind) = answer.error {
        response.headers_mut().insert("x-amzn-errortype", kind);
    }
    response
}
