//! Signing in and out, keys, tickets, and the tokens that are no tokens.

use auth::{Role, access, refresh, run_token, ticket};
use domain::id::{FamilyId, TaskId};
use jiff::SignedDuration;
use runtime::{FirstAdmin, Settings, clock};
use secrecy::ExposeSecret as _;
use serde_json::json;
use uuid::Uuid;

use crate::{
    answer::Answer,
    world::{PASSWORD, World},
};

async fn login(world: &World, email: &str, password: &str) -> Answer {
    world.nobody().post("/v1/auth/login", &json!({ "email": email, "password": password })).await
}

async fn refresh(world: &World, token: &str) -> Answer {
    world.nobody().post("/v1/auth/refresh", &json!({ "refresh_token": token })).await
}

fn text(answer: &Answer, field: &str) -> String {
    answer.json()[field].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_user_signs_in_and_is_known() {
    let world = World::new().await;
    let id = world.user_with_password("ada", false).await;
    let tokens = login(&world, "Ada@Example.org", PASSWORD).await;
    assert_eq!(tokens.status, 200, "{tokens}");
    assert_eq!(
        (&tokens.json()["expires_in"], &tokens.json()["token_type"]),
        (&json!(600), &json!("Bearer"))
    );

    let me = world.bearer(&text(&tokens, "access_token")).get("/v1/me").await;
    assert_eq!(text(&me, "id"), id.to_string());
    assert_eq!(text(&me, "email"), "ada@example.org");
    assert!(text(&me, "session").starts_with("login_"), "{me}");
}

const FIRST: &str = "TheDeploymentMadeThisPasswordByItself";

async fn new_deployment() -> World {
    let admin = |settings: &mut Settings| {
        let (email, secret) = ("Ada@Example.org".to_owned(), "first".to_owned());
        settings.first_admin = Some(FirstAdmin { email, secret });
    };
    let world = World::with(admin).await;
    world.aws.lock().unwrap().secrets.insert("first".to_owned(), FIRST.to_owned());
    world
}

#[tokio::test]
async fn the_first_sign_in_with_the_password_of_the_deployment_makes_the_first_admin() {
    let world = new_deployment().await;
    for (email, password) in
        [("ada@example.org", PASSWORD), ("bob@example.org", FIRST), ("ada@example.org", "")]
    {
        assert_eq!(login(&world, email, password).await.problem(), "bad_credentials");
    }
    assert_eq!(
        world.store.user_by_email("ada@example.org").await.unwrap_err().to_string(),
        "not found"
    );

    let both = tokio::join!(
        login(&world, "ada@example.org", FIRST),
        login(&world, "Ada@Example.org", FIRST)
    );
    let mut ids = Vec::new();
    for tokens in [both.0, both.1, login(&world, "ada@example.org", FIRST).await] {
        let me = world.bearer(&text(&tokens, "access_token")).get("/v1/me").await;
        assert_eq!(text(&me, "role"), "admin", "{tokens}");
        ids.push(text(&me, "id"));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one account, however many windows were open");
}

#[tokio::test]
async fn once_the_first_admin_is_there_the_secret_is_not_read_any_more() {
    let world = new_deployment().await;
    assert_eq!(login(&world, "ada@example.org", FIRST).await.status, 200);
    world.aws.lock().unwrap().secrets.insert("first".to_owned(), PASSWORD.to_owned());
    assert_eq!(login(&world, "ada@example.org", PASSWORD).await.problem(), "bad_credentials");
    assert_eq!(login(&world, "ada@example.org", FIRST).await.status, 200);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_no_wrong_password() {
    let world = new_deployment().await;
    world.aws.lock().unwrap().secrets.clear();
    let answer = login(&world, "ada@example.org", FIRST).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "unavailable"));
}

#[tokio::test]
async fn who_may_not_come_in_learns_nothing_from_the_answer() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    world.user_with_password("gone", true).await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@example.org", "wrong password"),
        ("ada@example.org", ""),
        ("nobody@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
    ] {
        drop(world.ledger.take());
        let answer = login(&world, email, password).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "bad_credentials"));
        assert_eq!(world.ledger.take().total_calls(), 4, "as many calls for {email}");
        let mut problem = answer.json();
        problem["request_id"].take();
        let mut names: Vec<_> = answer.headers.keys().cloned().collect();
        names.sort_by_key(ToString::to_string);
        answers.push((problem, names));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_password_too_long_to_be_one_is_not_hashed() {
    let world = World::new().await;
    let answer = login(&world, "ada@example.org", &"é".repeat(600)).await;
    assert_eq!(answer.brief(), "422 `password` must be at most 1024 bytes long");
    assert_eq!(login(&world, "ada@example.org", &"x".repeat(20_000)).await.status, 413);
}

#[tokio::test]
async fn a_refresh_token_is_traded_for_the_next_one() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let first = login(&world, "ada@example.org", PASSWORD).await;
    let second = refresh(&world, &text(&first, "refresh_token")).await;
    let third = refresh(&world, &text(&second, "refresh_token")).await;
    assert_eq!(third.status, 200, "{third}");
    assert_eq!(world.bearer(&text(&third, "access_token")).get("/v1/me").await.status, 200);
}

#[tokio::test]
async fn f59_twenty_tabs_that_refresh_at_once_stay_signed_in_with_one_token() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let token = text(&login(&world, "ada@example.org", PASSWORD).await, "refresh_token");
    let answers = futures_util::future::join_all((0..20).map(|_| refresh(&world, &token))).await;
    let mut successors: Vec<_> =
        answers.iter().map(|answer| text(answer, "refresh_token")).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_eq!(refresh(&world, &successors[0]).await.status, 200);
}

#[tokio::test]
async fn f59_a_reused_refresh_token_ends_the_sign_in() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let first = text(&login(&world, "ada@example.org", PASSWORD).await, "refresh_token");
    let second = text(&refresh(&world, &first).await, "refresh_token");
    let third = text(&refresh(&world, &second).await, "refresh_token");

    assert_eq!(refresh(&world, &first).await.problem(), "unauthorized");
    assert_eq!(refresh(&world, &third).await.brief(), "401 The sign-in is over.");
}

#[tokio::test]
async fn a_sign_out_kills_the_refresh_token_and_no_other_sign_in() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let here = login(&world, "ada@example.org", PASSWORD).await;
    let there = login(&world, "ada@example.org", PASSWORD).await;

    let out = world.bearer(&text(&here, "access_token")).ask("POST", "/v1/auth/logout").await;
    assert_eq!(out.status, 204, "{out}");
    assert_eq!(refresh(&world, &text(&here, "refresh_token")).await.status, 401);
    assert_eq!(refresh(&world, &text(&there, "refresh_token")).await.status, 200);
}

#[tokio::test]
async fn what_is_no_refresh_token_says_nothing_about_a_sign_in() {
    let world = World::new().await;
    let (made_up, _) = refresh::open(FamilyId::from_uuid(Uuid::now_v7()), clock::now());
    for token in [made_up.expose_secret(), "errand_rt_x.y", "", "null"] {
        assert_eq!(refresh(&world, token).await.brief(), "401 The sign-in is over.", "{token}");
    }
}

#[tokio::test]
async fn only_an_access_token_or_an_api_key_lets_in() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let now = clock::now();
    let claims = access::Claims {
        user: ada.id,
        family: FamilyId::from_uuid(Uuid::now_v7()),
        role: Role::Admin,
        session_version: 0,
    };
    let old = access::sign(&world.keys, &claims, now - SignedDuration::from_mins(11));
    let early = access::sign(&world.keys, &claims, now + SignedDuration::from_mins(2));
    let strangers = access::sign(&auth::SigningKeys::generate(), &claims, now);
    let task = TaskId::from_uuid(Uuid::nil());
    let run = run_token::Claims { task, attempt: 1, owner: ada.id };
    let run = run_token::sign(&world.keys, &run, now, now + SignedDuration::from_mins(5));
    let (refresh, _) = refresh::open(FamilyId::from_uuid(Uuid::now_v7()), now);
    let ticket = ticket::issue(now).text;
    let (made_up, _) = auth::api_key::generate();
    for (name, bearer) in [
        ("expired", old.expose_secret()),
        ("not yet", early.expose_secret()),
        ("of another issuer", strangers.expose_secret()),
        ("of a run", run.expose_secret()),
        ("to refresh", refresh.expose_secret()),
        ("ticket", ticket.expose_secret()),
        ("unknown key", made_up.expose_secret()),
        ("nonsense", "a.b.c"),
    ] {
        let answer = world.bearer(bearer).get("/v1/me").await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (401, "unauthorized"),
            "{name}"
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
    }
    let twice = ada.request("GET", "/v1/me").header("authorization", "Bearer a.b.c");
    assert_eq!(world.send(twice.body(axum::body::Body::empty()).unwrap()).await.status, 401);
}

#[tokio::test]
async fn a_key_works_until_it_is_revoked() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let made = ada.post("/v1/keys", &json!({ "name": " ci " })).await;
    assert_eq!(made.status, 201, "{made}");
    assert_eq!(text(&made, "name"), "ci");
    let (id, secret) = (text(&made, "id"), text(&made, "secret"));

    let list = ada.get("/v1/keys").await;
    assert_eq!(list.json()["items"][0]["id"], id);
    assert!(!list.to_string().contains("secret") && !list.to_string().contains("hash"), "{list}");

    let robot = world.bearer(&secret);
    assert_eq!(text(&robot.get("/v1/me").await, "key"), id);
    assert_eq!(robot.post("/v1/tasks", &json!({ "prompt": "x" })).await.status, 201);
    assert_eq!(robot.get("/v1/keys").await.problem(), "forbidden");
    assert_eq!(robot.ask("POST", "/v1/auth/logout").await.problem(), "forbidden");

    assert_eq!(ada.ask("DELETE", &format!("/v1/keys/{id}")).await.status, 204);
    assert_eq!(ada.ask("DELETE", &format!("/v1/keys/{id}")).await.status, 404);
    assert_eq!(robot.get("/v1/me").await.status, 401);
}

#[tokio::test]
async fn a_mistyped_key_is_refused_without_asking_the_store() {
    let world = World::new().await;
    let (secret, _) = world.member("ada").await.api_key().await;
    let mistyped =
        format!("{}{}", &secret[..secret.len() - 1], if secret.ends_with('0') { '1' } else { '0' });
    drop(world.ledger.take());
    assert_eq!(world.bearer(&mistyped).get("/v1/me").await.status, 401);
    assert_eq!(world.ledger.take().total_calls(), 0);
}

#[tokio::test]
async fn a_key_of_a_disabled_user_lets_nobody_in() {
    let world = World::new().await;
    let id = world.user_with_password("gone", true).await;
    let gone = crate::world::Person { world: &world, id, ..world.nobody() };
    let (secret, _) = gone.api_key().await;
    assert_eq!(world.bearer(&secret).get("/v1/me").await.status, 401);
}

#[tokio::test]
async fn a_ticket_is_for_its_user_and_works_once() {
    let world = World::new().await;
    let ada = world.user("ada", Role::Viewer).await;
    let answer = ada.ask("POST", "/v1/tickets").await;
    assert_eq!(answer.status, 201, "{answer}");
    let shown = text(&answer, "ticket");
    assert_eq!(text(&answer, "url"), format!("wss://socket.example.org?ticket={shown}"));

    let hash = ticket::parse(&shown).unwrap().to_string();
    let taken = world.store.take_ticket(&hash).await.unwrap();
    assert_eq!((taken.user, taken.role.as_str()), (ada.id, "viewer"));
    assert!(world.store.take_ticket(&hash).await.is_err());
}

#[tokio::test]
async fn a_repeat_makes_no_second_key_and_shows_the_same_secret() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let body = serde_json::json!({ "name": "nightly" });
    let first = ada.post_keyed("k", "/v1/keys", &body).await;
    assert_eq!(first.status, 201, "{first}");
    let secret = first.json()["secret"].as_str().unwrap().to_owned();
    let again = ada.post_keyed("k", "/v1/keys", &body).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    let other = ada.post_keyed("k", "/v1/keys", &serde_json::json!({ "name": "another" })).await;
    assert_eq!((other.status.as_u16(), other.problem().as_str()), (422, "idempotency_mismatch"));
    let keys = ada.get("/v1/keys").await.json();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
    let his = bob.post_keyed("k", "/v1/keys", &body).await;
    assert_eq!(his.status, 201, "his key is another");
    assert_ne!(his.json()["secret"], first.json()["secret"]);
    assert_eq!(world.bearer(&secret).get("/v1/me").await.status, 200);
}
