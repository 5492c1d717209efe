//! Why a request was not done, and how that is told.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use domain::{
    problem::{Code, FieldError, Problem},
    task::Refusal,
};
use http::StatusCode;
use jiff::SignedDuration;
use store::StoreError;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An update that has begun is soon everywhere.
const AFTER_AN_UPDATE: SignedDuration = SignedDuration::from_secs(10);

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller's business: it is shown as it is.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The same, and by when it may be otherwise.
    #[error("{problem}")]
    Later { problem: Box<Problem>, after_s: u64 },
    /// Passes by itself; safe to send again.
    #[error("temporarily unavailable")]
    Unavailable(#[source] BoxError),
    /// A bug or a broken row. Nothing of it is shown.
    #[error("internal error")]
    Internal(#[source] BoxError),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn code(code: Code) -> Self {
        Problem::new(code).into()
    }

    pub(crate) fn told(code: Code, detail: impl Into<String>) -> Self {
        Problem::new(code).detail(detail).into()
    }

    /// Refused for now, however right it is.
    pub(crate) fn later(problem: Problem, after: SignedDuration) -> Self {
        let after_s = after.as_millis().unsigned_abs().div_ceil(1000);
        let after_s = u64::try_from(after_s).unwrap_or(u64::MAX).max(1);
        Self::Later { problem: Box::new(problem), after_s }
    }

    /// A single field at fault.
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        vec![FieldError { field: field.to_owned(), message: message.into() }].into()
    }

    /// Also said of what belongs to somebody else, so that ids cannot be probed.
    pub(crate) fn not_found() -> Self {
        Self::code(Code::NotFound)
    }

    pub(crate) fn internal(err: impl Into<BoxError>) -> Self {
        Self::Internal(err.into())
    }

    pub(crate) fn unavailable(err: impl Into<BoxError>) -> Self {
        Self::Unavailable(err.into())
    }

    /// What the caller is shown.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Refused(problem) | Self::Later { problem, .. } => (**problem).clone(),
            Self::Unavailable(_) => Problem::new(Code::Unavailable),
            Self::Internal(_) => Problem::new(Code::Internal),
        }
    }
}

impl Error {
    /// Seconds after which another try may be worth it.
    pub(crate) const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Later { after_s, .. } => Some(*after_s),
            Self::Unavailable(_) => Some(1),
            Self::Refused(_) | Self::Internal(_) => None,
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

impl From<Vec<FieldError>> for Error {
    fn from(faults: Vec<FieldError>) -> Self {
        Problem::validation(faults).into()
    }
}

impl From<StoreError> for Error {
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::NotFound => Self::not_found(),
            StoreError::Conflict | StoreError::Unavailable(_) => Self::unavailable(err),
            // During an update the next instance that is asked may be the later one.
            StoreError::Newer { .. } => {
                let why = "This task was written by a later version of Errand. Ask again when the update is through.";
                tracing::error!(error = %err, "a task cannot be read");
                Self::later(Problem::new(Code::Unavailable).detail(why), AFTER_AN_UPDATE)
            }
            StoreError::Corrupt(_) => Self::internal(err),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AlreadyEnded => Self::code(Code::AlreadyEnded),
            Refusal::NotEnded => Self::code(Code::NotEnded),
            Refusal::Superseded { .. } => Self::code(Code::Superseded),
        }
    }
}

/// Leaves the document to [`crate::edge::frame`], which knows the request's name and logs what is not shown.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem().status);
        let mut response = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
