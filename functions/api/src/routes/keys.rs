use axum::{Json, extract::State, response::Response};
use domain::{
    id::KeyId,
    view::{KeyView, NewKeyView, Page, TicketView},
};
use http::StatusCode;

use crate::{
    api_keys::KeyRequest,
    edge::{Keyed, ManageOwnKeys, May, Origin, Path, Query, ReadTasks},
    error::Result,
    input::Nothing,
    services::Shared,
};

/// Make an API key.
///
/// Its secret is shown this once, and to who repeats the request under its `Idempotency-Key`. A key does what its user may,
/// except to manage keys, sign-ins and accounts; with the scope `read` it changes nothing at all.
#[utoipa::path(post, path = "/v1/keys", tag = "keys", request_body = KeyRequest,
    responses((status = 201, body = NewKeyView),
        (status = 409, description = "The same request made it before, and its answer is not known any more.")))]
pub(crate) async fn create_key(
    caller: May<ManageOwnKeys>,
    State(services): State<Shared>,
    origin: Origin,
    _: Query<Nothing>,
    Keyed { once, body: request }: Keyed<KeyRequest>,
) -> Result<Response> {
    let act = |turn| services.create_key(&caller, turn, request, &origin);
    services.once(&caller, once, StatusCode::CREATED, act).await
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
/// It works once, within half a minute. A repeat under the same `Idempotency-Key` gets the same ticket, used or not.
#[utoipa::path(post, path = "/v1/tickets", tag = "socket", responses((status = 201, body = TicketView)))]
pub(crate) async fn create_ticket(
    caller: May<ReadTasks>,
    State(services): State<Shared>,
    _: Query<Nothing>,
    Keyed { once, body: Nothing }: Keyed<Nothing>,
) -> Result<Response> {
    services.once(&caller, once, StatusCode::CREATED, |_| services.create_ticket(&caller)).await
}
