//! What a dispatcher and a runner would do to a task, by the store alone.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    event::{RawEvent, RunOutcome},
    id::TaskId,
    run::{Artifact, Phase, RunUsage},
    task::{Attempt, Command, Outcome},
};
use runtime::clock;
use serde_json::{Value, json};
use store::{Append, Appended, Batch, Finish, Head, Limits, RunRecord};

use crate::world::World;

/// A said thing of so many characters.
pub(crate) fn text(length: usize) -> Value {
    json!({ "type": "text", "text": "x".repeat(length) })
}

impl World {
    pub(crate) async fn start(&self, task: TaskId) -> Head {
        let head = self.store.head(task).await.unwrap();
        let change = head.task.decide(Command::Start).unwrap().unwrap();
        let now = clock::now();
        let set = self.store.slots().await.unwrap().limits;
        let limits = set.map_or(Limits { all: 99, user: 99 }, |set| Limits {
            all: set.running_total,
            user: set.running_per_user,
        });
        let lease = now + jiff::SignedDuration::from_mins(1);
        self.store.claim(&head, change, limits, lease, now).await.unwrap()
    }

    /// Appends events to the log of the live run.
    pub(crate) async fn say(&self, head: &Head, bodies: &[Value]) -> Head {
        match self.append(head, &batch(head, bodies)).await {
            Appended::Committed(head) => *head,
            otherwise => panic!("{otherwise:?}"),
        }
    }

    /// As an earlier version left events that it never committed: they lie there, and the head never moved.
    pub(crate) async fn say_in_vain(&self, head: &Head, bodies: &[Value]) {
        let (client, table) = (&self.runtime.clients.dynamodb, &self.runtime.settings.table);
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let get = client.get_item().table_name(table).key("sk", text("HEAD"));
        let get = get.key("pk", text(&format!("TASK#{}", head.id))).consistent_read(true);
        let before = get.send().await.unwrap().item;
        self.say(head, bodies).await;
        client.put_item().table_name(table).set_item(before).send().await.unwrap();
    }

    /// Appends an event whose whole lies in the bucket.
    pub(crate) async fn say_big(&self, head: &Head, preview: &Value, whole: &Value) -> Head {
        let key = store::objects::body_key(head.id, head.task.attempt.0, "runner-1", head.run_seq);
        let mut draft = json!({ "at": "2030-01-01T00:00:00Z" });
        draft.as_object_mut().unwrap().extend(whole.as_object().unwrap().clone());
        self.aws.lock().unwrap().objects.insert(key.clone(), draft.to_string().into());
        let mut batch = batch(head, std::slice::from_ref(preview));
        batch.events[0].truncated = true;
        batch.bodies = BTreeMap::from([(batch.first_seq, key)]);
        match self.append(head, &batch).await {
            Appended::Committed(head) => *head,
            otherwise => panic!("{otherwise:?}"),
        }
    }

    async fn append(&self, head: &Head, batch: &Batch) -> Appended {
        let append = Append {
            known: None,
            task: head.id,
            batch,
            phase: Phase::Running,
            usage: None,
            lease: Duration::from_mins(1),
            now: clock::now(),
        };
        self.store.append(append).await.unwrap()
    }

    /// Ends the live run, with one last event and these files.
    pub(crate) async fn end(&self, head: &Head, outcome: Outcome, files: &[&str]) -> Head {
        let report = Command::ReportEnded(Attempt(head.task.attempt.0), outcome);
        let change = head.task.decide(report).unwrap().unwrap();
        let batch = batch(
            head,
            &[json!({ "type": "run_ended", "outcome": "succeeded", "duration_ms": 1 })],
        );
        let attempt = head.task.attempt.0;
        for name in files {
            let key = store::objects::artifact_key(head.id, attempt, name);
            self.aws.lock().unwrap().objects.insert(key, format!("{name} of {attempt}").into());
        }
        let record = RunRecord {
            attempt,
            created_at: head.claimed_at.unwrap(),
            started_at: head.started_at,
            ended_at: clock::now(),
            outcome: match outcome {
                Outcome::Succeeded => RunOutcome::Succeeded,
                Outcome::Failed(_) => RunOutcome::Failed,
                Outcome::Canceled => RunOutcome::Canceled,
            },
            reason: outcome.reason(),
            message: None,
            exit_code: Some(0),
            session_id: None,
            result_text: Some(format!("answer {attempt}")),
            structured_output: None,
            artifacts: files.iter().map(|name| artifact(name)).collect(),
            usage: RunUsage { cost_usd_micros: 7, ..RunUsage::default() },
        };
        self.store.finish(&Finish { seen: head, change, batch: &batch, record }).await.unwrap()
    }

    /// A task that ran once and is over: three events, one file.
    pub(crate) async fn ran(&self, task: TaskId) -> Head {
        let head = self.start(task).await;
        let head = self.say(&head, &[text(5), text(6)]).await;
        self.end(&head, Outcome::Succeeded, &["patch.diff"]).await
    }
}

fn artifact(name: &str) -> Artifact {
    Artifact {
        name: name.to_owned(),
        size_bytes: 3,
        content_type: "text/html".to_owned(),
        sha256: "00".repeat(32),
    }
}

fn batch(head: &Head, bodies: &[Value]) -> Batch {
    let event = |(place, body): (usize, &Value)| RawEvent {
        seq: head.seq + 1 + place as u64,
        at: "2030-01-01T00:00:00Z".parse().unwrap(),
        attempt: head.task.attempt.0,
        truncated: false,
        whole_bytes: None,
        body: body.as_object().unwrap().clone(),
    };
    Batch {
        first_seq: head.seq + 1,
        attempt: head.task.attempt.0,
        run_seq: head.run_seq,
        runner: "runner".to_owned(),
        events: bodies.iter().enumerate().map(event).collect(),
        bodies: BTreeMap::new(),
    }
}
