use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use domain::problem::Code;
use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use runtime::clock;
use serde_json::Value;

use crate::{
    error::{Error, Result},
    input::{Fields, FromBody, Rules, json},
    services::Shared,
};

/// The body of a request, read completely.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: FromBody> FromRequest<Shared> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, services: &Shared) -> Result<Self> {
        let (parts, body) = request.into_parts();
        Ok(Self(read(&parts.headers, body, services).await?.0))
    }
}

/// What a body says, and how it was said.
pub(super) async fn read<T: FromBody>(
    headers: &HeaderMap,
    body: axum::body::Body,
    services: &Shared,
) -> Result<(T, Value)> {
    if announced(headers).is_some_and(|length| length > T::MAX_BYTES as u64) {
        return Err(too_large::<T>());
    }
    let body = Limited::new(body, T::MAX_BYTES).collect().await;
    let body = body.map_err(|err| match err.downcast_ref::<LengthLimitError>() {
        Some(_) => too_large::<T>(),
        None => Error::told(Code::BadRequest, "The body did not arrive."),
    })?;
    let value = value::<T>(headers, &body.to_bytes())?;
    let Value::Object(object) = &value else {
        return Err(Error::told(Code::BadRequest, "The body must be a JSON object."));
    };
    let rules = Rules { now: clock::now(), repositories: services.settings.repositories };
    let mut fields = Fields::of(object);
    let read = T::read(&mut fields, &rules);
    Ok((fields.finish(read)?, value))
}

fn value<T: FromBody>(headers: &HeaderMap, body: &Bytes) -> Result<Value> {
    if body.is_empty() && T::OPTIONAL {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Error::told(
            Code::UnsupportedMediaType,
            "Send the body as it is, without a Content-Encoding.",
        ));
    }
    if !is_json(headers) {
        return Err(Error::told(
            Code::UnsupportedMediaType,
            "Send `Content-Type: application/json`.",
        ));
    }
    json::parse(body).map_err(|err| {
        Error::told(Code::BadRequest, format!("The body is no JSON that we read: {err}."))
    })
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// JSON, once, and in UTF-8 if it says so.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(Ok(named)), None) = (types.next().map(|named| named.to_str()), types.next()) else {
        return false;
    };
    let mut parts = named.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next();
    let utf8 =
        parts.all(|part| matches!(part.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\""));
    essence.as_deref() == Some("application/json") && utf8
}

fn too_large<T: FromBody>() -> Error {
    let detail = format!("The body must be at most {} bytes long.", T::MAX_BYTES);
    Error::told(Code::PayloadTooLarge, detail)
}
