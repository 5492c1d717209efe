//! A line for a person, made of styled pieces. Whatever is put in is made harmless first, so that nothing a stranger
//! wrote reaches the terminal as it was.

use std::fmt;

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

use super::clean::clean_line;

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const BLUE: Style = AnsiColor::Blue.on_default();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();

#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pieces: Vec<(Style, String)>,
}

impl Line {
    pub(crate) fn plain(text: &str) -> Self {
        Self::styled(PLAIN, text)
    }

    pub(crate) fn styled(style: Style, text: &str) -> Self {
        Self::default().with(style, text)
    }

    /// The same with more behind it.
    #[must_use]
    pub(crate) fn with(mut self, style: Style, text: &str) -> Self {
        self.put(style, text);
        self
    }

    /// The same with more behind it, unstyled.
    #[must_use]
    pub(crate) fn and(self, text: &str) -> Self {
        self.with(PLAIN, text)
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.put(PLAIN, text)
    }

    pub(crate) fn put(&mut self, style: Style, text: &str) -> &mut Self {
        self.pieces.push((style, clean_line(text)));
        self
    }

    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| display_width(text)).sum()
    }

    /// The same, cut to so many columns, with `…` where something is missing.
    #[must_use]
    pub(crate) fn cut(mut self, columns: usize) -> Self {
        if self.width() <= columns {
            return self;
        }
        let mut left = columns.saturating_sub(1);
        for index in 0..self.pieces.len() {
            let text = &mut self.pieces[index].1;
            let kept = head(text, left).len();
            if kept < text.len() {
                text.truncate(kept);
                text.push('…');
                self.pieces.truncate(index + 1);
                return self;
            }
            left -= display_width(text);
        }
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (style, text) in &self.pieces {
            write!(f, "{style}{text}{style:#}")?;
        }
        Ok(())
    }
}

/// The beginning of a text that fits so many columns, with `…` where something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    format!("{}…", head(text, columns.saturating_sub(1)))
}

fn head(text: &str, columns: usize) -> &str {
    let mut width = 0;
    for (at, c) in text.char_indices() {
        width += display_width(c.encode_utf8(&mut [0; 4]));
        if width > columns {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_whatever_is_put_in() {
        let line = Line::plain("a\nb").with(RED, "\x1b[2J");
        assert_eq!(line.to_string(), "a⏎b\u{1b}[31m␛[2J\u{1b}[0m");
    }

    #[test]
    fn a_cut_line_says_so_and_fits() {
        let line = Line::plain("hello ").with(RED, "wide 世界 world");
        for columns in 1..30 {
            let cut = line.clone().cut(columns);
            assert!(cut.width() <= columns, "{columns}: {cut}");
        }
        let plain = anstream::adapter::strip_str(&line.clone().cut(10).to_string()).to_string();
        assert_eq!(plain, "hello wid…");
        assert_eq!(line.clone().cut(21).to_string(), line.to_string());
    }
}
