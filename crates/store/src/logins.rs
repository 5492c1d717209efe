//! Sign-ins: one item each, found by its id, and by its user in a list.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::id::{FamilyId, UserId};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    head::SCHEMA,
    items::{self, Range},
    keys::{self, Item, LOGIN_PREFIX},
};

/// A sign-in: one family of refresh tokens, in the words of its own machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub id: FamilyId,
    pub user: UserId,
    /// Of the user when this began: it is over when the user's has grown.
    pub session_version: u64,
    /// Grows with each change: the condition of the next one.
    pub generation: u64,
    /// The family as JSON; its rules are not the table's business.
    pub family: String,
    /// When the table may forget it.
    pub expires_at: Timestamp,
}

/// Some sign-ins, and where the list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginPage {
    pub logins: Vec<Login>,
    /// Hand it back to get what follows; nothing follows if absent.
    pub next: Option<FamilyId>,
}

impl Store {
    /// Stores a new sign-in, which ends at `end` at the latest.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_login(&self, login: &Login, end: Timestamp) -> Result<(), StoreError> {
        let by_user = items::until(keys::login_of(login.user, login.id).item(), end);
        self.put_all_absent([to_item(login), by_user]).await
    }

    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn login(&self, id: FamilyId) -> Result<Login, StoreError> {
        from_item(&self.get(&keys::login(id)).await?)
    }

    /// A page of a user's sign-ins, the newest first, behind `after`. Some of them may be over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn logins(
        &self,
        user: UserId,
        after: Option<FamilyId>,
        limit: usize,
    ) -> Result<LoginPage, StoreError> {
        let after = after.map(|id| keys::login_of(user, id));
        let pk = keys::user(user).pk;
        let range = Range { pk: &pk, prefix: LOGIN_PREFIX, after: after.as_ref(), limit };
        let rows = self.newest(range).await?;
        let ids: Vec<FamilyId> =
            rows.iter().filter_map(|row| items::named(row, LOGIN_PREFIX)).collect();
        let next = if rows.len() < limit { None } else { ids.last().copied() };
        let keys: Vec<_> = ids.into_iter().map(keys::login).collect();
        let found = self.batch(&keys).await?;
        let mut logins: Vec<_> = found.iter().map(from_item).collect::<Result<_, _>>()?;
        logins.sort_by_key(|login| std::cmp::Reverse(login.id));
        Ok(LoginPage { logins, next })
    }

    /// Stores what follows a sign-in's generation `seen`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else was faster.
    pub async fn change_login(&self, login: &Login, seen: u64) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(login)))
            .condition_expression("generation = :seen")
            .expression_attribute_values(":seen", AttributeValue::N(seen.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }
}

fn to_item(login: &Login) -> Item {
    let mut item = items::until(keys::login(login.id).item(), login.expires_at);
    item.extend([
        ("v".to_owned(), AttributeValue::N(SCHEMA.to_string())),
        ("user".to_owned(), AttributeValue::S(login.user.to_string())),
        ("session_version".to_owned(), AttributeValue::N(login.session_version.to_string())),
        ("generation".to_owned(), AttributeValue::N(login.generation.to_string())),
        ("family".to_owned(), AttributeValue::S(login.family.clone())),
    ]);
    item
}

fn from_item(item: &Item) -> Result<Login, StoreError> {
    let text = |name: &str| item.get(name)?.as_s().ok();
    let number = |name: &str| item.get(name)?.as_n().ok();
    let read = || {
        Some(Login {
            id: text("pk")?.strip_prefix(LOGIN_PREFIX)?.parse().ok()?,
            user: text("user")?.parse().ok()?,
            session_version: number("session_version").map_or(Some(0), |n| n.parse().ok())?,
            generation: number("generation")?.parse().ok()?,
            family: text("family")?.clone(),
            expires_at: Timestamp::from_second(number("expires_at")?.parse().ok()?).ok()?,
        })
    };
    read().ok_or_else(|| StoreError::corrupt("a sign-in that cannot be read"))
}
