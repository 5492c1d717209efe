//! Cookies, one-use links, sessions and passwords, and who must not get anything by them.

use auth::{Role, link, password};
use axum::body::Body;
use domain::id::UserId;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use runtime::clock;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{Link, User};

use crate::{
    answer::Answer,
    world::{PASSWORD, World},
};

/// As a page of our own asks.
const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

async fn ask(world: &World, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut request = Request::builder().method("POST").uri(path);
    for (name, value) in headers.iter().chain(&[("content-type", "application/json")]) {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

fn credentials(password: &str, cookie: bool) -> Value {
    json!({ "email": "ada@example.org", "password": password, "cookie": cookie })
}

async fn login(world: &World, password: &str) -> Answer {
    ask(world, "/v1/auth/login", &[], &credentials(password, false)).await
}

async fn with_cookie(world: &World) -> (String, Answer) {
    let answer = ask(world, "/v1/auth/login", &[OURS], &credentials(PASSWORD, true)).await;
    assert_eq!(answer.status, 200, "{answer}");
    (sent_back(&answer), answer)
}

/// What a browser sends back of the cookie that it got.
fn sent_back(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_page_keeps_its_refresh_token_where_no_script_can_read_it() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let (cookie, answer) = with_cookie(&world).await;
    assert_eq!(answer.json()["refresh_token"], Value::Null, "{answer}");
    let (value, attributes) = answer.header("set-cookie").split_once(';').unwrap();
    assert!(value.starts_with("errand_refresh=errand_rt_"), "{value}");
    let (path, rest) = attributes.split_once("; Max-Age=").unwrap();
    let (age, flags) = rest.split_once("; ").unwrap();
    assert_eq!((path, flags), (" Path=/v1/auth", "HttpOnly; SameSite=Strict; Secure"));
    // Two weeks, less what it took to get here.
    assert!((1_209_540..=1_209_600).contains(&age.parse::<u32>().unwrap()), "{age}");

    let next = ask(&world, "/v1/auth/refresh", &[OURS, ("cookie", &cookie)], &json!({})).await;
    assert_eq!(next.status, 200, "{next}");
    assert_eq!(next.json()["refresh_token"], Value::Null, "{next}");
    assert_ne!(sent_back(&next), cookie);

    let out = world.bearer(&token(&next)).ask("POST", "/v1/auth/logout").await;
    assert_eq!(
        out.header("set-cookie"),
        "errand_refresh=; Path=/v1/auth; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
    );
    let cookie = sent_back(&next);
    let dead = ask(&world, "/v1/auth/refresh", &[OURS, ("cookie", &cookie)], &json!({})).await;
    assert_eq!(dead.brief(), "401 The sign-in is over.");
}

#[tokio::test]
async fn a_cookie_does_without_tls_on_one_machine_only() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    for (proto, secure) in [("http", false), ("https", true), ("HTTP", true), ("", true)] {
        let headers = [OURS, ("x-forwarded-proto", proto)];
        let answer = ask(&world, "/v1/auth/login", &headers, &credentials(PASSWORD, true)).await;
        assert_eq!(answer.header("set-cookie").ends_with("; Secure"), secure, "{proto}");
    }
}

#[tokio::test]
async fn a_page_of_somewhere_else_gets_nothing_by_a_cookie() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let (cookie, _) = with_cookie(&world).await;
    for theirs in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("host", "errand.example"), ("origin", "https://evil.example")],
        &[("host", "errand.example"), ("origin", "https://errand.example.evil.example")],
        &[("host", "errand.example"), ("origin", "null")],
    ] {
        let headers = [theirs, &[("cookie", cookie.as_str())]].concat();
        let refresh = ask(&world, "/v1/auth/refresh", &headers, &json!({})).await;
        let login = ask(&world, "/v1/auth/login", theirs, &credentials(PASSWORD, true)).await;
        let link = json!({ "token": "x", "cookie": true });
        let link = ask(&world, "/v1/auth/link", theirs, &link).await;
        for answer in [refresh, login, link] {
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "cross_site"));
            assert!(!answer.headers.contains_key("set-cookie"), "{theirs:?}");
        }
    }
    // Not used up by any of them, and good for nothing else.
    let headers = [OURS, ("cookie", cookie.as_str())];
    assert_eq!(ask(&world, "/v1/auth/refresh", &headers, &json!({})).await.status, 200);
    let me = Request::get("/v1/me").header("cookie", &cookie).body(Body::empty()).unwrap();
    assert_eq!(world.send(me).await.status, 401);
}

/// What a form of another site can send without being asked first.
#[tokio::test]
async fn a_form_signs_nobody_in_or_out() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let (cookie, _) = with_cookie(&world).await;
    for path in ["/v1/auth/login", "/v1/auth/refresh", "/v1/auth/link", "/v1/auth/logout"] {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let request = Request::post(path).header("content-type", kind).header(OURS.0, OURS.1);
            let request = request.header("cookie", &cookie).body("{}".into()).unwrap();
            let answer = world.send(request).await;
            assert!(matches!(answer.status.as_u16(), 401 | 415), "{path} {kind} {answer}");
            assert!(!answer.headers.contains_key("set-cookie"), "{path} {kind}");
        }
    }
}

async fn linked(world: &World, kind: link::Kind, user: UserId, at: Timestamp) -> String {
    let issued = link::issue(kind, at);
    let row = Link {
        user,
        kind: kind.name().to_owned(),
        session_version: world.store.user(user).await.unwrap().session_version,
        expires: issued.expires_at,
    };
    world.store.put_link(&issued.hash.to_string(), &row).await.unwrap();
    issued.text.expose_secret().to_owned()
}

async fn open(world: &World, token: &str, password: Option<&str>) -> Answer {
    let mut body = json!({ "token": token });
    if let Some(password) = password {
        body["password"] = password.into();
    }
    ask(world, "/v1/auth/link", &[], &body).await
}

const DEAD: &str = "401 The link is not valid, or not any more. Ask for a new one.";

#[tokio::test]
async fn of_twenty_who_open_a_link_one_is_signed_in() {
    let world = World::new().await;
    let id = world.user_with_password("ada", false).await;
    let token = linked(&world, link::Kind::SignIn, id, clock::now()).await;
    let opened = (0..20).map(|_| open(&world, &token, None));
    let opened = futures_util::future::join_all(opened).await;
    let (signed_in, refused): (Vec<_>, Vec<_>) =
        opened.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((signed_in.len(), refused.len()), (1, 19));
    assert!(refused.iter().all(|answer| answer.brief() == DEAD));
    let me = world.bearer(&self::token(&signed_in[0])).get("/v1/me").await;
    assert_eq!(me.json()["id"], id.to_string());
}

#[tokio::test]
async fn a_link_that_is_no_longer_good_says_the_same_as_one_that_never_was() {
    let world = World::new().await;
    let id = world.user_with_password("ada", false).await;
    let gone = world.user_with_password("gone", true).await;
    let minutes_ago = |minutes| clock::now() - SignedDuration::from_mins(minutes);
    let expired = linked(&world, link::Kind::SignIn, id, minutes_ago(16)).await;
    let old = linked(&world, link::Kind::Reset, id, minutes_ago(7 * 24 * 60 + 1)).await;
    let disabled = linked(&world, link::Kind::SignIn, gone, clock::now()).await;
    let never = link::issue(link::Kind::SignIn, clock::now()).text.expose_secret().to_owned();
    for token in [&expired, &disabled, &never, "", "errand_link_x", "errand_ticket_x", "null"] {
        assert_eq!(open(&world, token, None).await.brief(), DEAD, "{token}");
    }
    assert_eq!(open(&world, &old, Some("a new password")).await.brief(), DEAD);
}

#[tokio::test]
async fn what_is_wrong_with_a_password_is_told_before_the_link_is_used_up() {
    let world = World::new().await;
    let id = world.user_with_password("ada", false).await;
    let token = linked(&world, link::Kind::Reset, id, clock::now()).await;
    for (password, told) in [
        (None, "422 `password` is missing: choose one"),
        (Some("short"), "422 `password` must have at least 8 characters"),
        (
            Some("Password123!"),
            "422 `password` is one of the passwords that are tried first; choose another",
        ),
    ] {
        assert_eq!(open(&world, &token, password).await.brief(), told);
    }
    assert_eq!(open(&world, &token, Some("another password")).await.status, 200);
    assert_eq!(open(&world, &token, Some("another password")).await.brief(), DEAD);
    assert_eq!(login(&world, PASSWORD).await.problem(), "bad_credentials");
    assert_eq!(login(&world, "another password").await.status, 200);

    let token = linked(&world, link::Kind::SignIn, id, clock::now()).await;
    let answer = open(&world, &token, Some("another password")).await;
    assert_eq!(answer.brief(), "422 `password` cannot be chosen by this link");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sign_ins_and_links() {
    let world = World::new().await;
    let id = world.user_with_password("ada", false).await;
    let (here, there) = (login(&world, PASSWORD).await, login(&world, PASSWORD).await);
    let link = linked(&world, link::Kind::SignIn, id, clock::now()).await;
    let change = |current: &str, new: &str| json!({ "current": current, "new": new });
    let ada = world.bearer(&token(&here));

    let wrong = ada.post("/v1/me/password", &change("wrong password", "another password")).await;
    assert_eq!(wrong.brief(), "422 `current` is not your password");
    let done = ada.post("/v1/me/password", &change(PASSWORD, "another password")).await;
    assert_eq!(done.status, 204, "{done}");

    let refresh = async |answer: &Answer| {
        let body = json!({ "refresh_token": answer.json()["refresh_token"] });
        ask(&world, "/v1/auth/refresh", &[], &body).await
    };
    assert_eq!(refresh(&there).await.brief(), "401 The sign-in is over.");
    assert_eq!(world.bearer(&token(&there)).get("/v1/sessions").await.status, 401);
    assert_eq!(open(&world, &link, None).await.brief(), DEAD);
    // This one goes on.
    assert_eq!(ada.get("/v1/sessions").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(refresh(&here).await.status, 200);
    assert_eq!(login(&world, PASSWORD).await.problem(), "bad_credentials");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_at_once() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let mut signed_in = Vec::new();
    for _ in 0..3 {
        signed_in.push(login(&world, PASSWORD).await);
    }
    let ada = world.bearer(&token(&signed_in[2]));
    let first = ada.get("/v1/sessions?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/v1/sessions?limit=2&cursor={cursor}")).await.json();
    let [first, second] = [first, second].map(|page| page["items"].as_array().unwrap().clone());
    let all = [first, second].concat();
    let current: Vec<_> = all.iter().map(|session| session["current"] == true).collect();
    assert_eq!(current, [true, false, false], "newest first");

    let end = async |id: &Value| {
        ada.ask("DELETE", &format!("/v1/sessions/{}", id.as_str().unwrap())).await.status.as_u16()
    };
    assert_eq!((end(&all[1]["id"]).await, end(&all[1]["id"]).await), (204, 404));
    assert_eq!(world.bearer(&token(&signed_in[1])).get("/v1/sessions").await.status, 401);
    assert_eq!(ada.get("/v1/sessions").await.json()["items"].as_array().unwrap().len(), 2);

    let out = ada.ask("DELETE", "/v1/sessions").await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").starts_with("errand_refresh=; Path=/v1/auth; Max-Age=0;"));
    for answer in &signed_in {
        let body = json!({ "refresh_token": answer.json()["refresh_token"] });
        assert_eq!(ask(&world, "/v1/auth/refresh", &[], &body).await.status, 401);
    }
    assert_eq!(ada.get("/v1/sessions").await.status, 401);
    assert_eq!(login(&world, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_thousand_guesses_are_twenty_and_the_owner_gets_in_from_elsewhere() {
    let world = World::new().await;
    world.user_with_password("ada", false).await;
    let (mut tried, mut told) = (0, 0);
    for _ in 0..100 {
        let answer = login(&world, "a wrong password").await;
        match answer.status.as_u16() {
            401 => tried += 1,
            429 => {
                let wait: u64 = answer.header("retry-after").parse().unwrap();
                assert!((1..=30).contains(&wait) && answer.problem() == "too_many_requests");
                told += 1;
            }
            _ => panic!("{answer}"),
        }
    }
    assert_eq!((tried, told), (20, 80));
    // Nothing is hashed nor written any more: the account is not even looked up.
    drop(world.ledger.take());
    assert_eq!(login(&world, PASSWORD).await.status, 429);
    assert_eq!(world.ledger.take().total_calls(), 1);
    let elsewhere =
        world.from("203.0.113.9", "/v1/auth/login", &credentials(PASSWORD, false)).await;
    assert_eq!(elsewhere.status, 200, "{elsewhere}");
}

#[tokio::test]
async fn a_password_of_yesterdays_parameters_is_hashed_anew_when_it_is_right() {
    /// `PASSWORD`, with half of today's memory.
    const OLD: &str = "$argon2id$v=19$m=9728,t=2,p=1$g4wWtPkoWvWVbxhf3IKZPQ$+aRIBMoMBSU/s6+fdka5Q63f6oDvdCFZ+lxtXJFBMBI";
    let world = World::new().await;
    let id = world.user_with_password("ada", false).await;
    let seen = world.store.user(id).await.unwrap();
    let old = User { password: Some(OLD.to_owned()), ..seen.clone() };
    world.store.change_user(&seen, old).await.unwrap();

    assert_eq!(login(&world, "a wrong password").await.status, 401);
    assert_eq!(world.store.user(id).await.unwrap().password.as_deref(), Some(OLD));
    assert_eq!(login(&world, PASSWORD).await.status, 200);
    let new = world.store.user(id).await.unwrap().password.unwrap();
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    assert!(password::Phc::parse(&new).is_ok());
    assert_eq!(login(&world, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn who_was_invited_and_has_no_password_yet_cannot_sign_in_with_any() {
    let world = World::new().await;
    world.user("ada", Role::Member).await;
    for password in ["", PASSWORD, "null"] {
        assert_eq!(login(&world, password).await.problem(), "bad_credentials");
    }
}
