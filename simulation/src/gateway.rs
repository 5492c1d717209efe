//! The network outside: requests and answers take their time and may get lost; sockets may be cut.

use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use axum::body::Body;
use http::Request;
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use crate::{
    functions::{self, Answer, Http},
    world::{try_world, world},
};

/// No answer came.
#[derive(Debug)]
pub(crate) struct Lost;

/// Asks a function over the network. What was asked goes on although the asker may be gone.
pub(crate) async fn ask(
    which: Http,
    name: String,
    request: Request<Body>,
    patience: Duration,
) -> Result<Answer, Lost> {
    let world = world();
    let faults = &world.plan.faults;
    sleep(world.millis(1..10)).await;
    if world.fault("request lost", faults.request_lost) {
        sleep(patience).await;
        return Err(Lost);
    }
    let lost = world.fault("answer lost", faults.answer_lost);
    let (tell, told) = oneshot::channel();
    world.spawn(async move {
        let _ = tell.send(functions::http(which, &name, request).await);
    });
    let answer = timeout(patience, told).await.map_err(|_| Lost)?.map_err(|_| Lost)?;
    sleep(world.millis(1..10)).await;
    if lost { Err(Lost) } else { Ok(answer) }
}

/// One open socket, at the client's end.
pub(crate) struct Socket {
    id: String,
    frames: mpsc::UnboundedReceiver<String>,
}

impl Socket {
    /// Connects with a ticket.
    pub(crate) async fn connect(ticket: &str) -> Option<Self> {
        let world = world();
        sleep(world.millis(1..10)).await;
        let id = format!("c{:06}", world.next_number());
        let mut connect = event(&id, "CONNECT");
        connect.query_string_parameters = format!("ticket={ticket}").parse().ok()?;
        if functions::socket("connect", connect).await != 200 {
            return None;
        }
        let (push, frames) = mpsc::unbounded_channel();
        world.models.borrow_mut().sockets.insert(id.clone(), push);
        Some(Self { id, frames })
    }

    pub(crate) async fn next(&mut self) -> Option<String> {
        self.frames.recv().await
    }

    /// Says something, and does not wait for what becomes of it.
    pub(crate) fn say(&self, name: &'static str, text: String) {
        let mut message = event(&self.id, "MESSAGE");
        message.body = Some(text);
        let world = world();
        let delay = world.millis(1..10);
        world.spawn(async move {
            sleep(delay).await;
            functions::socket(name, message).await;
        });
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Some(world) = try_world() else { return };
        world.models.borrow_mut().sockets.remove(&self.id);
        // The gateway tells of most ends.
        if world.fault("end of a socket untold", world.plan.faults.socket_cut) {
            return;
        }
        let event = event(&self.id, "DISCONNECT");
        world.spawn(async move {
            functions::socket("disconnect", event).await;
        });
    }
}

fn event(id: &str, kind: &str) -> ApiGatewayWebsocketProxyRequest {
    let mut event = ApiGatewayWebsocketProxyRequest::default();
    event.request_context.connection_id = Some(id.to_owned());
    event.request_context.event_type = Some(kind.to_owned());
    event
}
