//! Tasks at every point of their life.

use std::collections::BTreeMap;

use auth::run_token::{self, Claims};
use domain::{
    event::{RawEvent, RunOutcome},
    id::{TaskId, UserId},
    limits::Priority,
    reason::Reason,
    run::{Phase, RunUsage},
    task::{Attempt, Change, Command, State, Task},
};
use jiff::SignedDuration;
use runtime::clock;
use secrecy::ExposeSecret as _;
use serde_json::json;
use store::{Append, Appended, Batch, Finish, Head, Limits, NewTask, RunRecord, Spec};
use uuid::Uuid;

use crate::World;

/// Somebody.
#[must_use]
pub fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

impl World {
    /// A task that waits for a slot.
    pub async fn queued(&self, owner: UserId) -> Head {
        self.queued_as(owner, |_| ()).await
    }

    /// A task that waits for a slot, not quite like the others.
    pub async fn queued_as(&self, owner: UserId, change: impl FnOnce(&mut NewTask)) -> Head {
        let mut new = new_task(owner);
        change(&mut new);
        self.store.create(&new).await.unwrap();
        new.head
    }

    /// A task whose run has a slot and has not reported yet.
    pub async fn starting(&self, owner: UserId) -> Head {
        let head = self.queued(owner).await;
        self.claimed(&head).await
    }

    /// Gives a task a slot, past the dispatcher.
    pub async fn claimed(&self, head: &Head) -> Head {
        let change = head.task.decide(Command::Start).unwrap().unwrap();
        let now = clock::now();
        let lease = now + self.runtime.settings.start_timeout;
        self.store.claim(head, change, Limits { all: 1000, user: 1000 }, lease, now).await.unwrap()
    }

    /// Calls a task off, as the API does.
    pub async fn cancel(&self, task: TaskId) -> Head {
        let head = self.store.head(task).await.unwrap();
        let change = head.task.decide(Command::Cancel).unwrap().unwrap();
        self.store.change(&head, change, clock::now()).await.unwrap()
    }

    /// A task that waits for its time joins the queue now.
    pub async fn due_now(&self, task: TaskId) -> Head {
        let head = self.store.head(task).await.unwrap();
        let change = head.task.decide(Command::BecomeDue).unwrap().unwrap();
        self.store.change(&head, change, clock::now()).await.unwrap()
    }

    /// Ends the current run as the dispatcher does, without a word in the log.
    pub async fn lose(&self, seen: &Head, change: Change) -> Head {
        let record = RunRecord {
            attempt: seen.task.attempt.0,
            created_at: seen.created_at,
            started_at: seen.started_at,
            ended_at: clock::now(),
            outcome: RunOutcome::Failed,
            reason: Some(Reason::Lost),
            message: None,
            exit_code: None,
            session_id: None,
            result_text: None,
            structured_output: None,
            artifacts: Vec::new(),
            usage: seen.usage_run,
        };
        let batch = Batch {
            first_seq: seen.seq + 1,
            attempt: seen.task.attempt.0,
            run_seq: seen.run_seq,
            runner: Batch::SERVER.to_owned(),
            events: Vec::new(),
            bodies: BTreeMap::new(),
        };
        self.store.finish(&Finish { seen, change, batch: &batch, record }).await.unwrap()
    }

    /// The current run of a task says something.
    ///
    /// # Panics
    /// If it is not heard.
    pub async fn says(&self, task: TaskId, text: &str) -> Head {
        match self.tries_to_say(&self.head(task).await, text).await {
            Appended::Committed(head) => *head,
            otherwise => panic!("not heard: {otherwise:?}"),
        }
    }

    /// The runner that knew this head says something.
    pub async fn tries_to_say(&self, known: &Head, text: &str) -> Appended {
        let now = clock::now();
        let event: RawEvent = serde_json::from_value(json!({
            "seq": known.seq + 1, "at": now, "attempt": known.task.attempt, "type": "text", "text": text,
        }))
        .unwrap();
        let batch = Batch {
            first_seq: known.seq + 1,
            attempt: known.task.attempt.0,
            run_seq: known.run_seq,
            runner: "runner-1".to_owned(),
            events: vec![event],
            bodies: BTreeMap::new(),
        };
        let lease = self.runtime.settings.lease;
        let (task, phase) = (known.id, Phase::Running);
        let append = Append { task, batch: &batch, known: None, phase, usage: None, lease, now };
        self.store.append(append).await.unwrap()
    }

    /// A task as it stands.
    pub async fn head(&self, task: TaskId) -> Head {
        self.store.head(task).await.unwrap()
    }

    /// Every event that a reader sees.
    pub async fn log(&self, task: TaskId) -> Vec<RawEvent> {
        let head = self.head(task).await.seq;
        let batches = self.store.batches(task, 0, head, usize::MAX).await.unwrap();
        batches.into_iter().flat_map(|batch| batch.events).collect()
    }

    /// The token of a task's current run.
    #[must_use]
    pub fn run_token(&self, head: &Head) -> String {
        let claims = Claims { task: head.id, attempt: head.task.attempt.0, owner: head.owner };
        self.token(&claims, SignedDuration::from_hours(1))
    }

    /// A run token that says so.
    #[must_use]
    pub fn token(&self, claims: &Claims, life: SignedDuration) -> String {
        let expires_at = clock::now() + life;
        let issued_at = clock::now().min(expires_at);
        run_token::sign(&self.keys, claims, issued_at, expires_at).expose_secret().to_owned()
    }
}

fn new_task(owner: UserId) -> NewTask {
    let now = clock::now();
    NewTask {
        head: Head {
            id: TaskId::from_uuid(Uuid::now_v7()),
            owner,
            title: "Do it".to_owned(),
            task: Task::new(State::Queued, Attempt(3)),
            max_attempts: 3,
            version: 1,
            priority: Priority::Normal,
            tags: Vec::new(),
            repository: None,
            git_ref: None,
            model: None,
            created_at: now,
            updated_at: now,
            not_before: None,
            queued_at: now,
            claimed_at: None,
            started_at: None,
            waited_ms: None,
            ended_at: None,
            cancel_at: None,
            reviewed_at: None,
            todos: None,
            lease_until: None,
            timeout_s: 3600,
            seq: 0,
            run_seq: 0,
            runner: None,
            followers: 0,
            usage_before: RunUsage::default(),
            usage_run: RunUsage::default(),
            demo_model: true,
            retried_by: None,
        },
        spec: Spec {
            prompt: "Do it, please".to_owned(),
            repository: None,
            model: None,
            max_turns: Some(7),
            budget_usd_micros: None,
            timeout_s: 3600,
            request_hash: "hash".to_owned(),
        },
    }
}
