//! The dispatcher: the one that owns the state of a run and talks to the server.
//!
//! Everything that can happen (a signal, a piece of work that is done, a line of the agent, an answer of the server,
//! a moment) comes through one `select!` and is handled to its end before the next.

mod closing;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    event::Body,
    reason::Reason,
    run::{CommandKind, EventsAnswer, Phase},
};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};

use crate::{
    agent::{self, Gone, Stop},
    armor,
    artifacts::Kept,
    client::CallError,
    clock,
    ending::{Cause, Exit},
    facts::Facts,
    jobs::{self, Context, Done},
    launch::launch,
    limits::Limits,
    oom::OomKills,
    outbox::{Outbox, Parcel, Situation},
    proxy::Proxy,
    signals::Signals,
    wire::{self, Heard},
    workspace::PrepareError,
};

/// Lines of the agent between its pipe and the dispatcher.
const HEARD: usize = 16;
/// When the agent is told to stop, its last words may go beyond the spool.
const LAST_WORDS_BYTES: usize = 16 * 1024 * 1024;
/// What dead processes left in the pipes is read within this time.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);
/// After SIGTERM the machine goes away in 10 s.
const INTERRUPT_LIMIT: Duration = Duration::from_secs(9);

/// How the supervisor itself ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conclusion {
    /// The server has the end.
    Acknowledged,
    /// Nobody wants to hear of this run any more.
    Superseded,
    /// The end could not be told.
    Undelivered,
}

/// What the run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Preparing,
    Working,
    Keeping,
    Ending,
}

pub(crate) struct Dispatcher {
    context: Arc<Context>,
    /// Until the agent gets it.
    proxy: Option<Proxy>,
    outbox: Outbox,
    limits: Limits,
    facts: Facts,
    stage: Stage,
    began: Instant,
    oom_kills: OomKills,
    commit: Option<String>,
    /// Why the supervisor ended the run, if it did.
    cause: Option<Cause>,
    exit: Option<Exit>,
    gone: Option<Gone>,
    heard: Option<mpsc::Receiver<Heard>>,
    stop: watch::Sender<Stop>,
    jobs: JoinSet<Done>,
    posts: JoinSet<Result<EventsAnswer, CallError>>,
    services: JoinSet<std::io::Result<()>>,
    cancels: BTreeSet<u32>,
    /// By when the run is to be over, since it was called off.
    called_off: Option<Instant>,
    /// What is not kept by then is not waited for.
    keep_until: watch::Sender<Option<Instant>>,
    /// How many events the end consists of, while what waits before them may still be left out.
    closing_words: Option<usize>,
    /// When what is left in the pipes is given up.
    drain_until: Option<Instant>,
    /// When the server is given up.
    give_up: Option<Instant>,
}

impl Dispatcher {
    /// `runner` is the name that this process gives itself.
    pub(crate) fn new(context: Context, proxy: Proxy, runner: String) -> Self {
        let spec = &context.spec;
        let heartbeat = Duration::from_millis(spec.heartbeat_ms.max(100));
        let (timeout, idle) = (spec.timeout_s, spec.idle_timeout_s);
        Self {
            outbox: Outbox::new(
                runner,
                (spec.run_seq, spec.head),
                heartbeat,
                context.settings.spool_bytes,
            ),
            limits: Limits::new(Duration::from_secs(timeout), Duration::from_secs(idle)),
            context: Arc::new(context),
            proxy: Some(proxy),
            facts: Facts::default(),
            stage: Stage::Preparing,
            began: Instant::now(),
            oom_kills: OomKills::so_far(),
            commit: None,
            cause: None,
            exit: None,
            gone: None,
            heard: None,
            stop: watch::Sender::new(Stop::NotYet),
            jobs: JoinSet::new(),
            posts: JoinSet::new(),
            services: JoinSet::new(),
            cancels: BTreeSet::new(),
            called_off: None,
            keep_until: watch::Sender::new(None),
            closing_words: None,
            drain_until: None,
            give_up: None,
        }
    }

    pub(crate) async fn run(mut self, signals: &mut Signals) -> Conclusion {
        self.begin();
        loop {
            let now = Instant::now();
            let may_hear = self.may_hear();
            self.limits.excuse(!may_hear || self.facts.phase() == Phase::Waiting, now);
            self.check_limits(now);
            self.cut_short(now);
            self.post_if_due(now);
            if self.outbox.is_done() {
                return Conclusion::Acknowledged;
            }
            if self.give_up.is_some_and(|give_up| give_up <= now) {
                tracing::error!("the end of the run could not be told to the server");
                return self.abandon(Conclusion::Undelivered).await;
            }
            let moment = self.next_moment();
            tokio::select! {
                biased;
                () = signals.next() => self.interrupt(),
                Some(done) = self.jobs.join_next() => {
                    if self.on_done(done).is_err() {
                        return self.abandon(Conclusion::Superseded).await;
                    }
                }
                Some(answer) = self.posts.join_next() => match answer {
                    Ok(Ok(answer)) => self.on_answer(&answer),
                    Ok(Err(err)) => {
                        tracing::error!(%err, "the run ends here");
                        let conclusion = match err {
                            CallError::Superseded(_) => Conclusion::Superseded,
                            CallError::Refused(_) | CallError::Unavailable(_) => Conclusion::Undelivered,
                        };
                        return self.abandon(conclusion).await;
                    }
                    Err(err) => {
                        tracing::error!(%err, "posting broke down");
                        return self.abandon(Conclusion::Undelivered).await;
                    }
                },
                heard = hear(&mut self.heard), if may_hear => self.on_heard(heard),
                () = sleep_until(moment) => (),
            }
        }
    }

    fn begin(&mut self) {
        self.say(Body::RunStarted {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            isolation: armor::isolation(&self.context.settings.run_token),
            demo_model: self.context.settings.demo_model,
        });
        if self.context.spec.cancel_requested {
            self.cause = Some(Cause::Canceled);
            self.finish(&Kept::default());
        } else {
            self.jobs.spawn(jobs::prepare(self.context.clone(), self.stop.subscribe()));
        }
    }

    // ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

    /// SIGTERM and its like: the machine or the parent goes away.
    fn interrupt(&mut self) {
        tracing::warn!("interrupted");
        self.stop_for(Cause::Interrupted, Stop::Soon);
        let give_up = Instant::now() + INTERRUPT_LIMIT;
        self.give_up = Some(self.give_up.map_or(give_up, |sooner| sooner.min(give_up)));
    }

    /// Fails if this turns out to be nobody's run any more.
    fn on_done(&mut self, done: Result<Done, JoinError>) -> Result<(), ()> {
        match done {
            Ok(Done::Prepared(prepared)) => self.on_prepared(prepared),
            Ok(Done::AgentGone(gone)) => self.on_gone(gone),
            Ok(Done::Kept(kept)) if kept.superseded => return Err(()),
            Ok(Done::Kept(kept)) => self.finish(&kept),
            Err(err) => {
                tracing::error!(%err, "a piece of work broke down");
                self.fail(Reason::Internal, "the supervisor failed".to_owned());
            }
        }
        Ok(())
    }

    fn on_prepared(&mut self, prepared: Option<Result<Option<String>, PrepareError>>) {
        match prepared {
            Some(Ok(commit)) => {
                let repository = self.context.spec.repository.clone();
                let (repository, git_ref) =
                    repository.map_or((None, None), |found| (Some(found.url), found.git_ref));
                self.commit.clone_from(&commit);
                let duration_ms = self.elapsed_ms();
                self.say(Body::WorkspaceReady { repository, git_ref, commit, duration_ms });
                if self.cause.is_some() {
                    self.finish(&Kept::default())
                } else {
                    self.start_agent()
                }
            }
            Some(Err(err @ PrepareError::Clone(_))) => {
                self.fail(Reason::CloneFailed, err.to_string());
            }
            Some(Err(err @ PrepareError::Internal(_))) => {
                tracing::error!(%err, "no workspace");
                self.fail(Reason::Internal, "the workspace could not be prepared".to_owned());
            }
            None => self.finish(&Kept::default()),
        }
    }

    fn start_agent(&mut self) {
        let Some(proxy) = self.proxy.take() else { return };
        let Context { settings, spec, layout, .. } = &*self.context;
        let launch = launch(settings, spec, layout, &proxy);
        let (speak, heard) = mpsc::channel(HEARD);
        self.services.spawn(proxy.serve());
        self.jobs.spawn({
            let stop = self.stop.subscribe();
            async move { Done::AgentGone(agent::run(launch, speak, stop).await) }
        });
        self.heard = Some(heard);
        self.limits.start(Instant::now());
        self.stage = Stage::Working;
    }

    /// A line of the agent; nothing more after the last.
    fn on_heard(&mut self, heard: Option<Heard>) {
        let now = Instant::now();
        match heard {
            Some(Heard::Heartbeat { .. }) => (),
            Some(Heard::Life) => self.limits.saw_life(now),
            Some(Heard::Stderr(parcel)) => self.outbox.push(parcel, now),
            Some(Heard::Event(parcel, tells)) => {
                self.limits.saw_life(now);
                self.facts.learn(tells);
                self.outbox.push(parcel, now);
            }
            Some(Heard::End(end)) => {
                self.facts.conclude(*end);
                self.limits.stop();
                self.hurry(Stop::Gently);
            }
            None => {
                self.heard = None;
                self.keep_if_over();
            }
        }
    }

    fn on_gone(&mut self, gone: anyhow::Result<Gone>) {
        self.limits.stop();
        self.facts.forget_questions();
        match gone {
            Ok(gone) => {
                if gone.survivors > 0 {
                    tracing::error!(
                        count = gone.survivors,
                        "processes of the run cannot be killed"
                    );
                }
                self.exit = Some(gone.exit);
                self.facts.memory_ran_out = self.oom_kills.another();
                self.gone = Some(gone);
                self.drain_until = Some(Instant::now() + DRAIN_LIMIT);
                self.keep_if_over();
            }
            Err(err) => {
                tracing::error!("{err:#}");
                self.fail(Reason::Internal, "the agent could not be started".to_owned());
            }
        }
    }

    fn on_answer(&mut self, answer: &EventsAnswer) {
        self.outbox.acknowledge(answer.head);
        for command in &answer.commands {
            match command.kind {
                CommandKind::Cancel if self.cancels.insert(command.n) => {
                    tracing::info!("canceled");
                    self.call_off(Instant::now());
                }
                CommandKind::Cancel | CommandKind::Unknown => (),
            }
        }
    }

    fn check_limits(&mut self, now: Instant) {
        if let Some((at, reason)) = self.limits.next()
            && at <= now
        {
            let message = self.limits.message(reason);
            self.limits.stop();
            self.stop_for(Cause::Failed(reason, message), Stop::Gently);
        }
        if self.drain_until.is_some_and(|until| until <= now) && self.heard.is_some() {
            tracing::warn!("the agent's output is still open although all of it is dead");
            self.on_heard(None);
        }
    }

    // ── what is done about it ────────────────────────────────────────────────────────────────────────────────────

    /// A cancel counts until the end is told, everything else only until the agent has said how it ended.
    fn stop_for(&mut self, cause: Cause, urgency: Stop) {
        let over = self.facts.end.is_some() || matches!(self.stage, Stage::Keeping | Stage::Ending);
        if cause == Cause::Canceled || (self.cause.is_none() && !over) {
            self.cause = Some(cause);
        }
        self.hurry(urgency);
    }

    fn hurry(&mut self, urgency: Stop) {
        self.stop.send_if_modified(|stop| {
            let more = urgency > *stop;
            *stop = urgency.max(*stop);
            more
        });
    }

    fn post_if_due(&mut self, now: Instant) {
        if self.outbox.due().is_none_or(|due| due > now) {
            return;
        }
        let over = self.stage == Stage::Ending;
        let situation = Situation {
            phase: self.facts.phase(),
            usage: self.facts.usage(),
            done_commands: self.cancels.iter().copied().filter(|_| over).collect(),
        };
        let batch = self.outbox.form(situation, now);
        let progress = self.context.progress.clone();
        self.posts.spawn(async move { progress.deliver(&batch).await });
    }

    fn may_hear(&self) -> bool {
        let last_words = *self.stop.borrow() > Stop::NotYet;
        let beyond = if last_words { LAST_WORDS_BYTES } else { 0 };
        // What dead processes left behind is bounded by the pipes.
        self.heard.is_some() && (self.gone.is_some() || self.outbox.has_room(beyond))
    }

    fn next_moment(&self) -> Instant {
        let draining = self.drain_until.filter(|_| self.heard.is_some());
        let limit = self.limits.next().map(|(at, _)| at);
        let late = self.called_off.filter(|_| self.closing_words.is_some());
        let moments = [self.outbox.due(), limit, draining, self.give_up, late];
        let far = Instant::now() + Duration::from_secs(3_600);
        moments.into_iter().flatten().min().unwrap_or(far)
    }

    fn say(&mut self, body: Body) {
        self.push(wire::parcel(body, clock::now()));
    }

    fn push(&mut self, parcel: Parcel) {
        self.outbox.push(parcel, Instant::now());
    }

    fn elapsed_ms(&self) -> u64 {
        self.began.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }
}

async fn hear(heard: &mut Option<mpsc::Receiver<Heard>>) -> Option<Heard> {
    heard.as_mut()?.recv().await
}
