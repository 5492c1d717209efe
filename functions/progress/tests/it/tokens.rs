//! Who is let in: the runner of one task and one attempt, and nobody else.

use auth::{
    Role, SigningKeys, access, api_key,
    run_token::{self, Claims},
    ticket,
};
use axum::body::Body;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::id::{FamilyId, TaskId};
use http::Request;
use jiff::SignedDuration;
use runtime::clock;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::user;
use uuid::Uuid;

use crate::runner::{Progress, said};

const ROUTES: [(&str, &str); 3] =
    [("GET", "/v1/run"), ("POST", "/v1/run/events"), ("POST", "/v1/run/uploads")];

/// A token with this header and payload, signed with nothing or with what another token was signed with.
fn by_hand(header: &Value, payload: &Value, signature: &str) -> String {
    let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{signature}", part(header), part(payload))
}

fn parts(token: &str) -> (Value, Value, String) {
    let parts: Vec<_> = token.split('.').collect();
    let json =
        |part: &str| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (json(parts[0]), json(parts[1]), parts[2].to_owned())
}

#[tokio::test]
async fn nothing_but_a_run_token_lets_anybody_in() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let good = world.run_token(&head);
    let (header, payload, signature) = parts(&good);
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        by_hand(&header, &payload, &signature)
    };
    let claims = Claims { task: head.id, attempt: 1, owner: head.owner };
    let now = clock::now();
    let family = FamilyId::from_uuid(Uuid::now_v7());
    let member = access::Claims { user: head.owner, family, role: Role::Admin, session_version: 0 };
    let mut grown = payload.clone();
    grown["attempt"] = 2.into();
    let mut stranger = payload.clone();
    stranger["aud"] = "errand-api".into();

    let bearers = [
        ("garbage", "garbage".to_owned()),
        ("nothing", String::new()),
        ("an access token", access::sign(&world.keys, &member, now).expose_secret().to_owned()),
        ("a refresh token", format!("errand_rt_{}", "A".repeat(43))),
        ("an API key", api_key::generate().0.expose_secret().to_owned()),
        ("a ticket", ticket::issue(now).text.expose_secret().to_owned()),
        ("expired", world.token(&claims, SignedDuration::from_secs(-60))),
        (
            "of another's key",
            run_token::sign(
                &SigningKeys::generate(),
                &claims,
                now,
                now + SignedDuration::from_hours(1),
            )
            .expose_secret()
            .to_owned(),
        ),
        ("alg none", by_hand(&json!({ "alg": "none", "typ": "run+jwt" }), &payload, "")),
        ("alg none, signed", with("alg", "none".into())),
        ("alg HS256", with("alg", "HS256".into())),
        ("another typ", with("typ", "at+jwt".into())),
        ("another kid", with("kid", "../../dev/null".into())),
        ("its own key", with("jwk", json!({ "kty": "OKP" }))),
        ("another attempt, not signed", by_hand(&header, &grown, &signature)),
        ("another audience, not signed", by_hand(&header, &stranger, &signature)),
        ("two tokens", format!("{good} {good}")),
    ];
    let before = world.items().await;
    for (method, path) in ROUTES {
        for (name, bearer) in &bearers {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("authorization", format!("Bearer {bearer}"))
                .header("content-type", "application/json");
            let answer = progress.send(request.body(Body::from("{}")).unwrap()).await;
            assert_eq!(answer.problem(), "401 unauthorized", "{name} at {path}");
        }
        for scheme in ["Basic", "bearer:"] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("authorization", format!("{scheme} {good}"));
            let answer = progress.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.problem(), "401 unauthorized", "{scheme}");
        }
        let request = Request::builder().method(method).uri(format!("{path}?token={good}"));
        let answer = progress.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), "401 unauthorized", "no token at {path}");
    }
    assert_eq!(world.items().await, before);
    assert_eq!(progress.runner(&head).spec().await.status, 200, "the token itself is good");
}

#[tokio::test]
async fn a_key_that_the_dispatcher_published_is_found_by_its_name_and_remembered() {
    let progress = Progress::with(|settings| settings.verifying_keys = None).await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let runner = progress.runner(&head);
    assert_eq!(runner.spec().await.problem(), "401 unauthorized", "not published yet");

    let published = world.keys.verifying().to_text();
    world.store.put_run_key(world.keys.kid(), &published, clock::now()).await.unwrap();
    assert_eq!(runner.spec().await.status, 200);
    drop(world.ledger.take());
    assert_eq!(runner.spec().await.status, 200);
    let reads = world.ledger.take().calls;
    world.remove("KEYS#run", world.keys.kid()).await;
    assert_eq!(runner.spec().await.status, 200, "it is remembered");
    drop(world.ledger.take());
    assert_eq!(runner.spec().await.status, 200);
    assert_eq!(world.ledger.take().calls, reads, "and not asked for again");
}

#[tokio::test]
async fn a_published_key_signs_for_nobody_else() {
    let progress = Progress::with(|settings| settings.verifying_keys = None).await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let published = world.keys.verifying().to_text();
    world.store.put_run_key(world.keys.kid(), &published, clock::now()).await.unwrap();
    let claims = Claims { task: head.id, attempt: 1, owner: head.owner };
    let now = clock::now();
    let mut runner = progress.runner(&head);
    let forged = run_token::sign(
        &SigningKeys::generate(),
        &claims,
        now,
        now + SignedDuration::from_hours(1),
    );
    let (mut header, payload, signature) = parts(forged.expose_secret());
    header["kid"] = world.keys.kid().into();
    for token in [forged.expose_secret().to_owned(), by_hand(&header, &payload, &signature)] {
        runner.token = token;
        assert_eq!(runner.spec().await.problem(), "401 unauthorized");
    }
}

#[tokio::test]
async fn a_stranger_costs_no_call() {
    let progress = Progress::new().await;
    let request = Request::get("/v1/run").header("authorization", "Bearer a.b.c");
    assert_eq!(progress.send(request.body(Body::empty()).unwrap()).await.status, 401);
    assert_eq!(progress.world.ledger.take().total_calls(), 0);
}

#[tokio::test]
async fn a_token_of_another_attempt_or_of_no_task_is_too_late_everywhere() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let head = world.starting(user(1)).await;
    let other = TaskId::from_uuid(Uuid::now_v7());
    let before = world.items().await;
    for (task, attempt) in [(head.id, 0), (head.id, 2), (other, 1)] {
        let mut runner = progress.runner(&head);
        runner.token = world
            .token(&Claims { task, attempt, owner: head.owner }, SignedDuration::from_hours(1));
        for answer in [
            runner.spec().await,
            runner.post(&runner.body(&[said("let me in")])).await,
            runner.post(&runner.body(&[said(&"x".repeat(100_000))])).await,
            runner.post(&runner.body(&[])).await,
            runner.post(&runner.last(&json!({ "outcome": "succeeded" }))).await,
            runner.uploads(&json!([])).await,
        ] {
            assert_eq!(answer.problem(), "409 superseded");
        }
    }
    let after = world.items().await;
    let of = |items: &std::collections::BTreeMap<String, _>, task: TaskId| {
        items.keys().filter(|key| key.contains(&task.to_string())).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of(&after, other), Vec::<String>::new(), "nothing of a task that is not there");
    assert_eq!(after[&format!("TASK#{} HEAD", head.id)], before[&format!("TASK#{} HEAD", head.id)]);
    assert!(world.log(head.id).await.is_empty());
    assert!(world.cloud().objects.is_empty(), "nothing big either");
}

#[tokio::test]
async fn a_token_of_one_task_says_nothing_about_another() {
    let progress = Progress::new().await;
    let world = &progress.world;
    let (one, other) = (world.starting(user(1)).await, world.starting(user(2)).await);
    let mut runner = progress.runner(&one);
    runner.say(&["mine"]).await;
    assert_eq!(runner.spec().await.json["task_id"], one.id.to_string());
    assert!(world.log(other.id).await.is_empty());
    assert_eq!(world.head(other.id).await, other);
}

#[tokio::test]
async fn there_is_nothing_else_here() {
    let progress = Progress::new().await;
    let head = progress.world.starting(user(1)).await;
    let runner = progress.runner(&head);
    for (method, path, problem) in [
        ("GET", "/v1/tasks", "404 not_found"),
        ("GET", "/", "404 not_found"),
        ("GET", "/v1/run/events", "405 method_not_allowed"),
        ("POST", "/v1/run", "405 method_not_allowed"),
        ("DELETE", "/v1/run/uploads", "405 method_not_allowed"),
        ("TRACE", "/v1/run", "405 method_not_allowed"),
    ] {
        assert_eq!(runner.ask(method, path, None).await.problem(), problem, "{method} {path}");
    }
}
