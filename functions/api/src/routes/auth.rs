use axum::{Json, extract::State};
use domain::view::{MeView, TokensView};
use http::StatusCode;

use crate::{
    edge::{Body, ManageOwnLogins, May, Query, ReadSelf},
    error::Result,
    input::Nothing,
    services::Shared,
    sessions::{Credentials, RefreshToken},
};

/// Sign in.
///
/// The access token goes into `Authorization: Bearer …` and holds for ten minutes; the refresh token gets the next one.
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", security(()), request_body = Credentials,
    responses((status = 200, body = TokensView), (status = 401, description = "The credentials are not right.")))]
pub(crate) async fn login(
    State(services): State<Shared>,
    _: Query<Nothing>,
    Body(credentials): Body<Credentials>,
) -> Result<Json<TokensView>> {
    Ok(Json(services.sign_in(credentials).await?))
}

/// Trade a refresh token for new tokens.
///
/// It works once. Where it comes a second time (after ten seconds of grace for a lost answer), the sign-in ends.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "auth", security(()), request_body = RefreshToken,
    responses((status = 200, body = TokensView), (status = 401, description = "The sign-in is over.")))]
pub(crate) async fn refresh(
    State(services): State<Shared>,
    _: Query<Nothing>,
    Body(token): Body<RefreshToken>,
) -> Result<Json<TokensView>> {
    Ok(Json(services.refresh(&token).await?))
}

/// End this sign-in.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth",
    responses((status = 204, description = "The refresh token is dead; the access token ends within ten minutes.")))]
pub(crate) async fn logout(
    caller: May<ManageOwnLogins>,
    State(services): State<Shared>,
    _: Query<Nothing>,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    services.sign_out(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who am I?
#[utoipa::path(get, path = "/v1/me", tag = "auth", responses((status = 200, body = MeView)))]
pub(crate) async fn me(
    caller: May<ReadSelf>,
    State(services): State<Shared>,
    _: Query<Nothing>,
) -> Result<Json<MeView>> {
    Ok(Json(services.me(&caller).await?))
}
