//! Logs: JSON lines, readable alone and by field.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Starts logging to stdout as CloudWatch takes it. The current span is the invocation: its request id is on every line.
/// `filter` is in the syntax of `RUST_LOG`.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call keeps the first log: a test may start two functions in one process.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().json().flatten_event(true).with_current_span(true).with_target(false))
        .try_init();
}
