//! What we claim, measured. Prints a table and writes `bench/results.json`; see `bench/README.md`.

mod calls;
mod cancel;
mod child;
mod client;
mod clock;
mod cold;
mod durability;
mod follow;
mod histogram;
mod host;
mod lambda;
mod latency;
mod load;
mod memory;
mod plan;
mod post;
mod processes;
mod programs;
mod recovery;
mod report;
mod runner;
mod script;
mod server;
mod steps;

use std::{io::Write as _, path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};

use crate::{host::Host, plan::Plan, report::Report, steps::Steps};

#[derive(Parser)]
#[command(about = "Measures Errand, beside what it is to hold")]
struct Arguments {
    /// What to measure; everything by default
    #[command(subcommand)]
    what: Option<Command>,
    /// Only show that everything works, within a minute
    #[arg(long, global = true)]
    quick: bool,
    /// The day, for the file
    #[arg(long, global = true)]
    date: Option<String>,
    /// Where to write the numbers [default: bench/results.json for a full run of everything, else nowhere]
    #[arg(long, global = true)]
    out: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Subject(Subject),
    /// In the place of wrapper and Claude Code
    #[command(hide = true)]
    Child,
    /// In the place of a supervisor
    #[command(hide = true)]
    Runner {
        #[arg(long)]
        gate: PathBuf,
        #[arg(long)]
        pause_ms: u64,
    },
}

#[derive(Clone, Copy, Subcommand)]
enum Subject {
    /// From the wrapper's stdout to a WebSocket
    Latency,
    /// POST /v1/tasks, and from there to the first event
    Post,
    /// The most memory that each process takes
    Memory,
    /// AWS calls and capacity units of a task
    Calls,
    /// Each function as Lambda starts it
    Cold,
    /// Commits that wait for the disk, alone and together
    Durability,
    /// From a killed supervisor, and from a killed server's next start, to the next attempt
    Recovery,
    /// From a cancel to the end, in every state
    Cancel,
}

impl Subject {
    const ALL: [Self; 8] = [
        Self::Latency,
        Self::Post,
        Self::Memory,
        Self::Calls,
        Self::Cold,
        Self::Durability,
        Self::Recovery,
        Self::Cancel,
    ];

    fn steps(self, plan: &Plan) -> u64 {
        match self {
            Self::Latency => 3,
            Self::Post => 5,
            Self::Memory | Self::Durability => 2,
            Self::Calls => 1 + u64::from(plan.slow_posts),
            Self::Cold => 4,
            Self::Recovery => 2,
            Self::Cancel => cancel::STEPS,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // The HTTP client asks for a provider even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let subjects = match arguments.what {
        None => Subject::ALL.to_vec(),
        Some(Command::Subject(subject)) => vec![subject],
        Some(Command::Child) => std::process::exit(child::run()?),
        Some(Command::Runner { gate, pause_ms }) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            return runtime.block_on(runner::run(&gate, Duration::from_millis(pause_ms)));
        }
    };
    let plan = if arguments.quick { Plan::QUICK } else { Plan::FULL };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let host = Host::look(arguments.date);
    let report = runtime.block_on(measure(&subjects, &plan))?;

    let cpus = host.cpus;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{} {} on {cpus} × {}, {}", host.commit, host.profile, host.cpu, host.kernel)?;
    write!(stdout, "{}", report.table())?;
    let full = subjects.len() == Subject::ALL.len() && !arguments.quick;
    let kept = programs::repository_root().join("bench/results.json");
    if let Some(path) = arguments.out.or(full.then_some(kept)) {
        report.write(&path, &host, arguments.quick)?;
        writeln!(stdout, "\nwritten: {}", path.display())?;
    }
    Ok(())
}

async fn measure(subjects: &[Subject], plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut steps = Steps::new(subjects.iter().map(|subject| subject.steps(plan)).sum());
    for subject in subjects {
        match subject {
            Subject::Latency => latency::measure(plan, &mut steps, &mut report).await?,
            Subject::Post => post::measure(plan, &mut steps, &mut report).await?,
            Subject::Memory => memory::measure(plan, &mut steps, &mut report).await?,
            Subject::Calls => calls::measure(plan, &mut steps, &mut report).await?,
            Subject::Cold => cold::measure(plan, &mut steps, &mut report).await?,
            Subject::Durability => durability::measure(plan, &mut steps, &mut report).await?,
            Subject::Recovery => recovery::measure(plan, &mut steps, &mut report).await?,
            Subject::Cancel => cancel::measure(plan, &mut steps, &mut report).await?,
        }
    }
    steps.end();
    Ok(report)
}
