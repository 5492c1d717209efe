//! The heads of the tasks whose runs post here, as their last posts left them. A post that finds its head here saves the
//! table a reading; whether it is still so is a condition of the post itself.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::id::TaskId;
use store::Head;

/// More than a function serves at once: then all are forgotten.
const REMEMBERED: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<TaskId, Head>>);

impl Known {
    pub(crate) fn take(&self, task: TaskId) -> Option<Head> {
        self.lock().remove(&task)
    }

    pub(crate) fn put(&self, head: &Head) {
        let mut heads = self.lock();
        if heads.len() >= REMEMBERED {
            heads.clear();
        }
        heads.insert(head.id, head.clone());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, Head>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
