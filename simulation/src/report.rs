//! Seeds in parallel, and what came of them.
#![expect(clippy::print_stdout, reason = "this is what the program is for")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use planted::Bug;
use simulation::{Order, Outcome, Point, simulate};

use crate::Args;

/// So many points at most are named that were not visited.
const LEFT: usize = 20;
/// So many points are visited in one story. Behind a crash a story goes on otherwise, and what it does not reach then is
/// visited with fewer at once.
const AT_ONCE: [usize; 4] = [24, 8, 3, 1];
/// What a failure shows of its story.
const SHOWN: usize = 60;
/// A planted bug that is not found in so many seeds is not found.
const SEEDS_FOR_A_BUG: u64 = 400;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(seed) = args.seed {
        return one(args, seed);
    }
    if args.planted || args.bug.is_some() {
        return planted(args);
    }
    many(args)
}

fn one(args: &Args, seed: u64) -> anyhow::Result<ExitCode> {
    let order = Order { seed, crash: args.crash.clone(), bug: bug(args)?, print: true };
    let outcome = simulate(&order)?;
    println!("hash {:016x}, {} tasks, {} runs", outcome.hash, outcome.tasks, outcome.runs);
    Ok(verdict(&order, &outcome))
}

fn bug(args: &Args) -> anyhow::Result<Option<Bug>> {
    let Some(name) = &args.bug else { return Ok(None) };
    let named = |bug: &&Bug| format!("{bug:?}") == *name;
    Bug::ALL.iter().find(named).copied().context("no such bug").map(Some)
}

fn verdict(order: &Order, outcome: &Outcome) -> ExitCode {
    let Some(violation) = &outcome.violation else { return ExitCode::SUCCESS };
    println!(
        "seed {}: invariant {} is broken: {}",
        order.seed, violation.invariant, violation.what
    );
    let crashes: Vec<_> = order.crash.iter().map(|point| format!("--crash '{point}'")).collect();
    let more =
        if crashes.is_empty() { String::new() } else { format!(" ARGS=\"{}\"", crashes.join(" ")) };
    println!("again: make simulate SEED={}{more}", order.seed);
    ExitCode::FAILURE
}

/// Tells all of them, on as many threads as there are; stops at the first that fails.
fn tell_all(
    orders: &[Order],
    jobs: u64,
    until: Option<Instant>,
    mut each: impl FnMut(&Order, Outcome) -> bool + Send,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let each = Mutex::new(&mut each);
    std::thread::scope(|scope| {
        let work = || -> anyhow::Result<()> {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let over = until.is_some_and(|until| Instant::now() >= until);
                let Some(order) = orders.get(at).filter(|_| !over) else { return Ok(()) };
                let outcome = simulate(order)?;
                let mut each = each.lock().unwrap_or_else(PoisonError::into_inner);
                if !each(order, outcome) {
                    next.store(orders.len(), Ordering::Relaxed);
                }
            }
        };
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
        }
        Ok(())
    })
}

#[derive(Default)]
struct Sum {
    seeds: u64,
    tasks: usize,
    runs: usize,
    calls: u64,
    virtual_seconds: u64,
    /// And the first seed that does.
    reached: BTreeMap<Point, u64>,
    visited: BTreeSet<Point>,
    faults: BTreeMap<&'static str, u64>,
    /// Of all stories, whichever was told first.
    hash: u64,
    failed: Option<(Order, Outcome)>,
}

impl Sum {
    /// Whether to go on.
    fn add(&mut self, order: &Order, outcome: Outcome) -> bool {
        self.seeds += 1;
        self.hash = self.hash.wrapping_add(outcome.hash);
        self.tasks += outcome.tasks;
        self.runs += outcome.runs;
        self.calls += outcome.calls;
        self.virtual_seconds += outcome.virtual_seconds;
        // New points turn up only behind a crash; they are left for other seeds.
        for point in outcome.reached.iter().filter(|_| order.crash.is_empty()) {
            let first = self.reached.entry(point.clone()).or_insert(order.seed);
            *first = order.seed.min(*first);
        }
        self.visited.extend(outcome.visited.iter().cloned());
        for (fault, times) in &outcome.faults {
            *self.faults.entry(fault).or_default() += times;
        }
        if outcome.violation.is_some() {
            let before = self.failed.replace((order.clone(), outcome));
            if let Some(before) = before.filter(|(before, _)| before.seed < order.seed) {
                self.failed = Some(before);
            }
            return false;
        }
        true
    }
}

fn many(args: &Args) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let until = args.within.map(|seconds| began + Duration::from_secs(seconds));
    let seeds = args.from..args.from + args.seeds;
    let orders: Vec<_> = seeds.map(|seed| Order { seed, ..Order::default() }).collect();
    let mut sum = Sum::default();
    tell_all(&orders, args.jobs, until, |order, outcome| sum.add(order, outcome))?;
    let by_chance = sum.visited.len();
    // What was reached and left by chance is visited on purpose.
    for at_once in AT_ONCE {
        if sum.failed.is_some() {
            break;
        }
        let directed = directed(&sum, at_once);
        tell_all(&directed, args.jobs, until, |order, outcome| sum.add(order, outcome))?;
    }
    if let Some((order, outcome)) = &sum.failed {
        for line in outcome.trace.iter().skip(outcome.trace.len().saturating_sub(SHOWN)) {
            println!("  {line}");
        }
        return Ok(verdict(order, outcome));
    }
    tell(&sum, by_chance, began.elapsed(), args.jobs);
    let left: Vec<_> = sum.reached.keys().filter(|point| !sum.visited.contains(point)).collect();
    for point in left.iter().take(LEFT) {
        println!("not visited: {point}");
    }
    Ok(if left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The seeds that reached what was not visited, each with so many points where a function dies.
fn directed(sum: &Sum, at_once: usize) -> Vec<Order> {
    let mut by_seed: BTreeMap<u64, Vec<Point>> = BTreeMap::new();
    for (point, seed) in sum.reached.iter().filter(|(point, _)| !sum.visited.contains(point)) {
        by_seed.entry(*seed).or_default().push(point.clone());
    }
    let orders = by_seed.iter().flat_map(|(seed, points)| {
        let crashes = points.chunks(at_once);
        crashes.map(|crash| Order { seed: *seed, crash: crash.to_vec(), ..Order::default() })
    });
    orders.collect()
}

fn tell(sum: &Sum, by_chance: usize, took: Duration, jobs: u64) {
    let minutes = took.as_secs_f64() / 60.0;
    let fired: Vec<_> =
        sum.faults.iter().map(|(fault, times)| format!("{fault} {times}")).collect();
    println!("faults: {}", fired.join(", "));
    println!(
        "{} seeds: {} tasks, {} runs, {} AWS calls, {} h of virtual time in {:.0} s on {jobs} threads: {:.0} task lives a minute and thread",
        sum.seeds,
        sum.tasks,
        sum.runs,
        sum.calls,
        sum.virtual_seconds / 3600,
        took.as_secs_f64(),
        sum.tasks as f64 / minutes / jobs.max(1) as f64,
    );
    println!("all stories in one number: {:016x}", sum.hash);
    println!(
        "crash points: {} of {} visited, {by_chance} of them by chance",
        sum.reached.keys().filter(|point| sum.visited.contains(point)).count(),
        sum.reached.len(),
    );
}

fn planted(args: &Args) -> anyhow::Result<ExitCode> {
    let one = bug(args)?;
    let bugs: Vec<_> = Bug::ALL.iter().filter(|bug| one.is_none_or(|one| one == **bug)).collect();
    let mut missed = 0;
    println!("| bug | what is wrong | found by invariant | after seeds |");
    println!("|---|---|---|---|");
    for bug in &bugs {
        let orders: Vec<_> = (args.from..args.from + SEEDS_FOR_A_BUG)
            .map(|seed| Order { seed, bug: Some(**bug), ..Order::default() })
            .collect();
        let mut sum = Sum::default();
        tell_all(&orders, args.jobs, None, |order, outcome| sum.add(order, outcome))?;
        let found = sum.failed.and_then(|(order, outcome)| Some((order.seed, outcome.violation?)));
        match found {
            // What is found without the bug is not found by it.
            Some((seed, _))
                if simulate(&Order { seed, ..Order::default() })?.violation.is_some() =>
            {
                anyhow::bail!("seed {seed} fails by itself: make simulate SEED={seed}");
            }
            Some((seed, violation)) => println!(
                "| `{bug:?}` | {} | {} | {} |",
                bug.sentence(),
                violation.invariant,
                seed - args.from + 1
            ),
            None => {
                missed += 1;
                println!("| `{bug:?}` | {} | **none** | – |", bug.sentence());
            }
        }
    }
    println!("\n{} of {} found", bugs.len() - missed, bugs.len());
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
