//! What a person wants of a task that is there.

use auth::Caller;
use domain::{
    id::TaskId,
    problem::Code,
    task::{Change, Command},
    view::TaskView,
};
use runtime::clock;
use serde::{Deserialize, Serialize};
use store::{Head, StoreError, objects};
use utoipa::ToSchema;

use crate::{
    answers::Turn,
    edge::KeyHash,
    error::{Error, Result},
    services::{Services, ring_after},
};

/// Each lost race means that somebody else got on with the task.
const MAX_RACES: usize = 10;

/// What can be done to a task, or to many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BulkAction)]
pub(crate) enum Act {
    Cancel,
    Retry,
    #[default]
    Review,
}

impl Act {
    /// As it is spelled in requests.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Review => "review",
        }
    }
}

/// A task after something was asked of it.
#[derive(Debug)]
pub(super) enum Acted {
    /// It changed, by this.
    Changed(Head, Option<Change>),
    /// It was so already.
    AsBefore(Head),
}

impl Services {
    /// Calls a task off. Calling it off again answers the same.
    pub(crate) async fn cancel_task(&self, caller: &Caller, id: TaskId) -> Result<TaskView> {
        self.act_on(caller, id, Act::Cancel, None).await
    }

    /// Has a task that is over taken up again, with as many attempts as at first. Under the same key it is so once.
    pub(crate) async fn retry_task(
        &self,
        caller: &Caller,
        id: TaskId,
        turn: Turn,
    ) -> Result<TaskView> {
        self.act_on(caller, id, Act::Retry, turn.key.as_ref()).await
    }

    /// Notes that somebody looked at what came of a task. Doing it again answers the same.
    pub(crate) async fn review_task(&self, caller: &Caller, id: TaskId) -> Result<TaskView> {
        self.act_on(caller, id, Act::Review, None).await
    }

    async fn act_on(
        &self,
        caller: &Caller,
        id: TaskId,
        act: Act,
        key: Option<&KeyHash>,
    ) -> Result<TaskView> {
        let head = self.owned(caller, id).await?;
        if act == Act::Retry && decided(&mut head.clone(), act, key)?.is_some() {
            self.room(head.owner).await??;
        }
        match self.act(head, act, key).await? {
            Acted::Changed(head, change) => {
                self.changed(&head, change.and_then(ring_after)).await;
                self.whole(&head).await
            }
            Acted::AsBefore(head) => self.whole(&head).await,
        }
    }

    /// Decides and stores. Whoever loses a race looks again, and decides again on what the winner left. Nobody is told
    /// yet.
    pub(super) async fn act(
        &self,
        mut head: Head,
        act: Act,
        key: Option<&KeyHash>,
    ) -> Result<Acted> {
        for _ in 0..MAX_RACES {
            let (stored, change) = match act {
                Act::Review if !head.task.state.is_terminal() => {
                    return Err(Error::code(Code::NotEnded));
                }
                Act::Review if head.reviewed_at.is_some() => return Ok(Acted::AsBefore(head)),
                Act::Review => (self.store.review(&head, clock::now()).await, None),
                Act::Cancel | Act::Retry => {
                    let Some(change) = decided(&mut head, act, key)? else {
                        return Ok(Acted::AsBefore(head));
                    };
                    (self.store.change(&head, change, clock::now()).await, Some(change))
                }
            };
            match stored {
                Ok(head) => return Ok(Acted::Changed(head, change)),
                Err(StoreError::Conflict) => head = self.store.head(head.id).await?,
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races(head.id))
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

/// What it comes to, if anything.
pub(super) fn decided(head: &mut Head, act: Act, key: Option<&KeyHash>) -> Result<Option<Change>> {
    if act != Act::Retry {
        return Ok(head.task.decide(Command::Cancel)?);
    }
    // The answer to the first request was lost: this one asks for nothing more, whatever became of the task since.
    if key.is_some_and(|key| head.retried_by.as_deref() == Some(key.text())) {
        return Ok(None);
    }
    let change = head.task.decide(Command::Retry { attempts: head.max_attempts })?;
    head.retried_by = key.map(|key| key.text().to_owned());
    Ok(change)
}

fn lost_races(id: TaskId) -> Error {
    Error::unavailable(format!("lost {MAX_RACES} races for {id}"))
}
