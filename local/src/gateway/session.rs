//! One WebSocket from its handshake to its end.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::{apigw::ApiGatewayProxyResponse, encodings::Body};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use domain::problem::Code;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{
        CONNECTION, CONTENT_TYPE, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};
use http_body_util::Full;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error as SocketError, Message,
        error::CapacityError,
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{
    Answer, Gateway, Origin, broken, problem,
    socket_event::About,
    sockets::{Outgoing, Socket},
};
use crate::lambda;

/// Limits of API Gateway.
const MAX_MESSAGE: usize = 128 << 10;
const MAX_FRAME: usize = 32 << 10;
/// So long may the other side take to agree to the end.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long a connection may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    pub(crate) life: Duration,
}

/// Why a connection ended.
struct End {
    code: CloseCode,
    reason: &'static str,
    /// Whether the other side is still there to be told.
    tell: bool,
}

impl End {
    const fn told(code: CloseCode, reason: &'static str) -> Self {
        Self { code, reason, tell: true }
    }

    const BROKEN: Self = Self { code: CloseCode::Abnormal, reason: "connection lost", tell: false };
}

/// Answers the handshake: the function decides whether there is a connection.
pub(super) async fn open(
    gateway: Arc<Gateway>,
    mut request: Request<Incoming>,
    origin: Origin,
) -> Answer {
    let Some(key) = handshake_key(request.headers()) else {
        let mut refusal = problem(Code::BadRequest, "this is a WebSocket", &origin.request_id);
        *refusal.status_mut() = StatusCode::UPGRADE_REQUIRED;
        refusal.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        return refusal;
    };
    if gateway.sockets.closing.is_cancelled() {
        return problem(Code::Unavailable, "the server is ending", &origin.request_id);
    }
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let about = match connection_id() {
        Ok(id) => About::new(id, &parts, origin),
        Err(error) => return broken(&origin, &lambda::InvokeError::Failed(error.to_string())),
    };
    let event = lambda::event(about.connect(&parts));
    let decision = match lambda::invoke((gateway.functions.sockets)(event)).await {
        Ok(decision) => decision,
        Err(error) => return broken(&about.origin, &error),
    };
    if !(200..300).contains(&decision.status_code) {
        return refusal(decision);
    }
    let sessions = gateway.sockets.sessions.clone();
    sessions.spawn(live(gateway, about, upgrade));
    accept(&key, &decision)
}

fn handshake_key(headers: &HeaderMap) -> Option<String> {
    let has = |name: HeaderName, token: &str| {
        let values = headers.get_all(name);
        let mut tokens = values.iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
        tokens.any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    let asks = has(UPGRADE, "websocket") && has(CONNECTION, "upgrade");
    let key = headers.get(SEC_WEBSOCKET_KEY)?.to_str().ok()?;
    (asks && has(SEC_WEBSOCKET_VERSION, "13") && !key.is_empty()).then(|| key.to_owned())
}

fn connection_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn accept(key: &str, decision: &ApiGatewayProxyResponse) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(protocol) = decision.headers.get(SEC_WEBSOCKET_PROTOCOL) {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol.clone());
    }
    response
}

fn refusal(decision: ApiGatewayProxyResponse) -> Answer {
    let body = match decision.body {
        Some(Body::Text(text)) => Bytes::from(text),
        _ => Bytes::new(),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = u16::try_from(decision.status_code)
        .ok()
        .and_then(|code| StatusCode::from_u16(code).ok())
        .filter(|status| status.is_client_error() || status.is_server_error())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = decision.headers.get(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, kind.clone());
    }
    response
}

async fn live(gateway: Arc<Gateway>, about: About, upgrade: OnUpgrade) {
    let end = match upgrade.await {
        Ok(stream) => {
            // The buffers are taken at once, for each of many connections that mostly say little.
            let config = WebSocketConfig::default()
                .read_buffer_size(4 << 10)
                .write_buffer_size(4 << 10)
                .max_message_size(Some(MAX_MESSAGE))
                .max_frame_size(Some(MAX_FRAME));
            let stream = TokioIo::new(stream);
            let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
            converse(&gateway, &about, stream).await
        }
        Err(_) => End::BROKEN,
    };
    let event = lambda::event(about.disconnect(end.code.into(), end.reason));
    if let Err(error) = lambda::invoke((gateway.functions.sockets)(event)).await {
        tracing::warn!(connection = about.id, %error, "$disconnect failed");
    }
}

async fn converse<S>(gateway: &Gateway, about: &About, stream: S) -> End
where
    S: Stream<Item = Result<Message, SocketError>> + Sink<Message, Error = SocketError>,
{
    let (socket, messages) = gateway.sockets.insert(about);
    let (mut sink, mut stream) = stream.split();
    let end = tokio::select! {
        end = listen(gateway, about, &socket, &mut stream) => end,
        _ = speak(messages, &mut sink) => End::BROKEN,
        () = tokio::time::sleep(gateway.limits.life) => {
            End::told(CloseCode::Away, "connection duration limit reached")
        }
        () = socket.close.cancelled() => End::told(CloseCode::Normal, "closed by the service"),
        () = gateway.sockets.closing.cancelled() => End::told(CloseCode::Away, "going away"),
    };
    gateway.sockets.remove(&about.id);
    if end.tell {
        let frame = CloseFrame { code: end.code, reason: end.reason.into() };
        let goodbye = async {
            let _ = sink.send(Message::Close(Some(frame))).await;
            while let Some(Ok(_)) = stream.next().await {}
        };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }
    end
}

/// Takes what the client says, one message after the other: a client that floods waits for itself.
async fn listen(
    gateway: &Gateway,
    about: &About,
    socket: &Socket,
    stream: &mut (impl Stream<Item = Result<Message, SocketError>> + Unpin),
) -> End {
    loop {
        let Ok(message) = tokio::time::timeout(gateway.limits.idle, stream.next()).await else {
            return End::told(CloseCode::Away, "idle for too long");
        };
        socket.touch();
        let event = match message {
            Some(Ok(Message::Text(text))) => about.message(text.as_str().to_owned(), false),
            Some(Ok(Message::Binary(bytes))) => about.message(STANDARD.encode(bytes), true),
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or(CloseCode::Status, |frame| frame.code);
                return End { code, reason: "closed by the client", tell: false };
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Err(error)) => return refused(&error),
            None => return End::BROKEN,
        };
        if let Err(error) = lambda::invoke((gateway.functions.sockets)(lambda::event(event))).await
        {
            tracing::error!(connection = about.id, %error, "a message was not handled");
        }
    }
}

fn refused(error: &SocketError) -> End {
    match error {
        SocketError::Capacity(CapacityError::MessageTooLong { .. }) => {
            End::told(CloseCode::Size, "the message is too big")
        }
        SocketError::Utf8(_) => End::told(CloseCode::Invalid, "not UTF-8"),
        SocketError::Protocol(_) => End::told(CloseCode::Protocol, "not a WebSocket frame"),
        _ => End::BROKEN,
    }
}

/// Sends what is in the queue; all that waits goes out in one write.
async fn speak(
    mut messages: mpsc::Receiver<Outgoing>,
    sink: &mut (impl Sink<Message, Error = SocketError> + Unpin),
) -> Result<(), SocketError> {
    while let Some(first) = messages.recv().await {
        let mut next = Some(first);
        while let Some(Outgoing { text, room }) = next {
            sink.feed(Message::text(text)).await?;
            drop(room);
            next = messages.try_recv().ok();
        }
        sink.flush().await?;
    }
    // The queue is never closed before the connection is.
    std::future::pending().await
}
