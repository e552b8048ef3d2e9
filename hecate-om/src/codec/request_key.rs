//! The key of a request, by which its repeats are recognized.
//!
//! A request that is a map has the key as one more entry, `$key`. Any other request is the entry
//! `$value` of a map with both.

use macula_rust::cbor::Value;

use super::{CodecError, Payload};

/// Entry with the key.
const KEY: &str = "$key";
/// Entry with a request that is not a map.
const VALUE: &str = "$value";
/// Maximum length of a key in bytes.
const MAX_LENGTH: usize = 255;

/// Checks a key: 1 to 255 bytes of text without control characters.
fn check_key(key: &str) -> Result<(), CodecError> {
    if (1..=MAX_LENGTH).contains(&key.len()) && !key.chars().any(char::is_control) {
        return Ok(());
    }
    Err(CodecError::new(format!(
        "a key has {} bytes, or control characters; use 1 to {MAX_LENGTH} bytes of text without them",
        key.len()
    )))
}

/// Refuses a request with the entry `$key`, which would be taken for its key.
pub(crate) fn without_key(payload: Payload) -> Result<Payload, CodecError> {
    if entry(&payload.0, KEY).is_none() {
        return Ok(payload);
    }
    Err(CodecError::new(
        "the entry `$key` is reserved for the key of a request; rename it, or call with `.key(…)`",
    ))
}

/// Adds a key to a request.
pub(crate) fn with_key(payload: Payload, key: &str) -> Result<Payload, CodecError> {
    check_key(key)?;
    let key = (Value::text(KEY), Value::text(key));
    Ok(Payload(Value::Map(match payload.0 {
        Value::Map(mut entries) if find(&entries, VALUE).is_none() => {
            entries.push(key);
            entries
        }
        other => vec![key, (Value::text(VALUE), other)],
    })))
}

/// Removes the key from a request, and returns it; `None` if it has none.
pub(crate) fn take_key(payload: &mut Payload) -> Result<Option<String>, CodecError> {
    let Value::Map(entries) = &mut payload.0 else {
        return Ok(None);
    };
    let Some(at) = find(entries, KEY) else {
        return Ok(None);
    };
    let (_, key) = entries.swap_remove(at);
    if find(entries, KEY).is_some() {
        return Err(CodecError::new("the request has two keys; send one"));
    }
    // An Erlang binary arrives as bytes.
    let key = match key {
        Value::Text(text) => Some(text),
        Value::Bytes(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    };
    let key = key.ok_or_else(|| CodecError::new("the key is not text; send text in UTF-8"))?;
    check_key(&key)?;
    if let [(name, value)] = entries.as_mut_slice()
        && is_named(name, VALUE)
    {
        payload.0 = std::mem::replace(value, Value::Null);
    }
    Ok(Some(key))
}

fn entry<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(entries) = value else {
        return None;
    };
    find(entries, name).map(|at| &entries[at].1)
}

fn find(entries: &[(Value, Value)], name: &str) -> Option<usize> {
    entries.iter().position(|(key, _)| is_named(key, name))
}

fn is_named(key: &Value, name: &str) -> bool {
    match key {
        Value::Text(text) => text == name,
        Value::Bytes(bytes) => bytes == name.as_bytes(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::encode;

    #[test]
    fn a_request_of_any_form_is_unchanged_by_its_key() {
        let maps = [
            r#"{}"#,
            r#"{"order": 7}"#,
            r#"{"$value": 7}"#,
            r#"{"$value": 7, "a": 1}"#,
        ];
        for request in maps.into_iter().chain(["null", "7", "\"a\"", "[1]"]) {
            let request: serde_json::Value = request.parse().unwrap();
            let request = encode(&request).unwrap();
            let mut sent = with_key(request.clone(), "order-7").unwrap();
            let taken = take_key(&mut sent).unwrap();
            assert_eq!((taken.as_deref(), sent), (Some("order-7"), request));
        }
    }

    #[test]
    fn a_request_without_a_key_is_unchanged() {
        let mut request = encode(&[("a", 1)]).unwrap();
        let before = request.clone();
        assert_eq!(take_key(&mut request).unwrap(), None);
        assert_eq!(request, before);
    }

    #[test]
    fn a_key_and_its_name_may_be_bytes() {
        let key = (Value::Bytes(b"$key".to_vec()), Value::Bytes("grüße".into()));
        let mut request = Payload(Value::Map(vec![key.clone()]));
        assert_eq!(take_key(&mut request).unwrap().unwrap(), "grüße");
        let twice = (Value::text("$key"), Value::text("a"));
        let mut twice = Payload(Value::Map(vec![key, twice]));
        assert!(take_key(&mut twice).is_err());
    }

    #[test]
    fn a_key_is_text_of_1_to_255_bytes_without_control_characters() {
        for key in ["a", "ü", &"a".repeat(255)] {
            check_key(key).unwrap();
        }
        for key in ["", "a\nb", "\u{7f}", &"a".repeat(256)] {
            check_key(key).unwrap_err();
        }
        for key in [Value::Int(7), Value::Null, Value::Bytes(vec![0xff])] {
            let mut request = Payload(Value::Map(vec![(Value::text("$key"), key)]));
            assert!(take_key(&mut request).is_err());
        }
    }

    #[test]
    fn a_request_cannot_set_the_key_unnoticed() {
        let request = encode(&std::collections::BTreeMap::from([("$key", "a")])).unwrap();
        let error = without_key(request).unwrap_err().to_string();
        assert!(error.contains("reserved"), "{error}");
    }
}
