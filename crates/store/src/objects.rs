//! Where files lie in the bucket. One place, for who writes and who reads.

use domain::id::TaskId;

/// All that belongs to a task.
#[must_use]
pub fn task_prefix(task: TaskId) -> String {
    format!("tasks/{task}/")
}

/// A file that a run left.
#[must_use]
pub fn artifact_key(task: TaskId, attempt: u32, name: &str) -> String {
    format!("tasks/{task}/runs/{attempt}/{name}")
}

/// The whole of an event that is too big for the table, by its number within its run: a [`domain::event::RawDraft`] as
/// JSON, just as the runner posted it (its `seq` is known only once it is committed). Each process has a place of its
/// own: what a second one of the same run says must not lie over what the first said.
#[must_use]
pub fn body_key(task: TaskId, attempt: u32, runner: &str, run_seq: u64) -> String {
    format!("tasks/{task}/bodies/{attempt}/{runner}/{run_seq}.json")
}
