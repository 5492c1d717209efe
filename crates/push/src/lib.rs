//! Pushes to sockets. A push is a hint: it is tried once, its failure is only logged, and a client that missed one
//! sees the gap and reads REST.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_smithy_types::Blob;
use domain::{
    event::{PREVIEW_BYTES, RawEvent, preview},
    id::TaskId,
    socket::{FRAME_BYTES, ServerFrame, Topic},
};
use futures_util::future::join_all;
use planted::planted;
use runtime::{
    Chain, Runtime,
    metrics::{Metric, Metrics},
};
use store::{Head, Store};
use tokio::time::{Instant, timeout};

/// The followers of more tasks than this are not remembered.
const REMEMBERED: usize = 1_000;
/// Whoever pushes waits no longer than this, however many frames and sockets there are. It ends before the client's
/// own patience with a call.
const PATIENCE: Duration = Duration::from_secs(2);
/// A socket that let us wait in vain is left alone for so long: it must not hold up a run post by post.
const REST: Duration = Duration::from_secs(10);

/// Who follows a task, as of a version of [`Head::followers`]: the head that a commit answers with says whether it still
/// holds, so that whoever subscribes in the middle of a run hears the very next event.
type Followers = HashMap<TaskId, (u64, Arc<Vec<String>>)>;

/// Tells followers what is new.
#[derive(Clone, Debug)]
pub struct Pusher {
    store: Store,
    sockets: aws_sdk_apigatewaymanagement::Client,
    followers: Arc<Mutex<Followers>>,
    resting: Arc<Mutex<HashMap<String, Instant>>>,
    metrics: Metrics,
}

impl Pusher {
    /// A pusher over the clients of a function.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Self {
        Self {
            store: Store::new(runtime.clients.dynamodb.clone(), &runtime.settings.table),
            sockets: runtime.clients.sockets.clone(),
            followers: Arc::default(),
            resting: Arc::default(),
            metrics: runtime.settings.metrics.clone(),
        }
    }

    /// A task changed: tells who follows it, or all tasks of its owner.
    pub async fn task(&self, head: &Head) {
        self.changed(head, &[]).await;
    }

    /// Events were committed: tells who follows the task.
    pub async fn events(&self, head: &Head, events: &[RawEvent]) {
        let topic = Topic::Task(head.id);
        if events.is_empty() {
            return;
        }
        let followers = self.followers(head).await;
        if !followers.is_empty() {
            let frames = blobs(&frames(topic, events));
            self.send_all(followers.iter().map(|id| (id.as_str(), frames.as_slice()))).await;
        }
    }

    /// Events were committed that changed the task: tells of both, in this order.
    pub async fn changed(&self, head: &Head, events: &[RawEvent]) {
        let topic = Topic::Task(head.id);
        let of_all = self.ask(Topic::Tasks, head).await;
        let of_task = self.followers(head).await;
        let task = blobs(&[ServerFrame::Task { task: Box::new(head.view()) }]);
        let both = [blobs(&frames(topic, events)), task.clone()].concat();
        let others = of_all.iter().filter(|id| !of_task.contains(id));
        let others = others.map(|id| (id.as_str(), task.as_slice()));
        let own = of_task.iter().map(|id| (id.as_str(), both.as_slice()));
        self.send_all(own.chain(others)).await;
    }

    /// Sends one frame to one socket.
    pub async fn send(&self, connection: &str, frame: &ServerFrame) {
        let frame = blobs(std::slice::from_ref(frame));
        self.send_all([(connection, frame.as_slice())]).await;
    }

    async fn followers(&self, head: &Head) -> Arc<Vec<String>> {
        if head.followers == 0 {
            // Nobody ever followed it: who does is counted.
            return Arc::default();
        }
        if let Some((version, followers)) = self.remembered().get(&head.id)
            && (*version == head.followers || planted!(StaleFollowers))
        {
            return followers.clone();
        }
        let followers = Arc::new(self.ask(Topic::Task(head.id), head).await);
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(head.id, (head.followers, followers.clone()));
        followers
    }

    async fn ask(&self, topic: Topic, head: &Head) -> Vec<String> {
        match self.store.followers(topic, head.owner).await {
            Ok(followers) => followers,
            Err(err) => {
                tracing::warn!(error = %Chain(&err), "cannot tell who follows {topic}");
                Vec::new()
            }
        }
    }

    fn remembered(&self) -> MutexGuard<'_, Followers> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send_all<'a>(&self, sockets: impl IntoIterator<Item = (&'a str, &'a [Blob])>) {
        join_all(sockets.into_iter().map(async |(connection, frames)| {
            if self.rests(connection) {
                return;
            }
            if timeout(PATIENCE, self.send_frames(connection, frames)).await.is_err() {
                tracing::info!("a socket is too slow; it rests for a while");
                self.resting().insert(connection.to_owned(), Instant::now());
                self.metrics.put(&[(Metric::PushFailures, 1.0)]);
            }
        }))
        .await;
    }

    fn rests(&self, connection: &str) -> bool {
        let mut resting = self.resting();
        resting.retain(|_, since| since.elapsed() < REST);
        resting.contains_key(connection)
    }

    fn resting(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In order, and none after one that failed: the client finds the gap.
    async fn send_frames(&self, connection: &str, frames: &[Blob]) {
        for frame in frames {
            let sent = self
                .sockets
                .post_to_connection()
                .connection_id(connection)
                .data(frame.clone())
                .send()
                .await;
            let Err(err) = sent else { continue };
            if err.as_service_error().is_some_and(|err| err.is_gone_exception()) {
                if let Err(err) = self.store.disconnect(connection).await {
                    tracing::warn!(error = %Chain(&err), "cannot forget a socket that is gone");
                }
            } else {
                tracing::info!(error = %Chain(&err), "a push was lost");
                self.metrics.put(&[(Metric::PushFailures, 1.0)]);
            }
            return;
        }
    }
}

fn blobs(frames: &[ServerFrame]) -> Vec<Blob> {
    frames.iter().filter_map(|frame| serde_json::to_vec(frame).ok()).map(Blob::new).collect()
}

/// Events in frames of a bounded size, each event at most its preview.
fn frames(topic: Topic, events: &[RawEvent]) -> Vec<ServerFrame> {
    let mut frames = Vec::new();
    let mut gathered: Vec<RawEvent> = Vec::new();
    let mut bytes = 0;
    for event in events {
        let event = preview(event, PREVIEW_BYTES);
        let size = serde_json::to_vec(&event).map_or(0, |text| text.len()) + 1;
        if bytes + size > FRAME_BYTES - 200 && !gathered.is_empty() {
            frames.push(ServerFrame::Events { topic, events: std::mem::take(&mut gathered) });
            bytes = 0;
        }
        bytes += size;
        gathered.push(event);
    }
    if !gathered.is_empty() {
        frames.push(ServerFrame::Events { topic, events: gathered });
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u64, size: usize) -> RawEvent {
        serde_json::from_value(serde_json::json!({
            "seq": seq, "at": "2026-01-01T00:00:00Z", "attempt": 1, "type": "text", "text": "x".repeat(size),
        }))
        .unwrap()
    }

    #[test]
    fn every_event_goes_out_once_and_in_order_in_frames_that_fit() {
        let topic = Topic::Tasks;
        let events: Vec<_> =
            (1..=60).map(|seq| event(seq, (seq as usize * 977) % 20_000)).collect();
        let mut seqs = Vec::new();
        for frame in frames(topic, &events) {
            assert!(serde_json::to_vec(&frame).unwrap().len() <= FRAME_BYTES);
            let ServerFrame::Events { events, .. } = frame else { panic!("not events") };
            seqs.extend(events.iter().map(|event| event.seq));
        }
        assert_eq!(seqs, (1..=60).collect::<Vec<_>>());
    }
}
