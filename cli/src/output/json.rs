//! JSON that may be shown on a terminal: what would steer it is written as an escape. For a parser nothing changes.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::clean::is_unsafe;

/// One document on one line.
pub(crate) fn to_json<T: Serialize>(document: &T) -> serde_json::Result<String> {
    let mut out = Vec::new();
    document.serialize(&mut Serializer::with_formatter(&mut out, Escaping(CompactFormatter)))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

struct Escaping(CompactFormatter);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_unsafe(*c)) {
            self.0.write_string_fragment(writer, &fragment[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        self.0.write_string_fragment(writer, &fragment[plain..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        let text = "\x1b[2J \u{9b}2J \u{202e} \u{e0041} é";
        assert_eq!(to_json(&text).unwrap(), r#""\u001b[2J \u009b2J \u202e \udb40\udc41 é""#);
    }

    proptest! {
        #[test]
        fn a_parser_reads_what_was_meant(text in any::<String>()) {
            let json = to_json(&text).unwrap();
            prop_assert!(!json.chars().any(is_unsafe));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
