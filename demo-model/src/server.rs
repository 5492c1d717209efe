//! The HTTP side.

use std::{panic, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request as HttpRequest, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    Options,
    api_error::{ApiError, REQUEST_ID, request_id},
    conversation::Conversation,
    delivery,
    directive::{self, Directives},
    fault::{Call, Kind, Strikes},
    journal::{self, Entry, Journal},
    play,
    reply::Reply,
    request::Request,
};

/// A conversation carries all its tool results along; the API itself takes 32 MB.
const MAX_BODY: usize = 64 << 20;

#[derive(Debug)]
struct Server {
    options: Options,
    strikes: Strikes,
    journal: Journal,
    cut: CancellationToken,
}

pub(crate) fn router(options: Options, cut: CancellationToken) -> Router {
    let server = Server { options, strikes: Strikes::default(), journal: Journal::default(), cut };
    Router::new()
        .route("/", get(root))
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/__demo/requests", get(requests))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Arc::new(server))
}

async fn root() -> &'static str {
    "The demo model: a scripted stand-in for the Anthropic Messages API. No model is behind it.\n"
}

async fn requests(State(server): State<Arc<Server>>) -> Result<Json<Vec<Entry>>, ApiError> {
    if !server.options.journal {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "no journal is kept"));
    }
    Ok(Json(server.journal.entries()))
}

async fn not_found(State(server): State<Arc<Server>>, request: HttpRequest) -> ApiError {
    let entry = Entry::new(request.method(), request.uri(), request.headers());
    server.record(entry);
    ApiError::new(StatusCode::NOT_FOUND, "the demo model serves only /v1/messages")
}

async fn count_tokens(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    server.record(Entry::new(&method, &uri, &headers));
    server.check_key(&headers)?;
    // Four bytes a token is the usual rule of thumb.
    Ok(Json(json!({"input_tokens": body.len() / 4})))
}

async fn messages(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let mut entry = Entry::new(&method, &uri, &headers);
    let exchange =
        server.check_key(&headers).and_then(|()| server.prepare(&headers, &body, &mut entry));
    server.record(entry);
    server.answer(exchange?).await
}

/// A request that was understood.
struct Exchange {
    reply: Reply,
    stream: bool,
    delay: Duration,
    fault: Option<Kind>,
}

impl Server {
    fn record(&self, entry: Entry) {
        if self.options.journal {
            self.journal.record(entry);
        }
    }

    fn check_key(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(required) = &self.options.required_key else { return Ok(()) };
        let bearer = journal::text(headers, "authorization");
        let bearer = bearer.as_deref().and_then(|value| value.strip_prefix("Bearer "));
        let key = journal::text(headers, "x-api-key");
        if [key.as_deref(), bearer].contains(&Some(required)) {
            return Ok(());
        }
        Err(ApiError::new(StatusCode::UNAUTHORIZED, "invalid x-api-key"))
    }

    fn prepare(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        entry: &mut Entry,
    ) -> Result<Exchange, ApiError> {
        let request: Request = serde_json::from_slice(body)
            .map_err(|error| ApiError::bad_request(format!("not a Messages request: {error}")))?;
        let (model, stream) = (request.model.clone(), request.stream);
        let conversation = Conversation::read(request);
        entry.model = Some(model.clone());
        entry.stream = stream;
        entry.turn = Some(conversation.turn);
        entry.prompt = Some(conversation.prompt.chars().take(200).collect());

        let directives = directive::parse(&conversation.prompt).map_err(ApiError::bad_request)?;
        let session = journal::text(headers, "x-claude-code-session-id").unwrap_or_default();
        let call = Call {
            session: &session,
            prompt: &conversation.prompt,
            model: &model,
            turn: conversation.turn,
            stream,
        };
        let fault = self.strikes.pick(&directives.faults, &call);
        entry.fault = fault.as_ref().map(Kind::to_string);

        let Directives { play, delay, usage, .. } = directives;
        let pace = if play.is_none() { self.options.pace } else { Duration::ZERO };
        let turn = play::next_turn(play, &conversation).map_err(ApiError::bad_request)?;
        let reply = Reply::new(model, turn, usage);
        Ok(Exchange { reply, stream, delay: delay.unwrap_or(pace), fault })
    }

    async fn answer(&self, exchange: Exchange) -> Result<Response, ApiError> {
        let Exchange { reply, stream, delay, fault } = exchange;
        match &fault {
            Some(Kind::Status(error)) => return Err(error.clone()),
            Some(Kind::Drop) => drop_connection(),
            Some(Kind::Hang(length)) if !delivery::pause(*length, &self.cut).await => {
                drop_connection();
            }
            _ => {}
        }
        let id = (REQUEST_ID, request_id());
        if !stream {
            return Ok(([id], Json(reply.whole())).into_response());
        }
        let steps = delivery::plan(&reply, delay, fault.as_ref());
        let headers = [
            id,
            (CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        Ok((headers, delivery::body(steps, self.cut.clone())).into_response())
    }
}

/// Closes the connection without an answer.
///
/// A handler cannot do that by its result. Unwinding ends the task of this one connection; it is
/// no panic: no hook runs and nothing is printed.
fn drop_connection() -> ! {
    panic::resume_unwind(Box::new("the connection is dropped on demand"))
}
