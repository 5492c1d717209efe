//! `errand-local`: the cloud on one machine, in the foreground.

use std::{io::Write as _, process::ExitCode};

use local::{Data, Options, Server, Settings};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
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

    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    let _ = writeln!(std::io::stdout(), "ending; a second Ctrl-C ends at once");
    tokio::select! {
        () = server.stop() => Ok(()),
        _ = interrupt.recv() => anyhow::bail!("ended at once"),
    }
}
