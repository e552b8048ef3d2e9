//! The payload codec, compared with a conversion through `serde_json`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use hecate_om::__private::LocalDispatch;
use hecate_om::JsonSchema;
use hecate_om_benches::{Table, timed};
use macula_rust::cbor::{self, Value};
use serde::de::DeserializeOwned;
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

/// Measures serde to the wire and back, compared with JSON values; a map compared with a list of
/// its pairs; and the cost of a known schema.
pub(crate) fn codec(table: &mut Table) {
    chunks(table);
    maps(table);
    described(table);
}

fn maps(table: &mut Table) {
    let map: BTreeMap<String, u64> = (0..1000).map(|n| (format!("key_{n:05}"), n)).collect();
    let list: Vec<(String, u64)> = map.clone().into_iter().collect();
    let times = |encode: &dyn Fn() -> Option<u64>| {
        timed(|| {
            for _ in 0..10 {
                black_box(encode());
            }
        })
    };
    table
        .row("encode a map of 1,000 (list of its pairs)")
        .times(
            || times(&|| LocalDispatch::encoded_len(black_box(&map))),
            || times(&|| LocalDispatch::encoded_len(black_box(&list))),
        );
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Undescribed {
    name: String,
    on: bool,
    known: Option<bool>,
    n: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Described {
    name: String,
    on: bool,
    known: Option<bool>,
    n: u32,
}

/// A type with flags under `flatten`, where the schema decodes them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Buffered {
    name: String,
    n: u32,
    #[serde(flatten)]
    flags: Flags,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Flags {
    on: bool,
    known: Option<bool>,
}

/// A flattened type without a boolean, which serde still buffers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Numbered {
    name: String,
    n: u32,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Numbers {
    on: u8,
    known: Option<u8>,
}

fn described(table: &mut Table) {
    hecate_om::call::register_schema::<Vec<Described>>();
    hecate_om::call::register_schema::<Vec<Buffered>>();
    hecate_om::call::register_schema::<Vec<Numbered>>();
    let one = Undescribed {
        name: TEXT.into(),
        on: true,
        known: Some(false),
        n: 7,
    };
    let bytes = LocalDispatch::encode(&vec![one; 20]);
    table.row("decode 20 structs (no schema)").brief().times(
        || decodes::<Described>(&bytes),
        || decodes::<Undescribed>(&bytes),
    );
    table
        .row("decode 20, booleans flattened (integers)")
        .brief()
        .times(
            || decodes::<Buffered>(&bytes),
            || decodes::<Numbered>(&bytes),
        );
}

fn decodes<T: DeserializeOwned>(bytes: &[u8]) -> Duration {
    timed(|| {
        for _ in 0..50 {
            let back: Vec<T> = LocalDispatch::decode(black_box(bytes));
            assert_eq!(back.len(), 20);
        }
    })
}

fn chunks(table: &mut Table) {
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
            for _ in 0..10 {
                let bytes = LocalDispatch::encode(black_box(&chunks));
                let back: Vec<Chunk> = LocalDispatch::decode(&bytes);
                assert_eq!(back.len(), 20);
            }
        })
    };
    let through_json = || {
        timed(|| {
            for _ in 0..10 {
                let json = serde_json::to_value(black_box(&chunks)).expect("chunks are JSON");
                let bytes = cbor::encode(&from_json(&json)).expect("JSON is CBOR");
                let value = cbor::decode(&bytes).expect("what was encoded decodes");
                let back: Vec<Chunk> =
                    serde_json::from_value(to_json(value)).expect("chunks again");
                assert_eq!(back.len(), 20);
            }
        })
    };
    table
        .row("codec, 10 × 20 chunks (serde_json)")
        .times(ours, through_json);
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
