//! What the grammar accepts, and the exact words with which it refuses.

mod capability;
mod deprecated;
mod guard;
mod handler;
mod limits;
mod service;

use std::fmt::Write as _;

use super::Errors;

/// Every mistake on a line of its own: the source it points at, then what it says.
fn render(errors: Errors) -> String {
    let mut text = String::new();
    for message in errors.into_iter().flatten() {
        let source = message.span().source_text().unwrap_or_default();
        let said = message.to_string().replace('\n', "\n    ");
        writeln!(text, "{source}\n    {said}").unwrap();
    }
    text
}
