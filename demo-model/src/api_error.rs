//! Errors in the shape of the Messages API.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// An answer that is not a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) retry_after: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }

    /// The request makes no sense. Claude Code gives up on it at once, which is what a test with a
    /// misspelt directive wants.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

/// The body of an error, also sent as an event in the middle of a stream.
pub(crate) fn body(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}})
}

/// What the API calls an error of this status.
fn kind(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

/// A value for [`REQUEST_ID`].
pub(crate) fn request_id() -> HeaderValue {
    HeaderValue::from_str(&format!("req_{}", Uuid::now_v7().simple()))
        .unwrap_or(HeaderValue::from_static("req_0"))
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Json(body(kind(self.status), &self.message));
        let mut response = (self.status, [(REQUEST_ID, request_id())], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
