use axum::{Json, extract::State};
use domain::{
    id::KeyId,
    view::{KeyView, NewKeyView, Page, TicketView},
};
use http::StatusCode;

use crate::{
    api_keys::KeyRequest,
    edge::{Body, IdempotencyKey, ManageOwnKeys, May, Origin, Path, Query, ReadTasks},
    error::Result,
    input::Nothing,
    services::Shared,
};

/// Make an API key.
///
/// Its secret is shown this once, and kept nowhere: with an `Idempotency-Key` a repeat is refused with `made_before` and
/// makes no second key. A key does what its user may, except to manage keys, sign-ins and accounts; with the scope `read`
/// it changes nothing at all.
#[utoipa::path(post, path = "/v1/keys", tag = "keys", request_body = KeyRequest,
    responses((status = 201, body = NewKeyView), (status = 409, description = "The same request made it before.")))]
pub(crate) async fn create_key(
    caller: May<ManageOwnKeys>,
    State(services): State<Shared>,
    origin: Origin,
    once: IdempotencyKey,
    _: Query<Nothing>,
    Body(request): Body<KeyRequest>,
) -> Result<(StatusCode, Json<NewKeyView>)> {
    let once = once.hash(caller.user);
    let key = services.create_key(&caller, once.as_ref(), request, &origin).await?;
    Ok((StatusCode::CREATED, Json(key)))
}

/// List my API keys.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", responses((status = 200, body = Page<KeyView>)))]
pub(crate) async fn list_keys(
    caller: May<ManageOwnKeys>,
    State(services): State<Shared>,
    _: Query<Nothing>,
) -> Result<Json<Page<KeyView>>> {
    Ok(Json(services.list_keys(&caller).await?))
}

/// Revoke an API key.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "keys", params(("id" = KeyId, Path)),
    responses((status = 204, description = "It works no longer.")))]
pub(crate) async fn delete_key(
    caller: May<ManageOwnKeys>,
    State(services): State<Shared>,
    Path(id): Path<KeyId>,
    origin: Origin,
    _: Query<Nothing>,
) -> Result<StatusCode> {
    services.delete_key(&caller, id, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get a ticket for one WebSocket.
///
/// It works once, within half a minute. A repeat makes another; the first ends by itself.
#[utoipa::path(post, path = "/v1/tickets", tag = "socket", responses((status = 201, body = TicketView)))]
pub(crate) async fn create_ticket(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    _: Query<Nothing>,
    _: Body<Nothing>,
) -> Result<(StatusCode, Json<TicketView>)> {
    Ok((StatusCode::CREATED, Json(services.create_ticket(&caller).await?)))
}
