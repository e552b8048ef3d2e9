//! What is said, for people or for programs, from one place.

use std::io::{self, Write};
use std::process::ExitCode;

use hecate_om::CallError;
use serde::Serialize;
use serde_json::{Value, json};

/// The exit code of a refusal or failure.
const FAILED: u8 = 1;
/// The exit code of a malformed invocation.
pub(crate) const MALFORMED: u8 = 2;

/// Where and how to say it.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
}

/// Why a command was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    message: String,
    retryable: bool,
    exit: u8,
}

impl Failure {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            retryable: false,
            exit: FAILED,
        }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self {
            exit: MALFORMED,
            ..Self::new("invalid_argument", message)
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self {
            retryable: error.retryable(),
            exit: match error {
                CallError::BadProcedure(_) => MALFORMED,
                _ => FAILED,
            },
            ..Self::new(error.code(), error.to_string())
        }
    }
}

impl From<hecate_om::ClientError> for Failure {
    fn from(error: hecate_om::ClientError) -> Self {
        Self::new("no_mesh", error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new("failed", error.to_string())
    }
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Says the result: as its envelope, or as the text for people.
    pub(crate) fn done<T: Serialize>(
        &self,
        result: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let said = match self.json {
            true => json!({"ok": true, "result": result}).to_string(),
            false => printable(&text()),
        };
        write_line(&mut io::stdout().lock(), &said)
    }

    /// Says why it was not done, and with what the process ends.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        let outcome = match self.json {
            true => {
                let envelope = json!({"ok": false, "error": {
                    "code": failure.code,
                    "message": failure.message,
                    "retryable": failure.retryable,
                }});
                write_line(&mut io::stdout().lock(), &envelope.to_string())
            }
            false => write_line(
                &mut io::stderr().lock(),
                &printable(&format!("error: {}", failure.message)),
            ),
        };
        // Where neither stream takes it, the exit code is what is left.
        let _ = outcome;
        ExitCode::from(failure.exit)
    }
}

fn write_line(to: &mut impl Write, text: &str) -> Result<(), Failure> {
    match writeln!(to, "{}", text.trim_end_matches('\n')) {
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::from),
    }
}

/// A text with no command to the terminal in it: much of what is shown was written by other services.
fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// The most characters of a cell that others stand beside; more than any name has.
const MAX_CELL: usize = 256;

/// A cell on one line, of a width that can be shown, whatever a service says of itself.
fn cell(text: &str, is_last: bool) -> String {
    let cell = match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) if !is_last => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    };
    cell.replace(char::is_control, "\u{fffd}")
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

/// A value as people read it: pretty-printed JSON.
pub(crate) fn pretty(value: &Value) -> String {
    // A JSON value is always writable as JSON.
    serde_json::to_string_pretty(value).unwrap_or_default()
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
            printable("a\u{1b}[31m\r\n\tb\u{9b}"),
            "a\u{fffd}[31m\u{fffd}\n\tb\u{fffd}"
        );
    }
}
