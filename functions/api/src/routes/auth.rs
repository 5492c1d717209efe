use auth::access;
use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::view::{MeView, TokensView};
use http::{StatusCode, header::SET_COOKIE};
use runtime::clock;
use secrecy::ExposeSecret as _;

use crate::{
    edge::{Body, Keyed, ManageOwnLogins, May, Origin, Query, ReadSelf},
    error::Result,
    input::Nothing,
    links::LinkRequest,
    passwords::PasswordChange,
    services::Shared,
    sign_in::{Credentials, RefreshToken, SignedIn, over},
};

/// Sign in.
///
/// The access token goes into `Authorization: Bearer …` and holds for ten minutes; the refresh token gets the next one.
/// A page asks for a `cookie`: then the refresh token is where no script can read it. Attempts are limited by account and
/// network; `Retry-After` says when the next one is let through.
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", security(()), request_body = Credentials,
    responses((status = 200, body = TokensView,
            headers(("set-cookie" = Option<String>, description = "The refresh token, where a cookie was asked for."))),
        (status = 401, description = "The credentials are not right."),
        (status = 403, description = "A cookie was asked for by a page of another address."),
        (status = 429, description = "Too many attempts.")))]
pub(crate) async fn login(
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Body(credentials): Body<Credentials>,
) -> Result<Response> {
    let cookie = credentials.cookie;
    if cookie {
        origin.may_have_cookie()?;
    }
    answer(services.sign_in(credentials, &origin).await?, cookie, &origin)
}

/// Trade a refresh token for new tokens.
///
/// It works once. Where it comes a second time (after ten seconds of grace for a lost answer), the sign-in ends. With an
/// empty object the cookie's token is taken, and the next one goes into the cookie.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "auth", security(()), request_body = RefreshToken,
    responses((status = 200, body = TokensView,
            headers(("set-cookie" = Option<String>, description = "The next refresh token, where a cookie had this one."))),
        (status = 401, description = "The sign-in is over."),
        (status = 403, description = "The cookie was sent by a page of another address.")))]
pub(crate) async fn refresh(
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Body(token): Body<RefreshToken>,
) -> Result<Response> {
    match token.refresh_token {
        Some(token) => answer(services.refresh(&token).await?, false, &origin),
        None => {
            let token = origin.cookie()?.ok_or_else(over)?;
            answer(services.refresh(token).await?, true, &origin)
        }
    }
}

/// Sign in by a one-use link.
///
/// A link that invites or resets needs the new `password` too; all other sign-ins end then.
#[utoipa::path(post, path = "/v1/auth/link", tag = "auth", security(()), request_body = LinkRequest,
    responses((status = 200, body = TokensView,
            headers(("set-cookie" = Option<String>, description = "The refresh token, where a cookie was asked for."))),
        (status = 401, description = "The link was used, or its time is over."),
        (status = 403, description = "A cookie was asked for by a page of another address.")))]
pub(crate) async fn link(
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Body(request): Body<LinkRequest>,
) -> Result<Response> {
    if request.cookie {
        origin.may_have_cookie()?;
    }
    answer(services.use_link(&request, &origin).await?, request.cookie, &origin)
}

/// End this sign-in.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth",
    responses((status = 204, description = "The refresh token is dead and its cookie gone; the access token ends within ten minutes.")))]
pub(crate) async fn logout(
    caller: May<ManageOwnLogins>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    _: Body<Nothing>,
) -> Result<impl IntoResponse> {
    services.sign_out(&caller, &origin).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, origin.clear_cookie()?)])))
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

/// Change my password.
///
/// All other sign-ins end.
#[utoipa::path(post, path = "/v1/me/password", tag = "auth", request_body = PasswordChange,
    responses((status = 204, description = "It is changed."),
        (status = 422, description = "The current one is not right, or the new one may not be had."),
        (status = 429, description = "Too many attempts.")))]
pub(crate) async fn change_password(
    caller: May<ManageOwnLogins>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Keyed { once, body: change }: Keyed<PasswordChange>,
) -> Result<Response> {
    let act = |turn| services.change_password(&caller, turn, change, &origin);
    services.once(&caller, once, StatusCode::NO_CONTENT, act).await
}

fn answer(signed_in: SignedIn, cookie: bool, origin: &Origin) -> Result<Response> {
    let SignedIn { access_token, refresh_token, ends_at } = signed_in;
    let shown = (!cookie).then(|| refresh_token.expose_secret().to_owned());
    let tokens = TokensView {
        access_token: access_token.expose_secret().to_owned(),
        refresh_token: shown,
        expires_in: access::LIFETIME.as_secs().unsigned_abs(),
        token_type: "Bearer".to_owned(),
    };
    if !cookie {
        return Ok(Json(tokens).into_response());
    }
    let cookie = origin.set_cookie(&refresh_token, ends_at, clock::now())?;
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Json(tokens)).into_response())
}
