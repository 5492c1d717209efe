//! Access tokens: what a signed-in client shows with every request.

use domain::id::{FamilyId, UserId};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Caller, Role, Scope, SigningKeys, TokenError, VerifyingKeys, Via, jws};

/// How long an access token holds, and so how long a sign-out may take to reach everybody who does not ask the store.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

const KIND: jws::Kind = jws::Kind { typ: "at+jwt", audience: "errand-api" };

/// What an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    #[serde(rename = "sub")]
    pub user: UserId,
    /// The sign-in that the token follows from.
    #[serde(rename = "sid")]
    pub family: FamilyId,
    pub role: Role,
    /// The account's session version when this was signed. The account's own grows when it is disabled or all its
    /// sign-ins end.
    #[serde(rename = "sv")]
    pub session_version: u64,
}

impl Claims {
    /// Who asks, once the token is verified.
    #[must_use]
    pub fn caller(&self) -> Caller {
        let via = Via::Session(self.family);
        Caller { user: self.user, role: self.role, via, scope: Scope::Write }
    }
}

/// Signs an access token that holds for [`LIFETIME`].
#[must_use]
pub fn sign(keys: &SigningKeys, claims: &Claims, now: Timestamp) -> SecretString {
    jws::sign(keys, &KIND, claims, now, now + LIFETIME)
}

/// Verifies an access token.
pub fn verify(keys: &VerifyingKeys, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
    jws::verify(keys, &KIND, token, now)
}
