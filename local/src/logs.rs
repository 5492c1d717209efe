//! The log of the server: JSON lines in a file for later, warnings on stderr for whoever watches.

use std::{fs::File, io::IsTerminal as _, sync::Mutex};

use tracing_subscriber::{
    EnvFilter, Layer as _, filter::LevelFilter, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Libraries that log whole requests, signatures and all.
const QUIET: [&str; 4] = ["s3s=warn", "s3s_fs=warn", "rustack_auth=warn", "rustack_sqs_core=warn"];

/// Starts logging. `filter` is in the syntax of `RUST_LOG`.
pub fn init(file: File, filter: &str) {
    let filter = QUIET.iter().fold(
        EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info")),
        |filter, quiet| match quiet.parse() {
            Ok(directive) => filter.add_directive(directive),
            Err(_) => filter,
        },
    );
    let json = fmt::layer().json().flatten_event(true).with_current_span(false);
    let stderr = std::io::stderr;
    let colors = stderr().is_terminal();
    let people = fmt::layer().compact().with_target(false).with_ansi(colors).with_writer(stderr);
    // A second call keeps the first log: a test may start two servers.
    let _ = tracing_subscriber::registry()
        .with(json.with_writer(Mutex::new(file)).with_filter(filter))
        .with(people.with_filter(LevelFilter::WARN))
        .try_init();
}
