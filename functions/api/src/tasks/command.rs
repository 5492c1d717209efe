//! What a person wants of a task that is there.

use auth::Caller;
use domain::{id::TaskId, problem::Code, task::Command, view::TaskView};
use runtime::clock;
use store::{Head, StoreError, objects};

use crate::{
    error::{Error, Result},
    services::{Services, ring_after},
};

/// Each lost race means that somebody else got on with the task.
const MAX_RACES: usize = 10;

impl Services {
    /// Calls a task off. Calling it off again answers the same.
    pub(crate) async fn cancel_task(&self, caller: &Caller, id: TaskId) -> Result<TaskView> {
        self.change_task(caller, id, |_| Command::Cancel).await
    }

    /// Has a task that is over taken up again, with as many attempts as at first.
    pub(crate) async fn retry_task(&self, caller: &Caller, id: TaskId) -> Result<TaskView> {
        self.change_task(caller, id, |head| Command::Retry { attempts: head.max_attempts }).await
    }

    /// Notes that somebody looked at what came of a task. Doing it again answers the same.
    pub(crate) async fn review_task(&self, caller: &Caller, id: TaskId) -> Result<TaskView> {
        for _ in 0..MAX_RACES {
            let head = self.owned(caller, id).await?;
            if !head.task.state.is_terminal() {
                return Err(Error::code(Code::NotEnded));
            }
            if head.reviewed_at.is_some() {
                return self.whole(&head).await;
            }
            match self.store.review(&head, clock::now()).await {
                Ok(head) => {
                    self.changed(&head, None).await;
                    return self.whole(&head).await;
                }
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races(id))
    }

    /// Loads, decides, and stores. Whoever loses a race decides again, on what the winner left.
    async fn change_task(
        &self,
        caller: &Caller,
        id: TaskId,
        command: impl Fn(&Head) -> Command,
    ) -> Result<TaskView> {
        for _ in 0..MAX_RACES {
            let head = self.owned(caller, id).await?;
            let Some(change) = head.task.decide(command(&head))? else {
                return self.whole(&head).await;
            };
            match self.store.change(&head, change, clock::now()).await {
                Ok(head) => {
                    self.changed(&head, ring_after(change)).await;
                    return self.whole(&head).await;
                }
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races(id))
    }

    /// Removes a task that is over, with all that belongs to it. Files first: the task goes last, so that what was
    /// interrupted can be asked for again.
    pub(crate) async fn delete_task(&self, caller: &Caller, id: TaskId) -> Result<()> {
        for _ in 0..MAX_RACES {
            let head = self.owned(caller, id).await?;
            if !head.task.state.is_terminal() {
                return Err(Error::told(Code::NotEnded, "Cancel the task first."));
            }
            self.objects.delete_all(&objects::task_prefix(id)).await?;
            match self.store.delete(&head).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races(id))
    }
}

fn lost_races(id: TaskId) -> Error {
    Error::unavailable(format!("lost {MAX_RACES} races for {id}"))
}
