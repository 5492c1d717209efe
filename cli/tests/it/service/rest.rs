//! The REST side of the service.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use domain::{
    event::{PREVIEW_BYTES, RawEvent, preview},
    problem::{Code, FieldError, Problem},
    view::{EventsPage, Page},
};
use futures_util::stream;
use serde_json::{Value, json};

use super::{KEY, Seen, Shared, World, task};

const PAGE_EVENTS: usize = 100;

type Shown = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/auth/login", post(login))
        .route("/v1/auth/refresh", post(refresh))
        .route("/v1/auth/logout", post(async || StatusCode::NO_CONTENT))
        .route("/v1/me", get(me))
        .route("/v1/tasks", post(create).get(list))
        .route("/v1/tasks/{id}", get(show).delete(remove))
        .route("/v1/tasks/{id}/cancel", post(show))
        .route("/v1/tasks/{id}/retry", post(retry))
        .route("/v1/tasks/{id}/events", get(events))
        .route("/v1/tasks/{id}/events/{seq}", get(event))
        .route("/v1/tasks/{id}/artifacts", get(artifacts))
        .route("/v1/tickets", post(ticket))
        .route("/v1/keys", post(create_key))
        .route("/v1/keys/{id}", delete(async || StatusCode::NO_CONTENT))
        .layer(middleware::from_fn_with_state(shared.clone(), edge))
        .route("/health", get(health))
        .route("/files/{name}", get(file))
        .with_state(shared)
}

/// Remembers the request, checks who sends it, and loses the answer where that is wanted.
async fn edge(State(shared): Shown, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let text = |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let what = format!("{} {}", parts.method, parts.uri.path());
    let bearer = text("authorization").unwrap_or_default();
    let refusal = {
        let mut world = shared.world();
        world.requests.push(Seen {
            what: what.clone(),
            idempotency_key: text("idempotency-key"),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        });
        let known = [format!("Bearer {KEY}"), format!("Bearer {}", world.access)];
        let open = what.ends_with("/login") || what.ends_with("/refresh");
        let stranger =
            (!open && !known.contains(&bearer)).then(|| Problem::new(Code::Unauthorized));
        stranger.or_else(|| world.refusals.pop())
    };
    shared.note();
    if let Some(problem) = refusal {
        return refuse(problem);
    }
    let answer = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    let lost = {
        let mut world = shared.world();
        let lost = world.lost_answers > 0;
        world.lost_answers = world.lost_answers.saturating_sub(1);
        lost
    };
    if lost {
        // The head arrives and the body breaks off.
        let broken = stream::iter([Err::<Vec<u8>, _>(std::io::Error::other("cut"))]);
        return Response::new(Body::from_stream(broken));
    }
    answer
}

fn refuse(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap();
    (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(problem).into_response())
        .into_response()
}

fn tokens(world: &mut World) -> Response {
    let number = world.refreshes;
    world.access = format!("access-{number}");
    world.refresh = format!("refresh-{number}");
    Json(json!({
        "access_token": world.access, "refresh_token": world.refresh,
        "expires_in": world.access_lifetime_s, "token_type": "Bearer",
    }))
    .into_response()
}

async fn login(State(shared): Shown, Json(body): Json<Value>) -> Response {
    if body["password"] != "correct horse" {
        return refuse(Problem::new(Code::BadCredentials));
    }
    tokens(&mut shared.world())
}

async fn refresh(State(shared): Shown, Json(body): Json<Value>) -> Response {
    let mut world = shared.world();
    if body["refresh_token"] != world.refresh.as_str() {
        return refuse(Problem::new(Code::Unauthorized));
    }
    world.refreshes += 1;
    // From now on tokens last, so that each renewal counts.
    world.access_lifetime_s = 600;
    tokens(&mut world)
}

async fn me() -> Json<Value> {
    Json(
        json!({"id": "user_00000000000000000000000000000001", "email": "a@example.org", "role": "member"}),
    )
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok", "version": "0.1.0", "model": "demo model"}))
}

async fn create_key(Json(body): Json<Value>) -> impl IntoResponse {
    let key = json!({
        "id": "key_00000000000000000000000000000001", "name": body["name"], "scope": "write",
        "created_at": "2030-01-02T03:04:05Z", "secret": "errand_sk_shown_once",
    });
    (StatusCode::CREATED, Json(key))
}

async fn create(State(shared): Shown, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let mut world = shared.world();
    if body["prompt"] == "" {
        return refuse(Problem::validation(vec![
            FieldError { field: "prompt".into(), message: "must not be blank".into() },
            FieldError { field: "tags[1]".into(), message: "must not contain a comma".into() },
        ]));
    }
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    if let Some(answer) = world.answers.get(&key) {
        return (StatusCode::CREATED, Json(answer.clone())).into_response();
    }
    let task = task(world.tasks.len() as u128 + 1);
    let answer = serde_json::to_value(&task).unwrap();
    world.tasks.push(task);
    world.answers.insert(key, answer.clone());
    (StatusCode::CREATED, Json(answer)).into_response()
}

async fn list(State(shared): Shown, Query(query): Query<HashMap<String, String>>) -> Response {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (from, limit) = (number("cursor").unwrap_or(0), number("limit").unwrap_or(25).min(100));
    let world = shared.world();
    let items: Vec<_> = world.tasks.iter().skip(from).take(limit).cloned().collect();
    let next = from + items.len();
    let next_cursor = (next < world.tasks.len()).then(|| next.to_string());
    Json(Page { items, next_cursor }).into_response()
}

async fn show(State(shared): Shown, Path(id): Path<String>) -> Response {
    match shared.world().tasks.iter().find(|task| task.id.to_string() == id) {
        Some(task) => Json(task.clone()).into_response(),
        None => refuse(Problem::new(Code::NotFound)),
    }
}

async fn retry(State(shared): Shown, Path(id): Path<String>) -> Response {
    let mut world = shared.world();
    let Some(task) = world.tasks.iter_mut().find(|task| task.id.to_string() == id) else {
        return refuse(Problem::new(Code::NotFound));
    };
    if !task.state.is_terminal() {
        return refuse(Problem::new(Code::NotEnded));
    }
    task.state = domain::task::State::Queued;
    Json(task.clone()).into_response()
}

async fn remove(State(shared): Shown, Path(id): Path<String>) -> Response {
    let mut world = shared.world();
    let before = world.tasks.len();
    world.tasks.retain(|task| task.id.to_string() != id);
    if world.tasks.len() == before {
        return refuse(Problem::new(Code::NotFound));
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn events(State(shared): Shown, Query(query): Query<HashMap<String, u64>>) -> Response {
    let after = usize::try_from(query.get("after").copied().unwrap_or(0)).unwrap();
    let wait = Duration::from_secs(query.get("wait").copied().unwrap_or(0));
    let mut changed = shared.changed.subscribe();
    let news = async {
        loop {
            {
                let world = shared.world();
                if world.log.len() > after || world.tasks[0].state.is_terminal() {
                    return;
                }
            }
            changed.changed().await.unwrap();
        }
    };
    // Time may run out: then the page is empty.
    let _ = tokio::time::timeout(wait, news).await;
    let world = shared.world();
    let events: Vec<_> = world.log[after.min(world.log.len())..]
        .iter()
        .take(PAGE_EVENTS)
        .map(|event| preview(event, PREVIEW_BYTES))
        .collect();
    let next = events.last().map_or(after as u64, |event| event.seq);
    let head = world.log.len() as u64;
    let done = world.tasks[0].state.is_terminal() && next >= head;
    Json(EventsPage { events, next, head, done }).into_response()
}

async fn event(State(shared): Shown, Path((_, seq)): Path<(String, usize)>) -> Json<RawEvent> {
    Json(shared.world().log[seq - 1].clone())
}

async fn artifacts(State(shared): Shown) -> Json<Value> {
    Json(json!({ "items": shared.world().artifacts }))
}

async fn file(State(shared): Shown, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        return (StatusCode::BAD_REQUEST, "a link must not be shown a token").into_response();
    }
    match shared.world().files.get(&name) {
        Some(content) => content.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn ticket(State(shared): Shown) -> impl IntoResponse {
    let ticket = json!({
        "ticket": "t", "url": format!("{}/?ticket=t", shared.socket_url), "expires_at": "2030-01-02T03:04:05Z",
    });
    (StatusCode::CREATED, Json(ticket))
}
