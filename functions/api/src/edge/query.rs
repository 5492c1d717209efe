use axum::extract::{FromRequestParts, Query as AxumQuery};
use domain::problem::Code;
use http::request::Parts;

use crate::{
    error::{Error, Result},
    input::{FromQuery, Params},
    services::Shared,
};

/// The query of a request, read completely.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: FromQuery> FromRequestParts<Shared> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self> {
        let AxumQuery(given) = AxumQuery::try_from_uri(&parts.uri)
            .map_err(|_| Error::told(Code::BadRequest, "The query cannot be decoded."))?;
        let mut params = Params::of(given);
        let query = T::read(&mut params);
        Ok(Self(params.finish(query)?))
    }
}
