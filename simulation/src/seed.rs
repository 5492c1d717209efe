//! One seed: a world is made, people hand in their errands, faults happen; then nothing goes wrong any more, and
//! everything must come to rest.

use std::{cell::RefCell, rc::Rc, time::Duration};

use fastrand::Rng;
use planted::Bug;
use tokio::{
    task::LocalSet,
    time::{Instant, sleep},
};

use crate::{
    errand::Errand,
    follower::{self, Orders},
    invariants,
    labels::Point,
    operator::Operator,
    outcome::Outcome,
    person::Person,
    plan::Plan,
    queue, services, sources,
    trace::Trace,
    world::World,
};

/// 12: after the last fault everything is at rest within this.
const REST: Duration = Duration::from_secs(45 * 60);

/// What is to be told.
#[derive(Clone, Debug, Default)]
pub struct Order {
    pub seed: u64,
    /// A function dies where each of these is first reached.
    pub crash: Vec<Point>,
    pub bug: Option<Bug>,
    /// Print every line of the trace.
    pub print: bool,
}

/// Tells the story of a seed.
///
/// # Errors
/// When there is no world to be had: never for what happens in it.
pub fn simulate(order: &Order) -> anyhow::Result<Outcome> {
    planted::plant(order.bug);
    let outcome = block_on(order.seed, tell(order));
    planted::plant(None);
    outcome
}

/// On this thread, in virtual time.
pub(crate) fn block_on<T>(
    seed: u64,
    story: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    // The SDK draws the lots for its pauses here.
    fastrand::seed(seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    LocalSet::new().block_on(&runtime, story)
}

async fn tell(order: &Order) -> anyhow::Result<Outcome> {
    let mut rng = Rng::with_seed(order.seed);
    let mut plan = Plan::of(order.seed, &mut rng);
    plan.calm &= order.crash.is_empty();
    let trace = Trace::new(order.print);
    let (world, entered) = World::enter(plan, rng, order.crash.clone(), trace).await?;
    world.tell(&format!("seed {}: {:?}", order.seed, world.plan));
    let stopped = tokio::select! {
        biased;
        () = world.stop.notified() => true,
        lived = live(&world) => {
            lived?;
            false
        }
    };
    if stopped {
        world.tell("stopped");
    }
    let outcome = outcome(&world);
    drop(entered);
    Ok(outcome)
}

async fn live(world: &Rc<World>) -> anyhow::Result<()> {
    let keys = Rc::new(services::keys()?);
    let people: Vec<_> =
        (0..world.plan.people).map(|number| Rc::new(Person::new(number, keys.clone()))).collect();
    for person in &people {
        person.signs_in(&world.store).await?;
    }
    let follower = |(number, person): (usize, &Rc<Person>)| match number {
        // Who has the most is a program.
        0 if !world.plan.watched => follower::nobody(),
        _ => follower::start(person.clone()),
    };
    let orders: Vec<Orders> = people.iter().enumerate().map(follower).collect();
    world.spawn(queue::poll());
    world.spawn(sources::ticks());
    let mut errands = tokio::task::JoinSet::new();
    if world.plan.operated {
        errands.spawn_local(Operator::comes(world, keys, people.clone()).await?.run());
    }
    for number in 0..world.plan.errands {
        let owner = owner_of_next(&world.rng, people.len());
        let errand = Errand {
            owner: people[owner].clone(),
            stranger: people[(owner + 1) % people.len()].clone(),
            number,
            orders: orders[owner].clone(),
            rng: world.fork(),
        };
        errands.spawn_local(errand.run());
    }
    sleep(world.plan.lasts).await;
    world.heal();
    let healed = Instant::now();
    // Who waits for an end may only then ask for more.
    while errands.join_next().await.is_some() {
        if healed.elapsed() > REST {
            break;
        }
    }
    while let Some(why) = restless(world) {
        if healed.elapsed() > REST {
            world.violated(12, format!("no rest {} s after the last fault: {why}", REST.as_secs()));
            return Ok(());
        }
        sleep(Duration::from_secs(5)).await;
    }
    invariants::hold(world, &orders).await
}

/// Unevenly: three quarters are the first one's.
fn owner_of_next(rng: &RefCell<Rng>, people: usize) -> usize {
    let mut rng = rng.borrow_mut();
    if rng.u8(0..4) > 0 { 0 } else { rng.usize(1..people) }
}

/// What is still going on.
fn restless(world: &World) -> Option<String> {
    let audit = world.audit.borrow();
    let models = world.models.borrow();
    if let Some(head) = audit.heads.all().find(|head| !head.state.is_terminal()) {
        return Some(format!("{head:?}"));
    }
    if let Some(alive) = models.containers.values().find(|one| one.status != "STOPPED") {
        return Some(format!("{alive:?}"));
    }
    (!models.queue.is_empty()).then(|| format!("{:?}", models.queue))
}

fn outcome(world: &World) -> Outcome {
    let violation = world.violation.borrow().clone();
    let trace = world.trace.borrow();
    Outcome {
        hash: trace.hash(),
        trace: if violation.is_some() { trace.last(400) } else { Vec::new() },
        violation,
        tasks: world.audit.borrow().promises.len(),
        runs: world.audit.borrow().processes.len(),
        calls: world.calls.get(),
        virtual_seconds: world.elapsed().as_secs(),
        reached: world.reached.borrow().clone(),
        visited: world.visited.borrow().clone(),
        faults: world.fired.borrow().clone(),
    }
}
