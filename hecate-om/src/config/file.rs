//! The configuration file, which is an environment file with the rules of `dotenvy`.
//!
//! Three rules differ from `dotenvy`:
//!
//! - `dotenvy` replaces an unset variable by an empty text; here the text `${NAME}` stays, so that
//!   the parser of the value can refuse it.
//! - A value with spaces needs no quotes.
//! - A line that starts with `;` is a comment, as in systemd, in Podman and in earlier versions of
//!   this crate.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::rc::Rc;

/// An assignment, or a line that does not parse.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileEntry {
    /// Number of the assignment's last line, or of the line that does not parse, starting at 1.
    pub(super) line: usize,
    /// The variable and its value; `None` if the line does not parse.
    pub(super) assignment: Option<(String, String)>,
}

/// Placeholder for a `$` that does not start the name of a variable, which `dotenvy` would drop.
/// The placeholder is a Unicode noncharacter, so it does not occur in any text.
const DOLLAR: char = '\u{fdd0}';

/// Maximum size of a value after its variables are replaced, in bytes.
const MAX_VALUE_BYTES: usize = 16 * 1024;

/// Maximum number of references to variables in a file. With [`MAX_VALUE_BYTES`], this bounds the
/// memory that values take, which could otherwise double with each line that names a variable of
/// the previous line twice.
const MAX_REFERENCES: usize = 256;

/// Parses the text of a configuration file.
///
/// # Errors
///
/// If the file has more than 256 references to variables, or a value of more than 16 KiB.
pub(super) fn entries(text: &str) -> io::Result<Vec<FileEntry>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (text, variables) = marked(text)?;
    let unset = variables
        .iter()
        .filter(|name| std::env::var(name).is_err())
        .map(|name| format!("{name}='${{{name}}}'\n"));
    let before: Vec<String> = unset.collect();
    let read_lines = Rc::new(Cell::new(0));
    let lines = Lines {
        text: format!("{}{text}\n", before.concat()),
        at: 0,
        count: Rc::clone(&read_lines),
    };
    let read = dotenvy::from_read_iter(lines).map(|outcome| {
        if let Ok((name, value)) = &outcome
            && value.len() > MAX_VALUE_BYTES
        {
            return Err(io::Error::other(format!(
                "the value of {name} has more than {MAX_VALUE_BYTES} bytes"
            )));
        }
        let (over, assignment) = match outcome {
            Ok((name, value)) => (0, Some((name, value.replace(DOLLAR, "$")))),
            // If a quote is not closed, the entry extends to the end of the file.
            Err(dotenvy::Error::LineParse(text, _)) => {
                let text = text.strip_suffix('\n').unwrap_or(&text);
                (text.matches('\n').count(), None)
            }
            Err(_) => (0, None),
        };
        Ok(FileEntry {
            line: read_lines.get().saturating_sub(before.len() + over),
            assignment,
        })
    });
    read.skip(before.len()).collect()
}

/// Rewrites the text for the rules that differ from `dotenvy`, and returns it with the names of the
/// variables that it may refer to.
fn marked(text: &str) -> io::Result<(String, BTreeSet<String>)> {
    let mut marked = String::with_capacity(text.len());
    let mut variables = BTreeSet::new();
    let mut references = 0;
    for line in text.lines() {
        let line = if line.trim_start().starts_with(';') {
            String::new()
        } else {
            quoted(line)
        };
        let mut rest = &*line;
        while let Some((before, after)) = rest.split_once('$') {
            marked.push_str(before);
            let escaped = before.len() - before.trim_end_matches('\\').len();
            match name(after) {
                Some(name) => {
                    marked.push('$');
                    variables.insert(name.to_owned());
                    references += 1;
                }
                None if escaped % 2 == 1 => marked.push('$'),
                None => marked.push(DOLLAR),
            }
            rest = after;
        }
        marked.push_str(rest);
        marked.push('\n');
    }
    if references > MAX_REFERENCES {
        return Err(io::Error::other(format!(
            "it has more than {MAX_REFERENCES} references to variables, such as `${{NAME}}`"
        )));
    }
    Ok((marked, variables))
}

/// Returns the line with quotes around the value, if the value has spaces but no character that is
/// special to `dotenvy`.
fn quoted(line: &str) -> String {
    let unchanged = || line.to_owned();
    let Some((name, value)) = line.split_once('=') else {
        return unchanged();
    };
    let value = value.trim();
    let comment = value.match_indices('#').map(|(at, _)| at);
    let mut comment = comment.filter(|at| value[..*at].ends_with([' ', '\t']) || *at == 0);
    let value = value[..comment.next().unwrap_or(value.len())].trim_end();
    if value.contains(['"', '\'', '\\']) || !value.contains([' ', '\t']) {
        unchanged()
    } else {
        format!("{name}=\"{value}\"")
    }
}

/// Returns the variable name after a `$`, delimited as in `dotenvy`; `None` if there is no name.
fn name(after: &str) -> Option<&str> {
    let name = match after.strip_prefix('{') {
        Some(inside) => {
            let end = inside.find(|c| !is_name_part(c))?;
            inside[end..].starts_with('}').then_some(&inside[..end])?
        }
        None => {
            let end = after.find(|c: char| !c.is_alphanumeric());
            &after[..end.unwrap_or(after.len())]
        }
    };
    is_name(name).then_some(name)
}

/// Returns whether `text` is a variable name.
pub(super) fn is_name(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(first) && text.chars().all(is_name_part)
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
}

/// Reader that returns one line at a time and counts lines, because `dotenvy` does not report line
/// numbers.
struct Lines {
    text: String,
    at: usize,
    count: Rc<Cell<usize>>,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.text.as_bytes()[self.at..];
        let line = rest.split_inclusive(|byte| *byte == b'\n').next();
        let line = line.unwrap_or_default();
        let length = line.len().min(buffer.len());
        buffer[..length].copy_from_slice(&line[..length]);
        self.at += length;
        if line[..length].ends_with(b"\n") {
            self.count.set(self.count.get() + 1);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the assignments with their line numbers, and `line: !` for a line that does not
    /// parse.
    fn read(text: &str) -> Vec<String> {
        let shown = |entry: FileEntry| match entry.assignment {
            Some((name, value)) => format!("{}: {name}={value}", entry.line),
            None => format!("{}: !", entry.line),
        };
        let entries = entries(text).expect("the file is within the limits");
        entries.into_iter().map(shown).collect()
    }

    #[test]
    fn quotes_comments_export_and_a_byte_order_mark_are_read_as_dotenvy_does() {
        let text = "\u{feff}A=\"x y\"\r\n# one\n; two\n\nexport B='$Z \"' # three\nC = d#e\nD=\nE=\"two\nlines\"\nF=f ";
        assert_eq!(
            read(text),
            [
                "1: A=x y",
                "5: B=$Z \"",
                "6: C=d#e",
                "7: D=",
                "9: E=two\nlines",
                "10: F=f"
            ]
        );
    }

    #[test]
    fn each_line_that_does_not_parse_is_reported_by_number() {
        assert_eq!(
            read("A=1\nno\nB=\"x\"  y\nC=1\nD=\"open\nE=1\n"),
            ["1: A=1", "2: !", "3: !", "4: C=1", "5: !"]
        );
    }

    #[test]
    fn a_value_with_spaces_needs_no_quotes() {
        assert_eq!(
            read("A=box 1\nB = x ${A}  y # z\nC= # none\n# D=e f\nE=a#b c\n"),
            ["1: A=box 1", "2: B=x box 1  y", "3: C=", "5: E=a#b c"]
        );
    }

    #[test]
    fn a_variable_of_the_file_is_expanded_and_one_that_is_not_set_stays() {
        let text = "A=a\nB=${A}-${HECATE_NO_SUCH}\nC=$A.$NOSUCH\nD=\"${A:-x}\"\nE=5$\nF='$5'\nG=\\$5\nH=\"\\${A}\"";
        assert_eq!(
            read(text)[1..],
            [
                "2: B=a-${HECATE_NO_SUCH}",
                "3: C=a.${NOSUCH}",
                "4: D=${A:-x}",
                "5: E=5$",
                "6: F=$5",
                "7: G=$5",
                "8: H=${A}"
            ]
        );
    }

    #[test]
    fn values_that_double_with_each_line_are_refused() {
        let mut text = "A0=0123456789abcdef\n".to_owned();
        for n in 1..100 {
            let before = n - 1;
            text += &format!("A{n}=${{A{before}}}${{A{before}}}\n");
        }
        let error = entries(&text).unwrap_err().to_string();
        assert!(error.starts_with("the value of A11 has more"), "{error}");
    }

    #[test]
    fn a_file_has_a_limited_number_of_references() {
        let text = |count| format!("A=a\nB={}\n", "${A}".repeat(count));
        assert_eq!(read(&text(MAX_REFERENCES)).len(), 2);
        let error = entries(&text(MAX_REFERENCES + 1)).unwrap_err().to_string();
        assert!(
            error.starts_with("it has more than 256 references"),
            "{error}"
        );
    }
}
