//! One world for each seed. Everything in it runs on one thread, and finds it there.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use dynoxide::{Database, storage_backend::Clock};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use runtime::Runtime;
use store::Store;
use tokio::{sync::Notify, task::JoinSet, time::Instant};
use uuid::Uuid;

use crate::{
    audit::Audit, call::Call, functions::Functions, labels::Point, models::Models,
    outcome::Violation, plan::Plan, services, trace::Trace,
};

thread_local! {
    static WORLD: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// The world of this thread.
///
/// # Panics
/// Where there is none: whoever asks lives in one.
#[expect(clippy::expect_used, reason = "nothing in a simulation runs outside of its world")]
pub(crate) fn world() -> Rc<World> {
    try_world().expect("a world")
}

/// The world of this thread, for what may outlive it.
pub(crate) fn try_world() -> Option<Rc<World>> {
    WORLD.with_borrow(Clone::clone)
}

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) rng: RefCell<Rng>,
    pub(crate) engine: Database,
    pub(crate) runtime: Runtime,
    /// For who checks: past all faults.
    pub(crate) store: Store,
    pub(crate) functions: RefCell<Option<Functions>>,
    pub(crate) models: RefCell<Models>,
    pub(crate) audit: RefCell<Audit>,
    /// Where functions are still to die.
    pub(crate) crash: RefCell<Vec<Point>>,
    pub(crate) reached: RefCell<BTreeSet<Point>>,
    pub(crate) visited: RefCell<BTreeSet<Point>>,
    pub(crate) fired: RefCell<BTreeMap<&'static str, u64>>,
    pub(crate) calls: Cell<u64>,
    pub(crate) trace: RefCell<Trace>,
    pub(crate) violation: RefCell<Option<Violation>>,
    pub(crate) stop: Notify,
    began: Instant,
    healed: Cell<bool>,
    number: Cell<u64>,
    tasks: RefCell<JoinSet<()>>,
}

/// The engine's clock, which is everybody's.
struct EngineClock;

impl Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(now().as_second()).unwrap_or_default()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        now().as_millisecond() as f64 / 1000.0
    }
}

/// The first moment of every world.
const BEGIN: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Now, by the clock of whoever asks.
pub(crate) fn now() -> Timestamp {
    let Some(world) = try_world() else { return BEGIN };
    let elapsed = i64::try_from(world.began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let skew = Call::current().map_or(0, |call| call.skew);
    BEGIN + SignedDuration::from_millis(elapsed + skew)
}

fn new_id() -> Uuid {
    let millis = u64::try_from(now().as_millisecond()).unwrap_or_default();
    let mut random = [0; 10];
    world().rng.borrow_mut().fill(&mut random);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Ends the world of this thread when it goes out of scope.
pub(crate) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(world) = WORLD.take() {
            world.tasks.borrow_mut().abort_all();
        }
        runtime::clock::simulated::read(None);
    }
}

impl World {
    /// Makes a world and enters it.
    pub(crate) async fn enter(
        plan: Plan,
        rng: Rng,
        crash: Vec<Point>,
        trace: Trace,
    ) -> anyhow::Result<(Rc<Self>, Entered)> {
        let engine = Database::memory_with_clock(Arc::new(EngineClock)).context("the engine")?;
        let runtime = services::runtime(&plan)?;
        let store = Store::new(runtime.clients.dynamodb.clone(), &runtime.settings.table);
        let world = Rc::new(Self {
            plan,
            rng: RefCell::new(rng),
            engine,
            runtime,
            store,
            functions: RefCell::default(),
            models: RefCell::default(),
            audit: RefCell::default(),
            crash: RefCell::new(crash),
            reached: RefCell::default(),
            visited: RefCell::default(),
            fired: RefCell::default(),
            calls: Cell::default(),
            trace: RefCell::new(trace),
            violation: RefCell::default(),
            stop: Notify::new(),
            began: Instant::now(),
            healed: Cell::default(),
            number: Cell::default(),
            tasks: RefCell::default(),
        });
        let (total, user) = (world.plan.max_running, world.plan.user_max_running);
        world.audit.borrow_mut().heads.limits.are(total, user);
        WORLD.set(Some(world.clone()));
        runtime::clock::simulated::read(Some(runtime::clock::simulated::Source { now, new_id }));
        let entered = Entered;
        store::create_table(&world.runtime.clients.dynamodb, &world.runtime.settings.table).await?;
        *world.functions.borrow_mut() = Some(Functions::start(&world.runtime)?);
        Ok((world, entered))
    }

    // ── chance ──

    /// Whether things may still go wrong.
    pub(crate) fn faulty(&self) -> bool {
        !self.plan.calm && !self.healed.get()
    }

    /// From now on nothing goes wrong any more.
    pub(crate) fn heal(&self) {
        self.healed.set(true);
        self.tell("── healed ──");
    }

    /// Whether a fault happens now; if it does, it is counted.
    pub(crate) fn fault(&self, name: &'static str, chance: f64) -> bool {
        let fires = chance > 0.0 && self.faulty() && self.rng.borrow_mut().f64() < chance;
        if fires {
            *self.fired.borrow_mut().entry(name).or_default() += 1;
        }
        fires
    }

    pub(crate) fn millis(&self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(self.rng.borrow_mut().u64(range))
    }

    /// A source of chance of one's own: what one does with it changes nothing for others.
    pub(crate) fn fork(&self) -> Rng {
        Rng::with_seed(self.rng.borrow_mut().u64(..))
    }

    pub(crate) fn within(&self, window: Option<(Duration, Duration)>) -> bool {
        let elapsed = self.began.elapsed();
        self.faulty() && window.is_some_and(|(from, to)| (from..to).contains(&elapsed))
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.number.set(self.number.get() + 1);
        self.number.get()
    }

    // ── what goes on ──

    /// Goes on by itself, whatever becomes of who began it.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        let mut tasks = self.tasks.borrow_mut();
        tasks.spawn_local(Box::pin(work));
        while tasks.try_join_next().is_some() {}
    }

    pub(crate) fn tell(&self, what: &str) {
        let at = self.began.elapsed().as_millis();
        let line = format!("{:>4}.{:03} {what}", at / 1000, at % 1000);
        self.trace.borrow_mut().line(line);
    }

    /// A promise was broken. The first one counts.
    pub(crate) fn violated(&self, invariant: u8, what: String) {
        self.tell(&format!("BROKEN {invariant}: {what}"));
        self.violation.borrow_mut().get_or_insert(Violation { invariant, what });
        self.stop.notify_one();
    }

    pub(crate) fn check(&self, invariant: u8, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.violated(invariant, what());
        }
    }
}
