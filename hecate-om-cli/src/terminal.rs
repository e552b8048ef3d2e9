//! Text for a terminal: much of what is shown was written by other services.

/// The text without commands to a terminal.
pub(crate) fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        c if is_unprintable(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Whether a character commands a terminal, or hides or reorders text: control characters, marks of direction, of
/// joined words and of tags, and separators of lines and paragraphs.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The most characters of a cell that others stand beside; more than any name has.
const MAX_CELL: usize = 256;

/// A cell on one line, of a width that can be shown, whatever a service says of itself.
fn cell(text: &str, is_last: bool) -> String {
    let cell = match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) if !is_last => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    };
    cell.replace(is_unprintable, "\u{fffd}")
}

/// Rows in columns, each as wide as its widest cell; one line for each row.
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
    fn what_a_service_says_of_itself_cannot_break_the_table() {
        let row = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        // Past 65,535 a width is more than the formatter takes.
        let long = "9".repeat(70_000);
        let shown = table(&[row(["a", &long]), row([&long, "b\nc\u{1b}[2J"])]);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], format!("a{}  {long}", " ".repeat(MAX_CELL)));
        let clipped = "9".repeat(MAX_CELL);
        assert_eq!(lines[1], format!("{clipped}…  b\u{fffd}c\u{fffd}[2J"));
    }

    #[test]
    fn what_is_shown_commands_no_terminal() {
        assert_eq!(
            printable("a\u{1b}[31m\r\n\tb\u{9b}\u{202e}"),
            "a\u{fffd}[31m\u{fffd}\n\tb\u{fffd}\u{fffd}"
        );
    }
}
