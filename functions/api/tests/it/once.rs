//! What is sent twice under one Idempotency-Key.

use std::collections::BTreeMap;

use auth::Role;
use domain::{id::TaskId, task::State};
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    fences::{Route, routes},
    world::{PASSWORD, Person, World},
};

/// POSTs that do not act on a key, as the description says of each.
const UNKEYED: [&str; 4] =
    ["/v1/auth/link", "/v1/auth/login", "/v1/auth/logout", "/v1/auth/refresh"];

/// Everything that is stored, but for what is remembered of keys.
async fn effects(world: &World) -> BTreeMap<String, String> {
    let mut items = world.dump().await;
    items.retain(|key, _| !key.contains(" ANSWER#"));
    items
}

fn same(one: &Answer, other: &Answer) {
    assert_eq!((one.status, &one.bytes), (other.status, &other.bytes));
    for name in ["content-type", "location"] {
        assert_eq!(one.header(name), other.header(name), "{name}");
    }
}

/// Where a route is asked, with which body, and with which other one. A route without a body has no other one.
async fn request(root: &Person<'_>, route: &Route) -> (String, Value, Option<Value>) {
    let (mut id, mut body, mut other) = (route.id(), json!({}), None);
    match route.path.as_str() {
        "/v1/keys" => (body, other) = (json!({ "name": "a" }), Some(json!({ "name": "b" }))),
        "/v1/me/password" => {
            let with = |new: &str| json!({ "current": PASSWORD, "new": new });
            (body, other) = (with("a better battery"), Some(with("the best battery")));
        }
        "/v1/queue/pause" => (body, other) = (json!({ "note": "a" }), Some(json!({ "note": "b" }))),
        "/v1/queue/resume" => assert_eq!(root.ask("POST", "/v1/queue/pause").await.status, 200),
        "/v1/tasks" => (body, other) = (json!({ "prompt": "a" }), Some(json!({ "prompt": "b" }))),
        "/v1/tasks/bulk" => {
            root.task(&json!({ "prompt": "x" })).await;
            let with = |action: &str| json!({ "action": action, "filter": {} });
            (body, other) = (with("cancel"), Some(with("review")));
        }
        "/v1/tasks/{id}/cancel" => id = root.task(&json!({ "prompt": "x" })).await.to_string(),
        "/v1/tasks/{id}/retry" | "/v1/tasks/{id}/review" => {
            let task = root.task(&json!({ "prompt": "x" })).await;
            root.world.ran(task).await;
            id = task.to_string();
        }
        "/v1/tickets" => (),
        "/v1/users" => {
            let with = |role: &str| json!({ "email": "eve@example.org", "role": role });
            (body, other) = (with("member"), Some(with("viewer")));
        }
        "/v1/users/{id}/link" => id = root.world.member("bob").await.id.to_string(),
        unknown => panic!("say here how {unknown} is asked, and that it is done once"),
    }
    assert_eq!(route.has_body(), other.is_some(), "{}", route.path);
    (route.at(&id), body, other)
}

#[tokio::test]
async fn every_post_that_is_sent_twice_under_one_key_is_done_once_and_answered_the_same() {
    let described = routes(&World::new().await).await;
    let posts = described.iter().filter(|route| route.method == "POST");
    let (unkeyed, keyed): (Vec<_>, Vec<_>) =
        posts.partition(|route| UNKEYED.contains(&route.path.as_str()));
    for route in &unkeyed {
        let why = route.operation["description"].as_str().unwrap();
        assert!(why.contains("Without `Idempotency-Key`: "), "{} {why}", route.path);
        assert!(!lists_the_key(route), "{}", route.path);
    }
    assert_eq!((unkeyed.len(), keyed.len()), (4, 12));
    for route in keyed {
        assert!(lists_the_key(route), "{}", route.path);
        let world = World::new().await;
        let id = world.admin_with_password("root").await;
        let root = world.acting(id, Role::Admin).await;
        let (path, body, other) = request(&root, route).await;
        let before = effects(&world).await;
        let first = root.post_keyed("key", &path, &body).await;
        assert!(first.status.is_success(), "{path} {first}");
        let after = effects(&world).await;
        assert_ne!(before, after, "{path} has an effect");
        // The first answer was lost.
        same(&root.post_keyed("key", &path, &body).await, &first);
        assert_eq!(effects(&world).await, after, "{path} has no second effect");

        let refused = match other {
            Some(other) => root.post_keyed("key", &path, &other).await,
            None => {
                root.post_keyed(
                    "key",
                    "/v1/users",
                    &json!({ "email": "x@example.org", "role": "viewer" }),
                )
                .await
            }
        };
        assert_eq!(
            (refused.status.as_u16(), refused.problem().as_str()),
            (422, "idempotency_mismatch"),
            "{path}"
        );
        let surplus = root.post_keyed("key", &path, &json!({ "surplus": 1 })).await;
        assert_eq!(surplus.status, 422, "{path}");
        assert_eq!(effects(&world).await, after, "{path}");
    }
}

fn lists_the_key(route: &Route) -> bool {
    let parameters = route.operation["parameters"].as_array().cloned().unwrap_or_default();
    parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key")
}

#[tokio::test]
async fn what_was_undone_since_is_not_done_again_by_a_late_repeat() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let paused = root.post_keyed("p", "/v1/queue/pause", &json!({})).await;
    root.ask("POST", "/v1/queue/resume").await;
    same(&root.post_keyed("p", "/v1/queue/pause", &json!({})).await, &paused);
    assert_eq!(root.get("/v1/queue").await.json()["paused"], Value::Null);

    let task = root.task(&json!({ "prompt": "x" })).await;
    let (cancel, retry) = (format!("/v1/tasks/{task}/cancel"), format!("/v1/tasks/{task}/retry"));
    let canceled = root.post_keyed("c", &cancel, &json!({})).await;
    root.ask("POST", &retry).await;
    same(&root.post_keyed("c", &cancel, &json!({})).await, &canceled);
    assert_eq!(state(&world, task).await, State::Queued, "the new run lives");

    // Also a refusal that hung on how things stood.
    let refused = root.post_keyed("r", &retry, &json!({})).await;
    assert_eq!(refused.problem(), "not_ended");
    root.ask("POST", &cancel).await;
    assert_eq!(root.post_keyed("r", &retry, &json!({})).await.problem(), "not_ended");
    assert_eq!(state(&world, task).await, State::Canceled);
}

async fn state(world: &World, task: TaskId) -> State {
    world.store.head(task).await.unwrap().task.state
}

#[tokio::test]
async fn each_of_two_keys_retries_once_in_whichever_order_they_come_again() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let task = ada.task(&json!({ "prompt": "x" })).await;
    let path = format!("/v1/tasks/{task}/retry");
    world.ran(task).await;
    for key in ["one", "two", "one", "two", "one"] {
        assert_eq!(ada.post_keyed(key, &path, &json!({})).await.status, 200);
        if state(&world, task).await == State::Queued {
            world.ran(task).await;
        }
    }
    assert_eq!(world.store.head(task).await.unwrap().task.attempt.0, 3);
}

#[tokio::test]
async fn two_equal_requests_at_once_take_effect_once() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let task = root.task(&json!({ "prompt": "x" })).await;
    world.ran(task).await;
    for (path, body) in [
        ("/v1/users", json!({ "email": "eve@example.org", "role": "member" })),
        ("/v1/keys", json!({ "name": "a" })),
        ("/v1/tasks/bulk", json!({ "action": "retry", "ids": [task] })),
    ] {
        let answers = join_all((0..20).map(|_| root.post_keyed(path, path, &body))).await;
        let again = root.post_keyed(path, path, &body).await;
        assert!(again.status.is_success(), "{path} {again}");
        let mut done = 0;
        for answer in answers {
            if answer.status == 409 {
                assert_eq!(answer.problem(), "in_progress");
                assert_eq!(answer.header("retry-after"), "1");
            } else {
                same(&answer, &again);
                done += 1;
            }
        }
        assert!(done >= 1, "{path}");
    }
    let users = root.get("/v1/users").await.json();
    assert_eq!(users["items"].as_array().unwrap().len(), 2);
    assert_eq!(root.get("/v1/keys").await.json()["items"].as_array().unwrap().len(), 1);
    let audit = root.get("/v1/audit").await.json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 2, "and each was noted once: {audit}");
}

#[tokio::test]
async fn what_a_function_left_that_died_is_taken_up_by_the_next_request_when_its_time_is_over() {
    let world = World::new().await;
    let id = world.admin_with_password("root").await;
    let root = world.acting(id, Role::Admin).await;
    let task = root.task(&json!({ "prompt": "x" })).await;
    world.ran(task).await;
    let retry = format!("/v1/tasks/{task}/retry");
    for (path, body) in [
        ("/v1/users", json!({ "email": "eve@example.org", "role": "member" })),
        ("/v1/keys", json!({ "name": "a" })),
        ("/v1/me/password", json!({ "current": PASSWORD, "new": "a better battery" })),
        (&retry, json!({})),
        // Last: nothing starts after it.
        ("/v1/queue/pause", json!({})),
    ] {
        let lost = root.post_keyed(path, path, &body).await;
        assert!(lost.status.is_success(), "{path} {lost}");
        world.forget_answers(SignedDuration::from_secs(20)).await;
        let early = root.post_keyed(path, path, &body).await;
        assert_eq!((early.status.as_u16(), early.problem().as_str()), (409, "in_progress"));
        world.forget_answers(SignedDuration::ZERO).await;
        if path == retry {
            world.ran(task).await;
        }
        let again = root.post_keyed(path, path, &body).await;
        assert_eq!(again.status, lost.status, "{path} {again}");
        same(&root.post_keyed(path, path, &body).await, &again);
        match path {
            "/v1/users" => {
                assert_eq!(again.json()["user"]["id"], lost.json()["user"]["id"]);
                let link = again.json()["link"].as_str().unwrap().to_owned();
                let token = link.rsplit('=').next().unwrap();
                let chosen = json!({ "token": token, "password": PASSWORD });
                let come = world.nobody().post("/v1/auth/link", &chosen).await;
                assert_eq!(come.status, 200, "{come}");
            }
            "/v1/keys" => {
                let keys = root.get("/v1/keys").await.json();
                assert_eq!(keys["items"].as_array().unwrap().len(), 1);
                let secret = again.json()["secret"].as_str().unwrap().to_owned();
                assert_eq!(world.bearer(&secret).get("/v1/me").await.status, 200);
            }
            _ => (),
        }
    }
    assert_eq!(world.store.head(task).await.unwrap().task.attempt.0, 2);
}

#[tokio::test]
async fn no_secret_is_kept_with_an_answer_in_clear() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let mut secrets = Vec::new();
    let key = root.post_keyed("1", "/v1/keys", &json!({ "name": "a" })).await.json();
    secrets.push(key["secret"].as_str().unwrap().to_owned());
    let ticket = root.post_keyed("2", "/v1/tickets", &json!({})).await.json();
    secrets.push(ticket["ticket"].as_str().unwrap().to_owned());
    let eve = json!({ "email": "eve@example.org", "role": "member" });
    let eve = root.post_keyed("3", "/v1/users", &eve).await.json();
    secrets.push(eve["link"].as_str().unwrap().rsplit('=').next().unwrap().to_owned());
    let answers = world.dump().await.into_keys().filter(|key| key.contains(" ANSWER#")).count();
    assert_eq!(answers, 3);
    let scan = world.runtime.clients.dynamodb.scan().table_name(&world.runtime.settings.table);
    for item in scan.send().await.unwrap().items.unwrap() {
        for value in item.values() {
            let bytes = match (value.as_s(), value.as_b()) {
                (Ok(text), _) => text.as_bytes(),
                (_, Ok(bytes)) => bytes.as_ref(),
                _ => continue,
            };
            for secret in &secrets {
                let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{secret} in {item:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_request_that_was_refused_for_its_own_fault_has_not_used_its_key_up() {
    let world = World::new().await;
    let root = world.acting(world.admin_with_password("root").await, Role::Admin).await;
    let change = |current: &str| json!({ "current": current, "new": "a better battery" });
    let path = "/v1/me/password";
    assert_eq!(root.post_keyed("k", path, &change("not it")).await.status, 422);
    assert_eq!(root.post_keyed("k", path, &change(PASSWORD)).await.status, 204);
}
