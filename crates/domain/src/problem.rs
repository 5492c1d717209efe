//! Problem documents (RFC 9457): every error that a client sees.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An error as it is shown. Nothing internal is ever in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A stable name: `urn:errand:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What went wrong, in words that are the same each time.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Names this request in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Every field at fault, where the request did not validate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where: `prompt`, `repository.url`, `tags[3]`.
    pub field: String,
    /// A sentence that completes “the field …”.
    pub message: String,
}

/// The closed list of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    BadRequest,
    Validation,
    Unauthorized,
    BadCredentials,
    Forbidden,
    CrossSite,
    NotFound,
    MethodNotAllowed,
    AlreadyEnded,
    NotEnded,
    Superseded,
    EmailTaken,
    LastAdmin,
    MadeBefore,
    InProgress,
    IdempotencyMismatch,
    PayloadTooLarge,
    UnsupportedMediaType,
    QueueFull,
    TooManyRequests,
    Internal,
    Unavailable,
}

impl Code {
    /// Every code, in the order of its status.
    pub const ALL: [Self; 22] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::BadCredentials,
        Self::Forbidden,
        Self::CrossSite,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::AlreadyEnded,
        Self::NotEnded,
        Self::Superseded,
        Self::EmailTaken,
        Self::LastAdmin,
        Self::MadeBefore,
        Self::InProgress,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::Validation,
        Self::IdempotencyMismatch,
        Self::QueueFull,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// Its name, status and title.
    #[must_use]
    pub const fn parts(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::BadRequest => ("bad_request", 400, "The request cannot be read"),
            Self::Validation => ("validation", 422, "Some fields are not valid"),
            Self::Unauthorized => ("unauthorized", 401, "Sign in first"),
            Self::BadCredentials => ("bad_credentials", 401, "The credentials are not right"),
            Self::Forbidden => ("forbidden", 403, "Your role does not allow this"),
            Self::CrossSite => ("cross_site", 403, "The request comes from another site"),
            Self::NotFound => ("not_found", 404, "There is no such thing"),
            Self::MethodNotAllowed => {
                ("method_not_allowed", 405, "The resource does not take this method")
            }
            Self::AlreadyEnded => ("already_ended", 409, "The task is already over"),
            Self::NotEnded => ("not_ended", 409, "The task is not over yet"),
            Self::Superseded => ("superseded", 409, "This run is over"),
            Self::EmailTaken => ("email_taken", 409, "Somebody has this mail address"),
            Self::LastAdmin => ("last_admin", 409, "Somebody must stay admin"),
            Self::MadeBefore => ("made_before", 409, "The same request made it before"),
            Self::InProgress => ("in_progress", 409, "The same request is under way"),
            Self::IdempotencyMismatch => {
                ("idempotency_mismatch", 422, "The Idempotency-Key was used for another request")
            }
            Self::PayloadTooLarge => ("payload_too_large", 413, "The request is too large"),
            Self::UnsupportedMediaType => {
                ("unsupported_media_type", 415, "The request must be JSON")
            }
            Self::QueueFull => ("queue_full", 429, "Too many of your tasks wait"),
            Self::TooManyRequests => ("too_many_requests", 429, "Too many requests"),
            Self::Internal => ("internal", 500, "Something is broken on our side"),
            Self::Unavailable => ("unavailable", 503, "Temporarily unavailable"),
        }
    }
}

impl Problem {
    /// What every `type` starts with.
    pub const URN: &'static str = "urn:errand:problem:";

    /// A problem without details.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let (name, status, title) = code.parts();
        Self {
            kind: format!("{}{name}", Self::URN),
            title: title.to_owned(),
            status,
            detail: None,
            request_id: None,
            errors: Vec::new(),
        }
    }

    /// The same, told in detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A request whose fields are at fault.
    #[must_use]
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let fields: Vec<_> =
            errors.iter().map(|error| format!("`{}` {}", error.field, error.message)).collect();
        let mut problem = Self::new(Code::Validation).detail(fields.join("; "));
        problem.errors = errors;
        problem
    }

    /// The stable name without the prefix.
    #[must_use]
    pub fn code(&self) -> &str {
        self.kind.strip_prefix(Self::URN).unwrap_or(&self.kind)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validation_problem_names_every_field() {
        let problem = Problem::validation(vec![
            FieldError { field: "prompt".into(), message: "must not be blank".into() },
            FieldError { field: "tags[1]".into(), message: "must be text".into() },
        ]);
        insta::assert_json_snapshot!(problem, @r#"
        {
          "type": "urn:errand:problem:validation",
          "title": "Some fields are not valid",
          "status": 422,
          "detail": "`prompt` must not be blank; `tags[1]` must be text",
          "errors": [
            {
              "field": "prompt",
              "message": "must not be blank"
            },
            {
              "field": "tags[1]",
              "message": "must be text"
            }
          ]
        }
        "#);
    }

    #[test]
    fn codes_have_names_of_their_own() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.parts().0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
