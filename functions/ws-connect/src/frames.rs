//! What a client says on an open socket, and what it is answered: through the management API, like every push, so that
//! no route of API Gateway needs to be configured for answers.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    id::TaskId,
    problem::{Code, Problem},
    socket::{ClientFrame, MAX_TOPICS, ServerFrame, Topic},
};
use runtime::Chain;
use serde::{Deserialize, de::IgnoredAny};
use store::{Connection, StoreError};

use crate::{Sockets, unavailable};

/// A frame larger than this is no frame of ours.
const FRAME_BYTES: usize = 16 * 1024;
/// An error frame has its size too, whatever it quotes.
const DETAIL_BYTES: usize = 300;

impl Sockets {
    pub(crate) async fn message(&self, id: &str, body: &str) -> i64 {
        let connection = match self.store.connection(id).await {
            Ok(connection) => connection,
            Err(StoreError::NotFound) => return 403,
            Err(err) => return unavailable(&err),
        };
        let answered = match parse(body) {
            Ok(frame) => self.obey(&connection, frame).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = answered {
            self.pusher.send(id, &ServerFrame::Error { problem: *problem }).await;
        }
        200
    }

    async fn obey(&self, connection: &Connection, frame: ClientFrame) -> Result<(), Box<Problem>> {
        match frame {
            ClientFrame::Subscribe { topics } => {
                let topics: BTreeSet<_> = topics.into_iter().collect();
                let followed = self.followed(connection).await?;
                let new = topics.iter().filter(|topic| !followed.contains(topic)).count();
                if followed.len() + new > MAX_TOPICS {
                    let detail = format!("a socket follows at most {MAX_TOPICS} topics");
                    return Err(Box::new(Problem::new(Code::TooManyRequests).detail(detail)));
                }
                // All or nothing: a stranger's task among them is as if it did not exist.
                let own = self.own_heads(connection, &topics).await?;
                let missing = tasks(&topics).find(|id| !own.contains_key(&Topic::Task(*id)));
                if let Some(id) = missing {
                    return Err(Box::new(
                        Problem::new(Code::NotFound).detail(format!("no task {id}")),
                    ));
                }
                let now = runtime::clock::now();
                for topic in &topics {
                    self.store.follow(connection, *topic, now).await.map_err(trouble)?;
                }
                // Again: what was stored before the socket followed is pushed to nobody.
                let heads = self.own_heads(connection, &topics).await?;
                self.pusher.send(&connection.id, &ServerFrame::Heads { heads }).await;
            }
            ClientFrame::Unsubscribe { topics } => {
                for topic in topics.into_iter().take(MAX_TOPICS) {
                    self.store.unfollow(connection, topic).await.map_err(trouble)?;
                }
            }
            ClientFrame::Ping => {
                let topics = self.followed(connection).await?.into_iter().collect();
                // A task that was deleted meanwhile has no head any more.
                let heads = self.own_heads(connection, &topics).await?;
                self.pusher.send(&connection.id, &ServerFrame::Heads { heads }).await;
            }
        }
        Ok(())
    }

    async fn followed(&self, connection: &Connection) -> Result<Vec<Topic>, Box<Problem>> {
        self.store.followed(&connection.id).await.map_err(trouble)
    }

    /// The last `seq` of each task among `topics` that is the caller's own.
    async fn own_heads(
        &self,
        connection: &Connection,
        topics: &BTreeSet<Topic>,
    ) -> Result<BTreeMap<Topic, u64>, Box<Problem>> {
        let ids: Vec<_> = tasks(topics).collect();
        let heads = self.store.heads(&ids).await.map_err(trouble)?;
        let own = heads.into_iter().filter(|head| head.owner == connection.user);
        Ok(own.map(|head| (Topic::Task(head.id), head.seq)).collect())
    }
}

fn tasks(topics: &BTreeSet<Topic>) -> impl Iterator<Item = TaskId> {
    topics.iter().filter_map(|topic| match topic {
        Topic::Task(id) => Some(*id),
        Topic::Tasks => None,
    })
}

fn parse(body: &str) -> Result<ClientFrame, Box<Problem>> {
    if body.len() > FRAME_BYTES {
        return Err(Box::new(Problem::new(Code::PayloadTooLarge)));
    }
    let frame = read(body).map_err(|err| {
        let text = err.to_string();
        let detail = &text[..text.floor_char_boundary(DETAIL_BYTES)];
        Box::new(Problem::new(Code::BadRequest).detail(detail))
    })?;
    match &frame {
        ClientFrame::Subscribe { topics } | ClientFrame::Unsubscribe { topics }
            if topics.len() > MAX_TOPICS =>
        {
            Err(Box::new(Problem::new(Code::BadRequest).detail("too many topics at once")))
        }
        ClientFrame::Subscribe { .. } | ClientFrame::Unsubscribe { .. } | ClientFrame::Ping => {
            Ok(frame)
        }
    }
}

fn read(body: &str) -> serde_json::Result<ClientFrame> {
    let frame = serde_json::from_str(body)?;
    if frame == ClientFrame::Ping {
        // serde lets a variant without fields have any.
        serde_json::from_str::<Ping>(body)?;
    }
    Ok(frame)
}

/// All that a ping may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ping {
    #[serde(rename = "action")]
    _action: IgnoredAny,
}

fn trouble(err: StoreError) -> Box<Problem> {
    tracing::error!(error = %Chain(&err), "a socket's request failed");
    Box::new(Problem::new(Code::Unavailable))
}
