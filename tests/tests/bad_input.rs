//! What is wrong is refused, by name, and nothing of it is stored. The table of every field is in the API's own tests;
//! here it is seen that the whole way, through gateway and function, answers the same.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Setup, client::Answer, invariants, scripted::Script};

/// The fields that a problem document names.
fn fields(answer: &Answer, status: u16) -> Vec<String> {
    answer.problem(status).errors.into_iter().map(|error| error.field).collect()
}

#[tokio::test]
async fn a_task_with_wrong_fields_is_refused_by_their_names_and_not_stored() {
    let server = Setup::scripted().start().await;
    let refused: Vec<(Value, &[&str])> = vec![
        (json!({}), &["prompt"]),
        (json!({ "prompt": "" }), &["prompt"]),
        (json!({ "prompt": 7 }), &["prompt"]),
        (json!({ "prompt": null }), &["prompt"]),
        (json!({ "prompt": "a\u{0}b" }), &["prompt"]),
        (json!({ "prompt": "x".repeat(150 * 1024 + 1) }), &["prompt"]),
        (json!({ "prompt": "p", "surprise": 1 }), &["surprise"]),
        (json!({ "prompt": "p", "Title": "t" }), &["Title"]),
        (json!({ "prompt": "p", "title": "" }), &["title"]),
        (json!({ "prompt": "p", "title": "t".repeat(201) }), &["title"]),
        (json!({ "prompt": "p", "model": "--dangerously" }), &["model"]),
        (json!({ "prompt": "p", "max_turns": 0 }), &["max_turns"]),
        (json!({ "prompt": "p", "max_turns": "3" }), &["max_turns"]),
        (json!({ "prompt": "p", "max_turns": 1.5 }), &["max_turns"]),
        (json!({ "prompt": "p", "budget_usd_micros": -1 }), &["budget_usd_micros"]),
        (json!({ "prompt": "p", "timeout_s": 86_401 }), &["timeout_s"]),
        (json!({ "prompt": "p", "priority": "asap" }), &["priority"]),
        (json!({ "prompt": "p", "tags": "a" }), &["tags"]),
        (json!({ "prompt": "p", "tags": ["ok", "a,b"] }), &["tags[1]"]),
        (json!({ "prompt": "p", "max_attempts": 11 }), &["max_attempts"]),
        (json!({ "prompt": "p", "not_before": "tomorrow" }), &["not_before"]),
        (json!({ "prompt": "p", "not_before": "2999-01-01T00:00:00Z" }), &["not_before"]),
        (json!({ "prompt": "p", "repository": {} }), &["repository.url"]),
        (json!({ "prompt": "p", "repository": { "url": "file:///etc" } }), &["repository.url"]),
        (
            json!({ "prompt": "p", "repository": { "url": "https://127.0.0.1/x" } }),
            &["repository.url"],
        ),
        (
            json!({ "prompt": "p", "repository": { "url": "https://github.com/a/b", "ref": "-x" } }),
            &["repository.ref"],
        ),
        (json!({ "prompt": "", "max_turns": 0, "extra": true }), &["prompt", "max_turns", "extra"]),
    ];
    for (body, at_fault) in refused {
        let answer = server.api().send(Method::POST, "/v1/tasks", Some(body.clone())).await;
        assert_eq!(
            fields(&answer, 422),
            at_fault,
            "{}",
            &body.to_string()[..body.to_string().len().min(200)]
        );
    }
    assert_eq!(server.api().tasks().await, []);
    invariants::hold(server).await;
}

#[tokio::test]
async fn a_body_that_is_no_json_of_ours_is_refused_before_it_is_looked_at() {
    let server = Setup::scripted().start().await;
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = server.api().request(Method::POST, "/v1/tasks").header("content-type", kind);
        async move { request.body(body).send().await.unwrap().status().as_u16() }
    };
    let json = "application/json";
    let good = br#"{"prompt":"p"}"#.to_vec();
    assert_eq!(post("text/plain", good.clone()).await, 415);
    for broken in ["", "{", "[]", "null", "\"p\"", "{\"prompt\":\"p\"}{}", "{\"prompt\":\"p\",}"] {
        assert_eq!(post(json, broken.into()).await, 400, "{broken}");
    }
    assert_eq!(post(json, b"{\"prompt\":\"\xff\"}".to_vec()).await, 400);
    assert_eq!(post(json, "[".repeat(100_000).into_bytes()).await, 400);
    assert_eq!(post(json, vec![b' '; 500 * 1024]).await, 413);
    let answer = server.api().send(Method::PUT, "/v1/tasks", Some(json!({}))).await;
    assert_eq!(answer.problem(405).code(), "method_not_allowed");
    assert_eq!(server.api().get_refused(404, "/v1/nothing").await.code(), "not_found");
    let key = |key: String| {
        server.api().request(Method::POST, "/v1/tasks").header("idempotency-key", key)
    };
    for bad in [String::new(), "a b".to_owned(), "k".repeat(256)] {
        let status =
            key(bad.clone()).json(&json!({ "prompt": "p" })).send().await.unwrap().status();
        assert_eq!(status, 422, "{bad}");
    }
    assert_eq!(server.api().tasks().await, []);
    invariants::hold(server).await;
}

#[tokio::test]
async fn wrong_parameters_are_refused_by_their_names() {
    let server = Setup::scripted().start().await;
    let id = server.run(Script::new().task()).await.task.id;
    for (path, at_fault) in [
        ("/v1/tasks?limit=0", "limit"),
        ("/v1/tasks?limit=101", "limit"),
        ("/v1/tasks?limit=ten", "limit"),
        ("/v1/tasks?state=done", "state"),
        ("/v1/tasks?page=2", "page"),
        ("/v1/tasks/ID/events?after=-1", "after"),
        ("/v1/tasks/ID/events?wait=21", "wait"),
        ("/v1/tasks/ID/events?limit=501", "limit"),
        ("/v1/tasks/ID/events?tail=3&before=2", "tail"),
    ] {
        let path = path.replace("ID", &id.to_string());
        let answer = server.api().send(Method::GET, &path, None).await;
        assert_eq!(fields(&answer, 422), [at_fault], "{path}");
    }
    let problem = server.api().get_refused(400, "/v1/tasks?cursor=x").await;
    assert!(problem.detail.is_some_and(|detail| detail.contains("cursor")));
    for path in [
        "/v1/tasks/7",
        "/v1/tasks/ID/events/0",
        "/v1/tasks/ID/events/x",
        "/v1/tasks/ID/artifacts/..%2Fx",
    ] {
        server.api().get_refused(404, &path.replace("ID", &id.to_string())).await;
    }
    invariants::hold(server).await;
}

#[tokio::test]
async fn whoever_shows_no_right_token_gets_nowhere() {
    let server = Setup::scripted().start().await;
    let refresh = server.refresh_token().to_owned();
    let tampered = {
        let mut token = server.api().token().to_owned();
        let last = token.pop().unwrap();
        token.push(if last == 'A' { 'B' } else { 'A' });
        token
    };
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.";
    let key = format!("errand_key_{}", "a".repeat(36));
    for token in ["", "x", refresh.as_str(), &tampered, unsigned, &key] {
        let api = server.nobody().with_token(token);
        for (method, path) in [
            (Method::GET, "/v1/me"),
            (Method::GET, "/v1/tasks"),
            (Method::POST, "/v1/tasks"),
            (Method::POST, "/v1/tickets"),
            (Method::GET, "/v1/keys"),
            (Method::GET, "/v1/run"),
        ] {
            let body = (method == Method::POST).then(|| json!({ "prompt": "p" }));
            let answer = api.send(method, path, body).await;
            assert_eq!(answer.problem(401).code(), "unauthorized", "{path} as `{token}`");
        }
    }
    let nobody = server.nobody();
    assert_eq!(nobody.get_refused(401, "/v1/tasks").await.code(), "unauthorized");
    for (email, password) in
        [(server.admin(), "wrong-password"), ("nobody@errand.test", "wrong-password")]
    {
        let body = json!({ "email": email, "password": password });
        let problem = nobody.post_refused(401, "/v1/auth/login", body).await;
        assert_eq!(problem.code(), "bad_credentials");
    }
    assert_eq!(server.api().tasks().await, []);
    invariants::hold(server).await;
}
