//! Characters that control a terminal, or that hide or reorder text. Peers choose many of the texts
//! that a log or a command prints.

/// Returns whether a character controls a terminal, or hides or reorders text: control characters,
/// line and paragraph separators, annotations, and the characters that Unicode calls default
/// ignorable (marks of text direction, joiners, fillers, variation selectors, tags).
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Escapes the unprintable characters of JSON, except line breaks. They can occur only in its
/// strings, so the value stays the same.
#[must_use]
pub fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_unprintable(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Escapes the unprintable characters of text, except tabs, as in Rust: `\n`, `\u{202e}`.
pub(crate) fn escaped_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\t' && is_unprintable(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn characters_that_hide_or_reorder_text_are_unprintable() {
        for c in "\n\r\t\0\u{1b}\u{7f}\u{9b}\u{85}\u{ad}\u{200d}\u{202e}\u{2066}\u{2028}\u{feff}\u{fe0f}\u{3164}\u{e0041}"
            .chars()
        {
            assert!(is_unprintable(c), "{c:?}");
        }
        for c in " aé\u{a0}א字🙂\u{301}".chars() {
            assert!(!is_unprintable(c), "{c:?}");
        }
    }

    #[test]
    fn escaped_json_is_the_same_json() {
        let value = json!({"a\u{9b}": "\u{202e}\u{7f}\u{1b}", "b": "é\u{e0001}"});
        for text in [value.to_string(), format!("{value:#}")] {
            let escaped = escaped_json(&text);
            let left = escaped.contains(|c: char| c != '\n' && is_unprintable(c));
            assert!(!left, "{escaped}");
            assert_eq!(escaped.parse::<Value>().unwrap(), value);
        }
    }

    #[test]
    fn escaped_text_is_one_printable_line() {
        assert_eq!(
            escaped_text("a\tb\nc\u{1b}[2J\u{202e}é"),
            "a\tb\\nc\\u{1b}[2J\\u{202e}é"
        );
    }
}
