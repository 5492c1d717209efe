//! Making text of strangers harmless to a terminal.
//!
//! The agent's output, and with it titles, paths and errors, is written by somebody who may be turned against the
//! reader: escape sequences that clear the screen or fill the clipboard, a carriage return that overprints a line, marks
//! that show text in another order than it is run in. Colour codes are dropped, since every build tool writes them;
//! whatever else would steer the terminal is shown as a symbol instead.

/// Text of many lines: keeps line feeds, expands tabs, neutralises the rest.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = colour_code(rest) {
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' => out.push('\n'),
            '\r' if rest.starts_with('\n') => {}
            '\t' => out.push_str("    "),
            // Line and paragraph separator: a new line for some terminals, nothing for others.
            '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if is_unsafe(c) => out.push(symbol(c)),
            c => out.push(c),
        }
    }
    out
}

/// Text for one line: the same, and line feeds become a symbol.
pub(crate) fn clean_line(text: &str) -> String {
    clean(text.trim_end_matches(['\r', '\n'])).replace('\n', "⏎")
}

/// Whether a character steers a terminal or hides what is there.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// What stands in the place of an unsafe character: the control's own picture, where there is one.
fn symbol(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// The length of the colour code (`ESC [ 1 ; 31 m`) that `text` starts with.
fn colour_code(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
    parameters[end..].starts_with('m').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        for (hostile, shown) in [
            ("\x1b[2J\x1b[Hgone", "␛[2J␛[Hgone"),
            ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
            (
                "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
                "␛]8;;https://evil.example␛\\click␛]8;;␛\\",
            ),
            ("rm -rf /\rls", "rm -rf /␍ls"),
            ("a\u{9b}31mb", "a\u{fffd}31mb"),
            ("if admin\u{202e}}\u{2066} // ok", "if admin\u{fffd}}\u{fffd} // ok"),
            ("a\x08b\x7f", "a␈b␡"),
            ("\x1b[31;1mred\x1b[0m", "red"),
            ("\x1b[3\x1b[1m1mred", "␛[31mred"),
            ("one\r\ntwo\tthree", "one\ntwo    three"),
            ("\x1b[", "␛["),
            ("Grüße, 世界 👩‍👩‍👧", "Grüße, 世界 👩‍👩‍👧"),
        ] {
            assert_eq!(clean(hostile), shown, "{hostile:?}");
        }
        assert_eq!(clean_line("a\nb\n"), "a⏎b");
    }

    proptest! {
        #[test]
        fn nothing_that_steers_a_terminal_gets_through(text in any::<String>(), codes in "[\x00-\x1f\u{7f}-\u{9f}\\[\\]0-9;mJH]{0,40}") {
            for hostile in [format!("{text}{codes}"), format!("{codes}{text}")] {
                prop_assert!(!clean(&hostile).chars().any(|c| c != '\n' && is_unsafe(c)));
                prop_assert!(!clean_line(&hostile).chars().any(is_unsafe));
            }
        }
    }
}
