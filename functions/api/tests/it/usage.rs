//! What was used, as it is told.

use domain::{reason::Reason, task::Outcome};
use runtime::clock;
use serde_json::{Value, json};

use crate::world::{Person, World};

async fn usage(person: &Person<'_>, query: &str) -> Value {
    let answer = person.get(&format!("/v1/usage?{query}")).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

/// A task of this model and repository that ran, and ended so.
async fn ran(person: &Person<'_>, model: &str, repository: &str, outcome: Outcome) -> String {
    let body = json!({
        "prompt": "x", "title": format!("{model} {outcome:?}"), "model": model,
        "repository": { "url": format!("https://{repository}") },
    });
    let id = person.task(&body).await;
    let head = person.world.start(id).await;
    person.world.end(&head, outcome, &[]).await;
    id.to_string()
}

#[tokio::test]
async fn usage_adds_up_to_the_runs_that_ended() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let failed = Outcome::Failed(Reason::Timeout);
    ran(&ada, "claude-a", "example.org/one", Outcome::Succeeded).await;
    ran(&ada, "claude-a", "example.org/two", failed).await;
    let last = ran(&ada, "claude-b", "example.org/two", Outcome::Canceled).await;
    ran(&bob, "claude-a", "example.org/one", Outcome::Succeeded).await;
    ada.task(&json!({ "prompt": "not over" })).await;

    let mine = usage(&ada, "group_by=model").await;
    let each = world.store.head(last.parse().unwrap()).await.unwrap().view().usage;
    assert_eq!(mine["totals"]["cost_usd_micros"], 3 * each.cost_usd_micros);
    assert_eq!(mine["totals"]["input_tokens"], 3 * each.tokens.input_tokens);
    let totals = &mine["totals"];
    assert_eq!(
        json!([
            totals["tasks"],
            totals["succeeded"],
            totals["failed"],
            totals["canceled"],
            totals["runs"]
        ]),
        json!([3, 1, 1, 1, 3])
    );
    assert!(totals["queue_wait_s"]["median"].is_number());
    let groups = mine["groups"].as_array().unwrap().iter();
    let groups: Vec<_> =
        groups.map(|group| json!([group["key"], group["totals"]["runs"]])).collect();
    assert_eq!(groups, [json!(["claude-a", 2]), json!(["claude-b", 1])]);
    let days = mine["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    assert_eq!(days[29]["totals"]["runs"], 3, "today is the last day");
    assert_eq!(days[29]["groups"].as_array().unwrap().len(), 2);
    assert_eq!(mine["top_tasks"].as_array().unwrap().len(), 3);

    let repositories = usage(&ada, "group_by=repository").await["groups"].clone();
    assert_eq!(repositories[0]["key"], "example.org/two");
    assert_eq!(usage(&bob, "").await["totals"]["runs"], 1, "nothing of another");
    let nobody = usage(&world.member("eve").await, "").await;
    assert_eq!(json!([nobody["totals"]["duration_s"], nobody["groups"]]), json!([null, []]));
}

#[tokio::test]
async fn each_run_of_a_retried_task_is_added_once_and_what_never_ran_counts_as_canceled() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let id = ada.task(&json!({ "prompt": "x" })).await;
    let head = world.start(id).await;
    world.end(&head, Outcome::Failed(Reason::Lost), &[]).await;
    let totals = usage(&ada, "").await["totals"].clone();
    assert_eq!(json!([totals["runs"], totals["tasks"]]), json!([1, 0]), "the task goes on");
    world.ran(id).await;
    let waits = ada.task(&json!({ "prompt": "x" })).await;
    for _ in 0..2 {
        ada.ask("POST", &format!("/v1/tasks/{waits}/cancel")).await;
    }
    let told = usage(&ada, "").await;
    let whole = ada.get(&format!("/v1/tasks/{id}")).await.json();
    assert_eq!(told["totals"]["cost_usd_micros"], whole["usage"]["cost_usd_micros"]);
    assert_eq!(told["top_tasks"][0]["cost_usd_micros"], whole["usage"]["cost_usd_micros"]);
    let totals = &told["totals"];
    assert_eq!(
        json!([totals["runs"], totals["tasks"], totals["succeeded"], totals["canceled"]]),
        json!([2, 2, 1, 1])
    );
    ada.ask("DELETE", &format!("/v1/tasks/{id}")).await;
    let after = usage(&ada, "").await;
    assert_eq!(after["totals"], told["totals"], "what was used stays used");
    assert_eq!(after["top_tasks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_month_is_a_fixed_number_of_queries_however_many_tasks_there_were() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let mut calls = Vec::new();
    for tasks in [1, 40] {
        for _ in 0..tasks {
            let id = ada.task(&json!({ "prompt": "x" })).await;
            world.ran(id).await;
        }
        let _ = world.ledger.take();
        usage(&ada, "tz=Europe/Vienna&group_by=model").await;
        let account = world.ledger.take();
        calls.push((account.total_calls(), account.calls));
    }
    assert_eq!(calls[0], calls[1]);
    // A day of UTC each, and one more since Vienna's days are not quite those; the days as they were kept before; the
    // dearest tasks.
    assert_eq!(calls[0].0, 31 + 1 + 1);
}

#[tokio::test]
async fn days_are_those_of_the_zone() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    world.ran(ada.task(&json!({ "prompt": "x" })).await).await;
    let now = clock::now();
    for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "asia/kolkata"]
    {
        let today = now.in_tz(zone).unwrap().date();
        let of = |day: jiff::civil::Date| format!("tz={zone}&from={day}&to={day}");
        // Unless midnight passed since the run ended.
        if clock::now().in_tz(zone).unwrap().date() != today {
            continue;
        }
        assert_eq!(usage(&ada, &of(today)).await["totals"]["runs"], 1, "{zone}");
        for other in [today.yesterday().unwrap(), today.tomorrow().unwrap()] {
            assert_eq!(usage(&ada, &of(other)).await["totals"]["runs"], 0, "{zone}");
        }
    }
    let named = usage(&ada, "tz=europe/vienna").await;
    assert_eq!(named["tz"], "Europe/Vienna");
}

#[tokio::test]
async fn only_an_administrator_sees_what_others_used_and_by_whom() {
    let world = World::new().await;
    let (ada, bob) = (world.member("ada").await, world.member("bob").await);
    let root = world.user("root", auth::Role::Admin).await;
    for person in [&ada, &ada, &bob] {
        world.ran(person.task(&json!({ "prompt": "x" })).await).await;
    }
    let all = usage(&root, "scope=all&group_by=user").await;
    let groups = all["groups"].as_array().unwrap().iter();
    let groups: Vec<_> =
        groups.map(|group| json!([group["label"], group["totals"]["runs"]])).collect();
    assert_eq!(groups, [json!(["ada@example.org", 2]), json!(["bob@example.org", 1])]);
    assert_eq!(all["groups"][0]["key"], json!(ada.id));
    // Two of one quarter that cost the same: one of them.
    assert_eq!(all["top_tasks"].as_array().unwrap().len(), 2);
    assert_eq!(usage(&root, "").await["totals"]["runs"], 0);
    for query in ["scope=all", "group_by=user", "scope=all&group_by=user"] {
        let answer = ada.get(&format!("/v1/usage?{query}")).await;
        assert_eq!(answer.problem(), "forbidden", "{query}");
    }
}

#[tokio::test]
async fn a_span_that_is_none_or_too_long_is_refused() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    for (query, field) in [
        ("from=2026-11-02&to=2026-11-01", "to"),
        ("from=2025-01-01&to=2026-01-02", "to"),
        ("from=0001-01-01&to=0001-01-02", "from"),
        ("from=9999-12-31&to=9999-12-31", "from"),
        ("from=-009999-01-01&to=9999-12-31", "from"),
        ("from=20261101", "from"),
        ("from=2026-02-30", "from"),
        ("to=2026-11-01T00", "to"),
        ("tz=Mars/Olympus", "tz"),
        ("tz=../../etc/passwd", "tz"),
        ("tz=%2B02:00", "tz"),
        ("group_by=state", "group_by"),
    ] {
        let answer = ada.get(&format!("/v1/usage?{query}")).await;
        assert_eq!(
            (answer.problem().as_str(), answer.fields()),
            ("validation", vec![field.to_owned()]),
            "{query}"
        );
    }
    assert_eq!(
        usage(&ada, "from=2025-01-01&to=2026-01-01").await["days"].as_array().unwrap().len(),
        366
    );
}
