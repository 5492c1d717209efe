//! Accounts as clients read them: sign-ins, keys, people, and what they did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    audit,
    id::{FamilyId, KeyId, UserId},
};

/// Tokens of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokensView {
    pub access_token: String,
    /// Absent where it went into a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Seconds until the access token ends.
    pub expires_in: u64,
    pub token_type: String,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    pub id: UserId,
    pub email: String,
    /// `admin`, `member` or `viewer`.
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<FamilyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
}

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyView {
    pub id: KeyId,
    pub name: String,
    /// `read`: it sees, and changes nothing. `write`: it does what its user may, except to manage keys, sign-ins and
    /// accounts.
    pub scope: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// To the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

/// A new API key. The only time that its secret is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = NewApiKey)]
pub struct NewKeyView {
    #[serde(flatten)]
    pub key: KeyView,
    pub secret: String,
}

/// A sign-in: one browser or one program that holds its own refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    pub id: FamilyId,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it got its last access token: at most ten minutes before its last request.
    #[schema(value_type = String, format = DateTime)]
    pub last_used_at: Timestamp,
    /// When it ends if it is not used any more.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The one that asks.
    pub current: bool,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    pub id: UserId,
    pub email: String,
    /// `admin`, `member` or `viewer`.
    pub role: String,
    pub disabled: bool,
    /// Invited, and has not chosen a password yet.
    pub invited: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A one-use link. The only time that it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    /// A path of the dashboard, with the token behind the `#`: browsers send that part to nobody.
    #[schema(example = "/login#link=errand_link_…")]
    pub link: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A new account, and the link by which its owner chooses a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = InvitedUser)]
pub struct InvitedView {
    pub user: UserView,
    #[serde(flatten)]
    pub link: LinkView,
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who did it; null for the service itself.
    pub actor: Option<ActorView>,
    pub via: audit::Via,
    pub action: audit::Action,
    /// The id of what it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What exactly, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Names the request in the logs.
    pub request_id: String,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    pub id: UserId,
    pub email: String,
}

/// How the service is, part by part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Parts)]
pub struct PartsView {
    pub version: String,
    pub parts: Vec<PartView>,
}

/// A part of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Part)]
pub struct PartView {
    /// `table`, `queue`, `files` or `model`. More may come.
    pub name: String,
    pub ok: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How long it took to answer.
    pub latency_ms: u64,
}
