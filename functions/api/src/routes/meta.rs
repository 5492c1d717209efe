use axum::{Json, body::Bytes, extract::State};
use domain::view::HealthView;
use http::header::CONTENT_TYPE;

use crate::{
    edge::Query,
    error::{Error, Result},
    input::Nothing,
    openapi,
    services::Shared,
};

/// Is the service up?
#[utoipa::path(get, path = "/health", tag = "meta", security(()), responses((status = 200, body = HealthView)))]
pub(crate) async fn health(
    State(services): State<Shared>,
    _: Query<Nothing>,
) -> Result<Json<HealthView>> {
    Ok(Json(services.health()))
}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "meta", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json")))]
pub(crate) async fn describe(
    _: Query<Nothing>,
) -> Result<([(http::HeaderName, &'static str); 1], Bytes)> {
    let text = openapi::document().map_err(Error::internal)?;
    Ok(([(CONTENT_TYPE, "application/json")], text))
}
