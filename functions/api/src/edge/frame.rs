//! What every answer has: a name for the logs, its security headers, and a problem document where it is an error.

use std::{any::Any, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::problem::{Code, Problem};
use http::{
    HeaderValue, Method, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use lambda_http::request::RequestContext;
use runtime::Chain;
use uuid::Uuid;

use crate::error::Error;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What names a request in the logs.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// The outermost layer.
pub(crate) async fn frame(mut request: Request, next: Next) -> Response {
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let head_only = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        log(&error, &id);
        let problem = Problem { request_id: Some(id.clone()), ..error.problem() };
        let text = serde_json::to_vec(&problem).unwrap_or_default();
        *response.body_mut() = if head_only { Body::empty() } else { Body::from(text) };
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        if let Some(seconds) = error.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
    }
    dress(&mut response, &id);
    response
}

fn dress(response: &mut Response, id: &str) {
    let status = response.status();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// An error of ours is logged once, here, with all its causes.
fn log(error: &Error, request_id: &str) {
    match error {
        Error::Refused(_) | Error::Later { .. } => (),
        Error::Unavailable(_) => {
            tracing::warn!(request_id, error = %Chain(error), "answered 503");
        }
        Error::Internal(_) => tracing::error!(request_id, error = %Chain(error), "answered 500"),
    }
}

/// The gateway's name for the request where it came through one.
fn request_id(request: &Request) -> String {
    let given = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        Some(_) | None => None,
    };
    given.unwrap_or_else(|| Uuid::now_v7().simple().to_string())
}

/// No route has this path.
pub(crate) async fn not_found() -> Error {
    Error::not_found()
}

/// The route has this path, but not this method.
pub(crate) async fn method_not_allowed() -> Error {
    Error::code(Code::MethodNotAllowed)
}

/// A handler panicked: the others go on.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(message), _) => message.clone(),
        (None, Some(message)) => (*message).to_owned(),
        (None, None) => "without a message".to_owned(),
    };
    Error::internal(format!("a handler panicked: {message}")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware::from_fn, routing::get};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_shows_nothing_of_it() {
        async fn panics() -> Error {
            panic!("a secret")
        }
        let router = Router::new()
            .route("/", get(panics))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(frame));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!((problem.code(), &problem.detail), ("internal", &None));
    }
}
