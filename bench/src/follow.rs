//! One task, followed as the protocol wants it: a push is a hint, the log is the truth.

use std::time::{Duration, Instant};

use domain::{
    id::TaskId,
    socket::{ClientFrame, ServerFrame, Topic},
};
use tokio::time::timeout;

use crate::client::{Api, Socket};

/// After so much silence the client asks where the log stands: a push may get lost.
const SILENCE: Duration = Duration::from_millis(500);

/// When a client saw them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// The first event of the attempt, which is of the supervisor.
    pub first: Instant,
    /// The first text of the attempt, which is of the child.
    pub text: Instant,
}

/// Follows a task until this attempt has said its first text.
pub(crate) async fn follow(
    api: &Api,
    socket: &mut Socket,
    id: TaskId,
    attempt: u32,
) -> anyhow::Result<Seen> {
    socket.say(&ClientFrame::Subscribe { topics: vec![Topic::Task(id)] }).await?;
    let mut first = None;
    loop {
        let events = match timeout(SILENCE, socket.heard()).await {
            Ok(heard) => match heard?.1 {
                ServerFrame::Events { events, .. } => events,
                ServerFrame::Heads { heads } if heads.values().any(|head| *head > 0) => {
                    api.events(id).await?.events
                }
                _ => continue,
            },
            Err(_) => {
                socket.say(&ClientFrame::Ping).await?;
                continue;
            }
        };
        let mut ours = events.iter().filter(|event| event.attempt == attempt).peekable();
        if ours.peek().is_none() {
            continue;
        }
        let now = Instant::now();
        let first = *first.get_or_insert(now);
        if ours.any(|event| event.kind() == "text") {
            return Ok(Seen { first, text: now });
        }
    }
}
