//! Sockets: who connects, what they follow, and the heads that tell a client whether it has everything.
//!
//! The server never replays: it answers `subscribe` and `ping` with heads, and whoever lacks something reads REST.

mod frames;

use auth::ticket;
use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use push::Pusher;
use runtime::{Chain, Runtime};
use store::{Connection, Store, StoreError};

/// The one door: `$connect`, `$disconnect` and every frame in between.
#[derive(Clone, Debug)]
pub struct Sockets {
    store: Store,
    pusher: Pusher,
}

impl Sockets {
    /// Over the clients of a function.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Self {
        Self {
            store: Store::new(runtime.clients.dynamodb.clone(), &runtime.settings.table),
            pusher: Pusher::new(runtime),
        }
    }

    /// Handles one event of API Gateway.
    ///
    /// # Errors
    /// Never: a failure is an answer, since what API Gateway shows for a broken function helps nobody.
    pub async fn handle(
        &self,
        event: ApiGatewayWebsocketProxyRequest,
    ) -> Result<ApiGatewayProxyResponse, lambda_runtime::Error> {
        let id = event.request_context.connection_id.clone().unwrap_or_default();
        let status = match event.request_context.event_type.as_deref() {
            Some("CONNECT") => self.connect(&id, &event).await,
            Some("DISCONNECT") => self.disconnect(&id).await,
            Some(_) | None => self.message(&id, event.body.as_deref().unwrap_or_default()).await,
        };
        let mut answer = ApiGatewayProxyResponse::default();
        answer.status_code = status;
        Ok(answer)
    }

    /// Lets in who brings a ticket. It is gone afterwards, whatever comes of it.
    async fn connect(&self, id: &str, event: &ApiGatewayWebsocketProxyRequest) -> i64 {
        let Some(text) = event.query_string_parameters.first("ticket") else { return 401 };
        let Ok(hash) = ticket::parse(text) else { return 401 };
        let now = runtime::clock::now();
        let taken = match self.store.take_ticket(&hash.to_string()).await {
            Ok(taken) => taken,
            Err(StoreError::NotFound) => return 401,
            Err(err) => return unavailable(&err),
        };
        if ticket::check(taken.expires, now).is_err() {
            return 401;
        }
        let connection = Connection { id: id.to_owned(), user: taken.user, role: taken.role };
        match self.store.connect(&connection, now).await {
            Ok(()) => 200,
            Err(err) => unavailable(&err),
        }
    }

    async fn disconnect(&self, id: &str) -> i64 {
        match self.store.disconnect(id).await {
            Ok(()) => 200,
            Err(err) => unavailable(&err),
        }
    }
}

fn unavailable(err: &StoreError) -> i64 {
    tracing::error!(error = %Chain(err), "a socket's request failed");
    503
}
