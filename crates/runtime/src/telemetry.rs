//! Logs: JSON lines, readable alone and by field.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Starts logging to stdout as CloudWatch takes it. The current span is the invocation: its request id is on every line.
/// `filter` is a level, or levels by target: `info,store=debug`. (More would need a library of regular expressions in
/// each function.)
pub fn init(filter: &str) {
    let usual = || Targets::new().with_default(LevelFilter::INFO);
    let filter: Targets = filter.parse().unwrap_or_else(|_| usual());
    // A second call keeps the first log: a test may start two functions in one process.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().json().flatten_event(true).with_current_span(true).with_target(false))
        .try_init();
}
