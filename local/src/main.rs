//! `errand-local`: the cloud on one machine, in the foreground.

use std::{io::Write as _, process::ExitCode};

use local::{Data, Options, Server, Settings};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
errand-local: the cloud of Errand on one machine, in the foreground

It takes no arguments. Settings are environment variables, or the same names in errand.toml of the working directory
(`port = 4100` for ERRAND_PORT=4100); the environment wins:

  ERRAND_PORT                      4100; 0 takes any free port
  ERRAND_HOST                      127.0.0.1
  ERRAND_DATA                      .errand
  ERRAND_ADMIN_EMAIL               admin@localhost
  ERRAND_ADMIN_PASSWORD            made and printed once if it is not set
  ERRAND_MAX_RUNNING               4 runs at once
  ERRAND_USER_MAX_RUNNING          as many of one user
  ERRAND_USER_MAX_QUEUED           1000 tasks of one user that may wait
  ANTHROPIC_API_KEY                without it the demo model answers
  ANTHROPIC_BASE_URL               another address of the model
  ERRAND_ALLOW_LOCAL_REPOSITORIES  false; file:/// repositories too
  ERRAND_SUPERVISOR                `supervisor` beside this program
  ERRAND_WRAPPER                   [\"…/.venv/bin/python\", \"-P\", \"-m\", \"errand_wrapper\"]
  ERRAND_DASHBOARD                 dashboard/dist above this program or the working directory
  ERRAND_LOG                       info; a filter as in RUST_LOG
";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if let Some(argument) = arguments.next() {
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let (written, code) = match argument.to_str() {
            Some("-h" | "--help") => (out.write_all(USAGE.as_bytes()), 0),
            Some("-V" | "--version") => {
                (writeln!(out, "errand-local {}", env!("CARGO_PKG_VERSION")), 0)
            }
            _ => (writeln!(err, "errand-local takes no arguments; see errand-local --help"), 2),
        };
        return if written.is_ok() { ExitCode::from(code) } else { ExitCode::FAILURE };
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "errand-local: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run() -> anyhow::Result<()> {
    // Our environment may hold the model key, and agents may run as the same user: nobody reads it, nor our memory.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let settings = Settings::read()?;
    let data = Data::open(&settings.data)?;
    local::init_logs(data.open_log()?, &settings.log);
    // Listened for before anything is started that would have to be ended.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;

    let options = Options { adopt: true, ..Options::default() };
    let server = Server::start_on(data, settings.clone(), options).await?;
    // Whoever started us may not read this, or may have gone.
    let _ = writeln!(std::io::stdout(), "{}", local::banner(&server, &settings));
    let _ = writeln!(std::io::stdout(), "ready at {}", server.url());

    let broken = tokio::select! {
        _ = interrupt.recv() => false,
        _ = terminate.recv() => false,
        _ = hangup.recv() => false,
        () = server.broken() => true,
    };
    let _ = writeln!(std::io::stdout(), "ending; a second Ctrl-C ends at once");
    tokio::select! {
        () = server.stop() => {}
        _ = interrupt.recv() => anyhow::bail!("ended at once"),
    }
    anyhow::ensure!(!broken, "the disk did not take what was to be kept; start again when it does");
    Ok(())
}
