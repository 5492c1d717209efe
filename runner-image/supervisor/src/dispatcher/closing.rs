//! How a run is brought to its end: what it made is kept, and the one end is told.

use std::time::Duration;

use domain::{event::Body, reason::Reason};
use tokio::time::Instant;

use super::{Conclusion, Dispatcher, Stage};
use crate::{
    agent::Stop,
    artifacts::Kept,
    clock,
    ending::{Cause, Verdict},
    jobs::{self, ResultFile},
    wire,
};

/// For so long the end is offered to a server that does not answer.
const DELIVERY_LIMIT: Duration = Duration::from_secs(600);
const ABANDON_LIMIT: Duration = Duration::from_secs(15);

impl Dispatcher {
    /// Something of ours failed: the run ends without more ado.
    pub(super) fn fail(&mut self, reason: Reason, message: String) {
        self.cause.get_or_insert(Cause::Failed(reason, message));
        self.heard = None;
        self.finish(&Kept::default());
    }

    /// When the agent is dead and all it said was heard.
    pub(super) fn keep_if_over(&mut self) {
        let Some(gone) = &mut self.gone else { return };
        if self.stage != Stage::Working || self.heard.is_some() {
            return;
        }
        gone.readers.abort_all();
        self.stage = Stage::Keeping;
        self.services.abort_all();
        let verdict = Verdict::of(self.cause.as_ref(), &self.facts, self.exit);
        let mut end = verdict.run_end(&self.facts, self.exit);
        if let Some(said) = &self.facts.end {
            end.result_text.clone_from(&said.result_text);
            end.structured_output.clone_from(&said.structured_output);
        }
        let usage = self.facts.usage().unwrap_or_default();
        let result = ResultFile {
            task_id: self.context.spec.task_id,
            attempt: self.context.spec.attempt,
            duration_ms: self.elapsed_ms(),
            cost_usd_micros: usage.cost_usd_micros,
            usage: usage.tokens,
            turns: usage.turns,
            end,
        };
        let (context, stop) = (self.context.clone(), self.stop.subscribe());
        self.jobs.spawn(jobs::keep(context, self.commit.clone(), result, stop));
    }

    /// The one end.
    pub(super) fn finish(&mut self, kept: &Kept) {
        if self.stage == Stage::Ending {
            return;
        }
        self.stage = Stage::Ending;
        for artifact in &kept.stored {
            let (name, size_bytes) = (artifact.name.clone(), artifact.size_bytes);
            self.say(Body::ArtifactStored { name, size_bytes });
        }
        for remark in &kept.remarks {
            self.push(wire::log("warn", remark.clone(), clock::now()));
        }
        let verdict = Verdict::of(self.cause.as_ref(), &self.facts, self.exit);
        let mut end = verdict.run_end(&self.facts, self.exit);
        end.artifacts.clone_from(&kept.stored);
        let usage = self.facts.usage().unwrap_or_default();
        let last = Body::RunEnded {
            outcome: verdict.outcome,
            reason: verdict.reason,
            message: verdict.message,
            duration_ms: self.elapsed_ms(),
            cost_usd_micros: usage.cost_usd_micros,
            usage: usage.tokens,
        };
        tracing::info!(outcome = ?end.outcome, reason = ?end.reason, "the run is over");
        let now = Instant::now();
        self.outbox.seal(wire::parcel(last, clock::now()), end, now);
        self.give_up.get_or_insert(now + DELIVERY_LIMIT);
    }

    /// Kills everything and posts nothing more.
    pub(super) async fn abandon(mut self, conclusion: Conclusion) -> Conclusion {
        self.posts.abort_all();
        self.heard = None;
        self.hurry(Stop::AtOnce);
        let all = async { while self.jobs.join_next().await.is_some() {} };
        if tokio::time::timeout(ABANDON_LIMIT, all).await.is_err() {
            tracing::error!("some work could not be stopped");
        }
        conclusion
    }
}
