//! A new task.

use auth::Caller;
use domain::{
    id::TaskId,
    limits::{
        self, BUDGET_USD_MICROS, DEFAULT_MAX_ATTEMPTS, DEFAULT_TIMEOUT_S, Fault, MAX_ATTEMPTS,
        MAX_TURNS, NOT_BEFORE_DAYS, Priority, TAGS, TIMEOUT_S,
    },
    problem::Code,
    run::{Repository, RunUsage},
    task::{Attempt, State, Task},
    view::TaskView,
};
use jiff::{SignedDuration, Timestamp};
use planted::planted;
use runtime::{clock, metrics::Metric};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::{Created, Head, NewTask, Spec, StoreError};
use utoipa::ToSchema;
use uuid::Uuid;

use super::spec_view;
use crate::{
    bell::Ring,
    edge::found,
    error::{Error, Result},
    input::{
        Fields, FromBody, Rules,
        values::{number, text, time, word},
    },
    services::Services,
};

const PRIORITIES: [&str; 4] = ["urgent", "high", "normal", "low"];

/// What a task is asked for. Only the prompt must be there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewTask)]
pub(crate) struct TaskRequest {
    /// What to do, at most 150 KiB.
    #[schema(
        min_length = 1,
        max_length = 153_600,
        example = "Fix the failing test and explain the cause."
    )]
    prompt: String,
    /// Made of the prompt's first line if absent.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// An empty workspace if absent.
    repository: Option<Repository>,
    #[schema(max_length = 100, example = "claude-sonnet-5")]
    model: Option<String>,
    #[schema(minimum = 1, maximum = 1_000)]
    max_turns: Option<u32>,
    /// The run ends when it has cost so much.
    #[schema(minimum = 10_000, maximum = 10_000_000_000_u64)]
    budget_usd_micros: Option<u64>,
    /// Wall-clock limit of each run.
    #[schema(minimum = 1, maximum = 86_400, default = 3_600)]
    timeout_s: Option<u64>,
    #[schema(default = "normal")]
    priority: Option<Priority>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 20)]
    tags: Vec<String>,
    /// A run that fails for a reason that may pass is repeated, up to so many runs in all.
    #[schema(minimum = 1, maximum = 10, default = 3)]
    max_attempts: Option<u32>,
    /// The task waits until then, a year at most.
    #[schema(value_type = Option<String>, format = DateTime)]
    not_before: Option<Timestamp>,
}

impl FromBody for TaskRequest {
    /// The prompt, escaped, and all the rest.
    const MAX_BYTES: usize = 400 * 1024;

    fn read(fields: &mut Fields<'_>, rules: &Rules) -> Self {
        let Rules { now, repositories } = *rules;
        Self {
            prompt: fields.required("prompt", text(limits::prompt)),
            title: fields.optional("title", text(limits::title)),
            repository: fields.object("repository", |fields| Repository {
                url: fields.required("url", text(|url| limits::repository_url(url, repositories))),
                git_ref: fields.optional("ref", text(limits::git_ref)),
            }),
            model: fields.optional("model", text(limits::model)),
            max_turns: fields.optional("max_turns", number(MAX_TURNS)),
            budget_usd_micros: fields.optional("budget_usd_micros", number(BUDGET_USD_MICROS)),
            timeout_s: fields.optional("timeout_s", number(TIMEOUT_S)),
            priority: fields.optional("priority", text(word(&PRIORITIES))),
            tags: fields.list("tags", TAGS, text(limits::tag)),
            max_attempts: fields.optional("max_attempts", number(MAX_ATTEMPTS)),
            not_before: fields.optional("not_before", text(|text| not_before(text, now))),
        }
    }
}

impl Services {
    /// Stores a task and rings. The put is the promise: whatever happens after it, the task will run.
    ///
    /// With an Idempotency-Key the task's id follows from the key, so a repeat finds the task that it made.
    pub(crate) async fn create_task(
        &self,
        caller: &Caller,
        key: Option<String>,
        request: TaskRequest,
    ) -> Result<TaskView> {
        let id = TaskId::from_uuid(match key {
            Some(key) if !planted!(KeyIgnored) => Uuid::new_v5(&caller.user.uuid(), key.as_bytes()),
            Some(_) | None => clock::new_id(),
        });
        let scheduled = request.not_before.is_some_and(|time| time > clock::now());
        if let Some(full) = self.admit(caller.user, scheduled).await? {
            // What was accepted before is not refused now.
            let before = found(self.store.head(id).await)?;
            if before.is_none() {
                return Err(full);
            }
        }
        let request_hash = hash(&request)?;
        let new = NewTask {
            head: new_head(id, caller, &request, self.settings.demo_model),
            spec: Spec {
                prompt: request.prompt,
                repository: request.repository,
                model: request.model,
                max_turns: request.max_turns,
                budget_usd_micros: request.budget_usd_micros,
                timeout_s: new_timeout(request.timeout_s),
                request_hash,
            },
        };
        let created = match self.store.create(&new).await {
            Err(StoreError::Unavailable(_)) if planted!(RingWithoutCommit) => Created::New,
            created => created?,
        };
        match created {
            Created::New => {
                self.settings.metrics.put(&[(Metric::TasksAccepted, 1.0)]);
                let ring = (new.head.task.state == State::Queued).then_some(Ring::Created);
                self.changed(&new.head, ring).await;
                self.ring_when_due(&new.head).await;
                Ok(TaskView { spec: Some(spec_view(new.spec)), ..new.head.view() })
            }
            // The first answer was lost, so the first ring may be lost as well.
            Created::Before(head) => {
                let ring = (head.task.state == State::Queued).then_some(Ring::Created);
                self.changed(&head, ring).await;
                Ok(TaskView { wait: None, ..self.whole(&head).await? })
            }
            Created::Mismatch => Err(Error::code(Code::IdempotencyMismatch)),
        }
    }
}

fn new_head(id: TaskId, caller: &Caller, request: &TaskRequest, demo_model: bool) -> Head {
    let now = clock::now();
    let max_attempts = request.max_attempts.unwrap_or(DEFAULT_MAX_ATTEMPTS);
    let repository = request.repository.as_ref();
    let not_before = request.not_before.filter(|time| *time > now);
    let state = if not_before.is_some() { State::Scheduled } else { State::Queued };
    Head {
        id,
        owner: caller.user,
        title: request.title.clone().unwrap_or_else(|| limits::title_of(&request.prompt)),
        task: Task::new(state, Attempt(max_attempts)),
        max_attempts,
        version: 1,
        priority: request.priority.unwrap_or_default(),
        tags: request.tags.clone(),
        repository: repository.map(|repository| limits::repository_label(&repository.url)),
        git_ref: repository.and_then(|repository| repository.git_ref.as_deref()).map(limits::label),
        model: request.model.clone(),
        created_at: now,
        updated_at: now,
        not_before,
        queued_at: not_before.unwrap_or(now),
        claimed_at: None,
        started_at: None,
        waited_ms: None,
        ended_at: None,
        cancel_at: None,
        reviewed_at: None,
        todos: None,
        lease_until: None,
        runner: None,
        followers: 0,
        timeout_s: new_timeout(request.timeout_s),
        seq: 0,
        run_seq: 0,
        usage_before: RunUsage::default(),
        usage_run: RunUsage::default(),
        demo_model,
        retried_by: None,
    }
}

fn new_timeout(asked: Option<u64>) -> u64 {
    asked.unwrap_or(DEFAULT_TIMEOUT_S)
}

/// Of what was asked for, not of how it was spelled; and without our defaults, which may change between two tries.
fn hash(request: &TaskRequest) -> Result<String> {
    let text = serde_json::to_vec(request).map_err(Error::internal)?;
    Ok(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn not_before(text: &str, now: Timestamp) -> std::result::Result<Timestamp, Fault> {
    let time = time(text)?;
    if time <= now + SignedDuration::from_hours(24 * NOT_BEFORE_DAYS) {
        Ok(time)
    } else {
        Err(format!("must be at most {NOT_BEFORE_DAYS} days ahead"))
    }
}
