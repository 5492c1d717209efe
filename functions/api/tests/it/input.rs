//! Bad input: each field and parameter of each route, wrong in each way that its schema can tell, and some more.

use auth::Role;
use serde_json::{Value, json};

use crate::{
    fences::{Route, routes},
    world::World,
};

/// The schema behind a reference, or an optional one.
fn resolved(schema: &Value, document: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return document["components"]["schemas"][name].clone();
    }
    match schema["oneOf"].as_array() {
        Some(options) => resolved(&options[0], document),
        None => schema.clone(),
    }
}

fn kind(schema: &Value) -> &str {
    schema["type"].as_str().or(schema["type"][0].as_str()).unwrap()
}

/// Values that a schema excludes, and values at its edges.
fn wrong_and_right(schema: &Value) -> (Vec<Value>, Vec<Value>) {
    let x = |length: u64| Value::from("x".repeat(usize::try_from(length).unwrap()));
    let of_ids = schema["items"]["$ref"] == "#/components/schemas/TaskId";
    let entry = |number: u64| match of_ids {
        true => format!("task_{number:032}"),
        false => number.to_string(),
    };
    let list = |length: u64| (0..length).map(entry).collect::<Vec<_>>().into();
    let (mut wrong, mut right) = match kind(schema) {
        "string" => (vec![json!(1), json!(true), json!([]), json!({})], vec![]),
        "boolean" => (
            vec![json!("true"), json!(1), json!([true]), json!({})],
            vec![json!(true), json!(false)],
        ),
        "integer" => (
            vec![
                json!("1"),
                json!(1.5),
                json!(false),
                json!([1]),
                json!({}),
                json!(-1),
                json!(1e300),
            ],
            vec![],
        ),
        "array" => (
            vec![
                json!("a"),
                json!({}),
                json!([1]),
                json!([null]),
                json!([["a"]]),
                json!(["a", "a"]),
            ],
            vec![json!([])],
        ),
        "object" => (vec![json!("a"), json!([]), json!(1)], vec![]),
        kind => panic!("no wrong values for {kind}"),
    };
    if let Some(min) = schema["minimum"].as_u64().filter(|min| *min > 0) {
        wrong.push((min - 1).into());
        right.push(min.into());
    }
    if let Some(max) = schema["maximum"].as_u64() {
        wrong.push((max + 1).into());
        right.push(max.into());
    }
    if let Some(min) = schema["minLength"].as_u64() {
        wrong.push(x(min - 1));
    }
    if let Some(max) = schema["maxLength"].as_u64() {
        let (longest, longer) = (x(max), x(max + 1));
        let is_email = schema["format"] == "email";
        right.push(if is_email { at_host(&longest) } else { longest });
        wrong.push(if is_email { at_host(&longer) } else { longer });
    }
    if let Some(max) = schema["maxItems"].as_u64() {
        wrong.push(list(max + 1));
        right.push(list(max));
    }
    if schema["format"] == "date-time" {
        wrong.extend(
            ["", "tomorrow", "2030-01-31", "2030-01-31T12:00:00", "9999-01-01T00:00:00Z"]
                .map(Value::from),
        );
    }
    if !schema["enum"].is_null() {
        wrong.extend(["", "URGENT", "urgent "].map(Value::from));
        right.extend(schema["enum"].as_array().unwrap().iter().cloned());
    }
    (wrong, right)
}

/// The same length, as a mail address.
fn at_host(text: &Value) -> Value {
    let text = text.as_str().unwrap();
    format!("{}@example.org", &text["@example.org".len()..]).into()
}

fn body_of(route: &Route, document: &Value) -> Value {
    resolved(&route.operation["requestBody"]["content"]["application/json"]["schema"], document)
}

#[tokio::test]
async fn every_field_is_checked_as_it_is_described() {
    let world = World::new().await;
    let document = world.openapi().await;
    let ada = world.user("ada", Role::Admin).await;
    let mut checked = Vec::new();
    for route in routes(&world).await.iter().filter(|route| route.has_body()) {
        let path = route.at(&route.id());
        for (name, schema) in body_of(route, &document)["properties"].as_object().unwrap() {
            let (wrong, right) = wrong_and_right(&resolved(schema, &document));
            for value in wrong {
                let mut body = json!({ "surplus": 1 });
                body[name] = value.clone();
                let answer = ada.send(&route.method, &path, &body).await;
                let named = answer.fields();
                assert_eq!(
                    (answer.status.as_u16(), answer.problem().as_str()),
                    (422, "validation")
                );
                let at_fault =
                    |field: &String| field == name || field.starts_with(&format!("{name}["));
                assert!(named.iter().any(at_fault), "{} {name} {value:.60} {named:?}", route.path);
                assert!(named.contains(&"surplus".to_owned()), "{named:?}");
            }
            for value in right {
                let mut body = json!({ "surplus": 1 });
                body[name] = value.clone();
                let named = ada.send(&route.method, &path, &body).await.fields();
                assert!(
                    !named.iter().any(|field| field.starts_with(name)),
                    "{} {name} {value:.60} {named:?}",
                    route.path
                );
            }
            checked.push(name.clone());
        }
    }
    assert_eq!(checked.len(), 37, "{checked:?}");
    assert!(
        ada.listed().await.is_empty() && ada.get("/v1/keys").await.json()["items"] == json!([])
    );
}

#[tokio::test]
async fn every_parameter_is_checked_as_it_is_described() {
    let world = World::new().await;
    let document = world.openapi().await;
    let ada = world.user("ada", Role::Admin).await;
    let task = ada.task(&json!({ "prompt": "x" })).await.to_string();
    let mut checked = 0;
    for route in routes(&world).await {
        let params = route.operation["parameters"].as_array().cloned().unwrap_or_default();
        for param in params.iter().filter(|param| param["in"] == "query") {
            let (name, schema) =
                (param["name"].as_str().unwrap(), resolved(&param["schema"], &document));
            let path = route.at(&task);
            let (mut wrong, mut right): (Vec<String>, Vec<String>) = (vec![], vec![]);
            if kind(&schema) == "integer" {
                wrong.extend(
                    [
                        "",
                        "x",
                        "1.5",
                        "-1",
                        "+1",
                        "0x1",
                        "1e1",
                        "%201",
                        "1;",
                        "99999999999999999999",
                    ]
                    .map(str::to_owned),
                );
                let (min, max) = (schema["minimum"].as_u64(), schema["maximum"].as_u64());
                wrong.extend(min.filter(|min| *min > 0).map(|min| (min - 1).to_string()));
                wrong.extend(max.map(|max| (max + 1).to_string()));
                right.extend(min.map(|min| min.to_string()));
                right.extend(max.filter(|_| name != "wait").map(|max| max.to_string()));
                wrong.push(format!("1&{name}=1"));
            }
            if kind(&schema) == "array" {
                wrong.extend(["", "a,,b", "a%0Ab"].map(str::to_owned));
                wrong.push(vec!["x"; 21].join(","));
            }
            if name == "state" {
                wrong.extend(["Queued", "queued%20", "*"].map(str::to_owned));
                right.push("queued,running".to_owned());
            }
            if let Some(words) = schema["enum"].as_array() {
                let words = words.iter().map(|word| word.as_str().unwrap());
                wrong.extend(["", "x", "%20"].map(str::to_owned));
                wrong.extend(words.clone().map(str::to_uppercase));
                // What is for administrators is told apart by its own tests.
                let allowed =
                    words.filter(|word| !(name == "scope" && *word == "all" || *word == "user"));
                right.extend(allowed.map(str::to_owned));
            }
            if schema["format"] == "date-time" {
                wrong.extend(["", "tomorrow", "2030-01-31", "1893456000"].map(str::to_owned));
                right.push("2030-01-31T12:00:00Z".to_owned());
            }
            if schema["format"] == "date" {
                wrong.extend(
                    ["", "today", "2030-1-31", "2030-02-30", "20300131"].map(str::to_owned),
                );
            }
            if name == "tz" {
                wrong.extend(["", "Mars", "%2B02:00", "../UTC"].map(str::to_owned));
                right.extend(["UTC", "Asia/Kathmandu"].map(str::to_owned));
            }
            if name == "repository" || name == "model" {
                let max = usize::try_from(schema["maxLength"].as_u64().unwrap()).unwrap();
                wrong.extend(["", "%20", "a%0Ab"].map(str::to_owned));
                wrong.push("x".repeat(max + 1));
                right.push("x".repeat(max));
            }
            if name == "q" {
                wrong.extend(["", "%20", "%00", "a&q=b"].map(str::to_owned));
                wrong.push("x".repeat(201));
                right.push("x".repeat(200));
            }
            for value in wrong {
                let answer = ada.get(&format!("{path}?{name}={value}")).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.fields().first().map(String::as_str)),
                    (422, Some(name)),
                    "{path} {name}={value}"
                );
                answer.problem();
            }
            for value in right {
                let answer = ada.get(&format!("{path}?{name}={value}")).await;
                assert_eq!(answer.status, 200, "{path} {name}={value} {answer}");
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 28);
    let both =
        ada.get(&format!("/v1/tasks/{task}/events?after=1&before=2&tail=3&limit=1&wait=1")).await;
    insta::assert_snapshot!(both.brief(), @"422 `before` cannot be combined with `after`; `tail` cannot be combined with `after`; `limit` cannot be combined with `tail`; `wait` cannot be combined with `before`; `wait` cannot be combined with `tail`");
}

#[tokio::test]
async fn what_is_no_body_is_refused_everywhere() {
    let world = World::new().await;
    let ada = world.user("ada", Role::Admin).await;
    let routes = routes(&world).await;
    let items = world.items().await;
    for route in routes.iter().filter(|route| route.method == "POST") {
        let path = route.at(&route.id());
        for (kind, body, expected) in [
            ("application/json", r#"{"a":1,"a":1}"#.to_owned(), "400 bad_request"),
            ("application/json", "[]".to_owned(), "400 bad_request"),
            ("application/json", "null".to_owned(), "400 bad_request"),
            ("application/json", "\"x\"".to_owned(), "400 bad_request"),
            ("application/json", "{".to_owned(), "400 bad_request"),
            ("application/json", "{} {}".to_owned(), "400 bad_request"),
            ("application/json", "[".repeat(10_000), "400 bad_request"),
            (
                "application/json",
                format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100)),
                "400 bad_request",
            ),
            ("text/plain", "{}".to_owned(), "415 unsupported_media_type"),
            (
                "application/x-www-form-urlencoded",
                "email=a&password=b".to_owned(),
                "415 unsupported_media_type",
            ),
            ("application/json; charset=utf-16", "{}".to_owned(), "415 unsupported_media_type"),
            ("application/jsonp", "{}".to_owned(), "415 unsupported_media_type"),
            ("application/json", r#"{"surplus":1}"#.to_owned(), "422 validation"),
            ("Application/JSON; charset=UTF-8", r#"{"surplus":1}"#.to_owned(), "422 validation"),
            ("application/json", " ".repeat(410 * 1024), "413 payload_too_large"),
            ("application/json", " ".repeat(11 * 1024 * 1024), "413 payload_too_large"),
        ] {
            let start: String = body.chars().take(20).collect();
            let answer = ada.post_text(&path, kind, body).await;
            let found = format!("{} {}", answer.status.as_u16(), answer.problem());
            assert_eq!(found, expected, "{path} {kind} {start}");
        }
        let invalid = ada.post_text(&path, "application/json", b"{\"a\":\"\xff\"}".to_vec()).await;
        assert_eq!(invalid.status, 400, "{path}");
        let zipped = ada
            .request("POST", &path)
            .header("content-type", "application/json")
            .header("content-encoding", "gzip");
        assert_eq!(world.send(zipped.body("{}".into()).unwrap()).await.status, 415, "{path}");
    }
    assert_eq!(world.items().await, items);
}

#[tokio::test]
async fn one_answer_names_everything_that_is_wrong() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let answer = ada
        .post(
            "/v1/tasks",
            &json!({
                "prompt": "  ",
                "repository": { "url": "file:///etc", "ref": "--upload-pack=x", "token": "x" },
                "model": "--mcp-config=/x",
                "tags": ["ok", "a,b", 3],
                "status": "succeeded",
                "owner": "user_00000000000000000000000000000007",
            }),
        )
        .await;
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let lines: Vec<_> = errors
        .iter()
        .map(|error| {
            format!("{} {}", error["field"].as_str().unwrap(), error["message"].as_str().unwrap())
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    prompt must not be blank
    repository.url must start with `https://`
    repository.ref must be the name of a branch or tag, or a commit
    repository.token is unknown
    model must be a model's name, such as `claude-sonnet-5`
    tags[1] must not contain a comma
    tags[2] must be text
    status is unknown
    owner is unknown
    ");
    assert!(ada.listed().await.is_empty());
}

#[tokio::test]
async fn a_repository_is_no_way_into_a_machine() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for (url, git_ref) in [
        ("https://localhost/x.git", "main"),
        ("https://169.254.169.254/x", "main"),
        ("https://[::1]/x", "main"),
        ("https://0x7f.1/x", "main"),
        ("https://a@github.com/x", "main"),
        ("git://github.com/a/b", "main"),
        ("ssh://-oProxyCommand=x/", "main"),
        ("ext::sh -c id", "main"),
        ("file:///srv/git/app.git", "main"),
        ("https://github.com/a/b", "--upload-pack=touch x"),
        ("https://github.com/a/b", "a\nb"),
        ("https://github.com/a/b", "$(id)"),
    ] {
        let body = json!({ "prompt": "x", "repository": { "url": url, "ref": git_ref } });
        let answer = ada.post("/v1/tasks", &body).await;
        assert_eq!(answer.status, 422, "{url} {git_ref}");
        assert!(answer.fields()[0].starts_with("repository."), "{answer}");
    }
    assert!(ada.listed().await.is_empty());
}

#[tokio::test]
async fn the_largest_task_there_may_be_is_stored() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    // Escaped, a quote is two bytes on the wire and one in the store.
    let body = json!({
        "prompt": "\"".repeat(150 * 1024),
        "title": "é".repeat(200),
        "repository": { "url": format!("https://github.com/{}", "x".repeat(1_900)), "ref": "r".repeat(250) },
        "model": "m".repeat(100),
        "tags": (0..20).map(|tag| format!("{tag:é>50}")).collect::<Vec<_>>(),
    });
    let id = ada.task(&body).await;
    let task = ada.get(&format!("/v1/tasks/{id}")).await.json();
    assert_eq!(task["spec"]["prompt"], body["prompt"]);
}

#[tokio::test]
async fn a_local_repository_is_taken_where_the_operator_allows_it() {
    let world = World::with(|settings| settings.repositories.local_files = true).await;
    let ada = world.member("ada").await;
    let body = json!({ "prompt": "x", "repository": { "url": "file:///srv/git/app.git" } });
    assert_eq!(ada.post("/v1/tasks", &body).await.status, 201);
}
