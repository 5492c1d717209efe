//! Numbers for CloudWatch, in its embedded metric format: a line of the log that CloudWatch reads as metrics. No call, no
//! agent, nothing to wait for.
//!
//! Source: "Specification: Embedded metric format", Amazon CloudWatch User Guide.

use std::io::Write as _;

use domain::task::Task;
use serde_json::{Map, Value, json};

/// All metrics are in this namespace, and have the dimension `Stage`.
pub const NAMESPACE: &str = "Errand";

/// What is measured, each in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    TasksAccepted,
    TasksStarted,
    /// By reason: `succeeded`, `canceled`, or why a run failed.
    TasksFinished,
    /// From the moment a task could have started to its runner's first word, in milliseconds.
    StartLatency,
    /// From the moment an event happened to its commit, in milliseconds.
    EventLatency,
    PushFailures,
    /// Tasks that wait for a slot; at most as many as one look takes into account.
    ReadyDepth,
    SlotsUsed,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::TasksAccepted => "TasksAccepted",
            Self::TasksStarted => "TasksStarted",
            Self::TasksFinished => "TasksFinished",
            Self::StartLatency => "StartLatency",
            Self::EventLatency => "EventLatency",
            Self::PushFailures => "PushFailures",
            Self::ReadyDepth => "ReadyDepth",
            Self::SlotsUsed => "SlotsUsed",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::StartLatency | Self::EventLatency => "Milliseconds",
            Self::TasksAccepted
            | Self::TasksStarted
            | Self::TasksFinished
            | Self::PushFailures
            | Self::ReadyDepth
            | Self::SlotsUsed => "Count",
        }
    }
}

/// Where numbers go: nowhere, unless a stage is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    stage: Option<String>,
}

impl Metrics {
    /// Numbers of a stage go to stdout, where CloudWatch Logs finds them.
    #[must_use]
    pub fn to_stdout(stage: &str) -> Self {
        Self { stage: Some(stage.to_owned()) }
    }

    /// Whether anybody listens: what is costly to find out need not be found out for nobody.
    #[must_use]
    pub fn are_wanted(&self) -> bool {
        self.stage.is_some()
    }

    /// Says these numbers.
    pub fn put(&self, numbers: &[(Metric, f64)]) {
        self.say(numbers, None);
    }

    /// Says that a task is over, and why, if it is.
    pub fn task_changed(&self, task: &Task) {
        if task.state.is_terminal() {
            let reason = task.reason.map_or(task.state.to_string(), |reason| reason.to_string());
            self.say(&[(Metric::TasksFinished, 1.0)], Some(&reason));
        }
    }

    fn say(&self, numbers: &[(Metric, f64)], reason: Option<&str>) {
        let Some(stage) = &self.stage else { return };
        let now = crate::clock::now().as_millisecond();
        let mut line = line(stage, numbers, reason, now).to_string();
        line.push('\n');
        // A number that cannot be said is lost; what it counts is not.
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

fn line(stage: &str, numbers: &[(Metric, f64)], reason: Option<&str>, now: i64) -> Value {
    let defined: Vec<_> = numbers
        .iter()
        .map(|(metric, _)| json!({ "Name": metric.name(), "Unit": metric.unit() }))
        .collect();
    // With and without the reason: an alarm on all of them needs no list of reasons.
    let dimensions =
        if reason.is_some() { json!([["Stage"], ["Stage", "Reason"]]) } else { json!([["Stage"]]) };
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now,
            "CloudWatchMetrics": [
                { "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": defined }
            ],
        }),
    );
    line.insert("Stage".to_owned(), stage.into());
    line.extend(reason.map(|reason| ("Reason".to_owned(), reason.into())));
    line.extend(numbers.iter().map(|(metric, value)| (metric.name().to_owned(), (*value).into())));
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_cloudwatch_reads() {
        let numbers = [(Metric::TasksStarted, 1.0), (Metric::StartLatency, 812.0)];
        insta::assert_snapshot!(line("prod", &numbers, None, 1_700_000_000_000), @r#"{"_aws":{"Timestamp":1700000000000,"CloudWatchMetrics":[{"Namespace":"Errand","Dimensions":[["Stage"]],"Metrics":[{"Name":"TasksStarted","Unit":"Count"},{"Name":"StartLatency","Unit":"Milliseconds"}]}]},"Stage":"prod","TasksStarted":1.0,"StartLatency":812.0}"#);
        let finished = [(Metric::TasksFinished, 1.0)];
        insta::assert_snapshot!(line("prod", &finished, Some("timeout"), 1_700_000_000_000), @r#"{"_aws":{"Timestamp":1700000000000,"CloudWatchMetrics":[{"Namespace":"Errand","Dimensions":[["Stage"],["Stage","Reason"]],"Metrics":[{"Name":"TasksFinished","Unit":"Count"}]}]},"Stage":"prod","Reason":"timeout","TasksFinished":1.0}"#);
    }
}
