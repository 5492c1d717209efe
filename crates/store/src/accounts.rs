//! Who may come in: users, sign-ins, API keys, tickets. Secrets are here as hashes only.

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnConsumedCapacity, ReturnValue, TransactWriteItem,
};
use domain::id::{FamilyId, KeyId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Store, StoreError,
    head::SCHEMA,
    keys::{self, Item, KEY_PREFIX, Key},
};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub email: String,
    /// The name of the role.
    pub role: String,
    /// The password as a PHC string.
    pub password: String,
    #[serde(default)]
    pub disabled: bool,
    pub created_at: Timestamp,
}

/// A sign-in: one family of refresh tokens, in the words of its own machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub id: FamilyId,
    pub user: UserId,
    /// Grows with each change: the condition of the next one.
    pub generation: u64,
    /// The family as JSON; its rules are not the table's business.
    pub family: String,
    /// When the table may forget it.
    pub expires_at: Timestamp,
}

/// An API key, found by the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: KeyId,
    pub user: UserId,
    pub name: String,
    pub hash: String,
    pub created_at: Timestamp,
    /// Not `expires_at`: by that name the table forgets items, and a key that ended is still listed.
    #[serde(rename = "ends_at")]
    pub expires_at: Option<Timestamp>,
}

/// What a ticket lets in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub user: UserId,
    pub role: String,
    pub expires: Timestamp,
}

impl Store {
    /// Stores a new user; the mail address must be free.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is taken.
    pub async fn put_user(&self, user: &User) -> Result<(), StoreError> {
        let mut by_email = keys::email(&user.email).item();
        by_email.insert("user".to_owned(), AttributeValue::S(user.id.to_string()));
        self.put_both(row(user, &keys::user(user.id))?, by_email).await
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

    /// # Errors
    /// See [`StoreError`].
    pub async fn put_login(&self, login: &Login) -> Result<(), StoreError> {
        self.put_absent(login_item(login)).await
    }

    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn login(&self, id: FamilyId) -> Result<Login, StoreError> {
        let item = self.get(&keys::login(id)).await?;
        login_from(id, &item).ok_or_else(|| StoreError::corrupt("a sign-in that cannot be read"))
    }

    /// Stores what follows a sign-in's generation `seen`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else was faster.
    pub async fn change_login(&self, login: &Login, seen: u64) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(login_item(login)))
            .condition_expression("generation = :seen")
            .expression_attribute_values(":seen", AttributeValue::N(seen.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        Ok(())
    }

    /// Stores a key twice: by its hash, for who presents it, and by its user, for the list.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_api_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let by_hash = row(key, &keys::api_key(&key.hash))?;
        let by_user = row(key, &keys::api_key_of(key.user, key.id))?;
        self.put_both(by_hash, by_user).await
    }

    /// The key whose secret has this hash.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn api_key(&self, hash: &str) -> Result<ApiKey, StoreError> {
        self.row(&keys::api_key(hash)).await
    }

    /// # Errors
    /// See [`StoreError`].
    pub async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(keys::user(user).pk))
            .expression_attribute_values(":prefix", AttributeValue::S(KEY_PREFIX.to_owned()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        let items = answer.items.unwrap_or_default().into_iter();
        items.map(|item| serde_dynamo::from_item(item).map_err(StoreError::corrupt)).collect()
    }

    /// Revokes a key: what lets it in goes first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such key.
    pub async fn delete_api_key(&self, user: UserId, id: KeyId) -> Result<(), StoreError> {
        let key: ApiKey = self.row(&keys::api_key_of(user, id)).await?;
        self.remove(&keys::api_key(&key.hash)).await?;
        self.remove(&keys::api_key_of(user, id)).await
    }

    /// # Errors
    /// See [`StoreError`].
    pub async fn put_ticket(&self, hash: &str, ticket: &Ticket) -> Result<(), StoreError> {
        let mut item = row(ticket, &keys::ticket(hash))?;
        item.insert(
            "expires_at".to_owned(),
            AttributeValue::N((ticket.expires.as_second() + 60).to_string()),
        );
        self.put_absent(item).await
    }

    /// Takes a ticket: whoever comes second finds none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn take_ticket(&self, hash: &str) -> Result<Ticket, StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(keys::ticket(hash).item()))
            .return_values(ReturnValue::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        let item = answer.attributes.filter(|item| !item.is_empty()).ok_or(StoreError::NotFound)?;
        serde_dynamo::from_item(item).map_err(StoreError::corrupt)
    }

    async fn row<T: DeserializeOwned>(&self, key: &Key) -> Result<T, StoreError> {
        serde_dynamo::from_item(self.get(key).await?).map_err(StoreError::corrupt)
    }

    async fn put_both(&self, one: Item, other: Item) -> Result<(), StoreError> {
        let put = |item: Item| -> Result<TransactWriteItem, StoreError> {
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .map_err(StoreError::corrupt)?;
            Ok(TransactWriteItem::builder().put(put).build())
        };
        self.transact(vec![put(one)?, put(other)?]).await
    }
}

fn row<T: Serialize>(value: &T, key: &Key) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(StoreError::corrupt)?;
    item.extend(key.item());
    item.insert("v".to_owned(), AttributeValue::N(SCHEMA.to_string()));
    Ok(item)
}

fn login_item(login: &Login) -> Item {
    let mut item = keys::login(login.id).item();
    item.extend([
        ("v".to_owned(), AttributeValue::N(SCHEMA.to_string())),
        ("user".to_owned(), AttributeValue::S(login.user.to_string())),
        ("generation".to_owned(), AttributeValue::N(login.generation.to_string())),
        ("family".to_owned(), AttributeValue::S(login.family.clone())),
        ("expires_at".to_owned(), AttributeValue::N(login.expires_at.as_second().to_string())),
    ]);
    item
}

fn login_from(id: FamilyId, item: &Item) -> Option<Login> {
    Some(Login {
        id,
        user: item.get("user")?.as_s().ok()?.parse().ok()?,
        generation: item.get("generation")?.as_n().ok()?.parse().ok()?,
        family: item.get("family")?.as_s().ok()?.clone(),
        expires_at: Timestamp::from_second(item.get("expires_at")?.as_n().ok()?.parse().ok()?)
            .ok()?,
    })
}
