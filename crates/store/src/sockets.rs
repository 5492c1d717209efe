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
        self.put(expiring(keys::connection_topic(&connection.id, &topic.to_string()).item(), now))
            .await?;
        self.put(expiring(keys::topic(&name, &connection.id).item(), now)).await?;
        self.followers_changed(topic).await
    }

    /// Lets a socket follow a topic no longer.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn unfollow(&self, connection: &Connection, topic: Topic) -> Result<(), StoreError> {
        let name = topic_name(topic, connection.user);
        self.remove(&keys::topic(&name, &connection.id)).await?;
        self.remove(&keys::connection_topic(&connection.id, &topic.to_string())).await?;
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
        let names = self.sort_keys(&keys::connection(connection).pk, TOPIC_PREFIX).await?;
        Ok(names.iter().filter_map(|sk| sk.strip_prefix(TOPIC_PREFIX)?.parse().ok()).collect())
    }

    /// The sockets that follow a topic of `owner`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn followers(&self, topic: Topic, owner: UserId) -> Result<Vec<String>, StoreError> {
        self.sort_keys(&keys::topic(&topic_name(topic, owner), "").pk, "").await
    }

    /// Forgets a socket and all that it follows.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn disconnect(&self, id: &str) -> Result<(), StoreError> {
        let connection = match self.connection(id).await {
            Ok(connection) => connection,
            Err(StoreError::NotFound) => return Ok(()),
            Err(err) => return Err(err),
        };
        for topic in self.followed(id).await? {
            self.unfollow(&connection, topic).await?;
        }
        self.remove(&keys::connection(id)).await
    }

    async fn sort_keys(&self, pk: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .projection_expression("sk")
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let request = if prefix.is_empty() {
            request.key_condition_expression("pk = :pk")
        } else {
            request
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
        };
        let items = request.send().await?.items.unwrap_or_default();
        Ok(items.iter().filter_map(|item| item.get("sk")?.as_s().ok().cloned()).collect())
    }
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
