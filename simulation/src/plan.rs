//! What a seed has in store: how many people with how many errands, and what goes wrong how often.

use std::time::Duration;

use fastrand::Rng;

/// Chances, each by one call, post, push or run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    // ── of the wire ──
    pub(crate) throttle: f64,
    pub(crate) drop_before: f64,
    pub(crate) drop_after: f64,
    pub(crate) slow: f64,
    pub(crate) hang: f64,
    pub(crate) conflict: f64,
    /// How far the indexes may lag behind.
    pub(crate) index_lag: Duration,
    /// While this lasts, the table takes nothing.
    pub(crate) outage: Option<(Duration, Duration)>,
    /// While this lasts, the queue takes nothing.
    pub(crate) queue_outage: Option<(Duration, Duration)>,
    // ── of the functions ──
    pub(crate) crash: f64,
    /// How far the clocks of functions are apart, in milliseconds.
    pub(crate) skew: i64,
    // ── of queue and events ──
    pub(crate) ring_twice: f64,
    pub(crate) ring_late: f64,
    pub(crate) tick_twice: f64,
    pub(crate) stop_lost: f64,
    pub(crate) stop_twice: f64,
    // ── of the network outside ──
    pub(crate) request_lost: f64,
    pub(crate) answer_lost: f64,
    pub(crate) socket_cut: f64,
    pub(crate) push_lost: f64,
    pub(crate) push_refused: f64,
    // ── of containers and runners ──
    pub(crate) no_capacity: f64,
    pub(crate) no_image: f64,
    pub(crate) never_starts: f64,
    pub(crate) two_of_one: f64,
    pub(crate) stop_late: f64,
    pub(crate) not_listed: f64,
    pub(crate) killed: f64,
    pub(crate) out_of_memory: f64,
    pub(crate) hangs: f64,
    pub(crate) zombie: f64,
    pub(crate) deaf: f64,
    pub(crate) fails: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Nothing goes wrong: then nothing may look as if it had.
    pub(crate) calm: bool,
    pub(crate) people: usize,
    /// Everybody has a screen, and most tasks are followed on one; else who has the most is a program.
    pub(crate) watched: bool,
    /// Whether somebody operates the queue, and people change many tasks at once.
    pub(crate) operated: bool,
    pub(crate) errands: usize,
    /// People hand in their errands, and faults happen, within this.
    pub(crate) lasts: Duration,
    pub(crate) max_running: u32,
    pub(crate) user_max_running: u32,
    pub(crate) user_max_queued: u32,
    /// Between two looks for what is due: a minute as in the template, or less, as on one machine.
    pub(crate) tick: Duration,
    pub(crate) faults: Faults,
}

/// Every so many seeds one is calm.
const CALM: u64 = 8;
/// More than anybody hands in.
pub(crate) const USER_MAX_QUEUED: u32 = 1_000;
/// As in the template.
const TICK: Duration = Duration::from_secs(60);
/// Often, but not twice a second, as there: that would be most of what happens.
const ONE_MACHINE: Duration = Duration::from_secs(10);
/// In one of so many seeds it is nearly as often all the same, and calls are slow: what is seen and written back must meet
/// what moved meanwhile.
const RESTLESS: u64 = 16;

impl Plan {
    pub(crate) fn of(seed: u64, rng: &mut Rng) -> Self {
        let calm = seed.is_multiple_of(CALM);
        let lasts = Duration::from_secs(rng.u64(30..150));
        let max_running = rng.u32(2..5);
        let restless = seed % RESTLESS == RESTLESS - 1;
        let mut plan = Self {
            calm,
            people: rng.usize(2..4),
            watched: rng.u8(0..8) == 0,
            operated: rng.u8(0..4) == 0,
            errands: rng.usize(60..110),
            lasts,
            max_running,
            user_max_running: rng.u32(1..max_running + 1),
            user_max_queued: USER_MAX_QUEUED,
            tick: match rng.u8(0..8) {
                _ if restless => Duration::from_secs(1),
                0 => ONE_MACHINE,
                _ => TICK,
            },
            faults: Faults::default(),
        };
        if !calm {
            plan.faults = faults(rng, lasts);
        }
        if restless {
            plan.faults.slow = 0.3;
        }
        plan
    }
}

impl Plan {
    /// Nothing goes wrong, and one user may have all slots and more tasks than anybody waits for.
    pub(crate) fn crowd(rng: &mut Rng) -> Self {
        let slots = rng.u32(2..6);
        Self {
            calm: true,
            people: 0,
            watched: false,
            operated: false,
            errands: 0,
            lasts: Duration::MAX,
            max_running: slots,
            user_max_running: slots,
            user_max_queued: USER_MAX_QUEUED,
            tick: TICK,
            faults: Faults::default(),
        }
    }
}

/// Each kind of fault in a third of the seeds, and then seldom or often.
fn faults(rng: &mut Rng, lasts: Duration) -> Faults {
    let mut some = |rates: [f64; 3]| if rng.u8(0..3) == 0 { rates[rng.usize(0..3)] } else { 0.0 };
    let wire = [0.005, 0.02, 0.06];
    let outside = [0.01, 0.05, 0.15];
    let mut faults = Faults {
        throttle: some([0.01, 0.05, 0.2]),
        drop_before: some(wire),
        drop_after: some(wire),
        slow: some([0.02, 0.1, 0.3]),
        hang: some([0.001, 0.002, 0.005]),
        conflict: some(wire),
        crash: some([0.005, 0.01, 0.03]),
        ring_twice: some(outside),
        ring_late: some(outside),
        tick_twice: some([0.1, 0.3, 0.5]),
        stop_lost: some([0.1, 0.3, 0.6]),
        stop_twice: some(outside),
        request_lost: some(outside),
        answer_lost: some(outside),
        socket_cut: some([0.05, 0.1, 0.3]),
        push_lost: some([0.05, 0.1, 0.3]),
        push_refused: some(outside),
        no_capacity: some([0.05, 0.1, 0.3]),
        no_image: some([0.02, 0.05, 0.1]),
        never_starts: some([0.02, 0.05, 0.1]),
        two_of_one: some([0.05, 0.1, 0.3]),
        stop_late: some([0.3, 0.6, 0.9]),
        not_listed: some(outside),
        killed: some([0.05, 0.1, 0.3]),
        out_of_memory: some([0.02, 0.05, 0.1]),
        hangs: some([0.02, 0.05, 0.1]),
        zombie: some([0.05, 0.1, 0.2]),
        deaf: some([0.1, 0.3, 0.6]),
        fails: some([0.05, 0.1, 0.3]),
        ..Faults::default()
    };
    if rng.bool() {
        faults.index_lag = Duration::from_millis(rng.u64(200..5_000));
    }
    if rng.u8(0..4) == 0 {
        faults.outage = Some(window(rng, lasts));
    }
    if rng.u8(0..6) == 0 {
        faults.queue_outage = Some(window(rng, lasts));
    }
    if rng.u8(0..4) == 0 {
        faults.skew = rng.i64(1..1_500);
    }
    faults
}

fn window(rng: &mut Rng, lasts: Duration) -> (Duration, Duration) {
    let from = lasts.mul_f64(rng.f64() * 0.7);
    (from, from + Duration::from_secs(rng.u64(3..60)))
}
