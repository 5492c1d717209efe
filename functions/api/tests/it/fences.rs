//! What holds for every route, asked of every route that the document describes: a new one cannot be forgotten.

use std::fmt::Write as _;

use auth::Role;
use axum::body::Body;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    answer::Answer,
    world::{Person, World},
};

/// A route of the document.
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) operation: Value,
}

impl Route {
    pub(crate) fn is_open(&self) -> bool {
        !self.operation["security"].is_null()
    }

    pub(crate) fn has_body(&self) -> bool {
        !self.operation["requestBody"].is_null()
    }

    /// The path with these in the place of its parameters.
    pub(crate) fn at(&self, id: &str) -> String {
        self.path.replace("{id}", id).replace("{seq}", "1").replace("{name}", "patch.diff")
    }

    /// An id of the kind that it takes, and of nothing.
    pub(crate) fn id(&self) -> String {
        let prefix = match self.path.split('/').nth(2) {
            Some("keys") => "key_",
            Some("sessions") => "login_",
            Some("users") => "user_",
            _ => "task_",
        };
        format!("{prefix}{}", Uuid::now_v7().simple())
    }

    /// Whether who asks is looked up before anything else.
    fn asks_the_account(&self) -> bool {
        ["/v1/keys", "/v1/sessions", "/v1/users"].iter().any(|path| self.path.starts_with(path))
    }

    async fn ask(&self, person: &Person<'_>, path: &str) -> Answer {
        person.ask(&self.method, path).await
    }
}

pub(crate) async fn routes(world: &World) -> Vec<Route> {
    let document = world.openapi().await;
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let (method, path) = (method.to_uppercase(), path.clone());
            routes.push(Route { method, path, operation: operation.clone() });
        }
    }
    assert!(routes.len() >= 20, "the document describes the routes");
    routes
}

#[tokio::test]
async fn nobody_gets_in_anywhere_without_a_token() {
    let world = World::new().await;
    let items = world.items().await;
    let mut open = Vec::new();
    for route in routes(&world).await {
        if route.is_open() {
            open.push(route.path);
            continue;
        }
        let answer = route.ask(&world.nobody(), &route.at(&route.id())).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (401, "unauthorized"),
            "{}",
            route.path
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    assert_eq!(
        open,
        ["/health", "/v1/auth/link", "/v1/auth/login", "/v1/auth/refresh", "/v1/openapi.json"]
    );
    assert_eq!(world.items().await, items);
}

#[tokio::test]
async fn what_belongs_to_another_is_not_there() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let root = world.user("root", Role::Admin).await;
    let routes = routes(&world).await;
    let mut asked = 0;
    // Accounts belong to the admins, all of them.
    let owned = |route: &&Route| route.path.contains("{id}") && !route.path.contains("/users/");
    for route in routes.iter().filter(owned) {
        let missing = route.id();
        let owned = if missing.starts_with("key_") {
            ada.api_key().await.1.id.to_string()
        } else if missing.starts_with("login_") {
            let account = world.store.user(ada.id).await.unwrap();
            let other = world.bearer(&world.sign_in(&account, Role::Member).await);
            other.get("/v1/me").await.json()["session"].as_str().unwrap().to_owned()
        } else {
            let task = ada.task(&json!({ "prompt": "a secret" })).await;
            world.ran(task).await;
            task.to_string()
        };
        let items = world.items().await;
        for stranger in [&bob, &root] {
            drop(world.ledger.take());
            let [mut theirs, mut none] = [
                route.ask(stranger, &route.at(&owned)).await,
                route.ask(stranger, &route.at(&missing)).await,
            ];
            assert_eq!(
                (theirs.status.as_u16(), theirs.problem().as_str()),
                (404, "not_found"),
                "{}",
                route.path
            );
            none.problem();
            let [theirs, none] = [&mut theirs, &mut none].map(|answer| {
                answer.headers.remove("x-request-id");
                let mut problem = answer.json();
                problem["request_id"].take();
                (problem, answer.headers.clone())
            });
            assert_eq!(theirs, none, "{}", route.path);
        }
        assert_eq!(world.items().await, items, "{}", route.path);
        // Who owns it gets another answer: so the answers above say something.
        let own = route.ask(&ada, &route.at(&owned)).await.status;
        assert!(own != 404 && own != 401 && own != 403, "{} {own}", route.path);
        asked += 1;
    }
    assert_eq!(asked, 13);
}

#[tokio::test]
async fn what_is_no_id_is_the_id_of_nothing() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    for route in routes(&world).await.iter().filter(|route| route.path.contains("{id}")) {
        for id in [
            "x",
            "task_",
            "task_0",
            "conn_00000000000000000000000000000007",
            "%00",
            "TASK_0000000000000000000000000000000a",
            "..%2f..",
            "'%20OR%201=1",
        ] {
            drop(world.ledger.take());
            let answer = route.ask(&root, &route.at(id)).await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().as_str()),
                (404, "not_found"),
                "{} {id}",
                route.path
            );
            let about_who_asks = if route.asks_the_account() { 2 } else { 0 };
            assert_eq!(world.ledger.take().total_calls(), about_who_asks, "{} {id}", route.path);
        }
    }
}

/// Who may do what, on one page. Nothing that is asked for is there: whoever may ask is told so.
#[tokio::test]
async fn the_whole_table_of_routes_and_roles() {
    let world = World::new().await;
    let mut page =
        format!("{:7}{:36}admin member viewer key reading-key admin's-key nobody\n", "", "");
    for (number, route) in routes(&world).await.iter().enumerate() {
        // New ones each time: some routes end their sign-ins.
        let [admin, member, viewer] = [
            world.user(&format!("admin{number}"), Role::Admin).await,
            world.user(&format!("member{number}"), Role::Member).await,
            world.user(&format!("viewer{number}"), Role::Viewer).await,
        ];
        let [key, reading, of_admin] = [
            world.bearer(&member.api_key().await.0),
            world.bearer(&member.reading_key().await),
            world.bearer(&admin.api_key().await.0),
        ];
        write!(page, "{:7}{:36}", route.method, route.path).unwrap();
        for (person, width) in [
            (&admin, 6),
            (&member, 7),
            (&viewer, 7),
            (&key, 4),
            (&reading, 12),
            (&of_admin, 12),
            (&world.nobody(), 0),
        ] {
            let status = route.ask(person, &route.at(&route.id())).await.status.as_u16();
            write!(page, "{status:<width$}").unwrap();
        }
        page.push('\n');
    }
    insta::assert_snapshot!(page, @"
                                               admin member viewer key reading-key admin's-key nobody
    GET    /health                             200   200    200    200 200         200         200
    GET    /v1/audit                           200   403    403    403 403         403         401
    POST   /v1/auth/link                       415   415    415    415 415         415         415
    POST   /v1/auth/login                      415   415    415    415 415         415         415
    POST   /v1/auth/logout                     204   204    204    403 403         403         401
    POST   /v1/auth/refresh                    415   415    415    415 415         415         415
    GET    /v1/health                          200   403    403    403 403         200         401
    GET    /v1/keys                            200   200    403    403 403         403         401
    POST   /v1/keys                            415   415    403    403 403         403         401
    DELETE /v1/keys/{id}                       404   404    403    403 403         403         401
    GET    /v1/limits                          200   200    200    200 200         200         401
    PUT    /v1/limits                          415   403    403    403 403         415         401
    GET    /v1/me                              200   200    200    200 200         200         401
    POST   /v1/me/password                     415   415    415    403 403         403         401
    GET    /v1/openapi.json                    200   200    200    200 200         200         200
    GET    /v1/queue                           200   403    403    403 403         200         401
    POST   /v1/queue/pause                     200   403    403    403 403         200         401
    POST   /v1/queue/resume                    200   403    403    403 403         200         401
    GET    /v1/sessions                        200   200    200    403 403         403         401
    DELETE /v1/sessions                        204   204    204    403 403         403         401
    DELETE /v1/sessions/{id}                   404   404    404    403 403         403         401
    GET    /v1/tasks                           200   200    200    200 200         200         401
    POST   /v1/tasks                           415   415    403    415 403         415         401
    POST   /v1/tasks/bulk                      415   415    403    415 403         415         401
    GET    /v1/tasks/counts                    200   200    200    200 200         200         401
    GET    /v1/tasks/{id}                      404   404    404    404 404         404         401
    DELETE /v1/tasks/{id}                      404   404    403    404 403         404         401
    GET    /v1/tasks/{id}/artifacts            404   404    404    404 404         404         401
    GET    /v1/tasks/{id}/artifacts/{name}     404   404    404    404 404         404         401
    POST   /v1/tasks/{id}/cancel               404   404    403    404 403         404         401
    GET    /v1/tasks/{id}/events               404   404    404    404 404         404         401
    GET    /v1/tasks/{id}/events/{seq}         404   404    404    404 404         404         401
    GET    /v1/tasks/{id}/patch                404   404    404    404 404         404         401
    POST   /v1/tasks/{id}/retry                404   404    403    404 403         404         401
    POST   /v1/tasks/{id}/review               404   404    403    404 403         404         401
    GET    /v1/tasks/{id}/runs                 404   404    404    404 404         404         401
    POST   /v1/tickets                         201   201    201    201 201         201         401
    GET    /v1/usage                           200   200    200    200 200         200         401
    GET    /v1/users                           200   403    403    403 403         403         401
    POST   /v1/users                           415   403    403    403 403         403         401
    PATCH  /v1/users/{id}                      415   403    403    403 403         403         401
    POST   /v1/users/{id}/link                 404   403    403    403 403         403         401
    ");
}

#[tokio::test]
async fn an_unknown_parameter_is_named_everywhere() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    for route in routes(&world).await {
        let path = format!("{}?surplus=1&access_token=x", route.at(&route.id()));
        let answer = route.ask(&root, &path).await;
        assert_eq!(answer.status, 422, "{} {} {answer}", route.method, route.path);
        assert_eq!(answer.fields(), ["surplus", "access_token"], "{}", route.path);
    }
}

#[tokio::test]
async fn every_post_checks_its_idempotency_key() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let posts = routes(&world).await;
    for route in posts.iter().filter(|route| route.method == "POST") {
        let path = route.at(&route.id());
        let with = |key: &[u8]| {
            ada.request("POST", &path).header("idempotency-key", key).body(Body::empty()).unwrap()
        };
        for key in [&b""[..], b"a b", b"\xc3\xa9", b"\t", &[b'x'; 256]] {
            let answer = world.send(with(key)).await;
            assert_eq!(
                (answer.status.as_u16(), answer.fields()),
                (422, vec!["Idempotency-Key".to_owned()]),
                "{path} {key:?}"
            );
        }
        let twice = ada
            .request("POST", &path)
            .header("idempotency-key", "a")
            .header("idempotency-key", "b");
        assert_eq!(
            world.send(twice.body(Body::empty()).unwrap()).await.fields(),
            ["Idempotency-Key"]
        );
        for key in [&b"x"[..], &[b'~'; 255]] {
            assert!(world.send(with(key)).await.fields().is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn no_route_takes_a_method_that_is_not_described() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let routes = routes(&world).await;
    for route in &routes {
        for method in
            ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
        {
            let described =
                routes.iter().any(|other| other.path == route.path && other.method == method);
            if described || method == "CONNECT" {
                continue;
            }
            let answer = ada.ask(method, &route.at(&route.id())).await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().as_str()),
                (405, "method_not_allowed"),
                "{method} {}",
                route.path
            );
            assert!(answer.header("allow").contains(&route.method), "{method} {}", route.path);
        }
    }
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_guessing_and_keeping() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for route in routes(&world).await {
        for person in [&ada, &world.nobody()] {
            let request = person
                .request(&route.method, &route.at(&route.id()))
                .header("origin", "https://evil.example");
            let answer = world.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert!(!answer.header("x-request-id").is_empty());
            assert!(
                !answer.headers.contains_key("access-control-allow-origin"),
                "nobody is let in from elsewhere"
            );
        }
    }
}
