//! JSON text: parsed with the wire's limits, printed without characters that control a terminal.

use hecate_om::__private::escaped_json;
use serde_json::{Map, Value};

use super::{Json, bytes};

/// Parses JSON to send.
///
/// # Errors
///
/// Fails on invalid JSON, on a duplicate key, and on a value that the wire cannot carry. The error
/// has the position.
pub fn parse(text: &str) -> Result<Value, String> {
    let text = without_mark(text);
    let Json(value) = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            error.to_string()
        } else {
            format!("not JSON: {error}")
        }
    })?;
    // The parser turns an integer that is too large into an inexact float.
    match large_integer(text) {
        Some((number, line, column)) => Err(format!(
            "`{number}` at line {line} column {column} does not fit the wire's signed 64-bit integers; send a string or a \
             float"
        )),
        None => check_bytes(&value).map(|()| value),
    }
}

/// Removes a leading byte order mark.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn check_bytes(value: &Value) -> Result<(), String> {
    let fields = |fields: &Map<String, Value>| fields.values().try_for_each(check_bytes);
    match value {
        Value::Array(items) => items.iter().try_for_each(check_bytes),
        Value::Object(object) => match bytes(object) {
            Some(decoded) => decoded.map(|_| ()),
            None => fields(object),
        },
        _ => Ok(()),
    }
}

/// Returns the first integer that does not fit in an `i64`, with its line and column.
fn large_integer(text: &str) -> Option<(&str, usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let is_part =
                    |byte: &&u8| matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let length = bytes[at..].iter().take_while(is_part).count();
                let number = &text[at..at + length];
                let is_integer = !number.contains(['.', 'e', 'E']);
                if is_integer && number.parse::<i64>().is_err() {
                    let before = &text[..at];
                    let line = before.matches('\n').count() + 1;
                    let column = before
                        .rsplit('\n')
                        .next()
                        .unwrap_or_default()
                        .chars()
                        .count()
                        + 1;
                    return Some((number, line, column));
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    None
}

/// Formats a value as pretty-printed JSON.
pub fn pretty(value: &Value) -> String {
    // Serializing a JSON value cannot fail.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    escaped_json(&text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_integer_beyond_the_wire_is_an_error_with_its_position() {
        for text in [
            "9223372036854775807",
            "-9223372036854775808",
            "1e30",
            "\"18446744073709551616\"",
            "[1.5e300]",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for (text, position) in [
            ("9223372036854775808", "line 1 column 1"),
            (
                "{\"a\": \"\\\"99\",\n \"b\": [18446744073709551616]}",
                "line 2 column 8",
            ),
            ("[-9223372036854775809]", "line 1 column 2"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.contains(position) && error.contains("64-bit"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_key_that_occurs_twice_is_an_error_with_its_name() {
        for text in [
            "{\"a\": 1, \"a\": 2}",
            "[{\"b\": {\"a\": 1,\n\"\\u0061\": 1}}]",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with("the key `a` occurs twice"), "{error}");
            assert!(error.contains(" at line "), "{error}");
        }
        let value = json!({"a": [null, true, -1, 1.5, "b"], "b": {"a": u32::MAX}});
        assert_eq!(parse(&value.to_string()), Ok(value));
    }

    #[test]
    fn a_byte_order_mark_is_ignored() {
        assert_eq!(parse("\u{feff}{\"a\": 1}"), Ok(json!({"a": 1})));
        assert!(parse("\u{feff}\u{feff}1").is_err());
    }

    #[test]
    fn invalid_json_is_an_error_with_its_position() {
        assert!(parse("{\"a\": tru}").unwrap_err().contains("line 1 column"));
        assert!(
            parse("[{\"$bytes\": \"!\"}]")
                .unwrap_err()
                .contains("`$bytes`")
        );
    }
}
