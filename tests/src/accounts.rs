//! Accounts as the table has them: nobody can make one by the API yet.

use auth::{
    Role,
    password::{self, Password},
    ticket,
};
use domain::id::UserId;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use store::{Store, Ticket, User};
use uuid::Uuid;

use crate::clock;

/// A new account.
///
/// # Panics
/// When the password is none.
#[must_use]
pub fn user(email: &str, password: &str, role: Role) -> User {
    let password = Password::parse(password.to_owned()).expect("a good password");
    User {
        id: UserId::from_uuid(Uuid::now_v7()),
        email: email.to_owned(),
        role: role.name().to_owned(),
        password: Some(password::hash(&password).expect("a hash").into()),
        disabled: false,
        created_at: clock::now(),
        session_version: 0,
        version: 0,
    }
}

/// Adds a ticket whose time is over, and gives its text.
///
/// # Panics
/// When that fails.
pub async fn add_expired_ticket(store: &Store, email: &str) -> String {
    let user = store.user_by_email(email).await.expect("a user");
    let before = clock::now() - ticket::LIFETIME - SignedDuration::from_secs(1);
    let issued = ticket::issue(before);
    let row = Ticket { user: user.id, role: user.role, expires: issued.expires_at };
    store.put_ticket(&issued.hash.to_string(), &row).await.expect("a ticket");
    issued.text.expose_secret().to_owned()
}
