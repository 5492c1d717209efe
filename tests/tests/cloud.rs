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
