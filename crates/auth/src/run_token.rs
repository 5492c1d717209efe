//! Run tokens: what a runner shows to `progress`. One task, one attempt, nothing else.

use domain::id::{TaskId, UserId};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{SigningKeys, TokenError, VerifyingKeys, jws};

const KIND: jws::Kind = jws::Kind { typ: "run+jwt", audience: "errand-run" };

/// What a run token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    #[serde(rename = "sub")]
    pub task: TaskId,
    /// The fencing token: the store refuses what an older attempt says.
    pub attempt: u32,
    /// Whose task it is.
    #[serde(rename = "own")]
    pub owner: UserId,
}

/// Signs a run token that holds until `expires_at`: the run's deadline and the grace to report its end.
#[must_use]
pub fn sign(
    keys: &SigningKeys,
    claims: &Claims,
    now: Timestamp,
    expires_at: Timestamp,
) -> SecretString {
    jws::sign(keys, &KIND, claims, now, expires_at)
}

/// The name of the key that a token says it was signed with: a hint where to look for the key, and no more.
#[must_use]
pub fn kid(token: &str) -> Option<String> {
    jws::kid(token)
}

/// Verifies a run token. Whether the attempt is still the task's own is the store's to say.
pub fn verify(keys: &VerifyingKeys, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
    jws::verify(keys, &KIND, token, now)
}
