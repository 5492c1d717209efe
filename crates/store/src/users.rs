//! Accounts: who may come in, and as what.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    expression::Update,
    items::{self, Range},
    keys::{self, USER_PREFIX, USERS},
};

/// The role that somebody must have.
const ADMIN: &str = "admin";

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub email: String,
    /// The name of the role.
    pub role: String,
    /// The password as a PHC string; none until an invitation was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    #[serde(default)]
    pub disabled: bool,
    pub created_at: Timestamp,
    /// A sign-in, a ticket or a link that follows from a smaller one is over.
    #[serde(default)]
    pub session_version: u64,
    /// Grows with each change: the condition of the next one.
    #[serde(default)]
    pub version: u64,
}

impl User {
    /// Whether this admin could sign in.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.role == ADMIN && self.password.is_some() && !self.disabled
    }
}

impl Store {
    /// Stores a new user; the mail address must be free.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is taken.
    pub async fn put_user(&self, user: &User) -> Result<(), StoreError> {
        let mut by_email = keys::email(&user.email).item();
        by_email.insert("user".to_owned(), AttributeValue::S(user.id.to_string()));
        let mut writes = vec![
            self.absent(items::to_item(user, &keys::user(user.id))?)?,
            self.absent(by_email)?,
            self.absent(keys::listed_user(user.id).item())?,
        ];
        writes.extend(self.admins_changed(false, user.leads())?);
        self.transact(writes).await
    }

    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn user(&self, id: UserId) -> Result<User, StoreError> {
        self.row(&keys::user(id)).await
    }

    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn user_by_email(&self, email: &str) -> Result<User, StoreError> {
        let item = self.get(&keys::email(email)).await?;
        let id = item.get("user").and_then(|id| id.as_s().ok()).and_then(|id| id.parse().ok());
        self.user(id.ok_or_else(|| StoreError::corrupt("an address without a user"))?).await
    }

    /// Those of `ids` that are there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let keys: Vec<_> = ids.iter().map(|id| keys::user(*id)).collect();
        self.batch(&keys).await?.into_iter().map(items::from_item).collect()
    }

    /// A page of all users, the newest first, behind `after`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_users(
        &self,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.map(keys::listed_user);
        let range = Range { pk: USERS, prefix: USER_PREFIX, after: after.as_ref(), limit };
        let rows = self.newest(range).await?;
        let ids: Vec<_> = rows.iter().filter_map(|row| items::named(row, USER_PREFIX)).collect();
        let mut users = self.users(&ids).await?;
        users.sort_by_key(|user| std::cmp::Reverse(user.id));
        Ok(users)
    }

    /// How many admins could sign in.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn admins(&self) -> Result<u64, StoreError> {
        match self.get(&keys::admins()).await {
            Ok(item) => {
                let count = item.get("admins").and_then(|count| count.as_n().ok());
                count
                    .and_then(|count| count.parse().ok())
                    .ok_or_else(|| StoreError::corrupt("a count of admins that is none"))
            }
            Err(StoreError::NotFound) => Ok(0),
            Err(err) => Err(err),
        }
    }

    /// Stores what follows a user as `seen`, and gives it. The last admin who could sign in stays one: two who take
    /// each other's role away at the same moment do not both succeed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else was faster, or nobody could sign in as an admin any more.
    pub async fn change_user(&self, seen: &User, next: User) -> Result<User, StoreError> {
        let next = User { version: seen.version + 1, ..next };
        let item = items::to_item(&next, &keys::user(next.id))?;
        let values =
            HashMap::from([(":seen".to_owned(), AttributeValue::N(seen.version.to_string()))]);
        let mut writes = vec![self.put_when(item, "version = :seen", values)?];
        writes.extend(self.admins_changed(seen.leads(), next.leads())?);
        self.transact(writes).await?;
        Ok(next)
    }

    fn admins_changed(
        &self,
        led: bool,
        leads: bool,
    ) -> Result<Option<TransactWriteItem>, StoreError> {
        let update = match (led, leads) {
            (false, true) => Update::default().add("admins", 1),
            (true, false) => Update::default().add("admins", -1).when("admins", ">", 1_u32),
            (false, false) | (true, true) => return Ok(None),
        };
        update.in_transaction(&self.table, &keys::admins()).map(Some)
    }
}
