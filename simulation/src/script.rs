//! What a run has in store.

use std::time::Duration;

use domain::{event::RunOutcome, reason::Reason};

use crate::{services::LEASE, world::World};

/// What becomes of a runner once it has said so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Ends(RunOutcome, Option<Reason>),
    /// SIGKILL, or the machine is gone.
    Killed,
    OutOfMemory,
    /// It lives and says nothing any more, for ever.
    Hangs,
    /// It stands still for so long, or until the next run of the task lives, and then goes on as if nothing had been.
    Sleeps(Duration),
}

#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) events: u64,
    /// Between two events at most.
    pub(crate) pace: Duration,
    pub(crate) fate: Fate,
    /// It does not hear what is wanted of it.
    pub(crate) deaf: bool,
    /// One event is too big for the table.
    pub(crate) big: Option<u64>,
    /// For a while it waits for a person.
    pub(crate) waits: bool,
    /// Silence before the first word.
    pub(crate) slow_start: bool,
    /// Silence after it: nothing but heartbeats.
    pub(crate) thinks: Option<Duration>,
}

impl Script {
    pub(crate) fn of(world: &World) -> Self {
        let faults = &world.plan.faults;
        let fate = if world.fault("runner killed", faults.killed) {
            Fate::Killed
        } else if world.fault("out of memory", faults.out_of_memory) {
            Fate::OutOfMemory
        } else if world.fault("runner hangs", faults.hangs) {
            Fate::Hangs
        } else if world.fault("zombie", faults.zombie) {
            Fate::Sleeps(LEASE + world.millis(1_000..120_000))
        } else if world.fault("run fails", faults.fails) {
            let reasons =
                [Reason::NoResult, Reason::AgentError, Reason::ModelError, Reason::Crashed];
            let reason = reasons[world.rng.borrow_mut().usize(0..reasons.len())];
            Fate::Ends(RunOutcome::Failed, Some(reason))
        } else {
            Fate::Ends(RunOutcome::Succeeded, None)
        };
        let deaf = world.fault("deaf runner", faults.deaf);
        let mut rng = world.rng.borrow_mut();
        // Who does not hear that it was called off has to be at it when that is said.
        let slow = deaf || rng.u8(0..8) == 0;
        let pace = if slow { rng.u64(200..3_000) } else { rng.u64(5..200) };
        let events = if deaf || rng.u8(0..8) == 0 { rng.u64(3..12) } else { rng.u64(0..3) };
        // Who never said anything is not missed.
        let events = if matches!(fate, Fate::Sleeps(_)) { events.max(1) } else { events };
        Self {
            events,
            pace: Duration::from_millis(pace),
            fate,
            deaf,
            big: (rng.u8(0..12) == 0).then(|| rng.u64(0..events + 1)),
            waits: rng.u8(0..8) == 0,
            slow_start: rng.u8(0..8) == 0,
            thinks: (rng.u8(0..10) == 0).then(|| Duration::from_secs(rng.u64(5..40))),
        }
    }
}
