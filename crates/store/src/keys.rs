//! How items are addressed. One place, so that a key is spelled one way.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    id::{FamilyId, KeyId, TaskId, UserId},
    limits::Priority,
    queue::{Hour, Waiting},
};
use jiff::{Timestamp, civil::Date};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The primary key of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    pub(crate) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn item(&self) -> Item {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

pub(crate) const HEAD: &str = "HEAD";
pub(crate) const SPEC: &str = "SPEC";
pub(crate) const EVENT_PREFIX: &str = "EVENT#";
pub(crate) const RUN_PREFIX: &str = "RUN#";
pub(crate) const HOLDER_PREFIX: &str = "HOLD#";
pub(crate) const HOUR_PREFIX: &str = "HOUR#";
pub(crate) const KEY_PREFIX: &str = "KEY#";
pub(crate) const LOGIN_PREFIX: &str = "LOGIN#";
pub(crate) const USER_PREFIX: &str = "USER#";
pub(crate) const TOPIC_PREFIX: &str = "TOPIC#";

pub(crate) fn task(id: TaskId) -> String {
    format!("TASK#{id}")
}

pub(crate) fn head(id: TaskId) -> Key {
    Key::new(task(id), HEAD)
}

pub(crate) fn spec(id: TaskId) -> Key {
    Key::new(task(id), SPEC)
}

pub(crate) fn run(id: TaskId, attempt: u32) -> Key {
    Key::new(task(id), format!("{RUN_PREFIX}{attempt:06}"))
}

pub(crate) fn batch(id: TaskId, first_seq: u64) -> Key {
    Key::new(task(id), batch_sk(first_seq))
}

pub(crate) fn batch_sk(first_seq: u64) -> String {
    format!("{EVENT_PREFIX}{first_seq:012}")
}

/// The counter of live runs, with all that a claim hangs on.
pub(crate) fn slots() -> Key {
    Key::new("SLOTS#global", "COUNT")
}

pub(crate) fn holder(id: TaskId) -> Key {
    Key::new("SLOTS#global", format!("{HOLDER_PREFIX}{id}"))
}

/// What happened within an hour that is over.
pub(crate) fn hour(hour: Hour) -> Key {
    Key::new("SLOTS#global", hour_sk(hour))
}

pub(crate) fn hour_sk(hour: Hour) -> String {
    format!("{HOUR_PREFIX}{:010}", hour.0)
}

/// What was answered to a user under an Idempotency-Key, which is named by its hash.
pub(crate) fn answer(user: UserId, key: &str) -> Key {
    Key::new(format!("USER#{user}"), format!("ANSWER#{key}"))
}

/// What everybody used on a day of UTC.
pub(crate) fn usage_day(day: Date) -> String {
    format!("USAGE#{day}")
}

/// As it was kept before: `DAY#2026-11-22` below each user.
pub(crate) fn usage_of_old(user: UserId) -> String {
    format!("USAGE#{user}")
}

pub(crate) fn user(id: UserId) -> Key {
    Key::new(format!("USER#{id}"), "PROFILE")
}

/// A mail address belongs to one user, however it is capitalised.
pub(crate) fn email(email: &str) -> Key {
    Key::new(format!("EMAIL#{}", email.to_lowercase()), "USER")
}

/// That an account is there: the list of all of them.
pub(crate) fn listed_user(id: UserId) -> Key {
    Key::new(USERS, format!("{USER_PREFIX}{id}"))
}

pub(crate) const USERS: &str = "USERS";

/// How many admins could sign in.
pub(crate) fn admins() -> Key {
    Key::new(USERS, "ADMINS")
}

pub(crate) fn login(id: FamilyId) -> Key {
    Key::new(format!("LOGIN#{id}"), "LOGIN")
}

pub(crate) fn login_of(user: UserId, id: FamilyId) -> Key {
    Key::new(format!("USER#{user}"), format!("{LOGIN_PREFIX}{id}"))
}

pub(crate) fn api_key(hash: &str) -> Key {
    Key::new(format!("KEYHASH#{hash}"), "KEY")
}

pub(crate) fn api_key_of(user: UserId, id: KeyId) -> Key {
    Key::new(format!("USER#{user}"), format!("{KEY_PREFIX}{id}"))
}

pub(crate) fn ticket(hash: &str) -> Key {
    Key::new(format!("TICKET#{hash}"), "TICKET")
}

pub(crate) fn link(hash: &str) -> Key {
    Key::new(format!("LINK#{hash}"), "LINK")
}

/// Attempts to sign in from a network.
pub(crate) fn attempts(network: &str) -> Key {
    Key::new(format!("RATE#{network}"), "SIGN_IN")
}

pub(crate) const AUDIT: &str = "AUDIT";
pub(crate) const AUDIT_PREFIX: &str = "AT#";

/// Sorts by time; the name keeps two entries of one millisecond apart.
pub(crate) fn audit(at: Timestamp, name: &str) -> Key {
    Key::new(AUDIT, format!("{AUDIT_PREFIX}{}#{name}", millis(at)))
}

pub(crate) fn run_key(kid: &str) -> Key {
    Key::new("KEYS#run".to_owned(), kid)
}

pub(crate) fn connection(id: &str) -> Key {
    Key::new(format!("CONN#{id}"), "META")
}

pub(crate) fn connection_topic(id: &str, topic: &str) -> Key {
    Key::new(format!("CONN#{id}"), format!("{TOPIC_PREFIX}{topic}"))
}

pub(crate) fn topic(topic: &str, connection: &str) -> Key {
    Key::new(format!("{TOPIC_PREFIX}{topic}"), connection)
}

// ── the two sparse indexes ───────────────────────────────────────────────────────────────────────────────────────────

/// Newest first: all tasks of an owner.
pub(crate) const BY_OWNER: &str = "by_owner";
/// What waits for a slot (`READY#0`), user by user and the best of each first, or for its time (`DUE`, and `LATER#user` of
/// one user), the next first.
pub(crate) const BY_RANK: &str = "by_rank";

pub(crate) const READY: &str = "READY#0";
pub(crate) const DUE: &str = "DUE";

/// New tasks of a user that wait for their time, the next first. The spec stands here, and the head in [`DUE`].
pub(crate) fn later(owner: UserId) -> String {
    format!("LATER#{owner}")
}

pub(crate) fn owner(id: UserId) -> String {
    format!("OWNER#{id}")
}

/// In the place of an owner: all tasks of everybody.
pub(crate) const EVERYBODY: &str = "OWNER#*";

/// What puts an item into a list, newest first.
pub(crate) fn listed(whose: String, created_at: Timestamp, id: TaskId) -> Item {
    HashMap::from([
        ("owner_pk".to_owned(), AttributeValue::S(whose)),
        ("owner_sk".to_owned(), AttributeValue::S(owner_rank(created_at, id))),
    ])
}

pub(crate) fn owner_rank(created_at: Timestamp, id: TaskId) -> String {
    format!("{}#{id}", millis(created_at))
}

/// `user_…#000001900007200000#2`: whose, by when it goes among theirs, and its priority.
pub(crate) fn ready_rank(one: &Waiting) -> String {
    format!("{}{}#{}", ready_of(one.owner), millis(one.rank_at()), one.priority as u8)
}

/// What the ranks of a user's tasks begin with.
pub(crate) fn ready_of(owner: UserId) -> String {
    format!("{owner}#")
}

/// What a rank says of the task that has it.
pub(crate) fn waiting(rank: &str, task: TaskId) -> Option<Waiting> {
    let mut parts = rank.split('#');
    let (owner, rank_at, priority) = (parts.next()?, parts.next()?, parts.next()?);
    let priority = *Priority::ALL.get(priority.parse::<usize>().ok()?)?;
    let rank_at = Timestamp::from_millisecond(rank_at.parse().ok()?).ok()?;
    Some(Waiting::ranked(task, owner.parse().ok()?, priority, rank_at))
}

/// `000001900000000000#1`: when its time comes, and how often it ran before.
pub(crate) fn due_rank(not_before: Timestamp, attempt: u32) -> String {
    format!("{}#{attempt}", millis(not_before))
}

/// Whether a rank is of a task that ran before.
pub(crate) fn ran_before(rank: &str) -> bool {
    rank.rsplit('#').next().and_then(|attempt| attempt.parse::<u32>().ok()).unwrap_or(0) > 0
}

/// Sorts as text as it does as time.
pub(crate) fn millis(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}
