//! What is printed: one JSON document for a program, or lines for a person. The answer goes to stdout, everything else
//! to stderr.

mod clean;
pub(crate) mod human;
mod json;
pub(crate) mod line;
pub(crate) mod table;

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use self::line::Line;

pub(crate) use self::{clean::clean, json::to_json};

/// Text is easier to read in lines that are not much longer than this.
const MAX_COLUMNS: usize = 110;

/// How the answer is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Output {
    /// Prints the answer as JSON where that is wanted; else calls `person` for the lines.
    pub(crate) fn answer<T: Serialize>(
        self,
        document: &T,
        person: impl FnOnce() -> Vec<Line>,
    ) -> io::Result<()> {
        if self.json { print_json(document) } else { print(&person()) }
    }

    /// Says something beside the answer.
    pub(crate) fn note(self, line: &Line) {
        if !self.quiet {
            // A note that nobody can read is no reason to fail.
            let _ = writeln!(anstream::stderr().lock(), "{line}");
        }
    }

    /// Whether moving lines and bars are wanted and can be seen.
    pub(crate) fn is_lively(self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }
}

/// Prints lines to stdout at once.
pub(crate) fn print(lines: &[Line]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// Prints one JSON document on one line.
pub(crate) fn print_json<T: Serialize>(document: &T) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", to_json(document)?)?;
    out.flush()
}

/// How many columns a line of text may take.
pub(crate) fn columns() -> usize {
    textwrap::termwidth().clamp(20, MAX_COLUMNS)
}

pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}
