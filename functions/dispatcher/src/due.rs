//! What waits for its time: it joins the queue to the second, though the tick comes once a minute only. Rings are sent
//! beforehand, and the queue keeps them until then.

use std::collections::BTreeSet;

use domain::task::{Command, State};
use jiff::{SignedDuration, Timestamp};
use runtime::Chain;
use store::{Head, StoreError};

use crate::{Dispatcher, event::DUE};

/// How many due tasks one look takes up; a full look is followed by another one.
const LOOK: i32 = 100;
/// How far ahead a tick looks; what comes behind so many is still found by the ticks.
const AHEAD: i32 = 500;
impl Dispatcher {
    pub(crate) async fn queue_due(&self, now: Timestamp) -> Result<(), StoreError> {
        let due = self.store.due(now, LOOK).await?;
        for head in self.store.heads(&due).await? {
            let Ok(Some(change)) = head.task.decide(Command::BecomeDue) else { continue };
            match self.store.change(&head, change, now).await {
                Ok(head) => self.pusher.task(&head).await,
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    /// Rings for what is due before the next tick: once for each second in which something is.
    pub(crate) async fn ring_beforehand(&self, now: Timestamp) -> Result<(), StoreError> {
        let tick = SignedDuration::try_from(self.settings.tick).unwrap_or(SignedDuration::ZERO);
        let until = now + tick;
        if self.settings.ring_in(until, now).is_none() {
            return Ok(());
        }
        let due = self.store.due_between(now, until, AHEAD).await?;
        let delays = due.into_iter().filter_map(|due| self.settings.ring_in(due, now));
        for delay in delays.collect::<BTreeSet<_>>() {
            self.ring_in(delay).await;
        }
        Ok(())
    }

    /// A run failed and the next one is due before the tick comes by.
    pub(crate) async fn ring_when_due(&self, head: &Head, now: Timestamp) {
        let Some(due) = head.not_before.filter(|_| head.task.state == State::Scheduled) else {
            return;
        };
        if let Some(delay) = self.settings.ring_in(due, now) {
            self.ring_in(delay).await;
        }
    }

    async fn ring_in(&self, seconds: i32) {
        let sent = self
            .clients
            .sqs
            .send_message()
            .queue_url(&self.settings.queue_url)
            .message_body(format!(r#"{{"ring":"{DUE}"}}"#))
            .delay_seconds(seconds)
            .send()
            .await;
        if let Err(err) = sent {
            tracing::warn!(error = %Chain(&err), "cannot ring beforehand; the tick finds what is due");
        }
    }
}
