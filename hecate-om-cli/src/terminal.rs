//! Text for a terminal. Much of it comes from other services and is not trusted.

use hecate_om::__private::is_unprintable;

/// Replaces characters that control a terminal.
pub(crate) fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        c if is_unprintable(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Replaces the same characters and line breaks: a name cannot look like another line.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(is_unprintable, "\u{fffd}")
}

/// Maximum number of characters in a cell, except in the last column.
const MAX_CELL: usize = 256;

/// Formats a cell on one line, cut to the maximum width.
fn cell(text: &str, is_last: bool) -> String {
    let cell = match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) if !is_last => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    };
    one_line(&cell)
}

/// Formats rows as lines with aligned columns.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let shown = |row: &Vec<String>| -> Vec<String> {
        let cells = row.iter().enumerate();
        cells
            .map(|(c, text)| cell(text, c + 1 == row.len()))
            .collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|c| {
            let beside = rows.iter().filter(|row| c + 1 < row.len());
            let cells = beside.filter_map(|row| row.get(c));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_service_cannot_break_the_table() {
        let row = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        // The formatter accepts widths up to 65,535.
        let long = "9".repeat(70_000);
        let shown = table(&[row(["a", &long]), row([&long, "b\nc\u{1b}[2J"])]);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], format!("a{}  {long}", " ".repeat(MAX_CELL)));
        let clipped = "9".repeat(MAX_CELL);
        assert_eq!(lines[1], format!("{clipped}…  b\u{fffd}c\u{fffd}[2J"));
    }

    #[test]
    fn printable_text_does_not_control_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[31m\r\n\tb\u{9b}\u{202e}"),
            "a\u{fffd}[31m\u{fffd}\n\tb\u{fffd}\u{fffd}"
        );
    }
}
