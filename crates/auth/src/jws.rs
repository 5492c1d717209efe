//! Signed tokens, in the one form that Errand knows: a compact JWS (RFC 7515) with `EdDSA` over Ed25519.
//!
//! Written out instead of taken from a JWT library, because what a library adds here is what RFC 8725 tells to take
//! away: other algorithms, keys that a header brings, claims that may be missing, a clock. The header must be exactly
//! `alg`, `typ` and `kid`; so `crit`, `jku`, `jwk`, `x5u`, `b64` and `enc` are refused as what they are: unknown.
//! The tests hold it against `jsonwebtoken`, in both directions.

use ed25519_dalek::Signature;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Invalid, SigningKeys, TokenError, VerifyingKeys, encoding, random};

/// Who issues every token.
pub(crate) const ISSUER: &str = "errand";

/// How far two clocks of ours may be apart.
pub(crate) const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

/// Longer than any token of ours: what is longer is not worth decoding.
const MAX_LEN: usize = 2048;

const ALGORITHM: &str = "EdDSA";

/// A kind of token. `typ` and audience both differ, so that one can never pass for another.
pub(crate) struct Kind {
    pub(crate) typ: &'static str,
    pub(crate) audience: &'static str,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// The claims of every token. All must be there, each with its own type: an `exp` in quotes is no `exp`.
#[derive(Serialize, Deserialize)]
struct Registered {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

#[derive(Serialize)]
struct Payload<'a, C> {
    #[serde(flatten)]
    registered: Registered,
    #[serde(flatten)]
    claims: &'a C,
}

/// Signs claims that hold from `now` to `expires_at`, both to the second.
pub(crate) fn sign<C: Serialize>(
    keys: &SigningKeys,
    kind: &Kind,
    claims: &C,
    now: Timestamp,
    expires_at: Timestamp,
) -> SecretString {
    let header = Header { alg: ALGORITHM, typ: kind.typ, kid: keys.kid() };
    let registered = Registered {
        iss: ISSUER.to_owned(),
        aud: kind.audience.to_owned(),
        iat: now.as_second(),
        nbf: now.as_second(),
        exp: expires_at.as_second(),
        jti: encoding::encode(random::bytes::<16>()),
    };
    let message = format!("{}.{}", part(&header), part(&Payload { registered, claims }));
    let signature = encoding::encode(keys.sign(message.as_bytes()));
    format!("{message}.{signature}").into()
}

/// Reads the claims of a token of this kind, if one of the keys signed it and `now` lies within its life.
pub(crate) fn verify<C: DeserializeOwned>(
    keys: &VerifyingKeys,
    kind: &Kind,
    token: &str,
    now: Timestamp,
) -> Result<C, TokenError> {
    let payload = verify_signature(keys, kind.typ, token)?;
    // Read twice instead of flattened into one: through `flatten` serde does not see that a claim stands there twice.
    let registered: Registered = object(&payload)?;
    let claims = object(&payload)?;
    registered.check(kind, now)?;
    Ok(claims)
}

impl Registered {
    fn check(&self, kind: &Kind, now: Timestamp) -> Result<(), TokenError> {
        let at = |second| Timestamp::from_second(second).map_err(|_| TokenError::Invalid);
        let (issued, starts, ends) = (at(self.iat)?, at(self.nbf)?, at(self.exp)?);

        let ours = self.iss == ISSUER && self.aud == kind.audience;
        let begun = issued.duration_since(now) <= LEEWAY && starts.duration_since(now) <= LEEWAY;
        if !ours || !begun {
            return Err(TokenError::Invalid);
        }
        if now.duration_since(ends) >= LEEWAY {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}

/// The payload, once its signature is checked; before that it is only bytes.
fn verify_signature(keys: &VerifyingKeys, typ: &str, token: &str) -> Result<Vec<u8>, Invalid> {
    if token.len() > MAX_LEN {
        return Err(Invalid);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Invalid)?;
    let (header, payload) = message.split_once('.').ok_or(Invalid)?;

    let header = encoding::decode(header).ok_or(Invalid)?;
    let header: Header<'_> = object(&header)?;
    if header.alg != ALGORITHM || header.typ != typ {
        return Err(Invalid);
    }

    let key = keys.get(header.kid).ok_or(Invalid)?;
    let signature = Signature::from_bytes(&encoding::decode_array(signature).ok_or(Invalid)?);
    key.verify_strict(message.as_bytes(), &signature).map_err(|_| Invalid)?;
    encoding::decode(payload).ok_or(Invalid)
}

/// Reads an object. serde would take an array of the fields' values for it as well.
fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Invalid> {
    if json.first() != Some(&b'{') {
        return Err(Invalid);
    }
    serde_json::from_slice(json).map_err(|_| Invalid)
}

#[expect(
    clippy::expect_used,
    reason = "the claims of this crate are structs of strings and integers"
)]
fn part(value: &impl Serialize) -> String {
    encoding::encode(serde_json::to_vec(value).expect("claims are JSON"))
}

#[cfg(test)]
#[path = "jws_tests.rs"]
mod tests;
