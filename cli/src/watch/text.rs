//! Text of many lines in the width of the terminal. Markdown stays as it is written: it is made to be read so.

use anstyle::Style;
use textwrap::{Options, WordSplitter, core::display_width, wrap};

use crate::output::{clean, line::Line};

/// Wraps prose, indents what continues an item of a list, and leaves code alone. `first` stands before the first line,
/// as much space before the others.
pub(crate) fn paragraphs(text: &str, first: &str, columns: usize, style: Style) -> Vec<Line> {
    let text = clean(text);
    let margin = " ".repeat(display_width(first));
    let columns = columns.saturating_sub(margin.len()).max(20);
    let mut lines = Vec::new();
    let mut in_code = false;
    for source in text.trim_matches('\n').lines() {
        let fence = source.trim_start().starts_with("```");
        in_code ^= fence;
        let start = if lines.is_empty() { first } else { &margin };
        if in_code || fence || source.starts_with("    ") || source.trim_start().starts_with('|') {
            lines.push(line(start, source, style));
            continue;
        }
        let hang = " ".repeat(item_width(source));
        let options = Options::new(columns)
            .subsequent_indent(&hang)
            .word_splitter(WordSplitter::NoHyphenation);
        for (index, piece) in wrap(source, options).iter().enumerate() {
            let start = if index == 0 { start } else { &margin };
            lines.push(line(start, piece.trim_end(), style));
        }
    }
    lines
}

fn line(start: &str, text: &str, style: Style) -> Line {
    if text.is_empty() && start.trim().is_empty() {
        return Line::default();
    }
    Line::styled(style, start).with(style, text)
}

/// The width of what starts an item of a list (`- `, `12. `, `> `), with the space before it.
fn item_width(line: &str) -> usize {
    let body = line.trim_start();
    let indent = line.len() - body.len();
    let mark = body.find(' ').map(|end| &body[..end]).unwrap_or_default();
    let number = mark.strip_suffix(['.', ')']).unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    if matches!(mark, "-" | "*" | "+" | ">") || is_number {
        indent + mark.len() + 1
    } else {
        indent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::line::PLAIN;

    #[test]
    fn prose_is_wrapped_and_code_is_not() {
        let text = "I fixed the login of the front page.\n\n- First the handler, which was wrong for empty names\n  1. and then its test, which nobody had run\n\n```sh\ncargo test --package login --all-targets\n```\n";
        let lines =
            paragraphs(text, "* ", 32, PLAIN).iter().map(ToString::to_string).collect::<Vec<_>>();
        insta::assert_snapshot!(lines.join("\n"), @r"
        * I fixed the login of the front
          page.

          - First the handler, which was
            wrong for empty names
            1. and then its test, which
               nobody had run

          ```sh
          cargo test --package login --all-targets
          ```
        ");
    }

    #[test]
    fn a_line_break_in_disguise_does_not_pass_for_a_line_of_ours() {
        let lines = paragraphs("a\rb\u{2028}c\x0bd", "", 40, PLAIN);
        let lines = lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(lines, ["a␍b", "c␋d"]);
    }
}
