//! A table whose columns line up, on any terminal: the last column gives way where it gets tight.

use super::line::{BOLD, Line};

const GAP: &str = "  ";

pub(crate) struct Table {
    columns: usize,
    rows: Vec<Vec<Line>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let row = head.iter().map(|title| Line::styled(BOLD, title)).collect();
        Self { columns: head.len(), rows: vec![row] }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [Line; N]) {
        debug_assert_eq!(N, self.columns, "a row has as many cells as the head");
        self.rows.push(cells.into());
    }

    /// The lines, none wider than `width` where that is given.
    pub(crate) fn lines(self, width: Option<usize>) -> Vec<Line> {
        let widest = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(Line::width).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.columns).map(widest).collect();
        let whole = |row: Vec<Line>| {
            let mut line = Line::default();
            let last = row.len().saturating_sub(1);
            for (column, cell) in row.into_iter().enumerate() {
                let padding = widths[column].saturating_sub(cell.width());
                line.append(cell);
                if column < last {
                    line.push(&" ".repeat(padding)).push(GAP);
                }
            }
            match width {
                Some(width) => line.cut(width),
                None => line,
            }
        };
        self.rows.into_iter().map(whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_one_gives_way() {
        let mut table = Table::new(&["ID", "STATE", "TITLE"]);
        table.row(["1", "queued", "Fix the login of the front page"].map(Line::plain));
        table.row(["22", "up", "世界\x1b[2J"].map(Line::plain));
        let lines = table.lines(Some(30)).iter().map(ToString::to_string).collect::<Vec<_>>();
        let text = anstream::adapter::strip_str(&lines.join("\n")).to_string();
        insta::assert_snapshot!(text, @r"
        ID  STATE   TITLE
        1   queued  Fix the login of …
        22  up      世界␛[2J
        ");
    }
}
