//! A runner: the supervisor's own outbox, and around it what the supervisor does with it.

use std::{pin::Pin, time::Duration};

use axum::body::Body as HttpBody;
use domain::{
    event::{Body, Draft, RunOutcome},
    id::TaskId,
    reason::Reason,
    run::{CommandKind, EventsAnswer, Phase, RunEnd, RunSpec, RunUsage},
};
use fastrand::Rng;
use http::{Request, StatusCode};
use memchr::memmem;
use supervisor::outbox::{Batch, Outbox, Parcel, Situation};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    containers::Exit,
    functions::Http,
    gateway,
    script::{Fate, Script},
    world::{now, world},
};

/// As in the supervisor.
const PATIENCE: Duration = Duration::from_secs(15);
const INTERRUPT_LIMIT: Duration = Duration::from_secs(9);
const SPOOL: usize = 4 * 1024 * 1024;
/// What an event says that is too big for the table.
const BIG: usize = 70 * 1024;

/// One process of a run.
pub(crate) struct Life {
    pub(crate) task: TaskId,
    pub(crate) attempt: u32,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) script: Script,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) delay: Duration,
}

/// Why the server is asked no more.
enum Refusal {
    Superseded,
    Refused,
}

type Delivery = Pin<Box<dyn Future<Output = Result<EventsAnswer, Refusal>>>>;

pub(crate) async fn run(life: Life) -> Exit {
    sleep(life.delay).await;
    let world = world();
    world.audit.borrow_mut().process(life.task, life.attempt, &life.name);
    let spec = match spec(&life).await {
        Ok(spec) => spec,
        Err(_) => return Exit { code: Some(3), why: "superseded" },
    };
    let heartbeat = Duration::from_millis(spec.heartbeat_ms);
    let position = (spec.run_seq, spec.head);
    let mut run = Run {
        outbox: Outbox::new(life.name.clone(), position, heartbeat, SPOOL),
        rng: world.fork(),
        said: spec.run_seq,
        next: Instant::now(),
        ended: false,
        goes_on: false,
        give_up: None,
        life,
    };
    if spec.cancel_requested {
        run.end(RunOutcome::Canceled, None);
    } else if run.life.script.slow_start {
        run.next += Duration::from_millis(run.rng.u64(1..40_000));
    }
    run.live().await
}

struct Run {
    life: Life,
    outbox: Outbox,
    rng: Rng,
    /// Events so far.
    said: u64,
    /// When it says something again.
    next: Instant,
    ended: bool,
    /// Although it was called off.
    goes_on: bool,
    give_up: Option<Instant>,
}

impl Run {
    async fn live(mut self) -> Exit {
        let mut stopping = self.life.stopping.clone();
        let mut told = false;
        let mut under_way: Option<Delivery> = None;
        loop {
            if self.outbox.is_done() {
                return Exit { code: Some(0), why: "done" };
            }
            let due = if under_way.is_some() { None } else { self.outbox.due() };
            tokio::select! {
                biased;
                answer = async { under_way.as_mut().unwrap_or_else(|| unreachable!()).await }, if under_way.is_some() => {
                    under_way = None;
                    match answer {
                        Ok(answer) => self.heard(&answer),
                        Err(Refusal::Superseded) => return Exit { code: Some(3), why: "superseded" },
                        Err(Refusal::Refused) => return Exit { code: Some(1), why: "refused" },
                    }
                }
                () = until(self.give_up) => return Exit { code: Some(1), why: "undelivered" },
                stop = stopping.wait_for(|stop| *stop), if !told => {
                    told = true;
                    if stop.is_ok() {
                        self.give_up = Some(Instant::now() + INTERRUPT_LIMIT);
                        self.end(RunOutcome::Failed, Some(Reason::Lost));
                    }
                }
                () = sleep_until(self.next), if !self.ended => {
                    if let Some(exit) = self.go_on(under_way.is_some()).await {
                        return exit;
                    }
                }
                () = until(due) => {
                    let waits = self.life.script.waits && self.said % 5 == 3;
                    let phase = if waits { Phase::Waiting } else { Phase::Running };
                    let usage = Some(self.usage());
                    let situation = Situation { phase, usage, done_commands: Vec::new() };
                    let batch = self.outbox.form(situation, Instant::now());
                    under_way = Some(Box::pin(self.deliver(batch)));
                }
            }
        }
    }

    /// The next word, or what comes after the last.
    async fn go_on(&mut self, posts: bool) -> Option<Exit> {
        let script = &self.life.script;
        if self.said < script.events {
            let big = script.big == Some(self.said);
            let pace = u64::try_from(script.pace.as_millis()).unwrap_or(1);
            self.say(big);
            self.next = Instant::now() + Duration::from_millis(self.rng.u64(1..pace + 2));
            self.next += self.life.script.thinks.take().unwrap_or_default();
            return None;
        }
        match script.fate {
            Fate::Ends(outcome, reason) => self.end(outcome, reason),
            Fate::Killed => return Some(Exit { code: Some(137), why: "killed" }),
            Fate::OutOfMemory => {
                return Some(Exit { code: Some(137), why: "OutOfMemoryError: too much" });
            }
            Fate::Hangs => std::future::pending().await,
            // What it said last is heard, so that its first word later is a heartbeat.
            Fate::Sleeps(_) if posts => {
                self.next = Instant::now() + Duration::from_millis(self.rng.u64(10..500));
            }
            Fate::Sleeps(duration) => {
                sleep(duration).await;
                if self.rng.bool() {
                    self.next_run_lives().await;
                }
                self.life.script.fate = Fate::Ends(RunOutcome::Succeeded, None);
                self.life.script.events += 3;
                // It is a while before there is something to say; that it lives it says at once.
                self.next = Instant::now() + Duration::from_millis(self.rng.u64(100..5_000));
            }
        }
        None
    }

    /// The worst moment to come back, if there is one.
    async fn next_run_lives(&self) {
        let world = world();
        for _ in 0..600 {
            let head = world.audit.borrow().heads.of(self.life.task).cloned();
            let Some(head) = head.filter(|head| !head.state.is_terminal()) else { return };
            if head.attempt > self.life.attempt && head.state.is_live() {
                return;
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    fn say(&mut self, big: bool) {
        let mut message = format!("{} {}", self.life.name, self.said);
        if big {
            message = format!("{message} {}", "x".repeat(BIG));
        }
        let body = Body::Log { level: "info".to_owned(), message };
        self.said += 1;
        self.outbox.push(Parcel::pack(&Draft { at: now(), body }.raw()), Instant::now());
    }

    fn end(&mut self, outcome: RunOutcome, reason: Option<Reason>) {
        if self.ended {
            return;
        }
        self.ended = true;
        let usage = self.usage();
        let body = Body::RunEnded {
            outcome,
            reason,
            message: Some(format!("{} {}", self.life.name, self.said)),
            duration_ms: 1,
            cost_usd_micros: usage.cost_usd_micros,
            usage: usage.tokens,
        };
        let end = RunEnd {
            outcome,
            reason,
            message: None,
            exit_code: Some(0),
            session_id: None,
            result_text: Some(self.life.name.clone()),
            structured_output: serde_json::Value::Null,
            artifacts: Vec::new(),
        };
        self.outbox.seal(Parcel::pack(&Draft { at: now(), body }.raw()), end, Instant::now());
    }

    fn usage(&self) -> RunUsage {
        RunUsage { cost_usd_micros: 10 * self.said, turns: 1, ..RunUsage::default() }
    }

    fn heard(&mut self, answer: &EventsAnswer) {
        self.outbox.acknowledge(answer.head);
        let canceled = answer.commands.iter().any(|command| command.kind == CommandKind::Cancel);
        if !canceled {
            return;
        }
        if !self.life.script.deaf {
            self.end(RunOutcome::Canceled, None);
        } else if !self.goes_on {
            // It is still at it when its grace is over.
            self.goes_on = true;
            self.life.script.events = self.said + self.rng.u64(40..90);
            self.life.script.pace = Duration::from_millis(self.rng.u64(300..2_000));
        }
    }

    /// Posts a batch until it is acknowledged, for as long as it takes.
    fn deliver(
        &self,
        batch: Batch,
    ) -> impl Future<Output = Result<EventsAnswer, Refusal>> + 'static {
        let (task, attempt) = (self.life.task, self.life.attempt);
        let (name, token) = (self.life.name.clone(), self.life.token.clone());
        let label = label(&batch);
        async move {
            let world = world();
            loop {
                let sent = world.elapsed();
                let request = Request::post("/v1/run/events")
                    .header("authorization", format!("Bearer {token}"))
                    .header("content-type", "application/json")
                    .body(HttpBody::from(batch.body.clone()));
                let Ok(request) = request else { return Err(Refusal::Refused) };
                let answer =
                    gateway::ask(Http::Progress, label.to_owned(), request, PATIENCE).await;
                let Ok(answer) = answer else { continue };
                match answer.status {
                    StatusCode::OK => {
                        let Ok(answer) = serde_json::from_slice::<EventsAnswer>(&answer.body)
                        else {
                            continue;
                        };
                        if answer.acknowledged < batch.end {
                            world.violated(3, format!("{name}: {answer:?} for {}", batch.end));
                        }
                        acknowledged(task, attempt, &name, &answer, label, sent);
                        return Ok(answer);
                    }
                    StatusCode::CONFLICT => {
                        superseded(task, attempt, &name);
                        return Err(Refusal::Superseded);
                    }
                    status if status.is_client_error() => {
                        let text = String::from_utf8_lossy(&answer.body).into_owned();
                        world.violated(0, format!("a runner was answered {status}: {text}"));
                        return Err(Refusal::Refused);
                    }
                    _ => sleep(world.millis(50..5_000)).await,
                }
            }
        }
    }
}

/// What kind of post it is.
fn label(batch: &Batch) -> &'static str {
    let has = |part: &str| memmem::find(&batch.body, part.as_bytes()).is_some();
    if has("\"end\":{") {
        "progress end"
    } else if has("\"events\":[]") {
        "progress heartbeat"
    } else {
        "progress events"
    }
}

/// 4: whoever was superseded before it spoke is not told that it was heard.
fn acknowledged(
    task: TaskId,
    attempt: u32,
    name: &str,
    answer: &EventsAnswer,
    label: &str,
    sent: Duration,
) {
    let world = world();
    let mut audit = world.audit.borrow_mut();
    let process = audit.process(task, attempt, name);
    process.acknowledged = process.acknowledged.max(answer.acknowledged);
    let over = audit.heads.ended_at(task, attempt).is_some_and(|end| end < sent);
    world.check(4, !(over && label == "progress heartbeat"), || {
        format!("{name} of run {attempt} of {task} is over and was heard")
    });
}

/// 4: only whoever was superseded is told so.
fn superseded(task: TaskId, attempt: u32, name: &str) {
    let world = world();
    let audit = world.audit.borrow();
    let Some(head) = audit.heads.of(task) else { return };
    // The first one that posts keeps the run: of two, one is refused before the other was heard.
    let alone = audit.processes.get(&(task, attempt)).is_none_or(|processes| processes.len() < 2);
    let speaks = head.runner.as_deref().map_or(alone, |runner| runner == name);
    let current = head.state.is_live() && head.attempt == attempt && speaks;
    world.check(4, !current, || {
        format!("{name} speaks for run {attempt} of {task} and was refused: {head:?}")
    });
}

async fn spec(life: &Life) -> Result<RunSpec, Refusal> {
    let world = world();
    loop {
        let request = Request::get("/v1/run")
            .header("authorization", format!("Bearer {}", life.token))
            .body(HttpBody::empty());
        let Ok(request) = request else { return Err(Refusal::Refused) };
        let name = "progress spec".to_owned();
        if let Ok(answer) = gateway::ask(Http::Progress, name, request, PATIENCE).await {
            match answer.status {
                StatusCode::OK => {
                    if let Ok(spec) = serde_json::from_slice(&answer.body) {
                        return Ok(spec);
                    }
                }
                StatusCode::CONFLICT => {
                    superseded(life.task, life.attempt, &life.name);
                    return Err(Refusal::Superseded);
                }
                status if status.is_client_error() => {
                    world.violated(0, format!("a runner was answered {status}"));
                    return Err(Refusal::Refused);
                }
                _ => (),
            }
        }
        sleep(world.millis(50..5_000)).await;
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
