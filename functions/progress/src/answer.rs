//! How a refusal looks on the wire.

use axum::{
    Json,
    extract::rejection::JsonRejection,
    response::{IntoResponse, Response},
};
use domain::problem::{Code, Problem};
use http::{StatusCode, header};
use runtime::Chain;
use store::StoreError;

/// A refusal does not repeat what it was sent at length.
const DETAIL_BYTES: usize = 300;

/// A problem document as a response.
pub(crate) struct Refusal(Box<Problem>);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<JsonRejection> for Refusal {
    fn from(err: JsonRejection) -> Self {
        match err.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge.into(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType.into(),
            _ => {
                let text = err.body_text();
                let detail = &text[..text.floor_char_boundary(DETAIL_BYTES)];
                Problem::new(Code::BadRequest).detail(detail).into()
            }
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(err: StoreError) -> Self {
        let code = match &err {
            // The task was deleted: the run has nobody to report to.
            StoreError::NotFound => return Code::Superseded.into(),
            // During an update the next instance that is asked may be the later one.
            StoreError::Conflict | StoreError::Unavailable(_) | StoreError::Newer { .. } => {
                Code::Unavailable
            }
            StoreError::Corrupt(_) => Code::Internal,
        };
        tracing::error!(error = %Chain(&err), "a runner's request failed");
        code.into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self.0)).into_response()
    }
}

pub(crate) async fn not_here() -> Refusal {
    Code::NotFound.into()
}

pub(crate) async fn not_so() -> Refusal {
    Code::MethodNotAllowed.into()
}
