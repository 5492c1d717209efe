//! The log: appended by live runs, read by everyone else.
//!
//! Two writes a post: the batch at its place, then the head. The head is the commit: readers stop there, what lies
//! beyond it is invisible and a later attempt may overwrite it.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnConsumedCapacity},
};
use domain::{
    event::TodoProgress,
    id::TaskId,
    run::{Phase, RunUsage},
    task::State,
};
use jiff::Timestamp;

use crate::{Batch, Head, Store, StoreError, expression::Update, head, keys};

/// What a live run appends. Without events it is a heartbeat.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    pub task: TaskId,
    pub batch: &'a Batch,
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

impl Store {
    /// Appends a batch to the log of a live run.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn append(&self, append: Append<'_>) -> Result<Appended, StoreError> {
        let batch = append.batch;
        if !batch.events.is_empty() {
            match self.put_batch(append.task, batch, Over::ItsCopy).await {
                Ok(()) => (),
                Err(StoreError::Conflict) => match self.put_in_turn(append.task, batch).await? {
                    None => (),
                    Some(otherwise) => return Ok(otherwise),
                },
                Err(err) => return Err(err),
            }
        }
        match self.move_head(&append).await {
            Ok(head) => Ok(Appended::Committed(Box::new(head))),
            Err(MoveError::Otherwise(head)) => Ok(placed(*head, batch)),
            Err(MoveError::Store(StoreError::NotFound)) => {
                // The task was deleted, and this must not outlive it.
                self.remove(&keys::batch(append.task, batch.first_seq)).await?;
                Ok(Appended::Superseded)
            }
            Err(MoveError::Store(err)) => Err(err),
        }
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

    /// Puts a batch where something else lies. Only the head tells what that is: a part of the log, or left there by
    /// somebody who never committed it. The run's own belief may be wrong and must not destroy history.
    async fn put_in_turn(
        &self,
        task: TaskId,
        batch: &Batch,
    ) -> Result<Option<Appended>, StoreError> {
        let head = match self.head(task).await {
            Ok(head) => head,
            Err(StoreError::NotFound) => return Ok(Some(Appended::Superseded)),
            Err(err) => return Err(err),
        };
        let known = head.runner.as_deref() == Some(batch.runner.as_str());
        let in_turn = head.task.state.is_live()
            && head.task.attempt.0 == batch.attempt
            && (known || head.runner.is_none())
            && head.run_seq == batch.run_seq
            && head.seq + 1 == batch.first_seq;
        if !in_turn {
            return Ok(Some(placed(head, batch)));
        }
        let over = if known { Over::OtherProcesses } else { Over::EarlierRuns };
        match self.put_batch(task, batch, over).await {
            Ok(()) => Ok(None),
            Err(StoreError::Conflict) => self.place(task, batch).await.map(Some),
            Err(err) => Err(err),
        }
    }

    async fn put_batch(&self, task: TaskId, batch: &Batch, over: Over) -> Result<(), StoreError> {
        let run_seq = || (":run_seq".to_owned(), AttributeValue::N(batch.run_seq.to_string()));
        let runner = |name: &str| (":runner".to_owned(), AttributeValue::S(name.to_owned()));
        let (condition, values) = match over {
            Over::ItsCopy => (
                "attempt = :attempt AND run_seq = :run_seq AND runner = :runner",
                vec![run_seq(), runner(&batch.runner)],
            ),
            Over::EarlierRuns => (
                "attempt < :attempt \
                 OR (attempt = :attempt AND run_seq = :run_seq AND runner = :runner)",
                vec![run_seq(), runner(&batch.runner)],
            ),
            Over::OtherProcesses => {
                ("attempt <= :attempt AND runner <> :runner", vec![runner(Batch::SERVER)])
            }
        };
        let attempt = AttributeValue::N(batch.attempt.to_string());
        let values = values.into_iter().chain([(":attempt".to_owned(), attempt)]).collect();
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(batch.to_item(task)?))
            .condition_expression(format!("attribute_not_exists(pk) OR ({condition})"))
            .set_expression_attribute_values(Some(values))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(undecided)?;
        Ok(())
    }

    async fn move_head(&self, append: &Append<'_>) -> Result<Head, MoveError> {
        let batch = append.batch;
        let state = match append.phase {
            Phase::Running => State::Running,
            Phase::Waiting => State::Waiting,
        };
        let lease_until = append.now + append.lease;
        let mut update = Update::default()
            .increase("version", 1)
            .increase("seq", batch.len())
            .increase("run_seq", batch.len())
            .set("state", head::attribute(&state)?)
            .set("runner", batch.runner.as_str())
            .set("updated_at", append.now)
            .set("lease_until", lease_until);
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
        let update = update
            .when("attempt", "=", batch.attempt)
            .when("run_seq", "=", batch.run_seq)
            .when_absent_or("runner", "=", batch.runner.as_str())
            .when("seq", "=", batch.first_seq - 1)
            .when_in("state", live.into_iter().collect::<Result<Vec<_>, _>>()?);
        let key = keys::head(append.task);
        match update.request(&self.client, &self.table, &key).send().await {
            Ok(answer) => Ok(head::from_item(answer.attributes.unwrap_or_default())?),
            Err(SdkError::ServiceError(err))
                if matches!(err.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
            {
                let UpdateItemError::ConditionalCheckFailedException(failed) = err.into_err()
                else {
                    return Err(StoreError::Conflict.into());
                };
                let item = failed.item.ok_or(StoreError::NotFound)?;
                Err(MoveError::Otherwise(Box::new(head::from_item(item)?)))
            }
            Err(err) => Err(StoreError::from(err).into()),
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

/// What a batch may be put over.
#[derive(Clone, Copy)]
enum Over {
    /// Itself: it was put before.
    ItsCopy,
    /// Also what an earlier run left: no process speaks for this run yet, so another one of it may yet commit.
    EarlierRuns,
    /// Also what another process of this run left: it cannot commit any more. What the dispatcher wrote is committed.
    OtherProcesses,
}

enum MoveError {
    /// The head is not as the run believed: this is how it is.
    Otherwise(Box<Head>),
    Store(StoreError),
}

impl From<StoreError> for MoveError {
    fn from(err: StoreError) -> Self {
        Self::Store(err)
    }
}

/// A transaction is at the very place of a batch. Whether it will commit is not known, so nothing may be concluded from
/// it: the same batch may be put later.
fn undecided(err: SdkError<PutItemError>) -> StoreError {
    match err.as_service_error() {
        Some(PutItemError::TransactionConflictException(_)) => StoreError::Unavailable(err.into()),
        Some(_) | None => err.into(),
    }
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

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{
        config::http::HttpResponse,
        error::ErrorMetadata,
        types::error::{ConditionalCheckFailedException, TransactionConflictException},
    };

    use super::*;

    fn refused(err: PutItemError) -> StoreError {
        let answer = HttpResponse::new(400.try_into().unwrap(), "".into());
        undecided(SdkError::service_error(err, answer))
    }

    #[test]
    fn a_transaction_at_the_place_of_a_batch_tells_nothing_about_the_run() {
        let conflict = TransactionConflictException::builder().build();
        let answer = refused(PutItemError::TransactionConflictException(conflict));
        assert!(matches!(answer, StoreError::Unavailable(_)), "{answer:?}");
        let meta = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
        let taken = ConditionalCheckFailedException::builder().meta(meta).build();
        let answer = refused(PutItemError::ConditionalCheckFailedException(taken));
        assert!(matches!(answer, StoreError::Conflict), "{answer:?}");
    }
}
