//! What the service promised to this client: remembered when it was said, held against it in the end.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use domain::{id::TaskId, task::State, view::TaskView};

/// What was said about one task.
#[derive(Clone, Copy, Debug, Default)]
pub struct Promise {
    /// Its cancel was acknowledged before its end.
    pub canceled: bool,
    /// How it ended, as far as was seen.
    pub ended: Option<State>,
    /// Retries that were granted.
    pub retries: u32,
    /// Its deletion was acknowledged.
    pub deleted: bool,
}

/// All promises of one service.
#[derive(Clone, Debug, Default)]
pub struct Promises(Arc<Mutex<BTreeMap<TaskId, Promise>>>);

impl Promises {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<TaskId, Promise>> {
        self.0.lock().expect("nobody panics while holding the promises")
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> BTreeMap<TaskId, Promise> {
        self.lock().clone()
    }

    pub(crate) fn accepted(&self, id: TaskId) {
        self.lock().entry(id).or_default();
    }

    pub(crate) fn canceled(&self, id: TaskId) {
        self.lock().entry(id).or_default().canceled = true;
    }

    pub(crate) fn retried(&self, id: TaskId) {
        let mut promises = self.lock();
        let promise = promises.entry(id).or_default();
        *promise = Promise { retries: promise.retries + 1, ..Promise::default() };
    }

    pub(crate) fn deleted(&self, id: TaskId) {
        self.lock().entry(id).or_default().deleted = true;
    }

    /// A task was seen. Whatever it was seen to end as, it stays.
    pub(crate) fn seen(&self, task: &TaskView) {
        let mut promises = self.lock();
        let promise = promises.entry(task.id).or_default();
        let ended = task.state.is_terminal().then_some(task.state);
        if let Some(before) = promise.ended {
            assert_eq!(Some(before), ended, "{} had ended before", task.id);
        }
        promise.ended = ended;
    }
}
