//! What the handlers work with.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use anyhow::Context as _;
use auth::{SigningKeys, password::Hasher};
use domain::{task::Change, view::HealthView};
use push::Pusher;
use runtime::{Clients, Runtime, Settings, clock};
use store::{Head, Store};
use tokio::time::timeout;

use crate::{
    answers::Answers,
    bell::{Bell, Ring},
    cursor::Cursors,
    objects::Objects,
};

/// Passwords that are hashed at once: each takes 19 MiB.
const HASHING_THREADS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// So long an answer waits for followers and the queue to hear of what is stored already.
const TELLING: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) keys: SigningKeys,
    pub(crate) hasher: Hasher,
    pub(crate) cursors: Cursors,
    pub(crate) answers: Answers,
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    bell: Bell,
    pusher: Pusher,
}

pub(crate) type Shared = Arc<Services>;

impl Services {
    /// # Errors
    /// Names the setting that is missing or wrong.
    pub(crate) fn new(runtime: &Runtime) -> anyhow::Result<Self> {
        let Runtime { settings, clients } = runtime;
        let text = settings.signing_keys.as_ref().context("ERRAND_SIGNING_KEYS is not set")?;
        Ok(Self {
            store: Store::new(clients.dynamodb.clone(), &settings.table),
            objects: Objects::new(clients.s3.clone(), &settings.bucket),
            keys: SigningKeys::parse(text).context("ERRAND_SIGNING_KEYS")?,
            hasher: Hasher::new(HASHING_THREADS),
            cursors: Cursors::derive(text),
            answers: Answers::derive(text),
            bell: Bell::new(clients.sqs.clone(), &settings.queue_url),
            pusher: Pusher::new(runtime),
            settings: settings.clone(),
            clients: clients.clone(),
        })
    }

    /// Which model answers must never be mistaken.
    pub(crate) fn health(&self) -> HealthView {
        let model = if self.settings.demo_model { "demo model" } else { "live" };
        HealthView {
            status: "ok".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: model.to_owned(),
        }
    }

    /// Has the dispatcher look, though no task changed.
    pub(crate) async fn ring(&self, ring: Ring) {
        if timeout(TELLING, self.bell.ring(Some(ring))).await.is_err() {
            tracing::warn!("gave up to ring the dispatcher");
        }
    }

    /// Has the dispatcher look when the time of a new task has come, if that is before the tick can know of it.
    pub(crate) async fn ring_when_due(&self, head: &Head) {
        let Some(due) = head.not_before else { return };
        let Some(seconds) = self.settings.ring_in(due, clock::now()) else { return };
        if timeout(TELLING, self.bell.ring_in(seconds)).await.is_err() {
            tracing::warn!(task = %head.id, "gave up to ring beforehand");
        }
    }

    /// A task is new or has changed: tells who follows it, and rings for who acts on it. Neither can fail, nor keep the
    /// answer back for long: a push is a hint, and the sweep rings for what nobody rang for.
    pub(crate) async fn changed(&self, head: &Head, ring: Option<Ring>) {
        let told = async { tokio::join!(self.pusher.task(head), self.bell.ring(ring)) };
        if timeout(TELLING, told).await.is_err() {
            tracing::warn!(task = %head.id, "gave up to tell of a change");
        }
    }
}

/// What the dispatcher must look at after a change.
pub(crate) fn ring_after(change: Change) -> Option<Ring> {
    match change {
        Change::Reopened { .. } => Some(Ring::Retried),
        Change::CancelRequested => Some(Ring::Canceled),
        Change::Queued
        | Change::Started(_)
        | Change::Running
        | Change::Waiting
        | Change::Requeued { .. }
        | Change::Ended(_) => None,
    }
}
