//! The `_dht.*` procedures, with their versioned arguments and replies (wire 1.0 §6).

use bytes::Bytes;
use macula_rust::cbor::Value;

use super::Dht;
use crate::provider_error::ProviderError;

/// Version of all arguments and replies.
const VERSION: i128 = 1;

/// Error code for arguments that do not match the procedure's form exactly.
const MALFORMED_ARGS: &str = "malformed_args";

/// Arguments of a `_dht.*` call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Arguments<'a> {
    Put { record: &'a [u8] },
    Find { key: [u8; 32] },
    FindAll { key: [u8; 32] },
    FindByType { record_type: u8 },
}

/// Answers a call of a procedure in the zero realm.
pub(crate) fn answer(dht: &Dht, procedure: &str, payload: &Value) -> Result<Value, ProviderError> {
    Ok(match read(procedure, payload)? {
        Arguments::Put { record } => match dht.put(record) {
            Ok(()) => reply("ok", None),
            Err(refusal) => {
                tracing::debug!(?refusal, "record refused");
                reply("refused", Some(("reason", Value::text(refusal.name()))))
            }
        },
        Arguments::Find { key } => match dht.find(&key) {
            Some(record) => reply("record", Some(("record", bytes(&record)))),
            None => reply("not_found", None),
        },
        Arguments::FindAll { key } => records(&dht.find_all(&key)),
        Arguments::FindByType { record_type } => records(&dht.find_by_type(record_type)),
    })
}

fn read<'a>(procedure: &str, payload: &'a Value) -> Result<Arguments<'a>, ProviderError> {
    let malformed = || ProviderError::new(MALFORMED_ARGS);
    let read = match procedure {
        "_dht.put_record" => argument(payload, "record").and_then(|record| match record {
            Value::Bytes(record) => Some(Arguments::Put { record }),
            _ => None,
        }),
        "_dht.find_record" => key(payload).map(|key| Arguments::Find { key }),
        "_dht.find_records" => key(payload).map(|key| Arguments::FindAll { key }),
        "_dht.find_records_by_type" => argument(payload, "type").and_then(|t| match t {
            Value::Int(t) => u8::try_from(*t)
                .ok()
                .map(|record_type| Arguments::FindByType { record_type }),
            _ => None,
        }),
        _ => return Err(ProviderError::new("unknown_next_peer")),
    };
    read.ok_or_else(malformed)
}

/// Returns the field `name` if the arguments are exactly `{v: 1, name}`.
fn argument<'a>(payload: &'a Value, name: &str) -> Option<&'a Value> {
    match payload {
        Value::Map(pairs) if pairs.len() == 2 && payload.get("v") == Some(&Value::Int(VERSION)) => {
            payload.get(name)
        }
        _ => None,
    }
}

fn key(payload: &Value) -> Option<[u8; 32]> {
    match argument(payload, "key")? {
        Value::Bytes(key) => key.as_slice().try_into().ok(),
        _ => None,
    }
}

fn reply(result: &str, field: Option<(&str, Value)>) -> Value {
    let mut pairs = vec![
        (Value::text("v"), Value::Int(VERSION)),
        (Value::text("result"), Value::text(result)),
    ];
    pairs.extend(field.map(|(name, value)| (Value::text(name), value)));
    Value::Map(pairs)
}

fn records(records: &[Bytes]) -> Value {
    let list = Value::List(records.iter().map(bytes).collect());
    reply("records", Some(("records", list)))
}

fn bytes(bytes: &Bytes) -> Value {
    Value::Bytes(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(pairs: &[(&str, Value)]) -> Value {
        Value::Map(
            pairs
                .iter()
                .map(|(name, value)| (Value::text(*name), value.clone()))
                .collect(),
        )
    }

    fn check(procedure: &str, args: &Value) -> Result<(), &'static str> {
        read(procedure, args).map(drop).map_err(|error| error.code)
    }

    #[test]
    fn arguments_of_version_1_are_read() {
        let v = || ("v", Value::Int(1));
        let key = || ("key", Value::Bytes(vec![7; 32]));
        let accepted = [
            (
                "_dht.put_record",
                args(&[v(), ("record", Value::Bytes(vec![1]))]),
            ),
            ("_dht.find_record", args(&[v(), key()])),
            ("_dht.find_records", args(&[v(), key()])),
            (
                "_dht.find_records_by_type",
                args(&[v(), ("type", Value::Int(0))]),
            ),
            (
                "_dht.find_records_by_type",
                args(&[v(), ("type", Value::Int(255))]),
            ),
        ];
        for (procedure, args) in accepted {
            assert_eq!(check(procedure, &args), Ok(()), "{procedure} {args:?}");
        }
    }

    #[test]
    fn arguments_of_any_other_form_are_malformed() {
        let v = |n| ("v", Value::Int(n));
        let record = || ("record", Value::Bytes(vec![1]));
        let int_key = Value::Map(vec![
            (Value::text("v"), Value::Int(1)),
            (Value::Int(1), Value::Bytes(vec![7; 32])),
        ]);
        let refused = [
            ("_dht.put_record", args(&[v(2), record()])),
            ("_dht.put_record", args(&[record()])),
            ("_dht.put_record", args(&[v(1)])),
            (
                "_dht.put_record",
                args(&[v(1), record(), ("more", Value::Null)]),
            ),
            (
                "_dht.put_record",
                args(&[v(1), ("record", Value::text("r"))]),
            ),
            (
                "_dht.find_record",
                args(&[v(1), ("key", Value::Bytes(vec![7; 31]))]),
            ),
            (
                "_dht.find_record",
                args(&[v(1), ("key", Value::text("k".repeat(32)))]),
            ),
            ("_dht.find_record", int_key),
            (
                "_dht.find_records_by_type",
                args(&[v(1), ("type", Value::Int(256))]),
            ),
            (
                "_dht.find_records_by_type",
                args(&[v(1), ("type", Value::Int(-1))]),
            ),
            ("_dht.find_records", Value::Null),
        ];
        for (procedure, args) in refused {
            let outcome = check(procedure, &args);
            assert_eq!(outcome, Err("malformed_args"), "{procedure} {args:?}");
        }
    }

    #[test]
    fn an_unknown_procedure_is_an_unknown_next_peer() {
        let outcome = check("_dht.drop_everything", &Value::Null);
        assert_eq!(outcome, Err("unknown_next_peer"));
    }
}
