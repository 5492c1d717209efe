//! What happened, line by line: the last lines for a reader, all of them in one number.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hasher as _},
};

/// What a reader gets to see of a seed that failed.
const KEPT: usize = 400;

#[derive(Debug, Default)]
pub(crate) struct Trace {
    lines: VecDeque<String>,
    hasher: DefaultHasher,
    whole: bool,
}

impl Trace {
    /// `whole`: everything is printed at once.
    pub(crate) fn new(whole: bool) -> Self {
        Self { whole, ..Self::default() }
    }

    #[expect(clippy::print_stdout, reason = "it was asked for")]
    pub(crate) fn line(&mut self, line: String) {
        self.hasher.write(line.as_bytes());
        if self.whole {
            println!("{line}");
        }
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The same for two tellings of a story only if they are the same.
    pub(crate) fn hash(&self) -> u64 {
        self.hasher.finish()
    }

    pub(crate) fn last(&self, lines: usize) -> Vec<String> {
        self.lines.iter().skip(self.lines.len().saturating_sub(lines)).cloned().collect()
    }
}
