//! WebSocket connections and what they follow. Both directions are stored: who follows a topic, for a push; and what a
//! connection follows, for its heads and its end.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::{id::UserId, socket::Topic};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    expression::Update,
    head::SCHEMA,
    keys::{self, Item, TOPIC_PREFIX},
};

/// API Gateway ends a socket after two hours; what is left of one is swept a little later.
const LIFETIME: SignedDuration = SignedDuration::from_mins(130);
/// Whoever loses so many races against transactions in a row tells its client to come again.
const MAX_RACES: usize = 10;

/// An open socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub id: String,
    pub user: UserId,
    /// The name of the user's role.
    pub role: String,
}

impl Store {
    /// Notes a socket that opened.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn connect(&self, connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(connection).map_err(StoreError::corrupt)?;
        item.extend(keys::connection(&connection.id).item());
        self.put(expiring(item, now)).await
    }

    /// The socket named `id`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or see there.
    pub async fn connection(&self, id: &str) -> Result<Connection, StoreError> {
        serde_dynamo::from_item(self.get(&keys::connection(id)).await?).map_err(StoreError::corrupt)
    }

    /// Lets a socket follow a topic. `tasks` means the tasks of its user.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn follow(
        &self,
        connection: &Connection,
        topic: Topic,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let name = topic_name(topic, connection.user);
        let mut followed = keys::connection_topic(&connection.id, &topic.to_string()).item();
        // Whoever forgets the socket finds the topic's row by it, also when the socket's own row is gone already.
        followed.insert("user".to_owned(), AttributeValue::S(connection.user.to_string()));
        self.put(expiring(followed, now)).await?;
        self.put(expiring(keys::topic(&name, &connection.id).item(), now)).await?;
        self.followers_changed(topic).await
    }

    /// Lets a socket follow a topic no longer.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn unfollow(&self, connection: &Connection, topic: Topic) -> Result<(), StoreError> {
        self.forget_topic(&connection.id, connection.user, topic).await
    }

    async fn forget_topic(&self, id: &str, user: UserId, topic: Topic) -> Result<(), StoreError> {
        self.remove(&keys::topic(&topic_name(topic, user), id)).await?;
        self.remove(&keys::connection_topic(id, &topic.to_string())).await?;
        self.followers_changed(topic).await
    }

    /// Tells with the next commit of the task's log that its followers are others now: whoever pushes may remember them
    /// until then. It comes after the followers are stored, and before the client is told the head.
    async fn followers_changed(&self, topic: Topic) -> Result<(), StoreError> {
        let Topic::Task(task) = topic else { return Ok(()) };
        for _ in 0..MAX_RACES {
            let update = Update::default().add("followers", 1).when("v", ">", 0_u32);
            match update.request(&self.client, &self.table, &keys::head(task)).send().await {
                Ok(_) => return Ok(()),
                Err(err) => match StoreError::from(err) {
                    StoreError::Conflict => (),
                    err => return Err(err),
                },
            }
            // A transaction was at it, or the task is gone and nothing will be pushed.
            if let Err(StoreError::NotFound) = self.head(task).await {
                return Ok(());
            }
        }
        Err(StoreError::Conflict)
    }

    /// What a socket follows.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn followed(&self, connection: &str) -> Result<Vec<Topic>, StoreError> {
        let rows = self.rows(&keys::connection(connection).pk).await?;
        Ok(rows.iter().filter_map(|row| Some(row_topic(row)?.0)).collect())
    }

    /// The sockets that follow a topic of `owner`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn followers(&self, topic: Topic, owner: UserId) -> Result<Vec<String>, StoreError> {
        let rows = self.rows(&keys::topic(&topic_name(topic, owner), "").pk).await?;
        Ok(rows.iter().filter_map(|row| row.get("sk")?.as_s().ok().cloned()).collect())
    }

    /// Forgets a socket and all that it follows, also what a late `subscribe` wrote after the socket was gone.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn disconnect(&self, id: &str) -> Result<(), StoreError> {
        for row in self.rows(&keys::connection(id).pk).await? {
            if let Some((topic, user)) = row_topic(&row) {
                self.forget_topic(id, user, topic).await?;
            }
        }
        self.remove(&keys::connection(id)).await
    }

    async fn rows(&self, pk: &str) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await?;
            found.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }
}

/// What a row of a socket says that it follows, and as whom; nothing if it is the socket's own row.
fn row_topic(row: &Item) -> Option<(Topic, UserId)> {
    let text = |name: &str| row.get(name)?.as_s().ok();
    Some((text("sk")?.strip_prefix(TOPIC_PREFIX)?.parse().ok()?, text("user")?.parse().ok()?))
}

fn topic_name(topic: Topic, user: UserId) -> String {
    match topic {
        Topic::Task(_) => topic.to_string(),
        Topic::Tasks => format!("{topic}:{user}"),
    }
}

fn expiring(mut item: Item, now: Timestamp) -> Item {
    item.insert("v".to_owned(), AttributeValue::N(SCHEMA.to_string()));
    item.insert(
        "expires_at".to_owned(),
        AttributeValue::N((now + LIFETIME).as_second().to_string()),
    );
    item
}
