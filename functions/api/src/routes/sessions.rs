use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use domain::{
    id::FamilyId,
    view::{Page, SessionView},
};
use http::{StatusCode, header::SET_COOKIE};

use crate::{
    edge::{ManageOwnLogins, May, Origin, Path, Query},
    error::Result,
    input::{Nothing, PageQuery},
    services::Shared,
};

/// List where I am signed in, newest first.
///
/// A page may be short, or even empty, although more follows: go on while there is a `next_cursor`.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions", params(PageQuery),
    responses((status = 200, body = Page<SessionView>)))]
pub(crate) async fn list_sessions(
    caller: May<ManageOwnLogins>,
    State(services): State<Shared>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SessionView>>> {
    Ok(Json(services.list_sessions(&caller, query).await?))
}

/// End one of my sign-ins.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "sessions", params(("id" = FamilyId, Path)),
    responses((status = 204, description = "Its refresh token is dead; its access token ends within ten minutes.")))]
pub(crate) async fn end_session(
    caller: May<ManageOwnLogins>,
    State(services): State<Shared>,
    Path(id): Path<FamilyId>,
    origin: Origin,
    _: Query<Nothing>,
) -> Result<StatusCode> {
    services.end_session(&caller, id, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out everywhere, here too.
#[utoipa::path(delete, path = "/v1/sessions", tag = "sessions",
    responses((status = 204, description = "All refresh tokens are dead; access tokens end within ten minutes.")))]
pub(crate) async fn end_sessions(
    caller: May<ManageOwnLogins>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
) -> Result<impl IntoResponse> {
    services.end_sessions(&caller, &origin).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, origin.clear_cookie()?)])))
}
