//! The log: appended by live runs, read by everyone else.
//!
//! A post is one transaction: the batch at its place, and the head, which says that the log goes up to there. Readers
//! stop at the head. What an earlier version of this code left beyond it is invisible, and the next batch goes over it.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnConsumedCapacity},
};
use domain::{
    event::TodoProgress,
    id::TaskId,
    run::{Phase, RunUsage},
    task::{Change, State},
};
use jiff::Timestamp;
use planted::planted;

use crate::{Batch, Head, Store, StoreError, expression::Update, head, keys};

/// Whoever finds another head so often in a row is told to come again.
const MAX_RACES: usize = 10;

/// What a live run appends. Without events it is a heartbeat.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    pub task: TaskId,
    pub batch: &'a Batch,
    /// The head as whoever appends saw it last. It need not be right: if it is, it is not read.
    pub known: Option<Head>,
    pub phase: Phase,
    pub usage: Option<RunUsage>,
    pub lease: Duration,
    pub now: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Appended {
    /// It is part of the log.
    Committed(Box<Head>),
    /// It was part of the log already.
    Repeated(Box<Head>),
    /// The run is over, or never was, or another process speaks for it.
    Superseded,
}

impl Head {
    /// Whether a batch is what the log waits for, from the process that it waits for.
    #[must_use]
    pub fn awaits(&self, batch: &Batch) -> bool {
        let speaks = self.runner.as_ref().is_none_or(|runner| *runner == batch.runner);
        self.task.state.is_live()
            && self.task.attempt.0 == batch.attempt
            && (speaks || planted!(AppendWithoutRunner))
            && self.run_seq == batch.run_seq
            && self.seq + 1 == batch.first_seq
    }
}

impl Store {
    /// Appends a batch to the log of a live run.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn append(&self, mut append: Append<'_>) -> Result<Appended, StoreError> {
        let batch = append.batch;
        if batch.events.is_empty() {
            return self.beat(&append).await;
        }
        let mut known = append.known.take().filter(|head| head.awaits(batch));
        for _ in 0..MAX_RACES {
            let head = match known.take() {
                Some(head) => head,
                None => match self.head(append.task).await {
                    Ok(head) => head,
                    Err(StoreError::NotFound) => return Ok(Appended::Superseded),
                    Err(err) => return Err(err),
                },
            };
            if !head.awaits(batch) {
                return Ok(placed(head, batch));
            }
            match self.commit(head, &append).await {
                Ok(head) => return Ok(Appended::Committed(Box::new(head))),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err),
            }
        }
        Err(StoreError::Conflict)
    }

    /// How a batch stands to the log as it is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn place(&self, task: TaskId, batch: &Batch) -> Result<Appended, StoreError> {
        match self.head(task).await {
            Ok(head) => Ok(placed(head, batch)),
            Err(StoreError::NotFound) => Ok(Appended::Superseded),
            Err(err) => Err(err),
        }
    }

    /// On the condition that the head is as seen, so that it is known afterwards without an answer.
    async fn commit(&self, seen: Head, append: &Append<'_>) -> Result<Head, StoreError> {
        let batch = append.batch;
        let update = moved(append)?.unless(planted!(FenceOnlyRead), |update| {
            update.when("version", "=", seen.version).when_absent_or(
                "followers",
                "=",
                seen.followers,
            )
        });
        self.transact(vec![
            update.in_transaction(&self.table, &keys::head(append.task))?,
            self.put_in_transaction(batch.to_item(append.task)?)?,
        ])
        .await?;
        let mut next = seen;
        next.task.apply(match append.phase {
            Phase::Running => Change::Running,
            Phase::Waiting => Change::Waiting,
        });
        next.version += 1;
        next.seq += batch.len();
        next.run_seq += batch.len();
        next.runner = Some(batch.runner.clone());
        next.updated_at = append.now;
        next.lease_until = Some(append.now + append.lease);
        next.usage_run = append.usage.unwrap_or(next.usage_run);
        next.todos = TodoProgress::of(&batch.events).or(next.todos);
        if batch.run_seq == 0 {
            next.started_at = Some(append.now);
        }
        Ok(next)
    }

    /// A sign of life: it hangs on the run alone, so the head need not be known.
    async fn beat(&self, append: &Append<'_>) -> Result<Appended, StoreError> {
        let key = keys::head(append.task);
        match moved(append)?.request(&self.client, &self.table, &key).send().await {
            Ok(answer) => {
                let head = head::from_item(answer.attributes.unwrap_or_default())?;
                Ok(Appended::Committed(Box::new(head)))
            }
            Err(SdkError::ServiceError(err))
                if matches!(err.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(Appended::Superseded)
            }
            Err(err) => Err(err.into()),
        }
    }

    /// Committed events after `after`, in order, up to about `limit` (whole batches) and never beyond `head`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn batches(
        &self,
        task: TaskId,
        after: u64,
        head: u64,
        limit: usize,
    ) -> Result<Vec<Batch>, StoreError> {
        if after >= head {
            return Ok(Vec::new());
        }
        let mut from = after + 1;
        let mut found: Vec<Batch> = Vec::new();
        let mut events = 0;
        // A reader that follows asks from the beginning of a batch; another one may start in the middle of one.
        let mut rows = self.query_batches(task, from, head, limit).await?;
        if rows.first().is_none_or(|batch| batch.first_seq != from) {
            let Some(around) = self.batch_around(task, from).await? else { return Ok(found) };
            from = around.first_seq;
            rows.insert(0, around);
        }
        loop {
            let before = from;
            // What does not begin where the log goes on was put by a run that never committed it.
            for batch in rows {
                if batch.first_seq == from {
                    from += batch.len();
                    events += batch.events.len();
                    found.push(batch);
                }
                if events >= limit || from > head {
                    return Ok(found);
                }
            }
            if from == before {
                return Ok(found);
            }
            rows = self.query_batches(task, from, head, limit - events).await?;
        }
    }

    /// The batch that holds event `seq`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn batch_around(&self, task: TaskId, seq: u64) -> Result<Option<Batch>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", AttributeValue::S(keys::task(task)))
            .expression_attribute_values(":first", AttributeValue::S(keys::batch_sk(0)))
            .expression_attribute_values(":last", AttributeValue::S(keys::batch_sk(seq)))
            .scan_index_forward(false)
            .limit(1)
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        let batch = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .next()
            .map(Batch::from_item)
            .transpose()?;
        Ok(batch.filter(|batch| seq < batch.first_seq + batch.len()))
    }

    async fn query_batches(
        &self,
        task: TaskId,
        from: u64,
        head: u64,
        limit: usize,
    ) -> Result<Vec<Batch>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :head")
            .expression_attribute_values(":pk", AttributeValue::S(keys::task(task)))
            .expression_attribute_values(":from", AttributeValue::S(keys::batch_sk(from)))
            .expression_attribute_values(":head", AttributeValue::S(keys::batch_sk(head)))
            .limit(i32::try_from(limit.clamp(1, 1000)).unwrap_or(1000))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        answer.items.unwrap_or_default().into_iter().map(Batch::from_item).collect()
    }
}

/// What a post changes in the head of its run, if that lives and is where the post believes it to be.
fn moved(append: &Append<'_>) -> Result<Update, StoreError> {
    let batch = append.batch;
    let state = match append.phase {
        Phase::Running => State::Running,
        Phase::Waiting => State::Waiting,
    };
    let mut update = Update::default()
        .increase("version", 1)
        .increase("seq", batch.len())
        .increase("run_seq", batch.len())
        .set("state", head::attribute(&state)?)
        .set("runner", batch.runner.as_str())
        .set("updated_at", append.now)
        .set("lease_until", append.now + append.lease);
    if let Some(usage) = append.usage {
        update = update.set("usage_run", head::attribute(&usage)?);
    }
    if let Some(todos) = TodoProgress::of(&batch.events) {
        update = update.set("todos", head::attribute(&todos)?);
    }
    if batch.run_seq == 0 && batch.len() > 0 {
        update = update.set("started_at", append.now);
    }
    let live =
        [State::Starting, State::Running, State::Waiting].map(|state| head::attribute(&state));
    let any_run =
        if batch.len() == 0 { planted!(LeaseRenewedBySuperseded) } else { planted!(FenceOnlyRead) };
    Ok(update
        .when_in("state", live.into_iter().collect::<Result<Vec<_>, _>>()?)
        .unless(any_run || planted!(AppendWithoutRunner), |update| {
            update.when_absent_or("runner", "=", batch.runner.as_str())
        })
        .unless(any_run, |update| {
            update.when("attempt", "=", batch.attempt).when("run_seq", "=", batch.run_seq).when(
                "seq",
                "=",
                batch.first_seq - 1,
            )
        }))
}

/// How a batch stands to a head that did not take it.
fn placed(head: Head, batch: &Batch) -> Appended {
    let same_run = head.task.attempt.0 == batch.attempt
        && head.runner.as_deref() == Some(batch.runner.as_str());
    if same_run && batch.len() > 0 && head.run_seq >= batch.run_seq + batch.len() {
        return Appended::Repeated(Box::new(head));
    }
    Appended::Superseded
}
