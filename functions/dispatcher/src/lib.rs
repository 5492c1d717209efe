//! Starts what is ready, ends what is gone.
//!
//! An activation takes no input: it compares what should be with what is, and closes the gap. A message of the queue,
//! the tick and a container's end are only reasons to look now.

mod containers;
mod due;
mod event;
mod launch;
mod start;
mod sweep;

use anyhow::Context as _;
use auth::SigningKeys;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use domain::{
    event::{Body, Draft, RunOutcome},
    reason::Reason,
    task::{Attempt, Change, Command, Outcome},
};
use jiff::Timestamp;
use planted::planted;
use push::Pusher;
use runtime::{Chain, Clients, Runtime, Settings, metrics::Metric};
use store::{Batch, Finish, Head, RunRecord, Store, StoreError};
use tokio::sync::OnceCell;

use crate::event::{Event, Stopped};

/// Whoever loses so many races in a row looks again with the next tick.
const MAX_RACES: usize = 10;

/// The one door.
#[derive(Debug)]
pub struct Dispatcher {
    store: Store,
    clients: Clients,
    settings: Settings,
    pusher: Pusher,
    keys: SigningKeys,
    /// Whether who checks run tokens can find our public key.
    published: OnceCell<()>,
}

impl Dispatcher {
    /// Over the settings and clients of a function.
    ///
    /// # Errors
    /// When the keys to sign run tokens with are missing or wrong.
    pub fn new(runtime: &Runtime) -> anyhow::Result<Self> {
        let keys =
            runtime.settings.signing_keys.as_ref().context("ERRAND_SIGNING_KEYS is not set")?;
        Ok(Self {
            store: Store::new(runtime.clients.dynamodb.clone(), &runtime.settings.table),
            clients: runtime.clients.clone(),
            settings: runtime.settings.clone(),
            pusher: Pusher::new(runtime),
            keys: SigningKeys::parse(keys).context("ERRAND_SIGNING_KEYS cannot be read")?,
            published: OnceCell::new(),
        })
    }

    /// Handles a batch of the queue, a tick, or a container's end.
    ///
    /// # Errors
    /// When the table cannot be reached on a tick or a container's end: the caller tries again.
    pub async fn handle(
        &self,
        event: serde_json::Value,
    ) -> Result<serde_json::Value, lambda_runtime::Error> {
        match Event::read(event)? {
            Event::Rings { rings, due } => {
                // One look serves all rings of a batch; if it fails, all are given back.
                let mut answer = SqsBatchResponse::default();
                if let Err(err) = self.look(due).await {
                    tracing::error!(error = %Chain(&err), "gave rings back to the queue");
                    answer.batch_item_failures = rings.into_iter().map(failure).collect();
                }
                Ok(serde_json::to_value(answer)?)
            }
            Event::Tick => {
                // What cannot be swept keeps nobody from starting.
                let swept = self.sweep().await;
                self.measure().await;
                self.start_ready().await?;
                swept?;
                Ok(serde_json::Value::Null)
            }
            Event::Stopped(stopped) => {
                let ended = self.container_stopped(&stopped).await;
                self.start_ready().await?;
                ended?;
                Ok(serde_json::Value::Null)
            }
            Event::Other => Ok(serde_json::Value::Null),
        }
    }

    /// What is due joins the queue where somebody rang for that, and what is ready starts.
    async fn look(&self, due: bool) -> Result<(), StoreError> {
        if due {
            self.queue_due(runtime::clock::now()).await?;
        }
        self.start_ready().await
    }

    /// How long the queue is and how much of it runs, once a tick.
    async fn measure(&self) {
        let metrics = &self.settings.metrics;
        if !metrics.are_wanted() {
            return;
        }
        let (slots, queued) = tokio::join!(self.store.slots(), self.store.queued(usize::MAX));
        if let (Ok(slots), Ok(queued)) = (slots, queued) {
            let (used, depth) = (slots.used as f64, queued.tasks.len() as f64);
            metrics.put(&[(Metric::SlotsUsed, used), (Metric::ReadyDepth, depth)]);
        }
    }

    /// A container ended. If its run has reported that already, nothing is left to do.
    async fn container_stopped(&self, stopped: &Stopped) -> Result<(), StoreError> {
        let Some((task, attempt)) = stopped.run else { return Ok(()) };
        let run = Attempt(attempt);
        if stopped.by_host {
            return self.finish_for(task, Command::Interrupt(run), event::INTERRUPTED).await;
        }
        let command = Command::Lose(run, stopped.reason());
        self.finish_for(task, command, &stopped.explanation()).await
    }

    /// Ends a run that cannot do so itself. Nothing happens if it is over, or another one lives.
    pub(crate) async fn finish_for(
        &self,
        task: domain::id::TaskId,
        command: Command,
        message: &str,
    ) -> Result<(), StoreError> {
        let reason = if let Command::Lose(_, reason) = command { reason } else { Reason::Lost };
        for _ in 0..MAX_RACES {
            let head = match self.store.head(task).await {
                Ok(head) => head,
                Err(StoreError::NotFound) => return Ok(()),
                Err(err) => return Err(err),
            };
            let Ok(Some(change)) = head.task.decide(command) else {
                return Ok(());
            };
            let change = if planted!(RetryWithoutCap) {
                Change::Requeued { reason, after: std::time::Duration::ZERO }
            } else {
                change
            };
            match self.end(&head, change, reason, message).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err),
            }
        }
        Err(StoreError::Conflict)
    }

    async fn end(
        &self,
        head: &Head,
        change: Change,
        reason: Reason,
        message: &str,
    ) -> Result<(), StoreError> {
        let now = runtime::clock::now();
        let called_off = change == Change::Ended(Outcome::Canceled);
        let outcome = if called_off { RunOutcome::Canceled } else { RunOutcome::Failed };
        let reason = (!called_off).then_some(reason);
        let record = RunRecord {
            attempt: head.task.attempt.0,
            created_at: head.claimed_at.unwrap_or(head.updated_at),
            started_at: head.started_at,
            ended_at: now,
            outcome,
            reason,
            message: Some(message.to_owned()),
            exit_code: None,
            session_id: None,
            result_text: None,
            structured_output: None,
            artifacts: Vec::new(),
            usage: head.usage_run,
        };
        let batch = last_words(head, outcome, reason, message, now);
        let head = self.store.finish(&Finish { seen: head, change, batch: &batch, record }).await?;
        self.ring_when_due(&head, now).await;
        tracing::info!(task.id = %head.id, task.attempt = head.task.attempt.0, "ended run {} of {}: {message}", head.task.attempt, head.id);
        self.settings.metrics.task_changed(&head.task);
        self.pusher.changed(&head, &batch.events).await;
        Ok(())
    }
}

/// Every run ends with one `run_ended`; this one is said for a runner that no longer can.
fn last_words(
    head: &Head,
    outcome: RunOutcome,
    reason: Option<Reason>,
    message: &str,
    now: Timestamp,
) -> Batch {
    let since = head.started_at.or(head.claimed_at).unwrap_or(now);
    let body = Body::RunEnded {
        outcome,
        reason,
        message: Some(message.to_owned()),
        duration_ms: u64::try_from(now.duration_since(since).as_millis()).unwrap_or(0),
        cost_usd_micros: head.usage_run.cost_usd_micros,
        usage: head.usage_run.tokens,
    };
    let first_seq = head.seq + 1;
    let attempt = head.task.attempt.0;
    Batch {
        first_seq,
        attempt,
        run_seq: head.run_seq,
        runner: Batch::SERVER.to_owned(),
        events: vec![Draft { at: now, body }.raw().numbered(first_seq, attempt)],
        bodies: std::collections::BTreeMap::new(),
    }
}

fn failure(message_id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message_id;
    failure
}
