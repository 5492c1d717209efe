//! What happens on a WebSocket, as the events of a WebSocket API.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use http::{header::USER_AGENT, request::Parts};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Origin, http_event};

/// A connection as its events tell of it.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) id: String,
    pub(super) connected_at: Timestamp,
    pub(super) origin: Origin,
    pub(super) user_agent: Option<String>,
}

impl About {
    pub(super) fn new(id: String, parts: &Parts, origin: Origin) -> Self {
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let user_agent = agent.map(str::to_owned);
        Self { id, connected_at: runtime::clock::now(), origin, user_agent }
    }

    pub(super) fn connect(&self, parts: &Parts) -> ApiGatewayWebsocketProxyRequest {
        let mut event = self.event("$connect", "CONNECT");
        event.headers = http_event::headers(&parts.headers, &self.origin);
        event.multi_value_headers = event.headers.clone();
        event.query_string_parameters =
            parts.uri.query().unwrap_or_default().parse().unwrap_or_default();
        event.multi_value_query_string_parameters = event.query_string_parameters.clone();
        event
    }

    pub(super) fn message(
        &self,
        body: String,
        is_base64_encoded: bool,
    ) -> ApiGatewayWebsocketProxyRequest {
        let mut event = self.event("$default", "MESSAGE");
        event.request_context.message_id = Some(Uuid::now_v7().to_string());
        event.body = Some(body);
        event.is_base64_encoded = is_base64_encoded;
        event
    }

    pub(super) fn disconnect(&self, code: u16, reason: &str) -> ApiGatewayWebsocketProxyRequest {
        let mut event = self.event("$disconnect", "DISCONNECT");
        event.request_context.disconnect_status_code = Some(i64::from(code));
        event.request_context.disconnect_reason = Some(reason.to_owned());
        event
    }

    fn event(&self, route: &str, kind: &str) -> ApiGatewayWebsocketProxyRequest {
        let now = runtime::clock::now();
        let mut event = ApiGatewayWebsocketProxyRequest::default();
        let context = &mut event.request_context;
        context.route_key = Some(route.to_owned());
        context.event_type = Some(kind.to_owned());
        context.message_direction = Some("IN".to_owned());
        context.stage = Some("local".to_owned());
        context.apiid = Some("local".to_owned());
        context.connection_id = Some(self.id.clone());
        context.connected_at = self.connected_at.as_millisecond();
        context.domain_name = Some(self.origin.host.clone());
        let request_id = Uuid::now_v7().to_string();
        context.extended_request_id = Some(request_id.clone());
        context.request_id = Some(request_id);
        context.request_time = Some(now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string());
        context.request_time_epoch = now.as_millisecond();
        context.identity.source_ip = Some(self.origin.peer.ip().to_string());
        context.identity.user_agent.clone_from(&self.user_agent);
        event
    }
}
