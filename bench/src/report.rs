//! What was measured, beside what was to be held; as a table and as JSON.

use std::{fmt::Write as _, path::Path};

use serde::Serialize;
use serde_json::Value;

use crate::host::Host;

/// A bound that DESIGN.md §8 sets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    pub subject: &'static str,
    pub what: String,
    pub value: f64,
    pub unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

/// Something that could not be measured here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Skipped {
    pub subject: &'static str,
    pub what: String,
    pub why: String,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub rows: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// AWS calls and units by operation.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub details: serde_json::Map<String, Value>,
}

impl Report {
    /// A number that nothing was promised about.
    pub(crate) fn note(
        &mut self,
        subject: &'static str,
        what: impl Into<String>,
        (value, unit): (f64, &'static str),
    ) {
        let what = what.into();
        self.rows.push(Row { subject, what, value, unit, goal: None, met: None });
    }

    /// A number with a goal.
    pub(crate) fn check(
        &mut self,
        subject: &'static str,
        what: impl Into<String>,
        (value, unit): (f64, &'static str),
        goal: Goal,
    ) {
        let met = Some(goal.is_met(value));
        let what = what.into();
        self.rows.push(Row { subject, what, value, unit, goal: Some(goal), met });
    }

    pub(crate) fn skip(&mut self, subject: &'static str, what: &str, why: &anyhow::Error) {
        let (what, why) = (what.to_owned(), format!("{why:#}"));
        self.skipped.push(Skipped { subject, what, why });
    }

    /// For a person. Rows of one subject stand together.
    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        let width = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
        let mut subject = "";
        for row in &self.rows {
            if row.subject != subject {
                subject = row.subject;
                let _ = writeln!(
                    table,
                    "\n{subject:<width$}  {:>12} {:<8} {:>8}",
                    "measured", "", "goal"
                );
            }
            let goal = row.goal.map_or(String::new(), |goal| match goal {
                Goal::AtMost(bound) => format!("≤ {}", figure(bound)),
                Goal::AtLeast(bound) => format!("≥ {}", figure(bound)),
            });
            let verdict = row.met.map_or("", |met| if met { "met" } else { "MISSED" });
            let line = format!(
                "{:<width$}  {:>12} {:<8} {goal:>8}  {verdict}",
                row.what,
                figure(row.value),
                row.unit
            );
            let _ = writeln!(table, "{}", line.trim_end());
        }
        for Skipped { subject, what, why } in &self.skipped {
            let _ = writeln!(table, "\nskipped: {subject}, {what}: {why}");
        }
        table
    }

    /// For a program.
    pub(crate) fn write(&self, path: &Path, host: &Host, quick: bool) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct File<'a> {
            host: &'a Host,
            quick: bool,
            #[serde(flatten)]
            report: &'a Report,
        }
        let text = serde_json::to_string_pretty(&File { host, quick, report: self })?;
        Ok(std::fs::write(path, text + "\n")?)
    }
}

/// Three digits that mean something.
fn figure(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 100.0 || value.fract() == 0.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_is_missed_says_so() {
        let mut report = Report::default();
        report.check("latency", "p99 at 50 tasks", (10.25, "ms"), Goal::AtMost(10.0));
        report.check("POST /v1/tasks", "throughput", (312.7, "tasks/s"), Goal::AtLeast(1.0));
        report.note("POST /v1/tasks", "p50", (3.0, "ms"));
        report.skip("memory", "Claude Code", &anyhow::anyhow!("it is not here"));
        insta::assert_snapshot!(report.table(), @r"

        latency              measured              goal
        p99 at 50 tasks          10.2 ms           ≤ 10  MISSED

        POST /v1/tasks       measured              goal
        throughput                313 tasks/s       ≥ 1  met
        p50                         3 ms

        skipped: memory, Claude Code: it is not here
        ");
    }
}
