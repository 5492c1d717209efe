//! API Gateway: HTTP and WebSocket traffic on the public port, as the events that the functions get in AWS.

mod http_event;
mod session;
mod site;
mod socket_event;
mod sockets;

use std::{convert::Infallible, net::SocketAddr, pin::Pin, sync::Arc};

use bytes::Bytes;
use domain::problem::{Code, Problem};
use http::{
    HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE, uri::Authority,
};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use uuid::Uuid;

pub(crate) use self::{
    session::Limits,
    site::Site,
    sockets::{Refused, Sockets},
};
use crate::{
    disk::Disk,
    functions::Functions,
    lambda::{self, InvokeError},
};

/// The largest request that an HTTP API takes.
const MAX_BODY: usize = 10 << 20;
/// Where a WebSocket connects.
pub(crate) const SOCKET_PATH: &str = "/ws";

pub(crate) type Answer = Response<Full<Bytes>>;

/// What stands behind the public port.
pub(crate) struct Gateway {
    pub(crate) functions: Functions,
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) limits: Limits,
    pub(crate) site: Site,
    pub(crate) disk: Disk,
}

/// Who asks, and by which name they know us.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) peer: SocketAddr,
    pub(crate) host: String,
    pub(crate) request_id: String,
}

/// The gateway for one connection.
pub(crate) struct Connection {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) peer: SocketAddr,
}

impl hyper::service::Service<Request<Incoming>> for Connection {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (gateway, peer) = (Arc::clone(&self.gateway), self.peer);
        Box::pin(async move {
            let request_id = Uuid::now_v7().to_string();
            let Some(host) = host(&request) else {
                let why = "the Host header must name a host";
                return Ok(problem(Code::BadRequest, why, &request_id));
            };
            let origin = Origin { peer, host, request_id };
            let host = origin.host.clone();
            let path = request.uri().path();
            let mut answer = if path == SOCKET_PATH {
                session::open(gateway, request, origin).await
            } else if Site::is_of_the_api(path) {
                gateway.http(request, &origin).await
            } else {
                let (method, headers) = (request.method(), request.headers());
                gateway.site.answer(method, path, headers, &origin.request_id)
            };
            site::dress(answer.headers_mut(), &host);
            Ok(answer)
        })
    }
}

impl Gateway {
    async fn http(&self, request: Request<Incoming>, origin: &Origin) -> Answer {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, MAX_BODY).collect();
        let body = match tokio::time::timeout(lambda::TIMEOUT, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(err)) if err.is::<LengthLimitError>() => {
                let why = "a request has at most 10 MB";
                return problem(Code::PayloadTooLarge, why, &origin.request_id);
            }
            Ok(Err(_)) => {
                return problem(Code::BadRequest, "the body broke off", &origin.request_id);
            }
            Err(_) => {
                return problem(Code::BadRequest, "the body took too long", &origin.request_id);
            }
        };
        // The routes of the template.
        let path = parts.uri.path();
        let of_a_run = path == "/v1/run" || path.starts_with("/v1/run/");
        let function = if of_a_run { &self.functions.progress } else { &self.functions.api };
        let changes = !matches!(parts.method, Method::GET | Method::HEAD);
        let must_last = changes && (!of_a_run || ends_a_run(&body));
        let event = lambda::event(http_event::request(&parts, &body, origin));
        let answer = match lambda::invoke(function(event)).await {
            Ok(response) => http_event::response(response)
                .unwrap_or_else(|error| broken(origin, &InvokeError::Failed(error.to_string()))),
            Err(error) => return broken(origin, &error),
        };
        // What a person or a program is told to be done outlasts the power, and so does that a run is over: it must not
        // run again. A run does not outlast it, so neither need its events.
        if must_last && answer.status().is_success() && self.disk.synced().await.is_err() {
            let why = "it could not be written to the disk";
            return problem(Code::Unavailable, why, &origin.request_id);
        }
        answer
    }
}

/// Whether this post of a runner is its last.
fn ends_a_run(post: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Post {
        end: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_slice::<Post>(post).is_ok_and(|post| post.end.is_some())
}

/// The answer when a function brought none. What went wrong is for the log.
pub(crate) fn broken(origin: &Origin, error: &InvokeError) -> Answer {
    tracing::error!(request_id = origin.request_id, %error, "a call failed");
    match error {
        InvokeError::TimedOut => problem(Code::Unavailable, "it took too long", &origin.request_id),
        InvokeError::Failed(_) | InvokeError::Panicked => {
            let mut problem = Problem::new(Code::Internal);
            problem.request_id = Some(origin.request_id.clone());
            document(&problem)
        }
    }
}

pub(crate) fn problem(code: Code, detail: &str, request_id: &str) -> Answer {
    let mut problem = Problem::new(code).detail(detail);
    problem.request_id = Some(request_id.to_owned());
    document(&problem)
}

fn document(problem: &Problem) -> Answer {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The host that was asked for. In AWS only our own names get here.
fn host(request: &Request<Incoming>) -> Option<String> {
    let host = request.headers().get(http::header::HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    let port = host.strip_prefix(authority.host())?;
    let fits = !authority.host().is_empty()
        && host.len() <= 255
        && host.chars().all(plain)
        && (port.is_empty() || authority.port_u16().is_some());
    fits.then(|| host.to_owned())
}

#[cfg(test)]
#[path = "gateway/tests.rs"]
mod tests;
