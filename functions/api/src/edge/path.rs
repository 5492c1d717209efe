use axum::extract::{FromRequestParts, Path as AxumPath};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{
    error::{Error, Result},
    services::Shared,
};

/// The parameters of a path. What is no id cannot be the id of anything.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, services: &Shared) -> Result<Self> {
        match AxumPath::from_request_parts(parts, services).await {
            Ok(AxumPath(path)) => Ok(Self(path)),
            Err(_) => Err(Error::not_found()),
        }
    }
}
