//! `Idempotency-Key`: checked on every POST. What is done once under it: [`crate::answers`].

use std::convert::Infallible;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::id::UserId;
use http::{HeaderMap, Method, request::Parts};
use sha2::{Digest as _, Sha256};

use crate::{
    edge::body,
    error::{Error, Result},
    input::FromBody,
    services::Shared,
};

const NAME: &str = "Idempotency-Key";
const MAX_LEN: usize = 255;

/// The key of this request, if it has one.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl FromRequestParts<Shared> for IdempotencyKey {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Shared,
    ) -> std::result::Result<Self, Infallible> {
        // That it is well formed was checked on the way in.
        Ok(Self(key(&parts.headers).ok().flatten()))
    }
}

/// What is kept of a key with what was done under it: enough to know it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyHash(String);

impl KeyHash {
    /// Keys of two users are different keys.
    pub(crate) fn of(user: UserId, key: &str) -> Self {
        let digest = Sha256::digest([user.uuid().as_bytes(), key.as_bytes()].concat());
        Self(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// The body of a POST that [`crate::services::Services::once`] does. There is no other way to it, so no such route can
/// forget its key.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) once: Once,
    pub(crate) body: T,
}

/// Under which key something is asked for, and what.
#[derive(Debug)]
pub(crate) struct Once {
    pub(crate) key: Option<String>,
    /// Of route and body: tells a repeat from another request under the same key. Bodies hold passwords, so nobody can
    /// try them out on it who has only the table.
    pub(crate) request_hash: String,
}

impl<T: FromBody> FromRequest<Shared> for Keyed<T> {
    type Rejection = Error;

    async fn from_request(request: Request, services: &Shared) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let (body, said) = body::read(&parts.headers, body, services).await?;
        let key = key(&parts.headers)?;
        let request_hash = match key {
            Some(_) => services.answers.request_hash(parts.uri.path(), &said),
            None => String::new(),
        };
        Ok(Self { once: Once { key, request_hash }, body })
    }
}

/// A layer over all routes, so that no POST can forget it.
pub(crate) async fn keys_are_well_formed(request: Request, next: Next) -> Response {
    if request.method() == Method::POST
        && let Err(error) = key(request.headers())
    {
        return error.into_response();
    }
    next.run(request).await
}

fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let mut given = headers.get_all(NAME).iter();
    let (Some(key), rest) = (given.next(), given.next()) else { return Ok(None) };
    let visible = |b: &u8| b.is_ascii_graphic();
    let fits = (1..=MAX_LEN).contains(&key.len()) && key.as_bytes().iter().all(visible);
    match key.to_str() {
        Ok(key) if fits && rest.is_none() => Ok(Some(key.to_owned())),
        _ => Err(Error::field(NAME, format!("must be 1 to {MAX_LEN} visible ASCII characters"))),
    }
}
