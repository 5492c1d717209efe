//! A task's log and its runs, for who reads them.

use std::time::Duration;

use auth::Caller;
use domain::{
    event::{PREVIEW_BYTES, RawDraft, RawEvent, preview},
    id::TaskId,
    run::RunUsage,
    view::{ArtifactView, EventsPage, Page, RunView, UsageView},
};
use store::{Batch, Head, RunRecord, objects};
use tokio::time::{Instant, sleep};
use utoipa::IntoParams;

use crate::{
    error::{Error, Result},
    input::{FromQuery, Params, values::whole},
    services::Services,
};

/// Previews of so many events stay below the 6 MB that a Lambda may answer.
const EVENTS: (u64, u64) = (1, 500);
const DEFAULT_EVENTS: u64 = 200;
const WAIT_S: (u64, u64) = (0, 20);
/// What the supervisor calls the file.
const PATCH: &str = "patch.diff";
/// In base64 it is still below the 6 MB.
const MAX_PATCH: u64 = 3 << 20;
/// How often the head is read while somebody waits.
const LOOK_AGAIN: Duration = Duration::from_millis(150);

/// Which events to read: those after one (from the beginning by default), the last ones, or those before one.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Only events whose `seq` is greater.
    #[param(minimum = 0, default = 0)]
    after: Option<u64>,
    /// Only events whose `seq` is smaller, and of these the last `limit`.
    #[param(minimum = 1)]
    before: Option<u64>,
    /// Only the last so many events.
    #[param(minimum = 1, maximum = 500)]
    tail: Option<u64>,
    #[param(minimum = 1, maximum = 500, default = 200)]
    limit: Option<u64>,
    /// Where nothing follows `after` yet, wait so many seconds for it.
    #[param(minimum = 0, maximum = 20, default = 0)]
    wait: Option<u64>,
}

impl FromQuery for EventQuery {
    fn read(params: &mut Params) -> Self {
        let query = Self {
            after: params.optional("after", whole((0, u64::MAX))),
            before: params.optional("before", whole((1, u64::MAX))),
            tail: params.optional("tail", whole(EVENTS)),
            limit: params.optional("limit", whole(EVENTS)),
            wait: params.optional("wait", whole(WAIT_S)),
        };
        params.exclusive(&["after", "before", "tail"]);
        params.exclusive(&["tail", "limit"]);
        params.exclusive(&["before", "wait"]);
        params.exclusive(&["tail", "wait"]);
        query
    }
}

impl EventQuery {
    /// What of a log with so many events is asked for: everything after the first, up to and with the second.
    fn span(&self, head: u64) -> (u64, u64) {
        let limit = self.limit.unwrap_or(DEFAULT_EVENTS);
        match (self.tail, self.before) {
            (Some(tail), _) => (head.saturating_sub(tail), head),
            (None, Some(before)) => {
                let last = head.min(before - 1);
                (last.saturating_sub(limit), last)
            }
            (None, None) => {
                let after = self.after.unwrap_or(0);
                (after, head.min(after.saturating_add(limit)))
            }
        }
    }
}

/// A patch, or its beginning.
pub(crate) struct Patch {
    pub(crate) text: Vec<u8>,
    pub(crate) is_cut: bool,
}

impl Services {
    pub(crate) async fn list_events(
        &self,
        caller: &Caller,
        id: TaskId,
        query: EventQuery,
    ) -> Result<EventsPage> {
        let head = self.head_with_news(caller, id, &query).await?;
        let (after, last) = query.span(head.seq);
        let events = self.span(id, after, last).await?;
        let next = events.last().map_or(after, |event| event.seq);
        let done = head.task.state.is_terminal() && next >= head.seq;
        Ok(EventsPage { events, next, head: head.seq, done })
    }

    /// The events after `after`, up to and with `last`, each at most its preview.
    async fn span(&self, id: TaskId, after: u64, last: u64) -> Result<Vec<RawEvent>> {
        let mut events: Vec<RawEvent> = Vec::new();
        let mut from = after;
        while from < last {
            let wanted = usize::try_from(last - from).unwrap_or(usize::MAX);
            let batches = self.store.batches(id, from, last, wanted).await?;
            let found = batches.iter().flat_map(|batch| &batch.events);
            let found = found.filter(|event| event.seq > from && event.seq <= last);
            events.extend(found.map(|event| preview(event, PREVIEW_BYTES)));
            match events.last() {
                Some(event) if event.seq > from => from = event.seq,
                // Only while a task is being deleted, or never: the head is moved after what it counts is stored.
                _ => {
                    tracing::warn!(task = %id, from, last, "a log has a gap");
                    break;
                }
            }
        }
        Ok(events)
    }

    /// The head, once something follows what the caller has, nothing can follow any more, or the wait is over.
    async fn head_with_news(
        &self,
        caller: &Caller,
        id: TaskId,
        query: &EventQuery,
    ) -> Result<Head> {
        let until = Instant::now() + Duration::from_secs(query.wait.unwrap_or(0));
        loop {
            let head = self.owned(caller, id).await?;
            let news = head.seq > query.after.unwrap_or(0) || head.task.state.is_terminal();
            if news || Instant::now() >= until {
                return Ok(head);
            }
            sleep(LOOK_AGAIN.min(until.duration_since(Instant::now()))).await;
        }
    }

    /// One event, whole.
    pub(crate) async fn show_event(
        &self,
        caller: &Caller,
        id: TaskId,
        seq: u64,
    ) -> Result<RawEvent> {
        let head = self.owned(caller, id).await?;
        if seq == 0 || seq > head.seq {
            return Err(Error::not_found());
        }
        let batch = self.store.batch_around(id, seq).await?;
        let Some(batch) = batch else { return Err(gap(id, seq)) };
        match batch.bodies.get(&seq) {
            Some(key) => {
                let draft = self.objects.read(key).await?;
                let draft: RawDraft = serde_json::from_slice(&draft).map_err(Error::internal)?;
                Ok(draft.numbered(seq, batch.attempt))
            }
            None => event_of(batch, seq).ok_or_else(|| gap(id, seq)),
        }
    }

    /// The runs of a task, oldest first; the last one may still live.
    pub(crate) async fn list_runs(&self, caller: &Caller, id: TaskId) -> Result<Page<RunView>> {
        let head = self.owned(caller, id).await?;
        let records = self.store.runs(id).await?;
        let is_live = head.task.state.is_live()
            && records.iter().all(|record| record.attempt != head.task.attempt.0);
        let mut items: Vec<_> = records.into_iter().map(ended_run).collect();
        items.extend(is_live.then(|| live_run(&head)));
        Ok(Page { items, next_cursor: None })
    }

    /// The files that the runs of a task left, those of the last run first.
    pub(crate) async fn list_artifacts(
        &self,
        caller: &Caller,
        id: TaskId,
    ) -> Result<Page<ArtifactView>> {
        self.owned(caller, id).await?;
        let mut items = Vec::new();
        for run in self.store.runs(id).await?.into_iter().rev() {
            for artifact in run.artifacts {
                let key = objects::artifact_key(id, run.attempt, &artifact.name);
                let url = self.objects.link(&key, &artifact.name).await?;
                items.push(ArtifactView {
                    name: artifact.name,
                    size_bytes: artifact.size_bytes,
                    content_type: artifact.content_type,
                    sha256: artifact.sha256,
                    attempt: run.attempt,
                    url,
                });
            }
        }
        Ok(Page { items, next_cursor: None })
    }

    /// A link to a file of the last run that left one of this name.
    pub(crate) async fn artifact_link(
        &self,
        caller: &Caller,
        id: TaskId,
        name: &str,
    ) -> Result<String> {
        let (key, _) = self.artifact(caller, id, name).await?;
        self.objects.link(&key, name).await
    }

    /// What the last run that left a patch changed, or as much of it as an answer may hold.
    pub(crate) async fn patch(&self, caller: &Caller, id: TaskId) -> Result<Patch> {
        let (key, size) = self.artifact(caller, id, PATCH).await?;
        if size == 0 {
            return Ok(Patch { text: Vec::new(), is_cut: false });
        }
        let mut text = self.objects.read_first(&key, MAX_PATCH).await?;
        let is_cut = size > MAX_PATCH;
        if is_cut {
            let line = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            text.truncate(line);
        }
        Ok(Patch { text, is_cut })
    }

    /// The key and size of a file of the last run that left one of this name.
    async fn artifact(&self, caller: &Caller, id: TaskId, name: &str) -> Result<(String, u64)> {
        self.owned(caller, id).await?;
        let runs = self.store.runs(id).await?;
        // The name is looked up, never used: what a stranger made up leads nowhere.
        let left = |run: &RunRecord| {
            let artifact = run.artifacts.iter().find(|artifact| artifact.name == name)?;
            Some((objects::artifact_key(id, run.attempt, name), artifact.size_bytes))
        };
        runs.iter().rev().find_map(left).ok_or_else(Error::not_found)
    }
}

fn event_of(batch: Batch, seq: u64) -> Option<RawEvent> {
    batch.events.into_iter().find(|event| event.seq == seq)
}

fn gap(id: TaskId, seq: u64) -> Error {
    Error::internal(format!("event {seq} of {id} is missing in its log"))
}

fn ended_run(record: RunRecord) -> RunView {
    RunView {
        attempt: record.attempt,
        created_at: record.created_at,
        started_at: record.started_at,
        ended_at: Some(record.ended_at),
        outcome: Some(record.outcome),
        reason: record.reason,
        remedy: record.reason.map(|reason| reason.remedy().to_owned()),
        retryable: record.reason.map(domain::reason::Reason::is_retryable),
        message: record.message,
        exit_code: record.exit_code,
        session_id: record.session_id,
        usage: usage_view(record.usage),
    }
}

fn live_run(head: &Head) -> RunView {
    RunView {
        attempt: head.task.attempt.0,
        created_at: head.claimed_at.unwrap_or(head.updated_at),
        started_at: head.started_at,
        ended_at: None,
        outcome: None,
        reason: None,
        remedy: None,
        retryable: None,
        message: None,
        exit_code: None,
        session_id: None,
        usage: usage_view(head.usage_run),
    }
}

fn usage_view(usage: RunUsage) -> UsageView {
    UsageView { cost_usd_micros: usage.cost_usd_micros, tokens: usage.tokens, turns: usage.turns }
}
