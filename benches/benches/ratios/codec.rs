//! The codec, against a route through `serde_json`.

use std::hint::black_box;

use hecate_om::__private::LocalDispatch;
use hecate_om_benches::{compare, timed};
use macula_rust::cbor::{self, Value};
use serde::{Deserialize, Serialize};

use crate::TEXT;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Chunk {
    id: String,
    source: String,
    text: String,
    score: f64,
    tags: Vec<String>,
    page: Option<u32>,
}

/// Serde to the wire and back, against the same through JSON values.
pub(crate) fn codec() {
    let chunks: Vec<Chunk> = (0..20_u32)
        .map(|n| Chunk {
            id: format!("{n:032x}"),
            source: "guide/operations.md".into(),
            text: TEXT.repeat(8),
            score: 1.0 / f64::from(n + 1),
            tags: vec!["drain".into(), "operations".into()],
            page: Some(n),
        })
        .collect();
    let ours = || {
        timed(|| {
            for _ in 0..200 {
                let bytes = LocalDispatch::encode(black_box(&chunks));
                let back: Vec<Chunk> = LocalDispatch::decode(&bytes);
                assert_eq!(back.len(), 20);
            }
        })
    };
    let through_json = || {
        timed(|| {
            for _ in 0..200 {
                let json = serde_json::to_value(black_box(&chunks)).expect("chunks are JSON");
                let bytes = cbor::encode(&from_json(&json)).expect("JSON is CBOR");
                let value = cbor::decode(&bytes).expect("what was encoded decodes");
                let back: Vec<Chunk> =
                    serde_json::from_value(to_json(value)).expect("chunks again");
                assert_eq!(back.len(), 20);
            }
        })
    };
    compare(
        "codec, 200 × 20 chunks (vs serde_json)",
        15,
        ours,
        through_json,
    );
}

fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Int((*flag).into()),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(n) => Value::Int(n.into()),
            None => Value::Float(n.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(from_json).collect()),
        serde_json::Value::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| (Value::Text(key.clone()), from_json(value)))
                .collect(),
        ),
    }
}

fn to_json(value: Value) -> serde_json::Value {
    match value {
        Value::Int(n) => i64::try_from(n).map_or(serde_json::Value::Null, Into::into),
        Value::Float(x) => x.into(),
        Value::Text(text) => text.into(),
        Value::List(items) => items.into_iter().map(to_json).collect(),
        Value::Map(pairs) => pairs
            .into_iter()
            .filter_map(|(key, value)| match key {
                Value::Text(key) => Some((key, to_json(value))),
                _ => None,
            })
            .collect(),
        Value::Null | Value::Bytes(_) => serde_json::Value::Null,
    }
}
