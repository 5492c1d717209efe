//! The same done to many tasks.

use serde_json::{Value, json};

use crate::{
    answer::Answer,
    world::{Person, World},
};

async fn bulk(person: &Person<'_>, body: &Value) -> Answer {
    person.post("/v1/tasks/bulk", body).await
}

/// `matched changed skipped`.
fn told(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer}");
    let answer = answer.json();
    let skipped = answer["skipped"].as_array().unwrap().iter();
    let skipped: Vec<_> = skipped.map(|task| task["code"].as_str().unwrap()).collect();
    format!("{} {} {skipped:?}", answer["matched"], answer["changed"])
}

/// Sends it again and again, until nothing is left.
async fn to_the_end(person: &Person<'_>, body: &Value) -> Vec<String> {
    let (mut body, mut answers) = (body.clone(), Vec::new());
    loop {
        let answer = bulk(person, &body).await;
        answers.push(told(&answer));
        let cursor = answer.json()["cursor"].clone();
        if cursor.is_null() {
            return answers;
        }
        body["cursor"] = cursor;
        assert!(answers.len() < 100);
    }
}

#[tokio::test]
async fn all_that_a_filter_keeps_are_canceled_and_no_others() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for n in 0..6 {
        let tag = if n % 2 == 0 { "even" } else { "odd" };
        ada.task(&json!({ "prompt": "x", "tags": [tag] })).await;
    }
    let body = json!({ "action": "cancel", "filter": { "tag": ["odd"] } });
    let mut dry = body.clone();
    dry["dry_run"] = true.into();
    let asked = bulk(&ada, &dry).await;
    assert_eq!(told(&asked), "3 0 []");
    assert_eq!(asked.json()["tasks"].as_array().unwrap().len(), 3);
    let active = ada.get("/v1/tasks?view=active").await.json();
    assert_eq!(active["items"].as_array().unwrap().len(), 6, "it was only asked");

    assert_eq!(told(&bulk(&ada, &body).await), "3 3 []");
    assert_eq!(told(&bulk(&ada, &body).await), "0 0 []", "nothing is left to be done");
    let canceled = ada.get("/v1/tasks?state=canceled").await.json();
    let tags: Vec<_> = canceled["items"].as_array().unwrap().iter().map(|t| &t["tags"]).collect();
    assert_eq!(tags, [&json!(["odd"]); 3]);
}

#[tokio::test]
async fn named_tasks_that_cannot_be_changed_are_told_one_by_one() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let (waits, done) =
        (ada.task(&json!({ "prompt": "x" })).await, ada.task(&json!({ "prompt": "x" })).await);
    world.ran(done).await;
    let theirs = bob.task(&json!({ "prompt": "x" })).await;
    let ids = json!([waits, done, theirs]);
    let answer = bulk(&ada, &json!({ "action": "cancel", "ids": ids })).await;
    assert_eq!(told(&answer), r#"2 1 ["not_found", "already_ended"]"#);
    assert_eq!(bob.get(&format!("/v1/tasks/{theirs}")).await.json()["state"], "queued");

    let answer = bulk(&ada, &json!({ "action": "review", "ids": ids })).await;
    assert_eq!(told(&answer), r#"2 2 ["not_found"]"#);
    let answer = bulk(&ada, &json!({ "action": "retry", "ids": [waits, done] })).await;
    assert_eq!(told(&answer), "2 2 []");
}

#[tokio::test]
async fn to_retry_without_a_word_of_states_means_what_failed() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let failed = ada.task(&json!({ "prompt": "x" })).await;
    let head = world.start(failed).await;
    let timeout = domain::task::Outcome::Failed(domain::reason::Reason::Timeout);
    world.end(&head, timeout, &[]).await;
    let done = ada.task(&json!({ "prompt": "x" })).await;
    world.ran(done).await;

    let retry = |filter: Value| json!({ "action": "retry", "dry_run": true, "filter": filter });
    for (filter, expected) in [
        (json!({}), vec![failed]),
        (json!({ "reason": "timeout" }), vec![failed]),
        (json!({ "reason": "lost" }), vec![]),
        (json!({ "state": ["succeeded"] }), vec![done]),
        (json!({ "state": ["failed", "succeeded"] }), vec![done, failed]),
        (json!({ "state": ["queued"] }), vec![]),
    ] {
        let answer = bulk(&ada, &retry(filter.clone())).await.json();
        assert_eq!(answer["tasks"], json!(expected), "{filter}");
    }
}

#[tokio::test]
async fn many_are_changed_page_by_page_and_the_dispatcher_is_rung_once_a_page() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for _ in 0..120 {
        let id = ada.task(&json!({ "prompt": "x" })).await;
        ada.ask("POST", &format!("/v1/tasks/{id}/cancel")).await;
    }
    let rings = world.rings().len();
    let body = json!({ "action": "retry", "filter": { "state": ["canceled"] } });
    assert_eq!(to_the_end(&ada, &body).await, ["50 50 []", "50 50 []", "20 20 []"]);
    assert_eq!(world.rings().len(), rings + 3);
    let active = ada.get("/v1/tasks/counts").await.json();
    assert_eq!(active["active"]["count"], 120);
}

#[tokio::test]
async fn a_filter_that_keeps_little_changes_a_bounded_part_and_says_where_to_go_on() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    ada.task(&json!({ "prompt": "x", "title": "needle" })).await;
    for _ in 0..520 {
        ada.task(&json!({ "prompt": "hay" })).await;
    }
    let body = json!({ "action": "cancel", "filter": { "q": "needle" } });
    assert_eq!(to_the_end(&ada, &body).await, ["0 0 []", "1 1 []"]);
}

#[tokio::test]
async fn a_repeat_under_one_key_is_answered_as_the_first_time() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let id = ada.task(&json!({ "prompt": "x" })).await;
    world.ran(id).await;
    let body = json!({ "action": "retry", "filter": { "state": ["succeeded"] } });
    let first = ada.post_keyed("k", "/v1/tasks/bulk", &body).await;
    assert_eq!(told(&first), "1 1 []");
    world.ran(id).await;
    let again = ada.post_keyed("k", "/v1/tasks/bulk", &body).await;
    assert_eq!(again.json(), first.json());
    assert_eq!(world.store.head(id).await.unwrap().task.attempt.0, 2, "and nothing was done");

    let other = json!({ "action": "review", "filter": {} });
    let refused = ada.post_keyed("k", "/v1/tasks/bulk", &other).await;
    assert_eq!(refused.problem(), "idempotency_mismatch");
    assert_eq!(told(&bob.post_keyed("k", "/v1/tasks/bulk", &other).await), "0 0 []");
}

#[tokio::test]
async fn only_an_administrator_changes_the_tasks_of_others() {
    let world = World::new().await;
    let (ada, root) = (world.member("ada").await, world.user("root", auth::Role::Admin).await);
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let all = json!({ "action": "cancel", "scope": "all", "filter": {} });
    let eve = world.member("eve").await;
    assert_eq!(bulk(&eve, &all).await.problem(), "forbidden");
    for body in
        [json!({ "action": "cancel", "filter": {} }), json!({ "action": "cancel", "ids": [id] })]
    {
        bulk(&root, &body).await;
        assert_eq!(world.store.head(id).await.unwrap().task.state, domain::task::State::Queued);
    }
    assert_eq!(told(&bulk(&root, &all).await), "1 1 []");
    let noted = root.get("/v1/audit?limit=1").await.json()["items"][0].clone();
    assert_eq!(json!([noted["action"], noted["detail"]]), json!(["bulk", "cancel: 1 of 1 tasks"]));

    let viewer = world.user("vera", auth::Role::Viewer).await;
    assert_eq!(
        bulk(&viewer, &json!({ "action": "cancel", "filter": {} })).await.problem(),
        "forbidden"
    );
}

#[tokio::test]
async fn tasks_are_named_or_filtered_but_not_both_nor_neither() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    for (body, fields) in [
        (json!({ "action": "cancel" }), vec!["filter"]),
        (json!({ "action": "cancel", "ids": [] }), vec!["filter"]),
        (json!({ "action": "cancel", "ids": [id], "filter": {} }), vec!["filter"]),
        (json!({ "action": "delete", "filter": {} }), vec!["action"]),
        (
            json!({ "action": "cancel", "filter": { "state": ["gone"], "owner": "x" } }),
            vec!["filter.state[0]", "filter.owner"],
        ),
        (json!({ "action": "cancel", "ids": ["x"] }), vec!["ids[0]"]),
        (json!({ "action": "cancel", "filter": {}, "dry_run": "yes" }), vec!["dry_run"]),
    ] {
        let answer = bulk(&ada, &body).await;
        assert_eq!(answer.problem(), "validation", "{body}");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    let cursor = json!({ "action": "cancel", "filter": {}, "cursor": "x" });
    assert_eq!(bulk(&ada, &cursor).await.problem(), "bad_request");
    assert_eq!(world.store.head(id).await.unwrap().task.state, domain::task::State::Queued);
}
