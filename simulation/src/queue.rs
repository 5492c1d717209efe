//! The queue: at least once, in no order, and out of sight while somebody works on it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, sleep_until},
};

use crate::{functions, world::world};

/// As in the template.
const VISIBILITY: Duration = Duration::from_secs(360);
const MAX_RECEIVES: u32 = 5;
const BATCH: usize = 10;
/// So many batches are handled at once.
const AT_ONCE: usize = 2;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    messages: BTreeMap<u64, Message>,
    next: u64,
    /// Messages that were given up.
    pub(crate) dead: u32,
    wake: Arc<Notify>,
}

#[derive(Debug)]
struct Message {
    body: String,
    visible_at: Duration,
    receives: u32,
}

impl Queue {
    pub(crate) fn send(&mut self, body: String, visible_at: Duration) {
        self.next += 1;
        self.messages.insert(self.next, Message { body, visible_at, receives: 0 });
        self.wake.notify_one();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    fn receive(&mut self, now: Duration) -> Vec<(u64, String)> {
        let dead =
            |message: &Message| message.visible_at <= now && message.receives >= MAX_RECEIVES;
        let before = self.messages.len();
        self.messages.retain(|_, message| !dead(message));
        self.dead += u32::try_from(before - self.messages.len()).unwrap_or(u32::MAX);
        let visible = self.messages.iter_mut().filter(|(_, message)| message.visible_at <= now);
        let taken = visible.take(BATCH).map(|(id, message)| {
            message.receives += 1;
            message.visible_at = now + VISIBILITY;
            (*id, message.body.clone())
        });
        taken.collect()
    }

    fn next_visible(&self) -> Option<Duration> {
        self.messages.values().map(|message| message.visible_at).min()
    }
}

/// Polls the queue as an event source mapping does.
pub(crate) async fn poll() {
    let world = world();
    let began = Instant::now() - world.elapsed();
    let free = Arc::new(Semaphore::new(AT_ONCE));
    let wake = world.models.borrow().queue.wake.clone();
    loop {
        let Ok(permit) = free.clone().acquire_owned().await else { return };
        let taken = world.models.borrow_mut().queue.receive(world.elapsed());
        if taken.is_empty() {
            drop(permit);
            let next = world.models.borrow().queue.next_visible();
            let sleep = async {
                match next {
                    Some(at) => sleep_until(began + at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = wake.notified() => (),
                () = sleep => (),
            }
            continue;
        }
        world.spawn(async move {
            handle(&taken).await;
            drop(permit);
        });
    }
}

async fn handle(taken: &[(u64, String)]) {
    let world = crate::world::world();
    let records: Vec<_> = taken
        .iter()
        .map(|(id, body)| serde_json::json!({ "messageId": id.to_string(), "body": body }))
        .collect();
    let answer = functions::dispatch("ring", serde_json::json!({ "Records": records })).await;
    let Some(answer) = answer else { return };
    let failures = answer["batchItemFailures"].as_array();
    let failed: Vec<_> = failures
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["itemIdentifier"].as_str()?.parse::<u64>().ok())
        .collect();
    for (id, _) in taken.iter().filter(|(id, _)| !failed.contains(id)) {
        let again = world.fault("ring twice", world.plan.faults.ring_twice);
        let mut models = world.models.borrow_mut();
        if again {
            let at = world.elapsed() + Duration::from_millis(id % 997);
            if let Some(message) = models.queue.messages.get_mut(id) {
                message.visible_at = at;
            }
        } else {
            models.queue.messages.remove(id);
        }
        models.queue.wake.notify_one();
    }
}
