//! Who speaks: the run that a token names.

use std::sync::Arc;

use auth::run_token::Claims;
use axum::{extract::FromRequestParts, http::request::Parts};
use domain::problem::Code;
use http::header;

use crate::{App, answer::Refusal};

/// Proof that a run token was shown. Whether the run is still the current one is for the store to say.
pub(crate) struct Caller(pub(crate) Claims);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Code::Unauthorized)?;
        Ok(Self(app.keys.verify(token, runtime::clock::now()).await?))
    }
}
