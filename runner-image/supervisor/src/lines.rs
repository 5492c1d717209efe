//! Lines of a pipe whose writer is not trusted: of any length, in any encoding, perhaps without an end.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// What is kept of a line that is too long.
const KEPT_OF_A_LONG_LINE: usize = 4 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Whole(Vec<u8>),
    /// It was longer than the limit: its beginning, and how long it was.
    TooLong {
        head: Vec<u8>,
        bytes: u64,
    },
    /// The pipe ended in the middle of it.
    Half(Vec<u8>),
}

pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    limit: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader: BufReader::with_capacity(64 * 1024, reader), limit }
    }

    /// The next line without its newline; nothing at the end.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let mut bytes: u64 = 0;
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                return Ok((bytes > 0).then(|| self.line(line, bytes, Line::Half)));
            }
            let newline = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..newline.unwrap_or(chunk.len())];
            bytes += part.len() as u64;
            if bytes <= self.limit as u64 {
                line.extend_from_slice(part);
            } else if line.len() > KEPT_OF_A_LONG_LINE {
                line.truncate(KEPT_OF_A_LONG_LINE);
                line.shrink_to_fit();
            }
            let consumed = part.len() + usize::from(newline.is_some());
            self.reader.consume(consumed);
            if newline.is_some() {
                return Ok(Some(self.line(line, bytes, Line::Whole)));
            }
        }
    }

    fn line(&self, mut line: Vec<u8>, bytes: u64, fits: fn(Vec<u8>) -> Line) -> Line {
        if bytes <= self.limit as u64 {
            return fits(line);
        }
        line.truncate(KEPT_OF_A_LONG_LINE);
        Line::TooLong { head: line, bytes }
    }
}

/// As text that is safe to show: invalid UTF-8 replaced, control characters escaped, and not too long.
pub(crate) fn shown(line: &[u8], limit: usize) -> String {
    let text = String::from_utf8_lossy(line);
    let mut shown = String::with_capacity(text.len().min(limit));
    for c in crate::cut::text(&text, limit).chars() {
        match c {
            '\t' | '\n' => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(input: &[u8], limit: usize) -> Vec<Line> {
        let mut lines = Lines::new(input, limit);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            all.push(line);
        }
        all
    }

    #[tokio::test]
    async fn a_half_line_is_told_from_a_whole_one() {
        let seen = lines(b"one\n\ntwo", 10).await;
        assert_eq!(
            seen,
            [Line::Whole(b"one".into()), Line::Whole(vec![]), Line::Half(b"two".into())]
        );
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() {
        let input = [vec![b'x'; 200_000], b"\nnext\n".to_vec()].concat();
        let seen = lines(&input, 100_000).await;
        let [Line::TooLong { head, bytes: 200_000 }, next] = &seen[..] else { panic!("{seen:?}") };
        assert!(head.len() <= KEPT_OF_A_LONG_LINE);
        assert_eq!(*next, Line::Whole(b"next".into()));
    }

    #[tokio::test]
    async fn a_line_of_exactly_the_limit_is_whole() {
        assert_eq!(lines(b"12345\n", 5).await, [Line::Whole(b"12345".into())]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        insta::assert_snapshot!(shown(b"a\x1b[2Jb\0c\xff\td", 100), @r#"a\u{1b}[2Jb\u{0}c�	d"#);
    }
}
