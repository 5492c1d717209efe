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

/// So much of the time that a run has after a cancel is for the agent's end and for what is kept; the rest is for
/// telling the end.
const KEEP_SHARE: f64 = 0.8;

impl Dispatcher {
    /// A person called the run off, and waits. The first one counts.
    pub(super) fn call_off(&mut self, now: Instant) {
        let limit = self.context.settings.cancel_limit;
        self.called_off.get_or_insert(now + limit);
        self.keep_until.send_if_modified(|until| {
            let first = until.is_none();
            until.get_or_insert(now + limit.mul_f64(KEEP_SHARE));
            first
        });
        self.stop_for(Cause::Canceled, Stop::Promptly);
    }

    /// A server that takes a flood of events slowly is not told the rest of them when the time is over.
    pub(super) fn cut_short(&mut self, now: Instant) {
        if self.called_off.is_none_or(|until| until > now) {
            return;
        }
        let Some(closing_words) = self.closing_words.take() else { return };
        self.outbox.leave_out(closing_words, |count| {
            let remark = format!("{count} events were left out, since the task was called off");
            wire::log("warn", remark, clock::now())
        });
    }

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
        let until = self.keep_until.subscribe();
        self.jobs.spawn(jobs::keep(context, self.commit.clone(), result, stop, until));
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
        self.closing_words = Some(kept.stored.len() + kept.remarks.len() + 1);
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
