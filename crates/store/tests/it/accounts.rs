//! Who may come in: users, sign-ins, API keys, tickets.

use domain::id::{FamilyId, KeyId};
use futures_util::future::join_all;
use store::{ApiKey, Login, StoreError, Ticket, User};
use uuid::Uuid;

use super::fixture::*;

fn account(n: u128, email: &str) -> User {
    User {
        id: user(n),
        email: email.to_owned(),
        role: "member".to_owned(),
        password: Some("$argon2id$".to_owned()),
        disabled: false,
        created_at: at(0),
        session_version: 0,
        version: 0,
    }
}

fn login(generation: u64) -> Login {
    Login {
        id: FamilyId::from_uuid(Uuid::from_u128(1)),
        user: user(1),
        session_version: 3,
        generation,
        family: format!(r#"{{"generation":{generation}}}"#),
        expires_at: at(1000),
    }
}

fn key(n: u128, owner: u128) -> ApiKey {
    ApiKey {
        id: KeyId::from_uuid(Uuid::from_u128(n)),
        user: user(owner),
        name: format!("Key {n}"),
        scope: (n == 2).then(|| "read".to_owned()),
        hash: format!("hash {n}"),
        created_at: at(0),
        expires_at: (n == 1).then(|| at(100)),
        used_at: None,
    }
}

#[tokio::test]
async fn a_user_reads_back_by_id_and_by_address() {
    let f = Fixture::new().await;
    let ada = account(1, "Ada@Example.org");
    f.store.put_user(&ada).await.unwrap();
    assert_eq!(f.store.user(user(1)).await.unwrap(), ada);
    assert_eq!(f.store.user_by_email("ada@eXample.ORG").await.unwrap(), ada);
    assert!(matches!(f.store.user(user(2)).await, Err(StoreError::NotFound)));
    let nobody = f.store.user_by_email("bob@example.org").await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn an_address_belongs_to_one_user_whatever_its_capitals() {
    let f = Fixture::new().await;
    let ada = account(1, "ada@example.org");
    f.store.put_user(&ada).await.unwrap();
    for email in ["ada@example.org", "ADA@example.org", "Ada@Example.Org"] {
        let taken = f.store.put_user(&account(2, email)).await;
        assert!(matches!(taken, Err(StoreError::Conflict)), "{email}");
    }
    assert!(matches!(f.store.user(user(2)).await, Err(StoreError::NotFound)));
    let same_id = f.store.put_user(&account(1, "other@example.org")).await;
    assert!(matches!(same_id, Err(StoreError::Conflict)));
    let nobody = f.store.user_by_email("other@example.org").await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
    assert_eq!(f.store.user_by_email("ada@example.org").await.unwrap(), ada);
}

#[tokio::test]
async fn of_twenty_who_want_one_address_at_once_at_most_one_gets_it() {
    let f = Fixture::new().await;
    let users: Vec<_> = (1..=20).map(|n| account(n, "ada@example.org")).collect();
    let answers = join_all(users.iter().map(|user| f.store.put_user(user))).await;
    let got = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(got, 1, "{answers:?}");
    assert_eq!(f.keys().await.len(), 3);
}

#[tokio::test]
async fn a_sign_in_moves_on_from_the_generation_that_was_seen_only() {
    let f = Fixture::new().await;
    f.store.put_login(&login(0), at(2000)).await.unwrap();
    assert!(matches!(f.store.put_login(&login(5), at(2000)).await, Err(StoreError::Conflict)));
    assert_eq!(f.store.login(login(0).id).await.unwrap(), login(0));

    f.store.change_login(&login(1), 0).await.unwrap();
    assert!(matches!(f.store.change_login(&login(1), 0).await, Err(StoreError::Conflict)));
    assert!(matches!(f.store.change_login(&login(3), 2).await, Err(StoreError::Conflict)));
    assert_eq!(f.store.login(login(0).id).await.unwrap(), login(1));

    let stranger = Login { id: FamilyId::from_uuid(Uuid::from_u128(2)), ..login(1) };
    assert!(matches!(f.store.change_login(&stranger, 0).await, Err(StoreError::Conflict)));
    assert!(matches!(f.store.login(stranger.id).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn of_twenty_refreshes_at_once_one_makes_the_next_generation() {
    let f = Fixture::new().await;
    f.store.put_login(&login(0), at(2000)).await.unwrap();
    let next = login(1);
    let answers = join_all((0..20).map(|_| f.store.change_login(&next, 0))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}

#[tokio::test]
async fn an_api_key_is_found_by_its_hash_and_by_its_user_until_it_is_revoked() {
    let f = Fixture::new().await;
    f.store.put_user(&account(1, "ada@example.org")).await.unwrap();
    for new in [key(1, 1), key(2, 1), key(3, 2)] {
        f.store.put_api_key(&new).await.unwrap();
    }
    assert_eq!(f.store.api_key("hash 1").await.unwrap(), key(1, 1));
    assert_eq!(f.store.api_keys(user(1)).await.unwrap(), [key(1, 1), key(2, 1)]);
    assert_eq!(f.store.api_keys(user(3)).await.unwrap(), []);

    let of_another = f.store.delete_api_key(user(1), key(3, 2).id).await;
    assert!(matches!(of_another, Err(StoreError::NotFound)));
    f.store.delete_api_key(user(1), key(1, 1).id).await.unwrap();
    assert!(matches!(f.store.api_key("hash 1").await, Err(StoreError::NotFound)));
    assert_eq!(f.store.api_keys(user(1)).await.unwrap(), [key(2, 1)]);
    assert_eq!(f.store.api_key("hash 3").await.unwrap(), key(3, 2));
    let again = f.store.delete_api_key(user(1), key(1, 1).id).await;
    assert!(matches!(again, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_ticket_lets_one_of_twenty_in() {
    let f = Fixture::new().await;
    let ticket = Ticket { user: user(1), role: "member".to_owned(), expires: at(30) };
    f.store.put_ticket("hash", &ticket).await.unwrap();
    assert!(matches!(f.store.put_ticket("hash", &ticket).await, Err(StoreError::Conflict)));
    let answers = join_all((0..20).map(|_| f.store.take_ticket("hash"))).await;
    let (taken, missed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(taken.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [ticket]);
    assert!(missed.iter().all(|answer| matches!(answer, Err(StoreError::NotFound))));
    assert_eq!(f.keys().await, Vec::<String>::new());
}
