//! What only a deployment has: `make test-cloud`.

use domain::{task::State, view::EventsPage};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{DEADLINE, Setup, clock, cloud::Stack, invariants, scripted::Script};
use tokio::time::timeout;

#[tokio::test]
#[ignore = "needs a deployment: make test-cloud"]
async fn the_first_sign_in_with_the_deployments_password_makes_the_first_admin() {
    let stack = Stack::given().unwrap();
    let server = Setup::scripted().start().await;
    let password = stack.admin_password().await;
    let (admin, _) = server.nobody().sign_in(&stack.admin_email, &password).await;
    let me: Value = admin.get(200, "/v1/me").await;
    assert_eq!((&me["email"], &me["role"]), (&json!(stack.admin_email), &json!("admin")));
    invariants::hold(server).await;
}

#[tokio::test]
#[ignore = "needs a deployment: make test-cloud"]
async fn a_task_that_nobody_rang_for_is_started_by_the_tick() {
    let server = Setup::scripted().start().await;
    let mut body = Script::new().text("found").task();
    body["not_before"] = json!(clock::now() + SignedDuration::from_secs(1));
    let task = server.create(body).await;
    assert_eq!(task.state, State::Scheduled);
    // A tick comes once a minute.
    let path = format!("/v1/tasks/{}/events?after=0&wait=20", task.id);
    let first_event =
        async { while server.api().get::<EventsPage>(200, &path).await.events.is_empty() {} };
    timeout(2 * DEADLINE, first_event).await.unwrap();
    assert_eq!(server.api().ended(task.id).await.log.texts(), ["found"]);
    invariants::hold(server).await;
}

#[tokio::test]
#[ignore = "needs a deployment: make test-cloud"]
async fn a_function_that_is_replaced_leaves_what_runs_alive() {
    let stack = Stack::given().unwrap();
    let server = Setup::scripted().start().await;
    let go = server.aside("go");
    let script = Script::new().text("before").wait_for(&go).text("after");
    let task = server.create(script.task()).await;
    server.api().until_kind(task.id, "text").await;
    let said = stack.replace_function("progress").await;
    // The version that was live before is left for a rollback.
    let left =
        |line: &str| line.contains("DELETE_SKIPPED") && line.contains("ProgressFunctionVersion");
    assert!(said.lines().any(left), "nothing was replaced: {said}");
    std::fs::File::create(go).unwrap();
    let ended = server.api().ended(task.id).await;
    assert_eq!((ended.task.state, ended.task.attempt), (State::Succeeded, 1));
    assert_eq!(ended.log.texts(), ["before", "waiting", "after"]);
    invariants::hold(server).await;
}
