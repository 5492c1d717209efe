//! The sockets that are open, as the management API sees them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// So much may wait for a client that reads slowly.
const QUEUE_BYTES: usize = 512 << 10;
const QUEUE_MESSAGES: usize = 512;

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No such connection, or no longer.
    Gone,
    /// The client reads too slowly.
    Full,
}

/// All open connections.
#[derive(Default)]
pub(crate) struct Sockets {
    open: Mutex<HashMap<String, Arc<Socket>>>,
    pub(super) sessions: TaskTracker,
    pub(super) closing: CancellationToken,
}

/// One open connection, as others reach it.
pub(crate) struct Socket {
    pub(crate) connected_at: Timestamp,
    pub(crate) source_ip: String,
    pub(crate) user_agent: Option<String>,
    last_active: AtomicI64,
    queue: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
    pub(super) close: CancellationToken,
}

/// A message on its way out.
pub(super) struct Outgoing {
    pub(super) text: String,
    /// Given back when the message is written or dropped.
    pub(super) room: OwnedSemaphorePermit,
}

impl Sockets {
    /// Ends all connections and waits for them.
    pub(crate) async fn close_all(&self) {
        self.closing.cancel();
        self.sessions.close();
        self.sessions.wait().await;
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Socket>> {
        self.lock().get(id).cloned()
    }

    pub(super) fn insert(
        &self,
        about: &super::socket_event::About,
    ) -> (Arc<Socket>, mpsc::Receiver<Outgoing>) {
        let (queue, messages) = mpsc::channel(QUEUE_MESSAGES);
        let socket = Arc::new(Socket {
            connected_at: about.connected_at,
            source_ip: about.origin.peer.ip().to_string(),
            user_agent: about.user_agent.clone(),
            last_active: AtomicI64::new(about.connected_at.as_millisecond()),
            queue,
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
            close: CancellationToken::new(),
        });
        self.lock().insert(about.id.clone(), Arc::clone(&socket));
        (socket, messages)
    }

    pub(super) fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Socket>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Socket {
    /// Puts a message into the queue of this client, or refuses at once.
    pub(crate) fn send(&self, text: String) -> Result<(), Refused> {
        let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes);
        let outgoing = Outgoing { text, room: room.map_err(|_| Refused::Full)? };
        self.queue.try_send(outgoing).map_err(|err| match err {
            mpsc::error::TrySendError::Full(_) => Refused::Full,
            mpsc::error::TrySendError::Closed(_) => Refused::Gone,
        })
    }

    pub(crate) fn close(&self) {
        self.close.cancel();
    }

    pub(crate) fn last_active(&self) -> Timestamp {
        let at = self.last_active.load(Ordering::Relaxed);
        Timestamp::from_millisecond(at).unwrap_or(self.connected_at)
    }

    pub(super) fn touch(&self) {
        self.last_active.store(runtime::clock::now().as_millisecond(), Ordering::Relaxed);
    }
}
