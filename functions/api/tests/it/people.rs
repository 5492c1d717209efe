//! Accounts, as admins see and change them; and what is noted of it.

use auth::Role;
use serde_json::{Value, json};

use crate::world::{PASSWORD, Person, World};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

async fn login(world: &World, email: &str, password: &str) -> crate::answer::Answer {
    world.nobody().post("/v1/auth/login", &json!({ "email": email, "password": password })).await
}

async fn change(person: &Person<'_>, id: &str, change: Value) -> crate::answer::Answer {
    person.send("PATCH", &format!("/v1/users/{id}"), &change).await
}

#[tokio::test]
async fn somebody_is_invited_comes_in_by_the_link_and_is_listed() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let invited =
        root.post("/v1/users", &json!({ "email": "bob@example.org", "role": "viewer" })).await;
    assert_eq!(invited.status, 201, "{invited}");
    let invited = invited.json();
    assert_eq!(
        (&invited["user"]["invited"], &invited["user"]["role"]),
        (&json!(true), &json!("viewer"))
    );
    let token = text(&invited["link"]).strip_prefix("/login#link=").unwrap();

    let again =
        root.post("/v1/users", &json!({ "email": "BOB@example.org", "role": "admin" })).await;
    assert_eq!((again.status.as_u16(), again.problem().as_str()), (409, "email_taken"));

    let chosen = json!({ "token": token, "password": "a password of his" });
    assert_eq!(world.nobody().post("/v1/auth/link", &chosen).await.status, 200);
    let tokens = login(&world, "bob@example.org", "a password of his").await;
    let me = world.bearer(text(&tokens.json()["access_token"])).get("/v1/me").await.json();
    assert_eq!((&me["id"], &me["role"]), (&invited["user"]["id"], &json!("viewer")));

    let first = root.get("/v1/users?limit=1").await.json();
    assert_eq!(
        (&first["items"][0]["email"], &first["items"][0]["invited"]),
        (&json!("bob@example.org"), &json!(false))
    );
    let cursor = text(&first["next_cursor"]).to_owned();
    let second = root.get(&format!("/v1/users?limit=1&cursor={cursor}")).await;
    assert_eq!(second.json()["items"][0]["email"], "root@example.org");
    assert_eq!(second.json()["next_cursor"], Value::Null);
    assert!(!second.to_string().contains("argon2"), "{second}");
}

#[tokio::test]
async fn what_is_no_account_is_not_invited() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    for (email, role, field) in [
        ("bob", "member", "email"),
        ("@example.org", "member", "email"),
        ("bob@", "member", "email"),
        ("bob@a@b", "member", "email"),
        ("bob smith@example.org", "member", "email"),
        ("bob@example.org\r\nBcc: x", "member", "email"),
        ("bob@example.org", "root", "role"),
        ("bob@example.org", "Admin", "role"),
        ("bob@example.org", "", "role"),
    ] {
        let answer = root.post("/v1/users", &json!({ "email": email, "role": role })).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, vec![field.to_owned()]),
            "{email} {role}"
        );
    }
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let world = World::new().await;
    let one = world.admin_with_password("one").await;
    // Neither who never chose a password nor who is disabled could help out.
    world.user("invited", Role::Admin).await;
    let root = world.acting(one, Role::Admin).await;
    for wish in [
        json!({ "role": "member" }),
        json!({ "disabled": true }),
        json!({ "role": "viewer", "disabled": true }),
    ] {
        let answer = change(&root, &one.to_string(), wish).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "last_admin"));
    }
    let two = world.admin_with_password("two").await;
    assert_eq!(change(&root, &two.to_string(), json!({ "disabled": true })).await.status, 200);
    assert_eq!(change(&root, &one.to_string(), json!({ "role": "member" })).await.status, 409);
    assert_eq!(change(&root, &two.to_string(), json!({ "disabled": false })).await.status, 200);
    assert_eq!(change(&root, &one.to_string(), json!({ "role": "member" })).await.status, 200);
    // And the role is gone at once, whatever the token says.
    assert_eq!(root.get("/v1/users").await.problem(), "forbidden");
}

#[tokio::test]
async fn two_admins_who_demote_each_other_at_once_do_not_both_succeed() {
    let world = World::new().await;
    for round in 0..5 {
        let one = world.admin_with_password(&format!("one{round}")).await;
        let two = world.admin_with_password(&format!("two{round}")).await;
        let (first, second) =
            (world.acting(one, Role::Admin).await, world.acting(two, Role::Admin).await);
        // Only these two are left.
        for other in world.store.list_users(None, 100).await.unwrap() {
            if other.leads() && other.id != one && other.id != two {
                assert_eq!(
                    change(&first, &other.id.to_string(), json!({ "disabled": true })).await.status,
                    200
                );
            }
        }
        let (a, b) = (one.to_string(), two.to_string());
        let both = tokio::join!(
            change(&first, &b, json!({ "role": "member" })),
            change(&second, &a, json!({ "role": "member" }))
        );
        let done = [both.0.status.as_u16(), both.1.status.as_u16()];
        assert_eq!(done.iter().filter(|status| **status == 200).count(), 1, "{done:?}");
        assert_eq!(world.store.admins().await.unwrap(), 1);
    }
}

#[tokio::test]
async fn whoever_is_disabled_is_out_wherever_the_table_is_asked() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let id = world.user_with_password("ada", false).await;
    let tokens = login(&world, "ada@example.org", PASSWORD).await.json();
    let ada = Person { id, ..world.bearer(text(&tokens["access_token"])) };
    let (secret, _) = ada.api_key().await;
    let key = world.bearer(&secret);
    assert_eq!(
        (key.get("/v1/tasks").await.status, ada.get("/v1/me").await.status),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );

    let answer = change(&root, &id.to_string(), json!({ "disabled": true })).await;
    assert_eq!(answer.json()["disabled"], true, "{answer}");
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    assert_eq!(world.nobody().post("/v1/auth/refresh", &refresh).await.status, 401);
    assert_eq!(login(&world, "ada@example.org", PASSWORD).await.problem(), "bad_credentials");
    for path in ["/v1/me", "/v1/keys", "/v1/sessions"] {
        assert_eq!(ada.get(path).await.status, 401, "{path}");
    }
    assert_eq!(ada.ask("POST", "/v1/tickets").await.status, 401);
    for path in ["/v1/me", "/v1/tasks"] {
        assert_eq!(key.get(path).await.status, 401, "{path}");
    }
    // Enabled again, the sign-ins of before stay over.
    assert_eq!(change(&root, &id.to_string(), json!({ "disabled": false })).await.status, 200);
    assert_eq!(world.nobody().post("/v1/auth/refresh", &refresh).await.status, 401);
    assert_eq!(ada.get("/v1/keys").await.status, 401);
    assert_eq!(login(&world, "ada@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_key_that_reads_changes_nothing_and_its_use_is_noted() {
    let world = World::new().await;
    let ada = world.member("ada").await;
    let made = ada.post("/v1/keys", &json!({ "name": "monitor", "scope": "read" })).await.json();
    assert_eq!((&made["scope"], &made["last_used_at"]), (&json!("read"), &Value::Null));
    let key = world.bearer(text(&made["secret"]));
    assert_eq!(key.get("/v1/tasks").await.status, 200);
    assert_eq!(key.post("/v1/tasks", &json!({ "prompt": "x" })).await.problem(), "forbidden");
    assert!(!ada.get("/v1/keys").await.json()["items"][0]["last_used_at"].is_null());

    // Once an hour: the second request writes nothing.
    drop(world.ledger.take());
    assert_eq!(key.get("/v1/tasks").await.status, 200);
    let calls = world.ledger.take().calls;
    assert!(!calls.keys().any(|call| call.contains("Update") || call.contains("Put")), "{calls:?}");
    let wrong = ada.post("/v1/keys", &json!({ "name": "x", "scope": "all" })).await;
    assert_eq!(wrong.brief(), "422 `scope` must be `read` or `write`");
}

#[tokio::test]
async fn what_admins_and_users_do_is_noted_without_a_secret() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let ada = world.user_with_password("ada", false).await;
    let tokens = login(&world, "ada@example.org", PASSWORD).await.json();
    let signed_in = world.bearer(text(&tokens["access_token"]));
    let key = signed_in.post("/v1/keys", &json!({ "name": "ci" })).await.json();
    signed_in.ask("DELETE", &format!("/v1/keys/{}", text(&key["id"]))).await;
    signed_in
        .post("/v1/me/password", &json!({ "current": PASSWORD, "new": "another password" }))
        .await;
    let invited = root
        .post("/v1/users", &json!({ "email": "bob@example.org", "role": "viewer" }))
        .await
        .json();
    change(&root, &ada.to_string(), json!({ "role": "viewer" })).await;
    signed_in.ask("DELETE", "/v1/sessions").await;

    let page = root.get("/v1/audit").await;
    let lines: Vec<_> = page.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {}",
                text(&entry["actor"]["email"]),
                text(&entry["via"]),
                text(&entry["action"]),
                text(&entry["detail"])
            )
            .trim_end()
            .to_owned()
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    ada@example.org session session_revoked signed out everywhere
    root@example.org session user_changed role: viewer
    root@example.org session user_invited bob@example.org as viewer
    ada@example.org session password_changed
    ada@example.org session key_revoked ci
    ada@example.org session key_created ci
    ada@example.org session signed_in
    ");
    for secret in [
        PASSWORD,
        "another password",
        text(&key["secret"]),
        text(&invited["link"]),
        text(&tokens["refresh_token"]),
    ] {
        assert!(!page.to_string().contains(secret), "{secret}");
    }
    let first = root.get("/v1/audit?limit=2").await.json();
    let cursor = text(&first["next_cursor"]);
    let rest = root.get(&format!("/v1/audit?limit=100&cursor={cursor}")).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len() + 2, lines.len());
    // A cursor of one list is none of another.
    assert_eq!(root.get(&format!("/v1/users?cursor={cursor}")).await.status, 400);
}

#[tokio::test]
async fn each_part_says_how_it_is() {
    let world = World::new().await;
    let root = world.user("root", Role::Admin).await;
    let parts = |answer: Value| {
        let parts = answer["parts"].as_array().unwrap().clone();
        parts
            .iter()
            .map(|part| format!("{} {}", text(&part["name"]), part["ok"]))
            .collect::<Vec<_>>()
    };
    let well = root.get("/v1/health").await.json();
    assert_eq!(parts(well), ["table true", "queue true", "files true", "model true"]);
    world.aws.lock().unwrap().queue_is_down = true;
    let ill = root.get("/v1/health").await;
    assert_eq!(parts(ill.json()), ["table true", "queue false", "files true", "model true"]);
    assert!(!ill.to_string().contains("QueueDoesNotExist"), "{ill}");
}
