//! `simulation`: tells seeds, and finds planted bugs.

mod report;

use std::process::ExitCode;

use clap::Parser;
use simulation::Point;

/// A sixth of the time goes to small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The whole system in one thread and in virtual time.
#[derive(Debug, Parser)]
struct Args {
    /// So many seeds, from `--from` on.
    #[arg(long, default_value_t = 400)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed, with every line of its story.
    #[arg(long)]
    seed: Option<u64>,
    /// A function dies where this is first reached: `before …` or `after …`.
    #[arg(long, requires = "seed")]
    crash: Vec<Point>,
    /// Plant each bug in turn, or `--bug` alone, and find it.
    #[arg(long)]
    planted: bool,
    /// Plant this bug.
    #[arg(long)]
    bug: Option<String>,
    /// The product's own log, too.
    #[arg(long)]
    log: bool,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    jobs: u64,
    /// No more than so many seconds: as many seeds and crash points as there is time for.
    #[arg(long)]
    within: Option<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    if args.log {
        runtime::telemetry::init("debug");
    }
    report::run(&args)
}
