//! What people do with tasks.

mod bulk;
mod command;
mod create;
mod filter;
mod list;

use auth::Caller;
use domain::{
    id::TaskId,
    view::{ResultView, SpecView, TaskView},
};
use store::{Head, RunRecord, Spec};

pub(crate) use self::{
    bulk::{BulkAnswer, BulkRequest},
    create::TaskRequest,
    filter::{SCOPES, Scope},
    list::{CountsQuery, TaskQuery},
};
use crate::{
    error::{Error, Result},
    services::Services,
};

impl Services {
    /// A task of the caller. Another's is not there: the answer, and the work, is the same.
    pub(crate) async fn owned(&self, caller: &Caller, id: TaskId) -> Result<Head> {
        let head = self.store.head(id).await?;
        if head.owner == caller.user { Ok(head) } else { Err(Error::not_found()) }
    }

    pub(crate) async fn show_task(&self, caller: &Caller, id: TaskId) -> Result<TaskView> {
        let (head, spec) = self.store.task(id).await?;
        if head.owner != caller.user {
            return Err(Error::not_found());
        }
        self.with_spec(&head, spec).await
    }

    /// A task with what was asked for and what came of it.
    async fn whole(&self, head: &Head) -> Result<TaskView> {
        self.with_spec(head, self.store.spec(head.id).await?).await
    }

    async fn with_spec(&self, head: &Head, spec: Spec) -> Result<TaskView> {
        let result = if head.task.state.is_terminal() && head.task.attempt.0 > 0 {
            let runs = self.store.runs(head.id).await?;
            runs.into_iter().next_back().and_then(result_view)
        } else {
            None
        };
        let wait = self.wait(head).await?;
        Ok(TaskView { spec: Some(spec_view(spec)), result, wait, ..head.view() })
    }
}

fn spec_view(spec: Spec) -> SpecView {
    SpecView {
        prompt: spec.prompt,
        repository: spec.repository,
        model: spec.model,
        max_turns: spec.max_turns,
        budget_usd_micros: spec.budget_usd_micros,
        timeout_s: spec.timeout_s,
    }
}

fn result_view(run: RunRecord) -> Option<ResultView> {
    let structured_output = run.structured_output.and_then(|text| serde_json::from_str(&text).ok());
    if run.result_text.is_none() && structured_output.is_none() {
        return None;
    }
    Some(ResultView {
        text: run.result_text,
        structured_output: structured_output.unwrap_or_default(),
    })
}
