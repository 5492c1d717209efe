//! The queue for who waits in it and for who operates it.

use auth::Caller;
use domain::{
    audit::Action,
    id::UserId,
    problem::{Code, Problem},
    queue::{
        Hour, Hours, LimitsView, Pace, PauseView, PausedBy, Queue, QueueView, ThroughputView,
        WaitView,
    },
    task::State,
};
use jiff::{SignedDuration, Timestamp};
use runtime::clock;
use store::{Head, Pause, Queued, Slots, StoreError};
use utoipa::ToSchema;

use crate::{
    audit::Act,
    bell::Ring,
    edge::{Origin, found},
    error::{Error, Result},
    input::{
        Fields, FromBody, Rules,
        values::{line, number, text},
    },
    services::Services,
};

const NOTE_CHARS: usize = 200;
/// No limit on what waits is higher, so no more is counted.
const LIMITS_MOST: u32 = LimitsView::QUEUED.1 as u32;
const HOURS_SHOWN: i64 = 24;
/// Who has too many tasks waiting and of whom nobody knows how long they take may ask again after this.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// But nobody is sent away for longer than this.
const ASK_AGAIN_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Why the queue is paused.
#[derive(Debug, ToSchema)]
#[schema(as = PauseQueue)]
pub(crate) struct PauseRequest {
    /// What others are told.
    #[schema(min_length = 1, max_length = 200, example = "The model's service is down.")]
    note: Option<String>,
}

impl FromBody for PauseRequest {
    const OPTIONAL: bool = true;

    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self { note: fields.optional("note", text(line(NOTE_CHARS))) }
    }
}

/// How much may run and wait at once.
#[derive(Debug, ToSchema)]
#[schema(as = SetLimits)]
pub(crate) struct LimitsRequest {
    /// Runs at once.
    #[schema(minimum = 1, maximum = 10_000)]
    running_total: u32,
    /// Runs of one user at once.
    #[schema(minimum = 1, maximum = 10_000)]
    running_per_user: u32,
    /// Tasks of one user that may wait, for a slot or for their time.
    #[schema(minimum = 1, maximum = 5_000)]
    queued_per_user: u32,
}

impl FromBody for LimitsRequest {
    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        let (running, queued) = (LimitsView::RUNNING, LimitsView::QUEUED);
        Self {
            running_total: fields.required("running_total", number(running)),
            running_per_user: fields.required("running_per_user", number(running)),
            queued_per_user: fields.required("queued_per_user", number(queued)),
        }
    }
}

impl Services {
    pub(crate) async fn show_queue(&self) -> Result<QueueView> {
        let now = clock::now();
        let first = Hour(Hour::of(now).0 - HOURS_SHOWN + 1);
        let look = async {
            tokio::join!(
                self.store.slots(),
                self.store.queued(usize::MAX),
                self.store.delayed(),
                self.store.hours(first),
            )
        };
        let (slots, queued, delayed, hours) = Box::pin(look).await;
        let (slots, queued, delayed) = (slots?, queued?, delayed?);
        let paused = match &slots.pause {
            Some(pause) => Some(self.pause_view(pause, &slots).await?),
            None => None,
        };
        let queue = self.queue(&slots, now);
        let (mut waiting, by_priority) = queue.tally(&queued.tasks);
        waiting.not_before = delayed.new;
        waiting.backoff = delayed.failed;
        let depth = queued.tasks.len() as u64;
        Ok(QueueView {
            depth,
            more: queued.more || delayed.more,
            running: queue.running,
            limit: u64::from(queue.limits.running_total),
            waiting,
            by_priority,
            started_per_hour: queue.pace.started_per_hour,
            ended_per_hour: queue.pace.ended_per_hour,
            oldest_queued_at: queued.tasks.iter().map(|one| one.queued_at).min(),
            estimate_s: queue.estimate(depth).filter(|_| !queued.more),
            paused,
            throughput: throughput(first, &together(hours?, &slots.hours)),
        })
    }

    pub(crate) async fn pause_queue(
        &self,
        caller: &Caller,
        origin: &Origin,
        request: PauseRequest,
    ) -> Result<QueueView> {
        let pause = Pause { at: clock::now(), by: caller.user, note: request.note };
        match self.store.pause(&pause).await {
            Ok(()) => {
                let act = Act::by(caller, Action::QueuePaused);
                let act = pause.note.into_iter().fold(act, Act::saying);
                self.audit(origin, act).await;
            }
            Err(StoreError::Conflict) => (),
            Err(err) => return Err(err.into()),
        }
        self.show_queue().await
    }

    pub(crate) async fn resume_queue(&self, caller: &Caller, origin: &Origin) -> Result<QueueView> {
        match self.store.resume().await {
            Ok(()) => self.audit(origin, Act::by(caller, Action::QueueResumed)).await,
            Err(StoreError::Conflict) => (),
            Err(err) => return Err(err.into()),
        }
        // Also where it was not paused: the ring of whoever resumed it may have been lost.
        self.ring(Ring::Resumed).await;
        self.show_queue().await
    }

    pub(crate) async fn show_limits(&self) -> Result<LimitsView> {
        Ok(self.limits(&self.store.slots().await?))
    }

    pub(crate) async fn set_limits(
        &self,
        caller: &Caller,
        origin: &Origin,
        request: LimitsRequest,
    ) -> Result<LimitsView> {
        let limits = LimitsView {
            running_total: request.running_total,
            running_per_user: request.running_per_user,
            queued_per_user: request.queued_per_user,
        };
        self.store.set_limits(limits).await?;
        let LimitsView { running_total, running_per_user, queued_per_user } = limits;
        let detail = format!(
            "{running_total} running, {running_per_user} of a user, {queued_per_user} of a user waiting"
        );
        self.audit(origin, Act::by(caller, Action::LimitsChanged).saying(detail)).await;
        self.ring(Ring::LimitsChanged).await;
        Ok(limits)
    }

    /// Why who has as many tasks waiting as they may is refused, before anything of a new one is written. The index that is
    /// counted is a moment late, so a burst may end a few tasks beyond the limit.
    pub(crate) async fn admit(&self, owner: UserId, scheduled: bool) -> Result<Option<Error>> {
        // Most have none, and then nothing else need be known: beyond the limit it can only be this one task.
        let queued = self.queued_of(owner).await?;
        if !scheduled && queued == 0 {
            return Ok(None);
        }
        Ok(self.room_beside(owner, queued).await?.err())
    }

    /// How many tasks of a user may wait besides those that do; or why none.
    pub(crate) async fn room(&self, owner: UserId) -> Result<std::result::Result<u32, Error>> {
        let queued = self.queued_of(owner).await?;
        self.room_beside(owner, queued).await
    }

    async fn room_beside(
        &self,
        owner: UserId,
        queued: u32,
    ) -> Result<std::result::Result<u32, Error>> {
        let now = clock::now();
        let look = async {
            tokio::join!(self.store.scheduled_of(owner, now, LIMITS_MOST), self.store.slots(),)
        };
        let (scheduled, slots) = Box::pin(look).await;
        let (scheduled, slots) = (scheduled?, slots?);
        let limits = self.limits(&slots);
        let (waiting, most) = (queued.saturating_add(scheduled), limits.queued_per_user);
        if waiting < most {
            return Ok(Ok(most - waiting));
        }
        let after = match self.queue(&slots, now).pace.until(1, limits.running_per_user) {
            Some(seconds) => SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)),
            None => ASK_AGAIN,
        };
        let detail = match scheduled {
            0 => format!("{queued} of your tasks wait for a slot, and no more than {most} may."),
            _ => format!(
                "{queued} of your tasks wait for a slot and {scheduled} for their time, and no more than {most} may."
            ),
        };
        let problem = Problem::new(Code::QueueFull).detail(detail);
        Ok(Err(Error::later(problem, after.min(ASK_AGAIN_MAX))))
    }

    async fn queued_of(&self, owner: UserId) -> Result<u32> {
        Ok(self.store.queued_of(owner, LIMITS_MOST).await?)
    }

    /// Why a task waits, and its place in the queue.
    pub(crate) async fn wait(&self, head: &Head) -> Result<Option<WaitView>> {
        match head.task.state {
            State::Queued => {
                let look =
                    async { tokio::join!(self.store.slots(), self.store.queued(usize::MAX)) };
                let (slots, queued) = Box::pin(look).await;
                let (slots, Queued { tasks, more, misplaced: _ }) = (slots?, queued?);
                let queue = self.queue(&slots, clock::now());
                Ok(queue.wait(head.subject(), Some(&tasks), more))
            }
            State::Scheduled => {
                Ok(self.queue(&Slots::default(), clock::now()).wait(head.subject(), None, false))
            }
            State::Starting
            | State::Running
            | State::Waiting
            | State::Succeeded
            | State::Failed
            | State::Canceled => Ok(None),
        }
    }

    /// Why tasks wait, without their places: the whole queue is not read for a list.
    pub(crate) async fn waits(&self, heads: &[Head]) -> Result<Vec<Option<WaitView>>> {
        let queued = heads.iter().any(|head| head.task.state == State::Queued);
        let slots = if queued { self.store.slots().await? } else { Slots::default() };
        let queue = self.queue(&slots, clock::now());
        Ok(heads.iter().map(|head| queue.wait(head.subject(), None, false)).collect())
    }

    fn limits(&self, slots: &Slots) -> LimitsView {
        slots.limits.unwrap_or_else(|| self.settings.limits())
    }

    fn queue<'a>(&self, slots: &'a Slots, now: Timestamp) -> Queue<'a> {
        Queue {
            limits: self.limits(slots),
            running: u64::try_from(slots.used).unwrap_or(0),
            turns: &slots.turns,
            paused: slots.pause.is_some(),
            pace: Pace::lately(&slots.hours, now),
            now,
        }
    }

    async fn pause_view(&self, pause: &Pause, slots: &Slots) -> Result<PauseView> {
        let email = found(self.store.user(pause.by).await)?.map(|user| user.email);
        Ok(PauseView {
            at: pause.at,
            by: PausedBy { id: pause.by, email },
            note: pause.note.clone(),
            drained: slots.used <= 0,
        })
    }
}

/// An hour may be put away in part, where somebody's clock was behind.
fn together(mut hours: Hours, counter: &Hours) -> Hours {
    for (hour, counts) in counter {
        *hours.entry(*hour).or_default() += *counts;
    }
    hours
}

fn throughput(first: Hour, hours: &Hours) -> Vec<ThroughputView> {
    let hour = |n| {
        let hour = Hour(first.0 + n);
        let counts = hours.get(&hour).copied().unwrap_or_default();
        ThroughputView {
            hour: hour.start(),
            succeeded: counts.succeeded,
            failed: counts.failed,
            canceled: counts.canceled,
        }
    };
    (0..HOURS_SHOWN).map(hour).collect()
}
