//! What is remembered of who did what.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The closed list of what is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = AuditAction)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    SignedIn,
    SignedOut,
    PasswordChanged,
    UserInvited,
    UserChanged,
    KeyCreated,
    KeyRevoked,
    SessionRevoked,
    QueuePaused,
    QueueResumed,
    LimitsChanged,
    Bulk,
}

impl Action {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::PasswordChanged => "password_changed",
            Self::UserInvited => "user_invited",
            Self::UserChanged => "user_changed",
            Self::KeyCreated => "key_created",
            Self::KeyRevoked => "key_revoked",
            Self::SessionRevoked => "session_revoked",
            Self::QueuePaused => "queue_paused",
            Self::QueueResumed => "queue_resumed",
            Self::LimitsChanged => "limits_changed",
            Self::Bulk => "bulk",
        }
    }
}

/// By which way it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = AuditVia)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// By a sign-in.
    Session,
    /// By an API key.
    Key,
    /// By a one-use link.
    Link,
    /// By the service itself.
    Server,
}
