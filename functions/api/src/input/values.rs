//! Readers of single values: the type here, the meaning in [`domain::limits`].

use domain::limits::{self, Fault};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A text that `parse` understands.
pub(crate) fn text<T>(
    parse: impl Fn(&str) -> Result<T, Fault>,
) -> impl Fn(&Value) -> Result<T, Fault> {
    move |value| parse(value.as_str().ok_or("must be text")?)
}

pub(crate) fn boolean(value: &Value) -> Result<bool, Fault> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// A whole number within inclusive bounds.
pub(crate) fn number<T: TryFrom<u64>>(bounds: (u64, u64)) -> impl Fn(&Value) -> Result<T, Fault> {
    move |value| {
        if !value.is_number() {
            return Err("must be a whole number".to_owned());
        }
        // A whole number that is negative or beyond 64 bits is a number out of range; a fraction is none.
        match (value.as_u64(), value.as_i64(), value.as_f64()) {
            (Some(number), _, _) => bounded(number, bounds),
            (None, Some(_), _) => Err(out_of(bounds)),
            (None, None, Some(huge)) if huge.abs() >= 1e18 => Err(out_of(bounds)),
            (None, None, _) => Err("must be a whole number".to_owned()),
        }
    }
}

/// The same in a query: digits.
pub(crate) fn whole<T: TryFrom<u64>>(bounds: (u64, u64)) -> impl Fn(&str) -> Result<T, Fault> {
    move |text| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err("must be a whole number".to_owned());
        }
        text.parse().map_err(|_| out_of(bounds)).and_then(|number| bounded(number, bounds))
    }
}

/// A moment, to the millisecond.
pub(crate) fn time(text: &str) -> Result<Timestamp, Fault> {
    let wrong = || "must be a time such as `2030-01-31T12:00:00Z`".to_owned();
    let time: Timestamp = text.parse().map_err(|_| wrong())?;
    Timestamp::from_millisecond(time.as_millisecond()).map_err(|_| wrong())
}

/// One of a few words, as `T` spells them.
pub(crate) fn word<T: DeserializeOwned>(
    words: &'static [&'static str],
) -> impl Fn(&str) -> Result<T, Fault> {
    move |text| {
        serde_json::from_value(text.into())
            .map_err(|_| format!("must be one of `{}`", words.join("`, `")))
    }
}

/// A line of text for people.
pub(crate) fn line(max_chars: usize) -> impl Fn(&str) -> Result<String, Fault> {
    move |text| {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > max_chars {
            return Err(format!("must be 1 to {max_chars} characters long"));
        }
        if text.chars().any(char::is_control) {
            return Err("must not contain control characters".to_owned());
        }
        Ok(text.to_owned())
    }
}

fn bounded<T: TryFrom<u64>>(number: u64, bounds: (u64, u64)) -> Result<T, Fault> {
    limits::within(number, bounds)?.try_into().map_err(|_| out_of(bounds))
}

fn out_of((min, max): (u64, u64)) -> Fault {
    format!("must be between {min} and {max}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_whole_and_within_its_bounds() {
        let read = number::<u32>((1, 10));
        assert_eq!(read(&json!(10)), Ok(10));
        for (value, fault) in [
            (json!(0), "must be between 1 and 10"),
            (json!(11), "must be between 1 and 10"),
            (json!(-1), "must be between 1 and 10"),
            (json!(u64::MAX), "must be between 1 and 10"),
            (json!(1e300), "must be between 1 and 10"),
            (json!(1.5), "must be a whole number"),
            (json!("1"), "must be a whole number"),
            (json!(true), "must be a whole number"),
            (json!([1]), "must be a whole number"),
        ] {
            assert_eq!(read(&value), Err(fault.to_owned()), "{value}");
        }
    }

    #[test]
    fn a_number_in_a_query_is_digits() {
        let read = whole::<u64>((1, 10));
        assert_eq!(read("7"), Ok(7));
        for (text, fault) in [
            ("0", "must be between 1 and 10"),
            ("-3", "must be between 1 and 10"),
            ("99999999999999999999999", "must be between 1 and 10"),
            ("", "must be a whole number"),
            ("+7", "must be a whole number"),
            ("7.0", "must be a whole number"),
            ("1e1", "must be a whole number"),
            ("0x7", "must be a whole number"),
            (" 7", "must be a whole number"),
        ] {
            assert_eq!(read(text), Err(fault.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_time_has_an_offset_and_milliseconds() {
        assert_eq!(
            time("2030-01-31T12:00:00.123456+01:00").unwrap().to_string(),
            "2030-01-31T11:00:00.123Z"
        );
        for text in [
            "",
            "tomorrow",
            "2030-01-31",
            "2030-01-31T12:00:00",
            "1893456000",
            "2030-13-31T12:00:00Z",
        ] {
            assert!(time(text).is_err(), "{text:?}");
        }
    }
}
