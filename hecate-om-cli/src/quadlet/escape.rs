//! How a text stands in a unit: systemd and Podman both read the line, Podman first.

/// A text for people as the value of a setting that systemd only expands, as `Description`: on one line, without
/// commands to a terminal.
pub(super) fn escape(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    // `%` begins a specifier.
    let line = words
        .join(" ")
        .replace(char::is_control, "\u{fffd}")
        .replace('%', "%%");
    if line.ends_with('\\') {
        // The next line would continue this one, for Podman even after `\\`, which systemd reads as two. In a unit that is
        // no template's instance, `%i` is empty.
        line + "%i"
    } else {
        line
    }
}

/// Whether systemd and Podman read a text as it stands, as one word.
pub(super) fn is_word(text: &str) -> bool {
    let odd =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\\' | '$' | '%');
    !text.is_empty() && !text.contains(odd)
}
