//! How far the benchmark is, for whoever waits for it.

use std::{io::Write as _, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// The steps of a benchmark.
pub(crate) struct Steps {
    bar: ProgressBar,
    begun: u64,
}

impl Steps {
    pub(crate) fn new(steps: u64) -> Self {
        let bar = ProgressBar::new(steps);
        let template = "{spinner} [{bar:24}] {pos}/{len} {elapsed}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, begun: 0 }
    }

    /// Another one begins.
    pub(crate) fn begin(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.bar.set_position(self.begun);
        self.begun += 1;
        if self.bar.is_hidden() {
            // No terminal, but perhaps a log that somebody reads.
            let _ = writeln!(
                std::io::stderr(),
                "{}/{} {what}",
                self.begun,
                self.bar.length().unwrap_or(0)
            );
        }
        self.bar.set_message(what);
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
