//! Durations, and what is told of them.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::report::{Goal, Report};

/// Durations with three digits of precision.
#[derive(Clone, Debug)]
pub(crate) struct Durations(Histogram<u64>);

impl Durations {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new(3)?))
    }

    pub(crate) fn record(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        // It grows by itself; what does not fit then is longer than any test.
        let _ = self.0.record(nanoseconds);
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    pub(crate) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        Ok(self.0.add(&other.0)?)
    }

    pub(crate) fn ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1e6
    }

    /// Rows for these quantiles (1 is the longest), each with its goal in milliseconds, if it has one.
    pub(crate) fn tell(
        &self,
        report: &mut Report,
        subject: &'static str,
        what: &str,
        quantiles: &[(f64, Option<f64>)],
    ) {
        for (quantile, goal) in quantiles {
            let name = match quantile {
                q if *q >= 1.0 => "max".to_owned(),
                q if (*q - 0.5).abs() < f64::EPSILON && self.len() < 100 => "median".to_owned(),
                q => format!("p{}", q * 100.0),
            };
            let (what, value) = (format!("{what}, {name}"), (self.ms(*quantile), "ms"));
            match goal {
                Some(goal) => report.check(subject, what, value, Goal::AtMost(*goal)),
                None => report.note(subject, what, value),
            }
        }
    }
}
