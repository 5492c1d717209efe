//! The only way to the model: a loopback proxy that takes the run's phantom key and sends on the real one.

use std::{io, net::Ipv4Addr, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::{
    client::{reason, streaming_client},
    random::random_name,
};

/// All that an agent may ask of the model's service.
const PATHS: [&str; 2] = ["/v1/messages", "/v1/messages/count_tokens"];

/// Meant for one connection only (RFC 9110, 7.6.1); `Connection` may name more.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A proxy that is bound, but not yet served.
pub(crate) struct Proxy {
    listener: TcpListener,
    /// What the agent gets as `ANTHROPIC_BASE_URL`.
    pub url: String,
    /// What the agent gets as `ANTHROPIC_API_KEY`; worth nothing anywhere else.
    pub phantom: String,
    door: Arc<Door>,
}

struct Door {
    client: reqwest::Client,
    upstream: String,
    /// None: this installation has no key, and every request is answered so.
    key: Option<HeaderValue>,
    phantom: [u8; 32],
}

impl Proxy {
    pub(crate) async fn bind(upstream: &Url, key: Option<&SecretString>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let phantom = format!("errand-{}", random_name()?);
        let key = key.map(|key| {
            let mut value = HeaderValue::from_str(key.expose_secret())
                .context("ANTHROPIC_API_KEY must be printable")?;
            value.set_sensitive(true);
            anyhow::Ok(value)
        });
        let door = Door {
            client: streaming_client(upstream)?,
            upstream: upstream.as_str().trim_end_matches('/').to_owned(),
            key: key.transpose()?,
            phantom: digest(phantom.as_bytes()),
        };
        Ok(Self { listener, url, phantom, door: Arc::new(door) })
    }

    pub(crate) async fn serve(self) -> io::Result<()> {
        let app = Router::new().fallback(handle).with_state(self.door);
        // The pieces of a stream are small, and each one counts.
        let listener = self.listener.tap_io(|socket| {
            if let Err(err) = socket.set_nodelay(true) {
                tracing::debug!(%err, "no TCP_NODELAY");
            }
        });
        axum::serve(listener, app).await
    }
}

async fn handle(State(door): State<Arc<Door>>, request: Request) -> Response {
    if !door.knows(request.headers()) {
        return refusal(
            StatusCode::FORBIDDEN,
            "permission_error",
            "this is not the key of this run",
        );
    }
    if !PATHS.contains(&request.uri().path()) || request.method() != Method::POST {
        return refusal(
            StatusCode::NOT_FOUND,
            "not_found_error",
            "a run may ask for messages only",
        );
    }
    let Some(key) = door.key.clone() else {
        let message = "this installation has no model key";
        return refusal(StatusCode::UNAUTHORIZED, "authentication_error", message);
    };
    door.forward(request, key).await
}

impl Door {
    fn knows(&self, headers: &HeaderMap) -> bool {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let key = headers.get(API_KEY).map(HeaderValue::as_bytes).or(bearer);
        // Digests are compared, so that the time tells nothing about the key.
        key.is_some_and(|key| digest(key) == self.phantom)
    }

    async fn forward(&self, request: Request, key: HeaderValue) -> Response {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let mut headers = end_to_end(&parts.headers);
        for own in [header::HOST, header::AUTHORIZATION] {
            headers.remove(own);
        }
        headers.insert(API_KEY, key);
        let answer = self
            .client
            .post(format!("{}{target}", self.upstream))
            .headers(headers)
            .body(reqwest::Body::wrap_stream(body.into_data_stream()))
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = answer.status();
                *response.headers_mut() = end_to_end(answer.headers());
                *response.body_mut() = Body::from_stream(answer.bytes_stream());
                response
            }
            Err(err) => {
                tracing::warn!(why = reason(&err), "the model's service cannot be reached");
                let message = "the model's service cannot be reached";
                refusal(StatusCode::BAD_GATEWAY, "api_error", message)
            }
        }
    }
}

/// The headers that are meant for the other end.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let hop = |name: &HeaderName| {
        HOP_BY_HOP.contains(&name.as_str()) || named.iter().any(|named| named == name.as_str())
    };
    headers
        .iter()
        .filter(|(name, _)| !hop(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// An error as the model's service writes them.
fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = json!({"type": "error", "error": {"type": kind, "message": message}});
    (status, axum::Json(body)).into_response()
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_connection_stay_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Private"),
            ("x-private", "1"),
            ("transfer-encoding", "chunked"),
            ("anthropic-version", "2023-06-01"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let kept: Vec<_> = end_to_end(&headers).keys().map(ToString::to_string).collect();
        assert_eq!(kept, ["anthropic-version"]);
    }
}
