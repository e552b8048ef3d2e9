//! Escapes texts in a unit, which Podman reads first and then systemd.

/// Escapes a text for `Description`: on one line, without control characters, with `%` escaped.
pub(super) fn escape(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    // `%` starts a specifier.
    let line = words
        .join(" ")
        .replace(char::is_control, "\u{fffd}")
        .replace('%', "%%");
    if line.ends_with('\\') {
        // A `\` at the end would continue the line, for Podman even if escaped. `%i` is empty,
        // because the unit is not a template's instance.
        line + "%i"
    } else {
        line
    }
}

/// Returns whether systemd and Podman read a text unchanged, as one word.
pub(super) fn is_word(text: &str) -> bool {
    let odd =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\' | '$' | '%');
    !text.is_empty() && !text.contains(odd)
}
