//! What a client says on an open socket, and what it is answered: through the management API, like every push, so that
//! no route of API Gateway needs to be configured for answers.

use std::collections::BTreeMap;

use domain::{
    problem::{Code, Problem},
    socket::{ClientFrame, MAX_TOPICS, ServerFrame, Topic},
};
use runtime::Chain;
use store::{Connection, StoreError};

use crate::{Sockets, unavailable};

/// A frame larger than this is no frame of ours.
const FRAME_BYTES: usize = 16 * 1024;

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
                let followed = self.followed(connection).await?;
                let new = topics.iter().filter(|topic| !followed.contains(topic)).count();
                if followed.len() + new > MAX_TOPICS {
                    let detail = format!("a socket follows at most {MAX_TOPICS} topics");
                    return Err(Box::new(Problem::new(Code::TooManyRequests).detail(detail)));
                }
                // All or nothing: a stranger's task among them is as if it did not exist.
                let heads = self.heads(connection, &topics).await?;
                let now = runtime::clock::now();
                for topic in topics {
                    self.store.follow(connection, topic, now).await.map_err(trouble)?;
                }
                self.pusher.send(&connection.id, &ServerFrame::Heads { heads }).await;
            }
            ClientFrame::Unsubscribe { topics } => {
                for topic in topics.into_iter().take(MAX_TOPICS) {
                    self.store.unfollow(connection, topic).await.map_err(trouble)?;
                }
            }
            ClientFrame::Ping => {
                let topics = self.followed(connection).await?;
                let mut heads = BTreeMap::new();
                for topic in topics {
                    match self.heads(connection, &[topic]).await {
                        Ok(head) => heads.extend(head),
                        // A task that was deleted meanwhile has no head any more.
                        Err(problem) if problem.status == 404 => (),
                        Err(problem) => return Err(problem),
                    }
                }
                self.pusher.send(&connection.id, &ServerFrame::Heads { heads }).await;
            }
        }
        Ok(())
    }

    async fn followed(&self, connection: &Connection) -> Result<Vec<Topic>, Box<Problem>> {
        self.store.followed(&connection.id).await.map_err(trouble)
    }

    /// The last `seq` of each task among `topics`; only of the caller's own.
    async fn heads(
        &self,
        connection: &Connection,
        topics: &[Topic],
    ) -> Result<BTreeMap<Topic, u64>, Box<Problem>> {
        let ids: Vec<_> = topics
            .iter()
            .filter_map(|topic| match topic {
                Topic::Task(id) => Some(*id),
                Topic::Tasks => None,
            })
            .collect();
        let heads = self.store.heads(&ids).await.map_err(trouble)?;
        let own: BTreeMap<Topic, u64> = heads
            .iter()
            .filter(|head| head.owner == connection.user)
            .map(|head| (Topic::Task(head.id), head.seq))
            .collect();
        match ids.iter().find(|id| !own.contains_key(&Topic::Task(**id))) {
            None => Ok(own),
            Some(id) => Err(Box::new(Problem::new(Code::NotFound).detail(format!("no task {id}")))),
        }
    }
}

fn parse(body: &str) -> Result<ClientFrame, Box<Problem>> {
    if body.len() > FRAME_BYTES {
        return Err(Box::new(Problem::new(Code::PayloadTooLarge)));
    }
    let frame: ClientFrame = serde_json::from_str(body)
        .map_err(|err| Box::new(Problem::new(Code::BadRequest).detail(err.to_string())))?;
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

fn trouble(err: StoreError) -> Box<Problem> {
    tracing::error!(error = %Chain(&err), "a socket's request failed");
    Box::new(Problem::new(Code::Unavailable))
}
