//! Accepted attributes, and the messages for refused ones.

mod capability;
mod deprecated;
mod guard;
mod handler;
mod limits;
mod service;
mod settings;

use std::fmt::Write as _;

use super::Errors;

/// Renders each error: the source that it points at, then its message.
fn render(errors: Errors) -> String {
    let mut text = String::new();
    for message in errors.into_iter().flatten() {
        let source = message.span().source_text().unwrap_or_default();
        let message = message.to_string().replace('\n', "\n    ");
        writeln!(text, "{source}\n    {message}").unwrap();
    }
    text
}
