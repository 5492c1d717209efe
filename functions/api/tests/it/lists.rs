//! Pages of tasks.

use runtime::clock;
use serde_json::{Value, json};

use crate::world::{Person, World};

fn titles(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

/// Two tasks of the same millisecond have an order, but not one that a reader can tell.
fn another_millisecond() {
    let now = clock::now().as_millisecond();
    while clock::now().as_millisecond() == now {
        std::hint::spin_loop();
    }
}

async fn tasks(person: &Person<'_>, count: usize) {
    for number in 0..count {
        let tag = if number % 2 == 0 { "even" } else { "odd" };
        let title = format!("Task {number}");
        person.task(&json!({ "prompt": "x", "title": title, "tags": [tag, "all"] })).await;
        another_millisecond();
    }
}

/// Every page of a list, followed by its cursors.
async fn pages(person: &Person<'_>, query: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = person.get(&format!("/v1/tasks?{query}{cursor}")).await;
        assert_eq!(answer.status, 200, "{answer}");
        let page = answer.json();
        pages.push(titles(&page));
        let Some(next) = page["next_cursor"].as_str() else { return pages };
        cursor = format!("&cursor={next}");
        assert!(pages.len() < 100);
    }
}

#[tokio::test]
async fn a_list_is_newest_first_and_its_pages_hold_each_task_once() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    tasks(&ada, 5).await;
    assert_eq!(
        pages(&ada, "limit=2").await,
        [vec!["Task 4", "Task 3"], vec!["Task 2", "Task 1"], vec!["Task 0"]]
    );
    assert_eq!(pages(&ada, "limit=5").await.len(), 1, "no empty page at the end");
    let listed = ada.get("/v1/tasks?limit=1").await.json();
    assert_eq!(listed["items"][0]["spec"], Value::Null, "a list carries no prompts");
}

#[tokio::test]
async fn filters_keep_what_was_asked_for() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    tasks(&ada, 4).await;
    let last = ada.listed().await[0].clone();
    ada.ask("POST", &format!("/v1/tasks/{last}/cancel")).await;
    for (query, expected) in [
        ("tag=odd", vec!["Task 3", "Task 1"]),
        ("tag=odd,all", vec!["Task 3", "Task 1"]),
        ("tag=odd&tag=even", vec![]),
        ("tag=od", vec![]),
        ("state=canceled", vec!["Task 3"]),
        ("state=canceled,queued&q=task+3", vec!["Task 3"]),
        ("state=queued&state=canceled&q=TASK%202", vec!["Task 2"]),
        ("state=running", vec![]),
        ("q=nothing+like+it", vec![]),
    ] {
        assert_eq!(pages(&ada, query).await.concat(), expected, "{query}");
    }
    assert_eq!(pages(&ada, "tag=odd&limit=1").await, [vec!["Task 3"], vec!["Task 1"]]);
}

#[tokio::test]
async fn a_filter_that_keeps_little_still_finds_all_of_it() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    ada.task(&json!({ "prompt": "x", "title": "needle" })).await;
    for _ in 0..120 {
        ada.task(&json!({ "prompt": "hay" })).await;
    }
    assert_eq!(pages(&ada, "q=needle").await.concat(), ["needle"]);
    assert_eq!(
        pages(&ada, "q=hay&limit=50").await.iter().map(Vec::len).collect::<Vec<_>>(),
        [50, 50, 20]
    );
}

#[tokio::test]
async fn nobody_sees_the_tasks_of_another() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    tasks(&ada, 1).await;
    let admin = world.user("root", auth::Role::Admin).await;
    assert!(bob.listed().await.is_empty() && admin.listed().await.is_empty());
}

#[tokio::test]
async fn a_cursor_is_of_one_list_of_one_user() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    tasks(&ada, 2).await;
    tasks(&bob, 2).await;
    let cursor =
        ada.get("/v1/tasks?limit=1").await.json()["next_cursor"].as_str().unwrap().to_owned();
    let mut flipped = cursor.clone().into_bytes();
    flipped[3] = if flipped[3] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    for (person, query) in [
        (&bob, format!("limit=1&cursor={cursor}")),
        (&ada, format!("limit=1&q=task&cursor={cursor}")),
        (&ada, format!("limit=1&cursor={flipped}")),
        (&ada, "limit=1&cursor=x".to_owned()),
        (&ada, "limit=1&cursor=".to_owned()),
    ] {
        let answer = person.get(&format!("/v1/tasks?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (400, "bad_request"),
            "{query}"
        );
    }
    let other_size = ada.get(&format!("/v1/tasks?limit=9&cursor={cursor}")).await;
    assert_eq!(titles(&other_size.json()), ["Task 0"], "the size of a page may change on the way");
}

async fn counts(person: &Person<'_>, query: &str) -> String {
    let counts = person.get(&format!("/v1/tasks/counts{query}")).await.json();
    let of = |name: &str| {
        let more = if counts[name]["more"] == true { "+" } else { "" };
        format!("{}{more}", counts[name]["count"])
    };
    format!("{} {} {}", of("active"), of("needs_review"), of("all"))
}

#[tokio::test]
async fn a_task_is_active_then_needs_review_then_only_is_there() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let task = ada.task(&json!({ "prompt": "x", "title": "first" })).await;
    ada.task(&json!({ "prompt": "x", "title": "second" })).await;
    let review = format!("/v1/tasks/{task}/review");
    assert_eq!(ada.ask("POST", &review).await.problem(), "not_ended");
    assert_eq!(counts(&ada, "").await, "2 0 2");
    assert_eq!(pages(&ada, "view=active").await.concat().len(), 2);

    world.ran(task).await;
    assert_eq!(counts(&ada, "?scope=mine").await, "1 1 2");
    assert_eq!(pages(&ada, "view=active").await.concat(), ["second"]);
    assert_eq!(pages(&ada, "view=needs_review").await.concat(), ["first"]);

    let first = ada.post(&review, &json!({})).await;
    assert_eq!(first.status, 200, "{first}");
    assert!(first.json()["reviewed_at"].is_string());
    assert_eq!(ada.ask("POST", &review).await.json(), first.json(), "once is enough");
    assert_eq!(counts(&ada, "").await, "1 0 2");
    assert_eq!(pages(&ada, "view=needs_review").await.concat(), Vec::<String>::new());
    assert_eq!(pages(&ada, "view=all").await.concat().len(), 2);

    ada.ask("POST", &format!("/v1/tasks/{task}/retry")).await;
    assert_eq!(counts(&ada, "").await, "2 0 2");
    let again = ada.get(&format!("/v1/tasks/{task}")).await.json();
    assert_eq!(again["reviewed_at"], Value::Null, "there is something new to look at");
}

#[tokio::test]
async fn tasks_are_found_by_repository_model_and_time() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let mut made = Vec::new();
    for (title, url, model) in [
        ("one", "https://github.com/acme/app.git", "claude-sonnet-5"),
        ("two", "https://GitHub.com/acme/app", "claude-opus-5"),
        ("three", "https://github.com/acme/web", "claude-sonnet-5"),
    ] {
        let body = json!({
            "prompt": "x", "title": title, "model": model,
            "repository": { "url": url, "ref": "main" },
        });
        let task = ada.post("/v1/tasks", &body).await.json();
        made.push(task["created_at"].as_str().unwrap().to_owned());
        another_millisecond();
    }
    ada.task(&json!({ "prompt": "x", "title": "four" })).await;
    let at = |place: usize| made[place].replace('+', "%2B");
    for (query, expected) in [
        ("repository=github.com/acme/app".to_owned(), vec!["two", "one"]),
        ("repository=https://github.com/acme/app/".to_owned(), vec!["two", "one"]),
        ("repository=github.com/acme".to_owned(), vec![]),
        ("model=claude-sonnet-5".to_owned(), vec!["three", "one"]),
        ("model=claude-sonnet-5&repository=github.com/acme/web".to_owned(), vec!["three"]),
        (format!("from={}", at(1)), vec!["four", "three", "two"]),
        (format!("from={}&to={}", at(1), at(2)), vec!["two"]),
        (format!("to={}&limit=1", at(2)), vec!["two", "one"]),
    ] {
        assert_eq!(pages(&ada, &query).await.concat(), expected, "{query}");
    }
    let listed = ada.get("/v1/tasks?limit=1&q=three").await.json()["items"][0].clone();
    assert_eq!(
        json!([listed["repository"], listed["ref"], listed["model"]]),
        json!(["github.com/acme/web", "main", "claude-sonnet-5"])
    );
    let backwards = ada.get(&format!("/v1/tasks?from={}&to={}", at(2), at(1))).await;
    assert_eq!(
        (backwards.problem().as_str(), backwards.fields()),
        ("validation", vec!["to".to_owned()])
    );
}

#[tokio::test]
async fn only_an_administrator_sees_the_tasks_of_everybody_and_only_by_asking() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let root = world.user("root", auth::Role::Admin).await;
    tasks(&ada, 2).await;
    tasks(&bob, 1).await;
    assert_eq!(pages(&root, "scope=all&limit=2").await, [vec!["Task 0", "Task 1"], vec!["Task 0"]]);
    assert_eq!(pages(&root, "scope=all&tag=odd").await.concat(), ["Task 1"]);
    assert_eq!(counts(&root, "?scope=all").await, "3 0 3");
    assert_eq!(counts(&root, "").await, "0 0 0");
    for person in [&ada, &world.user("eve", auth::Role::Viewer).await] {
        for path in ["/v1/tasks?scope=all", "/v1/tasks/counts?scope=all"] {
            assert_eq!(person.get(path).await.problem(), "forbidden", "{path}");
        }
    }
    let page = root.get("/v1/tasks?scope=all&limit=1").await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = root.get(&format!("/v1/tasks?limit=1&cursor={cursor}")).await;
    assert_eq!(other.problem(), "bad_request", "a cursor of all tasks is none of my own");
}

#[tokio::test]
async fn one_request_looks_at_a_bounded_number_of_tasks_however_few_it_finds() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    ada.task(&json!({ "prompt": "x", "title": "needle" })).await;
    for _ in 0..520 {
        ada.task(&json!({ "prompt": "hay" })).await;
    }
    let _ = world.ledger.take();
    let page = ada.get("/v1/tasks?q=needle").await.json();
    assert_eq!(world.ledger.take().total_calls(), 10);
    assert_eq!(titles(&page), Vec::<String>::new());
    assert!(page["next_cursor"].is_string(), "there is more to look at");
    assert_eq!(pages(&ada, "q=needle").await.concat(), ["needle"]);
    let _ = world.ledger.take();
    assert_eq!(counts(&ada, "").await, "500+ 0+ 500+");
    assert_eq!(world.ledger.take().total_calls(), 6);
}
