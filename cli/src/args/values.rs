//! Values as people type them: money, durations, points in time, tasks.

use std::{str::FromStr, time::Duration};

use domain::{id::TaskId, reason::Reason};
use jiff::Timestamp;
use reqwest::Url;

const MICROS_PER_USD: u64 = 1_000_000;
/// Fewer digits would match too much to be meant.
const MIN_PREFIX_DIGITS: usize = 6;

/// `1.50` or `$1.50` as micro-dollars. Exact: money never goes through a float.
pub(crate) fn money(text: &str) -> Result<u64, String> {
    let fault = || format!("`{text}` is no amount of dollars, such as `1.50`");
    let (whole, fraction) = match text.strip_prefix('$').unwrap_or(text).split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(fault()),
        None => (text.strip_prefix('$').unwrap_or(text), ""),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(fault());
    }
    if fraction.len() > 6 {
        return Err("money is counted in millionths of a dollar: at most 6 decimals".to_owned());
    }
    let whole: u64 = whole.parse().map_err(|_| fault())?;
    let micros: u64 = format!("{fraction:0<6}").parse().map_err(|_| fault())?;
    whole.checked_mul(MICROS_PER_USD).and_then(|usd| usd.checked_add(micros)).ok_or_else(fault)
}

/// `30m`, `1h 30m` or `90` (seconds) as whole seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let duration = duration(text)?;
    if duration.subsec_nanos() != 0 {
        return Err("must be whole seconds".to_owned());
    }
    Ok(duration.as_secs())
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| format!("`{text}` is no duration, such as `30m`"))
}

/// Before which time a task does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotBefore {
    At(Timestamp),
    In(Duration),
}

impl NotBefore {
    /// The point in time, seen from `now`.
    pub(crate) fn resolve(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::In(duration) => now.checked_add(duration).ok(),
        }
    }
}

impl FromStr for NotBefore {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix('+') {
            return duration(rest).map(Self::In);
        }
        text.parse().map(Self::At).map_err(|_| {
            format!("`{text}` is neither a time such as `2030-01-31T09:00:00Z` nor `+10m`")
        })
    }
}

/// How a task is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskRef {
    Id(TaskId),
    /// The first digits of its id.
    Prefix(String),
    /// The last one created from here.
    Last,
}

impl FromStr for TaskRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "@last" {
            return Ok(Self::Last);
        }
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let digits = text.strip_prefix(TaskId::PREFIX).unwrap_or(text).to_ascii_lowercase();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!("`{text}` is no task: give an id, its first digits, or `@last`"));
        }
        match digits.len() {
            0..MIN_PREFIX_DIGITS => Err(format!("give at least {MIN_PREFIX_DIGITS} digits")),
            MIN_PREFIX_DIGITS..=31 => Ok(Self::Prefix(digits)),
            32 => format!("{}{digits}", TaskId::PREFIX)
                .parse()
                .map(Self::Id)
                .map_err(|err| format!("`{text}` {err}")),
            33.. => Err(format!("`{text}` is longer than an id")),
        }
    }
}

/// An address that requests can go to, without anything that would get lost or leak on the way.
pub(crate) fn service_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|err| format!("`{text}` is no address: {err}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must start with `http://` or `https://` and name a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password; use `errand login`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not contain `?` or `#`".to_owned());
    }
    Ok(url)
}

/// Why a run failed, by its name.
pub(crate) fn reason(text: &str) -> Result<Reason, String> {
    let names = || Reason::ALL.map(|reason| reason.to_string()).join(", ");
    let found = Reason::ALL.into_iter().find(|reason| reason.to_string() == text);
    found.ok_or_else(|| format!("must be one of {}", names()))
}
