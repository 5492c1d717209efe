use axum::{Json, extract::State, response::Response};
use domain::{
    id::UserId,
    view::{AuditView, InvitedView, LinkView, Page, PartsView, UserView},
};
use http::StatusCode;

use crate::{
    edge::{Body, Keyed, ManageUsers, May, Origin, Path, Query, ReadQueue},
    error::Result,
    input::{Nothing, PageQuery},
    services::Shared,
    users::{Invitation, UserChange},
};

/// List all accounts, newest first.
#[utoipa::path(get, path = "/v1/users", tag = "users", params(PageQuery),
    responses((status = 200, body = Page<UserView>)))]
pub(crate) async fn list_users(
    caller: May<ManageUsers>,
    State(services): State<Shared>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<UserView>>> {
    Ok(Json(services.list_users(&caller, query).await?))
}

/// Invite somebody.
///
/// Give them the link: with it they choose a password within seven days. It is shown this once, and to who repeats the
/// request under its `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/users", tag = "users", request_body = Invitation,
    responses((status = 201, body = InvitedView), (status = 409, description = "Somebody has this mail address.")))]
pub(crate) async fn invite_user(
    caller: May<ManageUsers>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Keyed { once, body: invitation }: Keyed<Invitation>,
) -> Result<Response> {
    let act = |turn| services.invite(&caller, turn, invitation, &origin);
    services.once(&caller, once, StatusCode::CREATED, act).await
}

/// Change somebody's role, or disable or enable an account.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "users", params(("id" = UserId, Path)),
    request_body = UserChange,
    responses((status = 200, body = UserView), (status = 409, description = "Nobody else could sign in as an admin.")))]
pub(crate) async fn change_user(
    caller: May<ManageUsers>,
    State(services): State<Shared>,
    Path(id): Path<UserId>,
    origin: Origin,
    _: Query<Nothing>,
    Body(change): Body<UserChange>,
) -> Result<Json<UserView>> {
    Ok(Json(services.change_user(&caller, id, change, &origin).await?))
}

/// Make a link by which somebody chooses a new password.
///
/// It is shown this once, and to who repeats the request under its `Idempotency-Key`; it works once within seven days.
#[utoipa::path(post, path = "/v1/users/{id}/link", tag = "users", params(("id" = UserId, Path)),
    responses((status = 201, body = LinkView)))]
pub(crate) async fn link_user(
    caller: May<ManageUsers>,
    State(services): State<Shared>,
    Path(id): Path<UserId>,
    origin: Origin,
    _: Query<Nothing>,
    Keyed { once, body: Nothing }: Keyed<Nothing>,
) -> Result<Response> {
    let act = |_| services.link_user(&caller, id, &origin);
    services.once(&caller, once, StatusCode::CREATED, act).await
}

/// List who did what, newest first. Entries are kept for 400 days.
#[utoipa::path(get, path = "/v1/audit", tag = "users", params(PageQuery),
    responses((status = 200, body = Page<AuditView>)))]
pub(crate) async fn list_audit(
    caller: May<ManageUsers>,
    State(services): State<Shared>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AuditView>>> {
    Ok(Json(services.list_audit(&caller, query).await?))
}

/// How is each part of the service?
#[utoipa::path(get, path = "/v1/health", tag = "meta", responses((status = 200, body = PartsView)))]
pub(crate) async fn parts(
    _: May<ReadQueue>,
    State(services): State<Shared>,
    _: Query<Nothing>,
) -> Result<Json<PartsView>> {
    // Boxed: three clients of AWS at once make a large future.
    Ok(Json(Box::pin(services.parts()).await))
}
