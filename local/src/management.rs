//! The management API of the WebSocket API: how a function speaks to a client.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::{
    gateway::{Refused, Sockets},
    signed::{self, AwsService},
};

const MAX_MESSAGE: usize = 128 << 10;

pub(crate) struct Management(pub(crate) Arc<Sockets>);

impl AwsService for Management {
    async fn call(&self, request: Request<Bytes>) -> Response<Full<Bytes>> {
        let path = request.uri().path().replace("%40", "@");
        let socket = path.strip_prefix("/@connections/").and_then(|id| self.0.get(id));
        let Some(socket) = socket else { return gone() };
        match *request.method() {
            Method::POST => {
                let Ok(text) = String::from_utf8(request.into_body().into()) else {
                    let why = "a message is text";
                    return signed::error(StatusCode::BAD_REQUEST, "BadRequestException", why);
                };
                if text.len() > MAX_MESSAGE {
                    let (status, code) =
                        (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException");
                    return signed::error(status, code, "a message has at most 128 KB");
                }
                match socket.send(text) {
                    Ok(()) => signed::answer(StatusCode::OK, Vec::new()),
                    Err(Refused::Gone) => gone(),
                    Err(Refused::Full) => {
                        let (status, code) =
                            (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException");
                        signed::error(status, code, "the client reads too slowly")
                    }
                }
            }
            Method::GET => signed::ok(&json!({
                "connectedAt": socket.connected_at.to_string(),
                "lastActiveAt": socket.last_active().to_string(),
                "identity": { "sourceIp": socket.source_ip, "userAgent": socket.user_agent },
            })),
            Method::DELETE => {
                socket.close();
                signed::answer(StatusCode::NO_CONTENT, Vec::new())
            }
            _ => {
                signed::error(StatusCode::METHOD_NOT_ALLOWED, "BadRequestException", "no such call")
            }
        }
    }
}

fn gone() -> Response<Full<Bytes>> {
    signed::error(StatusCode::GONE, "GoneException", "the connection is gone")
}
