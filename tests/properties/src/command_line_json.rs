//! JSON of the command line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hecate_om::__private::is_unprintable;
use hecate_om_cli::__private::{decode_json, encode_json, print_json, read_json, restore_booleans};
use serde_json::{Map, Value};

use crate::generators::schemas::Bytes;
use crate::limits::within_limits;

/// Memory for each byte of input: a JSON value has up to 72 bytes for two bytes of text, and is
/// copied into a value of the wire.
const FACTOR: u64 = 512;

/// Checks that JSON which can be sent arrives as the same JSON, that any value of the wire prints
/// as JSON which can be sent, and that the booleans which a schema restores are sent as the numbers
/// that they were.
///
/// The input is JSON or CBOR.
///
/// # Panics
///
/// If a property does not hold.
pub fn command_line_json(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        match within_limits(input.len(), FACTOR, || read_json(text)) {
            Ok(value) => json_arrives(&value),
            Err(reason) => assert!(!reason.trim().is_empty(), "refused for a reason"),
        }
    }
    if let Ok(value) = within_limits(input.len(), FACTOR, || decode_json(input)) {
        wire_is_printed(&value);
        restored_booleans_are_sent(input, value);
    }
}

fn json_arrives(value: &Value) {
    let bytes = match encode_json(value.clone()) {
        Ok(bytes) => bytes,
        Err(reason) => return assert!(!reason.is_empty(), "refused for a reason"),
    };
    let arrived = decode_json(&bytes).expect("what was sent decodes");
    assert_eq!(arrived, on_the_wire(value), "{value}");
}

fn wire_is_printed(value: &Value) {
    let text = print_json(value);
    assert!(
        !text.contains(|c| c != '\n' && is_unprintable(c)),
        "text is printable: {text:?}"
    );
    match read_json(&text) {
        Ok(read) => assert_eq!(read, *value, "{text}"),
        // On the wire, an object with this key may have any value.
        Err(reason) => assert!(reason.contains("`$bytes`"), "{reason}: {text}"),
    }
}

fn restored_booleans_are_sent(input: &[u8], mut value: Value) {
    let schema = Bytes(input).document();
    let Ok(sent) = encode_json(value.clone()) else {
        return;
    };
    within_limits(input.len(), FACTOR, || {
        restore_booleans(&schema, &mut value)
    });
    assert_eq!(encode_json(value), Ok(sent));
}

/// Returns a value as it arrives: booleans are numbers, bytes that are UTF-8 are text, and other
/// bytes are in their shortest base64.
fn on_the_wire(value: &Value) -> Value {
    match value {
        Value::Bool(yes) => Value::from(u8::from(*yes)),
        Value::Array(items) => items.iter().map(on_the_wire).collect(),
        Value::Object(fields) => {
            if let Some(text) = text_of_bytes(fields) {
                return Value::from(text);
            }
            let fields = fields.iter();
            let fields = fields.map(|(name, field)| (name.clone(), on_the_wire(field)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// Returns the text that the bytes in an object are, if they are UTF-8.
fn text_of_bytes(fields: &Map<String, Value>) -> Option<String> {
    let bytes = fields.get("$bytes").filter(|_| fields.len() == 1)?;
    String::from_utf8(STANDARD.decode(bytes.as_str()?).ok()?).ok()
}
