//! Everything that can go wrong, in the words of its reader: what happened, and what to do next.

use std::{error::Error as _, io, process::ExitCode};

use domain::problem::{Code, Problem};

use crate::output::line::{Line, RED};

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The service said no.
    #[error("{0}")]
    Refused(Box<Problem>),
    #[error("{message}")]
    NotSignedIn { message: String },
    /// Nothing answered, or nothing that could be understood.
    #[error("cannot reach {url}: {why}")]
    Unreachable { url: String, why: String },
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    #[error("{message}")]
    Failed { message: String, next: Option<String> },
    /// Nobody reads the output any more, or the disk is full.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Error {
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), next: None }
    }

    pub(crate) fn unreachable(url: &reqwest::Url, error: &reqwest::Error) -> Self {
        Self::Unreachable { url: origin(url), why: cause(error) }
    }

    /// Whether the same request may succeed a little later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(problem) => problem.status == 429 || problem.status >= 500,
            Self::NotSignedIn { .. } | Self::Usage(_) | Self::Failed { .. } | Self::Output(_) => {
                false
            }
        }
    }

    /// As it is documented in `--help`.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused(problem) => match problem.status {
                400 | 413 | 415 | 422 => 2,
                401 => 4,
                502..=504 => 5,
                _ => 1,
            },
            Self::NotSignedIn { .. } => 4,
            Self::Unreachable { .. } => 5,
            Self::Usage(_) => 2,
            Self::Failed { .. } => 1,
            // What a program gets that is killed by SIGPIPE.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 141,
            Self::Output(_) => 1,
        })
    }

    /// What a person reads; nothing where nobody reads any more.
    pub(crate) fn lines(&self) -> Vec<Line> {
        if matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return Vec::new();
        }
        let mut lines = vec![Line::styled(RED, "error: ")];
        match self {
            Self::Refused(problem) => {
                lines[0].push(&problem.title);
                if !problem.errors.is_empty() {
                    lines.extend(problem.errors.iter().map(|error| {
                        Line::plain("  ")
                            .with(crate::output::line::BOLD, &error.field)
                            .and(" ")
                            .and(&error.message)
                    }));
                } else if let Some(detail) = &problem.detail {
                    lines[0].push(": ").push(detail);
                }
                if problem.status >= 500
                    && let Some(id) = &problem.request_id
                {
                    lines.push(Line::plain("  request ").and(id));
                }
            }
            _ => {
                lines[0].push(&self.to_string());
            }
        }
        lines.extend(self.next().map(|next| Line::plain("  → ").and(&next)));
        lines
    }

    /// What to do about it.
    fn next(&self) -> Option<String> {
        match self {
            Self::Refused(problem) => Some(
                match problem.code() {
                    "unauthorized" => "Sign in with `errand login`, or check ERRAND_TOKEN.",
                    "bad_credentials" => "Check the e-mail address and the password.",
                    "not_found" => "`errand list` shows your tasks.",
                    "already_ended" => "`errand retry` runs it again.",
                    "not_ended" => "`errand cancel` ends it, `errand watch` follows it.",
                    "idempotency_mismatch" => {
                        "Choose another --idempotency-key, or send the same request again."
                    }
                    "too_many_requests" | "unavailable" | "in_progress" | "queue_full" => {
                        "Try again in a while."
                    }
                    "internal" => {
                        "Try again; if it stays, look for the request in the service's log."
                    }
                    _ => return None,
                }
                .to_owned(),
            ),
            Self::NotSignedIn { .. } => {
                Some("Sign in with `errand login`, or set ERRAND_TOKEN to an API key.".to_owned())
            }
            Self::Unreachable { .. } => {
                Some("Start it with `errand up`, or name another address with --url.".to_owned())
            }
            Self::Usage(_) => Some("`errand --help` tells more.".to_owned()),
            Self::Failed { next, .. } => next.clone(),
            Self::Output(_) => None,
        }
    }

    /// The same as a problem document, for `--json`.
    pub(crate) fn to_problem(&self) -> Problem {
        let own = |name: &str, title: &str| {
            let mut problem = Problem::new(Code::Internal).detail(self.to_string());
            problem.kind = format!("{}cli_{name}", Problem::URN);
            title.clone_into(&mut problem.title);
            problem.status = 0;
            problem
        };
        match self {
            Self::Refused(problem) => (**problem).clone(),
            Self::NotSignedIn { .. } => Problem::new(Code::Unauthorized).detail(self.to_string()),
            Self::Unreachable { .. } => own("unreachable", "The service cannot be reached"),
            Self::Usage(_) => own("usage", "The command line is wrong"),
            Self::Failed { .. } => own("failed", "It did not work"),
            Self::Output(_) => own("output", "The output cannot be written"),
        }
    }
}

/// The address without its path: enough to tell where a request went, and never a secret.
pub(crate) fn origin(url: &reqwest::Url) -> String {
    url.origin().ascii_serialization()
}

/// The innermost cause says it best: `Connection refused`, not `error sending request`.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut why = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        why = inner.to_string();
        source = inner.source();
    }
    why
}
