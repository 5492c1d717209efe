//! A table of one test, and tasks at every point of their life.

use std::{collections::BTreeMap, time::Duration};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    event::{RawDraft, RawEvent, RunOutcome},
    id::{TaskId, UserId},
    limits::Priority,
    reason::Reason,
    run::{Phase, RunUsage},
    task::{Attempt, Command, Outcome, State, Task},
    usage::Sum,
};
use jiff::Timestamp;
use runtime::{Aws, Clients, Endpoints, ledger::Ledger};
use store::{
    Append, Appended, Batch, Created, Finish, Head, HeadPage, Limits, Made, NewTask, RunRecord,
    Spec, Store, StoreError, Whose,
};
use uuid::Uuid;

use crate::engine::Engine;

pub(crate) const ENOUGH: Limits = Limits { all: 1000, user: 1000 };
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// A new table with nothing in it.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) ledger: Ledger,
    client: aws_sdk_dynamodb::Client,
    table: String,
    _engine: Engine,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let engine = Engine::start();
        let ledger = Ledger::default();
        let wire = ledger.counting(runtime::wire::plain());
        let aws = Aws {
            region: "us-east-1".to_owned(),
            credentials: Credentials::new("test", "test", None, None, "test"),
            app_name: None,
            endpoints: Endpoints { dynamodb: Some(engine.url.clone()), ..Endpoints::default() },
        };
        let client = Clients::connect(&aws, "http://nowhere.invalid", wire).dynamodb;
        let table = format!("errand-{}", Uuid::now_v7());
        store::create_table(&client, &table).await.unwrap();
        let store = Store::new(client.clone(), table.clone());
        Self { store, ledger, client, table, _engine: engine }
    }

    /// Stores a task that waits for a slot.
    pub(crate) async fn queued(&self, n: u128, owner: UserId) -> Head {
        self.stored(new_task(n, owner)).await
    }

    pub(crate) async fn stored(&self, new: NewTask) -> Head {
        assert_eq!(self.store.create(&new).await.unwrap(), Created::New);
        new.head
    }

    /// A page of an owner's tasks.
    pub(crate) async fn listed(
        &self,
        owner: UserId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<HeadPage, StoreError> {
        self.store.list(Whose::User(owner), Made::default(), after, limit).await
    }

    /// Gives a waiting task a slot.
    pub(crate) async fn claimed(&self, head: &Head) -> Head {
        claim(&self.store, head, ENOUGH).await.unwrap()
    }

    /// A task whose first run has a slot and said nothing yet.
    pub(crate) async fn live(&self, n: u128, owner: UserId) -> Head {
        let head = self.queued(n, owner).await;
        self.claimed(&head).await
    }

    /// Appends and expects it to be taken.
    pub(crate) async fn appended(&self, head: &Head, batch: &Batch) -> Head {
        match self.store.append(post(head.id, batch)).await.unwrap() {
            Appended::Committed(head) => *head,
            otherwise => panic!("not committed: {otherwise:?}"),
        }
    }

    /// Appends to a head that is known, as it is or was.
    pub(crate) async fn appended_to(&self, known: &Head, batch: &Batch) -> Head {
        let append = Append { known: Some(known.clone()), ..post(known.id, batch) };
        match self.store.append(append).await.unwrap() {
            Appended::Committed(head) => *head,
            otherwise => panic!("not committed: {otherwise:?}"),
        }
    }

    /// As an earlier version left it that died between its two writes: the batch lies there, the head never moved.
    pub(crate) async fn torn(&self, batch: &Batch) {
        let key = |sk: &str| {
            let text = |text: &str| AttributeValue::S(text.to_owned());
            [("pk", text(&format!("TASK#{}", task(1)))), ("sk", text(sk))]
                .map(|(name, value)| (name.to_owned(), value))
        };
        let head = self.client.get_item().table_name(&self.table);
        let head = head.set_key(Some(key("HEAD").into())).consistent_read(true);
        let head = head.send().await.unwrap().item;
        let answer = self.store.append(post(task(1), batch)).await.unwrap();
        if matches!(answer, Appended::Committed(_)) {
            let put = self.client.put_item().table_name(&self.table).set_item(head);
            put.send().await.unwrap();
        }
    }

    /// Ends the current run as `outcome`.
    pub(crate) async fn finished(&self, head: &Head, outcome: Outcome, batch: &Batch) -> Head {
        self.store.finish(&end(head, outcome, batch)).await.unwrap()
    }

    /// What waits for a slot, as the index has it: user by user.
    pub(crate) async fn ready(&self) -> Vec<TaskId> {
        let queued = self.store.queued(usize::MAX).await.unwrap();
        assert!(!queued.more);
        queued.tasks.iter().map(|one| one.task).collect()
    }

    /// Every event that a reader sees.
    pub(crate) async fn log(&self, task: TaskId) -> Vec<RawEvent> {
        let head = self.store.head(task).await.unwrap().seq;
        let batches = self.store.batches(task, 0, head, usize::MAX).await.unwrap();
        batches.into_iter().flat_map(|batch| batch.events).collect()
    }

    /// The keys of all items.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let answer = self.client.scan().table_name(&self.table).send().await.unwrap();
        let key = |item: &std::collections::HashMap<String, _>, name: &str| {
            let value: &AttributeValue = &item[name];
            value.as_s().unwrap().clone()
        };
        let items = answer.items.unwrap_or_default();
        let mut keys: Vec<_> =
            items.iter().map(|item| format!("{} {}", key(item, "pk"), key(item, "sk"))).collect();
        keys.sort();
        keys
    }

    /// As if the create that put the task's spec had broken off before its head.
    pub(crate) async fn forget_head(&self, task: TaskId) {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(format!("TASK#{task}")))
            .key("sk", AttributeValue::S("HEAD".to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// The numbers of an owner's day.
    pub(crate) async fn usage(&self, owner: UserId, day: &str) -> BTreeMap<String, u64> {
        let mut sum = Sum::default();
        let day = day.parse().unwrap();
        for entry in self.store.usage_of_day(Whose::User(owner), day).await.unwrap() {
            sum.add(&entry.sum);
        }
        sum.numbers().into_iter().collect()
    }

    /// An item as another version of this code left it.
    pub(crate) async fn put_by_hand(&self, pk: &str, sk: &str, numbers: &[(&str, u64)]) {
        let numbers = numbers
            .iter()
            .map(|(name, number)| ((*name).to_owned(), AttributeValue::N(number.to_string())));
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(numbers.collect()))
            .item("pk", AttributeValue::S(pk.to_owned()))
            .item("sk", AttributeValue::S(sk.to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// The size of a task's head, as DynamoDB counts it.
    pub(crate) async fn head_size(&self, task: TaskId) -> usize {
        self.item_size(&format!("TASK#{task}"), "HEAD").await
    }

    pub(crate) async fn item_size(&self, pk: &str, sk: &str) -> usize {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .send()
            .await
            .unwrap();
        answer.item.unwrap().iter().map(|(name, value)| name.len() + size(value)).sum()
    }
}

/// The documented sizes: text by its bytes, a number by its pairs of digits, a map by its members and 3 bytes, each
/// member another byte.
fn size(value: &AttributeValue) -> usize {
    use AttributeValue as A;
    match value {
        A::S(text) => text.len(),
        A::N(number) => number.trim_end_matches('0').len().div_ceil(2) + 1,
        A::B(bytes) => bytes.as_ref().len(),
        A::Bool(_) | A::Null(_) => 1,
        A::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        A::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>()
        }
        otherwise => panic!("no item of ours has {otherwise:?}"),
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn task(n: u128) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(n))
}

/// A task made `n` seconds after the others.
pub(crate) fn new_task(n: u128, owner: UserId) -> NewTask {
    let created_at = at(i64::try_from(n).unwrap());
    NewTask {
        head: Head {
            id: task(n),
            owner,
            title: format!("Task {n}"),
            task: Task::new(State::Queued, Attempt(3)),
            max_attempts: 3,
            version: 1,
            priority: Priority::Normal,
            tags: vec!["night".to_owned()],
            repository: None,
            git_ref: None,
            model: None,
            created_at,
            updated_at: created_at,
            not_before: None,
            queued_at: created_at,
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
            prompt: "Do it".to_owned(),
            repository: None,
            model: None,
            max_turns: Some(7),
            budget_usd_micros: None,
            timeout_s: 3600,
            request_hash: format!("hash of request {n}"),
        },
    }
}

/// Claims as the dispatcher does.
pub(crate) async fn claim(
    store: &Store,
    head: &Head,
    limits: Limits,
) -> Result<Head, store::StoreError> {
    let change = head.task.decide(Command::Start).unwrap().unwrap();
    store.claim(head, change, limits, at(1000) + LEASE, at(1000)).await
}

/// What `runner` says next, if the head is as it believes.
pub(crate) fn batch(head: &Head, runner: &str, texts: &[&str]) -> Batch {
    batch_at(head.seq + 1, head.task.attempt.0, head.run_seq, runner, texts)
}

pub(crate) fn batch_at(
    first_seq: u64,
    attempt: u32,
    run_seq: u64,
    runner: &str,
    texts: &[&str],
) -> Batch {
    let event = |(seq, text): (u64, &&str)| {
        let body = [("type".to_owned(), "text".into()), ("text".to_owned(), (*text).into())];
        RawDraft { at: at(1001), body: body.into_iter().collect() }.numbered(seq, attempt)
    };
    Batch {
        first_seq,
        attempt,
        run_seq,
        runner: runner.to_owned(),
        events: (first_seq..).zip(texts).map(event).collect(),
        bodies: BTreeMap::new(),
    }
}

pub(crate) fn post(task: TaskId, batch: &Batch) -> Append<'_> {
    let phase = Phase::Running;
    Append { task, batch, known: None, phase, usage: None, lease: LEASE, now: at(1002) }
}

/// The end of a run, as it is decided on `head`.
pub(crate) fn end<'a>(head: &'a Head, outcome: Outcome, batch: &'a Batch) -> Finish<'a> {
    let attempt = head.task.attempt;
    let change = head.task.decide(Command::ReportEnded(attempt, outcome)).unwrap().unwrap();
    let (said, reason) = match outcome {
        Outcome::Succeeded => (RunOutcome::Succeeded, None),
        Outcome::Failed(reason) => (RunOutcome::Failed, Some(reason)),
        Outcome::Canceled => (RunOutcome::Canceled, None),
    };
    let record = RunRecord {
        attempt: attempt.0,
        created_at: at(1000),
        started_at: Some(at(1001)),
        ended_at: at(1100),
        outcome: said,
        reason,
        message: None,
        exit_code: Some(0),
        session_id: Some("session".to_owned()),
        result_text: Some("Done".to_owned()),
        structured_output: None,
        artifacts: Vec::new(),
        usage: spent(),
    };
    Finish { seen: head, change, batch, record }
}

/// The last words of the dispatcher about a run that it gave up.
pub(crate) fn server_batch(head: &Head, texts: &[&str]) -> Batch {
    batch(head, Batch::SERVER, texts)
}

pub(crate) fn spent() -> RunUsage {
    let tokens = domain::event::Tokens {
        input_tokens: 10,
        output_tokens: 20,
        cache_read_tokens: 30,
        cache_creation_tokens: 40,
    };
    RunUsage { cost_usd_micros: 5, tokens, turns: 2 }
}

pub(crate) const LOST: Outcome = Outcome::Failed(Reason::Lost);

pub(crate) fn texts(events: &[RawEvent]) -> Vec<&str> {
    events.iter().map(|event| event.body["text"].as_str().unwrap()).collect()
}
