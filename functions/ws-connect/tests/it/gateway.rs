//! What API Gateway asks of the function, and clients that speak through it.

use auth::ticket;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use domain::id::UserId;
use jiff::SignedDuration;
use runtime::clock;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use store::Ticket;
use testkit::World;
use ws_connect::Sockets;

pub(crate) struct Gateway {
    pub(crate) world: World,
    sockets: Sockets,
}

/// Somebody's open socket.
pub(crate) struct Client<'a> {
    gateway: &'a Gateway,
    pub(crate) id: String,
}

impl Gateway {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let sockets = Sockets::new(&world.runtime);
        Self { world, sockets }
    }

    /// A ticket that holds for so long.
    pub(crate) async fn ticket(&self, user: UserId, life: SignedDuration) -> String {
        let issued = ticket::issue(clock::now());
        let expires = clock::now() + life;
        let ticket = Ticket { user, role: "member".to_owned(), expires };
        self.world.store.put_ticket(&issued.hash.to_string(), &ticket).await.unwrap();
        issued.text.expose_secret().to_owned()
    }

    pub(crate) async fn connect(&self, id: &str, query: &str) -> i64 {
        let mut event = event(id, "CONNECT");
        event.query_string_parameters = query.parse().unwrap();
        self.handle(event).await
    }

    pub(crate) async fn disconnect(&self, id: &str) -> i64 {
        self.handle(event(id, "DISCONNECT")).await
    }

    pub(crate) async fn message(&self, id: &str, body: &str) -> i64 {
        let mut event = event(id, "MESSAGE");
        event.body = Some(body.to_owned());
        self.handle(event).await
    }

    async fn handle(&self, event: ApiGatewayWebsocketProxyRequest) -> i64 {
        self.sockets.handle(event).await.unwrap().status_code
    }

    pub(crate) async fn client(&self, id: &str, user: UserId) -> Client<'_> {
        let ticket = self.ticket(user, ticket::LIFETIME).await;
        assert_eq!(self.connect(id, &format!("ticket={ticket}")).await, 200);
        Client { gateway: self, id: id.to_owned() }
    }
}

impl Client<'_> {
    /// Says something, and hears what it is answered at once.
    pub(crate) async fn say(&self, text: &str) -> Vec<Value> {
        let before = self.heard().len();
        assert_eq!(self.gateway.message(&self.id, text).await, 200, "the socket stays");
        self.heard().split_off(before)
    }

    /// Says something that has one answer.
    pub(crate) async fn ask(&self, frame: &Value) -> Value {
        let [answer] = self.say(&frame.to_string()).await.try_into().unwrap();
        answer
    }

    pub(crate) fn heard(&self) -> Vec<Value> {
        self.gateway.world.cloud().frames_of(&self.id)
    }
}

fn event(id: &str, kind: &str) -> ApiGatewayWebsocketProxyRequest {
    let mut event = ApiGatewayWebsocketProxyRequest::default();
    event.request_context.connection_id = Some(id.to_owned());
    event.request_context.event_type = Some(kind.to_owned());
    event
}
