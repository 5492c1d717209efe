//! The four functions, each in two instances that share nothing but the table. One that dies is replaced.

use std::{rc::Rc, time::Duration};

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use axum::{Router, body::Body};
use bytes::Bytes;
use dispatcher::Dispatcher;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use runtime::Runtime;
use serde_json::Value;
use tower::ServiceExt as _;
use ws_connect::Sockets;

use crate::{
    call::activate,
    world::{World, world},
};

const INSTANCES: usize = 2;
/// As in the template.
const TIMEOUT: Duration = Duration::from_secs(29);
const DISPATCHER_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http {
    Api,
    Progress,
}

pub(crate) struct Functions {
    api: Vec<Router>,
    progress: Vec<Router>,
    dispatcher: Vec<Rc<Dispatcher>>,
    sockets: Vec<Sockets>,
}

impl Functions {
    pub(crate) fn start(runtime: &Runtime) -> anyhow::Result<Self> {
        let each = || 0..INSTANCES;
        Ok(Self {
            api: each().map(|_| api::router(runtime)).collect::<Result<_, _>>()?,
            progress: each().map(|_| progress::router(runtime)).collect::<Result<_, _>>()?,
            dispatcher: each()
                .map(|_| Dispatcher::new(runtime).map(Rc::new))
                .collect::<Result<_, _>>()?,
            sockets: each().map(|_| Sockets::new(runtime)).collect(),
        })
    }

    fn router(&mut self, which: Http) -> &mut Vec<Router> {
        match which {
            Http::Api => &mut self.api,
            Http::Progress => &mut self.progress,
        }
    }
}

/// Uses the functions, which are there as long as the world.
fn with<T>(world: &World, use_them: impl FnOnce(&mut Functions) -> T) -> T {
    let mut functions = world.functions.borrow_mut();
    use_them(functions.as_mut().unwrap_or_else(|| unreachable!("functions live as long as we")))
}

fn any(world: &World) -> usize {
    world.rng.borrow_mut().usize(0..INSTANCES)
}

/// An answer of an HTTP function, as the gateway passes it on.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The same was asked for under the same key, and is not answered yet.
    pub(crate) fn is_under_way(&self) -> bool {
        let problem = b"urn:errand:problem:in_progress";
        self.status == StatusCode::CONFLICT && memchr::memmem::find(&self.body, problem).is_some()
    }
}

/// Calls a router, as API Gateway does. A function that dies is a 502.
pub(crate) async fn http(which: Http, name: &str, request: Request<Body>) -> Answer {
    let world = world();
    let at = any(&world);
    let router = with(&world, |functions| functions.router(which)[at].clone());
    let work = Box::pin(async move {
        let Ok(response) = router.oneshot(request).await;
        let status = response.status();
        let body = response.into_body().collect().await.map(|body| body.to_bytes());
        Answer { status, body: body.unwrap_or_default() }
    });
    match activate(name.to_owned(), TIMEOUT, work).await {
        Ok(answer) => answer,
        Err(_) => {
            let fresh = match which {
                Http::Api => api::router(&world.runtime),
                Http::Progress => progress::router(&world.runtime),
            };
            if let Ok(fresh) = fresh {
                with(&world, |functions| functions.router(which)[at] = fresh);
            }
            Answer { status: StatusCode::BAD_GATEWAY, body: Bytes::new() }
        }
    }
}

/// Wakes the dispatcher. `None`: it failed, or died.
pub(crate) async fn dispatch(name: &str, event: Value) -> Option<Value> {
    let world = world();
    let at = any(&world);
    let dispatcher = with(&world, |functions| functions.dispatcher[at].clone());
    let work = Box::pin(async move { dispatcher.handle(event).await });
    match activate(name.to_owned(), DISPATCHER_TIMEOUT, work).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            world.tell(&format!("{name} failed: {error}"));
            None
        }
        Err(_) => {
            if let Ok(fresh) = Dispatcher::new(&world.runtime) {
                with(&world, |functions| functions.dispatcher[at] = Rc::new(fresh));
            }
            None
        }
    }
}

/// An event of a socket. The status, or 502.
pub(crate) async fn socket(name: &str, event: ApiGatewayWebsocketProxyRequest) -> i64 {
    let world = world();
    let at = any(&world);
    let sockets = with(&world, |functions| functions.sockets[at].clone());
    let work = Box::pin(async move { sockets.handle(event).await });
    match activate(name.to_owned(), TIMEOUT, work).await {
        Ok(Ok(answer)) => answer.status_code,
        Ok(Err(_)) => 502,
        Err(_) => {
            let fresh = Sockets::new(&world.runtime);
            with(&world, |functions| functions.sockets[at] = fresh);
            502
        }
    }
}
