//! Who is let in: whoever brings a ticket, once.

use auth::{Role, access, api_key, ticket};
use domain::{id::FamilyId, socket::Topic};
use futures_util::future::join_all;
use jiff::SignedDuration;
use runtime::clock;
use secrecy::ExposeSecret as _;
use serde_json::json;
use testkit::user;
use uuid::Uuid;

use crate::gateway::Gateway;

#[tokio::test]
async fn a_ticket_opens_a_socket_of_its_user() {
    let gateway = Gateway::new().await;
    let ticket = gateway.ticket(user(1), ticket::LIFETIME).await;
    assert_eq!(gateway.connect("socket", &format!("ticket={ticket}")).await, 200);
    let connection = gateway.world.store.connection("socket").await.unwrap();
    assert_eq!(connection.user, user(1));
    assert!(gateway.world.keys_with("TICKET#").await.is_empty(), "and is gone");
    assert!(gateway.world.cloud().pushes.is_empty(), "nothing is pushed before it is open");
}

#[tokio::test]
async fn nothing_but_a_ticket_opens_a_socket() {
    let gateway = Gateway::new().await;
    let family = FamilyId::from_uuid(Uuid::now_v7());
    let claims = access::Claims { user: user(1), family, role: Role::Admin, session_version: 0 };
    let token = access::sign(&gateway.world.keys, &claims, clock::now());
    let unknown = ticket::issue(clock::now()).text;
    let good = gateway.ticket(user(1), ticket::LIFETIME).await;
    let before = gateway.world.items().await;
    for query in [
        String::new(),
        "ticket=".to_owned(),
        "ticket=garbage".to_owned(),
        format!("ticket={}", token.expose_secret()),
        format!("ticket={}", api_key::generate().0.expose_secret()),
        format!("ticket={}", unknown.expose_secret()),
        format!("ticket={good}x"),
        format!("ticket=%20{good}"),
        format!("Ticket={good}"),
        format!("token={good}"),
    ] {
        assert_eq!(gateway.connect("socket", &query).await, 401, "{query}");
    }
    assert_eq!(gateway.world.items().await, before);
    assert_eq!(gateway.connect("socket", &format!("ticket={good}")).await, 200);
}

#[tokio::test]
async fn what_is_no_ticket_costs_no_call() {
    let gateway = Gateway::new().await;
    assert_eq!(gateway.connect("socket", "ticket=errand_ticket_AAAA").await, 401);
    assert_eq!(gateway.world.ledger.take().total_calls(), 0);
}

#[tokio::test]
async fn a_ticket_works_once() {
    let gateway = Gateway::new().await;
    let query = format!("ticket={}", gateway.ticket(user(1), ticket::LIFETIME).await);
    assert_eq!(gateway.connect("one", &query).await, 200);
    assert_eq!(gateway.connect("two", &query).await, 401);
    assert!(gateway.world.keys_with("CONN#two").await.is_empty());
}

#[tokio::test]
async fn a_ticket_that_came_too_late_is_gone_too() {
    let gateway = Gateway::new().await;
    let late = gateway.ticket(user(1), SignedDuration::from_secs(-1)).await;
    assert_eq!(gateway.connect("socket", &format!("ticket={late}")).await, 401);
    assert!(gateway.world.items().await.is_empty());
}

#[tokio::test]
async fn of_twenty_who_bring_one_ticket_at_once_one_gets_in() {
    let gateway = Gateway::new().await;
    let query = format!("ticket={}", gateway.ticket(user(1), ticket::LIFETIME).await);
    let ids: Vec<_> = (0..20).map(|n| format!("socket-{n}")).collect();
    let mut statuses = join_all(ids.iter().map(|id| gateway.connect(id, &query))).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200], vec![401; 19]].concat());
    assert_eq!(gateway.world.keys_with("CONN#").await.len(), 1);
}

#[tokio::test]
async fn a_socket_that_ends_leaves_nothing() {
    let gateway = Gateway::new().await;
    let head = gateway.world.queued(user(1)).await;
    let client = gateway.client("socket", user(1)).await;
    let topics = [Topic::Task(head.id), Topic::Tasks];
    client.ask(&json!({ "action": "subscribe", "topics": topics })).await;
    assert_eq!(gateway.world.keys_with("socket").await.len(), 5);
    for _ in 0..2 {
        assert_eq!(gateway.disconnect("socket").await, 200);
        assert!(gateway.world.keys_with("socket").await.is_empty());
    }
    assert_eq!(gateway.message("socket", r#"{"action":"ping"}"#).await, 403);
}

#[tokio::test]
async fn a_frame_on_a_socket_that_nobody_knows_is_refused() {
    let gateway = Gateway::new().await;
    for body in [r#"{"action":"ping"}"#, r#"{"action":"subscribe","topics":["tasks"]}"#, "x"] {
        assert_eq!(gateway.message("socket", body).await, 403);
    }
    assert!(gateway.world.items().await.is_empty());
    assert!(gateway.world.cloud().pushes.is_empty());
}

#[tokio::test]
async fn an_outage_of_the_table_is_no_refusal() {
    let gateway = Gateway::new().await;
    let query = format!("ticket={}", gateway.ticket(user(1), ticket::LIFETIME).await);
    let client = gateway.client("socket", user(1)).await;
    gateway.world.faults.refuse("");
    assert_eq!(gateway.connect("other", &query).await, 503);
    assert_eq!(gateway.message("socket", r#"{"action":"ping"}"#).await, 503);
    assert_eq!(gateway.disconnect("socket").await, 503);
    gateway.world.faults.heal();
    assert_eq!(gateway.connect("other", &query).await, 200, "the ticket still holds");
    assert_eq!(client.ask(&json!({ "action": "ping" })).await["type"], "heads");
}
