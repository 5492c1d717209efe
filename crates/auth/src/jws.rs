//! Signed tokens, in the one form that Errand knows: a compact JWS (RFC 7515) with `EdDSA` over Ed25519.
//!
//! `jsonwebtoken` signs and verifies. What is left here is what RFC 8725 asks for and a general library leaves open:
//! a header that is exactly `alg`, `typ` and `kid` (so `crit`, `jku`, `jwk` and `x5u` are refused as what they are:
//! unknown), keys out of a fixed set, claims that are all there with one value and one type each, and the caller's time
//! in place of a clock.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Header, Validation};
use secrecy::SecretString;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::value::RawValue;

use crate::{Invalid, SigningKeys, TokenError, VerifyingKeys, encoding, keys::check_kid, random};

/// Who issues every token.
pub(crate) const ISSUER: &str = "errand";

/// How far two clocks of ours may be apart.
pub(crate) const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

/// Longer than any token of ours: what is longer is not worth decoding.
const MAX_LEN: usize = 2048;

/// A kind of token. `typ` and audience both differ, so that one can never pass for another.
pub(crate) struct Kind {
    pub(crate) typ: &'static str,
    pub(crate) audience: &'static str,
}

impl Kind {
    /// The whole header of a token of this kind.
    fn header(&self, kid: String) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(self.typ.to_owned());
        header.kid = Some(kid);
        header
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[self.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        // Both would ask the clock. `Registered` requires the times, and checks them.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }
}

/// The claims of every token. All must be there, each with its own type: an `exp` in quotes is no `exp`, and an audience
/// of two is not ours.
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
#[expect(
    clippy::expect_used,
    reason = "the claims of this crate are structs of strings and integers, and the key is an Ed25519 key"
)]
pub(crate) fn sign<C: Serialize>(
    keys: &SigningKeys,
    kind: &Kind,
    claims: &C,
    now: Timestamp,
    expires_at: Timestamp,
) -> SecretString {
    let registered = Registered {
        iss: ISSUER.to_owned(),
        aud: kind.audience.to_owned(),
        iat: now.as_second(),
        nbf: now.as_second(),
        exp: expires_at.as_second(),
        jti: encoding::encode(random::bytes::<16>()),
    };
    let header = kind.header(keys.kid().to_owned());
    jsonwebtoken::encode(&header, &Payload { registered, claims }, keys.encoding())
        .expect("a token of ours can be signed")
        .into()
}

/// Reads the claims of a token of this kind, if one of the keys signed it and `now` lies within its life.
pub(crate) fn verify<C: DeserializeOwned>(
    keys: &VerifyingKeys,
    kind: &Kind,
    token: &str,
    now: Timestamp,
) -> Result<C, TokenError> {
    let payload = verify_signature(keys, kind, token)?;
    // Read twice instead of flattened into one: through `flatten` serde does not see that a claim stands there twice.
    let registered: Registered = object(&payload)?;
    let claims = object(&payload)?;
    registered.check(now)?;
    Ok(claims)
}

impl Registered {
    /// Issuer and audience are the library's to check.
    fn check(&self, now: Timestamp) -> Result<(), TokenError> {
        let at = |second| Timestamp::from_second(second).map_err(|_| TokenError::Invalid);
        let (issued, starts, ends) = (at(self.iat)?, at(self.nbf)?, at(self.exp)?);

        if issued.duration_since(now) > LEEWAY || starts.duration_since(now) > LEEWAY {
            return Err(TokenError::Invalid);
        }
        if now.duration_since(ends) >= LEEWAY {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}

/// The key that a token names. Nothing is checked but that it may be a name.
pub(crate) fn kid(token: &str) -> Option<String> {
    if token.len() > MAX_LEN {
        return None;
    }
    jsonwebtoken::decode_header(token).ok()?.kid.filter(|kid| check_kid(kid).is_ok())
}

/// The payload of a token of this kind, once its signature is checked; before that it is only bytes.
fn verify_signature(
    keys: &VerifyingKeys,
    kind: &Kind,
    token: &str,
) -> Result<Box<RawValue>, Invalid> {
    if token.len() > MAX_LEN {
        return Err(Invalid);
    }
    members_are_ours(token)?;
    let header = jsonwebtoken::decode_header(token).map_err(|_| Invalid)?;
    let kid = header.kid.clone().ok_or(Invalid)?;
    let key = keys.decoding(&kid).ok_or(Invalid)?;
    // All of it: a field that we did not write is one that somebody wants us to act on.
    if header != kind.header(kid) {
        return Err(Invalid);
    }
    let token = jsonwebtoken::decode(token, &key, &kind.validation()).map_err(|_| Invalid)?;
    Ok(token.claims)
}

/// The members of our headers, whatever their values are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[serde(rename = "alg")]
    _alg: IgnoredAny,
    #[serde(rename = "typ")]
    _typ: IgnoredAny,
    #[serde(rename = "kid")]
    _kid: IgnoredAny,
}

/// The library reads a member that is `null` as one that is not there: whether it stands there is seen in the text only.
fn members_are_ours(token: &str) -> Result<(), Invalid> {
    let header = token.split('.').next().and_then(encoding::decode).ok_or(Invalid)?;
    serde_json::from_slice::<Members>(&header).map(|_| ()).map_err(|_| Invalid)
}

/// Reads an object. serde would take an array of the fields' values for it as well.
fn object<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T, Invalid> {
    if !json.get().starts_with('{') {
        return Err(Invalid);
    }
    serde_json::from_str(json.get()).map_err(|_| Invalid)
}

#[cfg(test)]
#[path = "jws_tests.rs"]
mod tests;
