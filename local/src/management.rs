//! The management API of the WebSocket API: how a function speaks to a client.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::{
    aws_service::{self, AwsService},
    gateway::{Refused, Sockets},
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
                    return aws_service::error(StatusCode::BAD_REQUEST, "BadRequestException", why);
                };
                if text.len() > MAX_MESSAGE {
                    let (status, code) =
                        (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException");
                    return aws_service::error(status, code, "a message has at most 128 KB");
                }
                match socket.send(text) {
                    Ok(()) => aws_service::answer(StatusCode::OK, Vec::new()),
                    Err(Refused::Gone) => gone(),
                    Err(Refused::Full) => {
                        let (status, code) =
                            (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException");
                        aws_service::error(status, code, "the client reads too slowly")
                    }
                }
            }
            Method::GET => aws_service::ok(&json!({
                "connectedAt": socket.connected_at.to_string(),
                "lastActiveAt": socket.last_active().to_string(),
                "identity": { "sourceIp": socket.source_ip, "userAgent": socket.user_agent },
            })),
            Method::DELETE => {
                socket.close();
                aws_service::answer(StatusCode::NO_CONTENT, Vec::new())
            }
            _ => aws_service::error(
                StatusCode::METHOD_NOT_ALLOWED,
                "BadRequestException",
                "no such call",
            ),
        }
    }
}

fn gone() -> Response<Full<Bytes>> {
    aws_service::error(StatusCode::GONE, "GoneException", "the connection is gone")
}
