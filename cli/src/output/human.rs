//! Numbers as people read them.

use std::time::Duration;

use domain::task::State;
use jiff::Timestamp;

use super::line::{BLUE, CYAN, DIM, GREEN, PLAIN, RED, YELLOW};

/// `$1.50`; small amounts keep the digits that say something.
pub(crate) fn money(micros: u64) -> String {
    let (usd, rest) = (micros / 1_000_000, micros % 1_000_000);
    if usd > 0 || rest % 10_000 == 0 {
        // To the nearest cent.
        let cents = micros.saturating_add(5_000) / 10_000;
        return format!("${}.{:02}", cents / 100, cents % 100);
    }
    if micros < 100 {
        return format!("$0.{rest:06}");
    }
    let ten_thousandths = (rest + 50) / 100;
    format!("${}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}

/// `789 ms`, `4.2 s`, `3 m 07 s`, `2 h 05 m`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=59 => format!("{seconds}.{} s", duration.subsec_millis() / 100),
        60..=3_599 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3_600, seconds / 60 % 60),
    }
}

/// How long ago something was: `12s`, `5m`, `3h`, `8d`.
pub(crate) fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    match seconds {
        ..=0 => "now".to_owned(),
        1..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m", seconds / 60),
        3_600..=86_399 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `812`, `12.3k`, `4.5M`.
pub(crate) fn count(number: u64) -> String {
    let scaled = |unit: u64| format!("{}.{}", number / unit, number % unit * 10 / unit);
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{}k", scaled(1_000)),
        _ => format!("{}M", scaled(1_000_000)),
    }
}

/// `812 B`, `12.3 KiB`, `4.5 MiB`.
pub(crate) fn bytes(number: u64) -> String {
    indicatif::BinaryBytes(number).to_string()
}

/// `1 line`, `2 lines`.
pub(crate) fn plural(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A state's colour.
pub(crate) fn state_style(state: State) -> anstyle::Style {
    match state {
        State::Scheduled => DIM,
        State::Queued => PLAIN,
        State::Starting => BLUE,
        State::Running => CYAN,
        State::Waiting | State::Canceled => YELLOW,
        State::Succeeded => GREEN,
        State::Failed => RED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_keeps_the_digits_that_say_something() {
        let shown = [0, 1, 99, 100, 12_345, 10_000, 999_999, 1_500_000, 1_234_567, 10_000_000_000];
        insta::assert_snapshot!(shown.map(money).join(" "), @"$0.00 $0.000001 $0.000099 $0.0001 $0.0123 $0.01 $1.0000 $1.50 $1.23 $10000.00");
    }

    #[test]
    fn a_duration_has_two_units_at_most() {
        let shown = [0, 789, 1_000, 4_290, 59_999, 60_000, 187_000, 3_600_000, 7_500_000];
        insta::assert_snapshot!(shown.map(|ms| duration(Duration::from_millis(ms))).join(", "), @"0 ms, 789 ms, 1.0 s, 4.2 s, 59.9 s, 1 m 00 s, 3 m 07 s, 1 h 00 m, 2 h 05 m");
    }

    #[test]
    fn an_age_has_one_unit() {
        let now: Timestamp = "2030-01-10T00:00:00Z".parse().unwrap();
        let shown = [-5, 0, 12, 300, 10_800, 700_000]
            .map(|seconds| age(now - jiff::SignedDuration::from_secs(seconds), now));
        insta::assert_snapshot!(shown.join(" "), @"now now 12s 5m 3h 8d");
    }

    #[test]
    fn counts_are_short() {
        insta::assert_snapshot!([0, 999, 1_000, 12_345, 4_560_000].map(count).join(" "), @"0 999 1.0k 12.3k 4.5M");
    }
}
