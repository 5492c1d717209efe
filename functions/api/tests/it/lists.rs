//! Pages of tasks.

use serde_json::{Value, json};

use crate::world::{Person, World};

fn titles(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

async fn tasks(person: &Person<'_>, count: usize) {
    for number in 0..count {
        let tag = if number % 2 == 0 { "even" } else { "odd" };
        let title = format!("Task {number}");
        person.task(&json!({ "prompt": "x", "title": title, "tags": [tag, "all"] })).await;
        // Two tasks of the same millisecond have an order, but not one that a reader can tell.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
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
