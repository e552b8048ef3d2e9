use std::collections::BTreeMap;

use macula_rust::cbor::{self, Value};
use serde::{Deserialize, Serialize};

use super::*;

/// Encodes and decodes a value with the wire's real encoder and decoder.
fn over_the_wire<T: Serialize, U: DeserializeOwned>(value: &T) -> Result<U, CodecError> {
    let bytes = cbor::encode(&encode(value)?.0).unwrap();
    decode(Payload(cbor::decode(&bytes).unwrap()))
}

#[track_caller]
fn round_trips<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(value: &T) {
    assert_eq!(over_the_wire::<T, T>(value).unwrap(), *value);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    text: String,
    flag: bool,
    small: i8,
    large: i64,
    unsigned: u64,
    float: f64,
    none: Option<String>,
    some: Option<u8>,
    unit: (),
    list: Vec<Option<bool>>,
    tuple: (u8, String),
    bytes: Vec<u8>,
    map: BTreeMap<String, i32>,
    ids: BTreeMap<i64, bool>,
    nested: Option<Box<Self>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Newtype(bool),
    Tuple(u8, String),
    Struct { x: i64, y: Option<bool> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    A { text: String },
    B,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

fn everything() -> Everything {
    Everything {
        text: "grüße".into(),
        flag: true,
        small: -128,
        large: i64::MIN,
        unsigned: i64::MAX as u64,
        float: -0.5,
        none: None,
        some: Some(7),
        unit: (),
        list: vec![None, Some(true), Some(false)],
        tuple: (1, "two".into()),
        bytes: vec![0, 255],
        map: BTreeMap::from([("a".into(), 1), ("b".into(), -1)]),
        ids: BTreeMap::from([(-3, true), (3, false)]),
        nested: None,
    }
}

#[test]
fn every_form_of_serde_round_trips() {
    round_trips(&Everything {
        nested: Some(Box::new(everything())),
        ..everything()
    });
    round_trips(&vec![
        Shape::Unit,
        Shape::Newtype(true),
        Shape::Tuple(1, "b".into()),
        Shape::Struct { x: -1, y: None },
    ]);
    round_trips(&vec![Tagged::A { text: "x".into() }, Tagged::B]);
    round_trips(&'ß');
    round_trips(&());
    round_trips(&Marker);
    round_trips(&1.5_f32);
}

#[test]
fn booleans_are_sent_as_zero_and_one() {
    assert_eq!(
        encode(&[true, false]).unwrap().0,
        Value::List(vec![Value::Int(1), Value::Int(0)])
    );
    let error = decode::<bool>(Payload(Value::Int(2))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the integer 2, where a boolean is expected: 0 or 1, as the wire has no booleans"
    );
}

#[test]
fn text_is_read_from_text_or_bytes_in_values_keys_and_variants() {
    let bytes = |s: &str| Value::Bytes(s.as_bytes().to_vec());
    assert_eq!(decode::<String>(Payload(bytes("hello"))).unwrap(), "hello");
    assert_eq!(
        decode::<Shape>(Payload(bytes("Unit"))).unwrap(),
        Shape::Unit
    );
    assert_eq!(
        decode::<serde_json::Value>(Payload(Value::List(vec![bytes("erlang")]))).unwrap(),
        serde_json::json!(["erlang"])
    );
    let tagged = Value::Map(vec![
        (Value::text("kind"), bytes("A")),
        (Value::text("text"), bytes("x")),
    ]);
    assert_eq!(
        decode::<Tagged>(Payload(tagged)).unwrap(),
        Tagged::A { text: "x".into() }
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_reported_with_their_position() {
    #[derive(Debug, Deserialize)]
    struct Ask {
        #[serde(rename = "queries")]
        _queries: Vec<String>,
    }
    let payload = Value::Map(vec![(
        Value::text("queries"),
        Value::List(vec![Value::text("fine"), Value::Bytes(vec![b'a', 0xff])]),
    )]);
    assert_eq!(
        decode::<Ask>(Payload(payload)).unwrap_err().to_string(),
        "bytes that are not UTF-8 (from byte 1 on), where text is expected at $.queries[1]"
    );
}

#[test]
fn integers_outside_the_wires_range_are_refused() {
    for value in [i128::from(u64::MAX), i128::from(i64::MIN) - 1, i128::MAX] {
        let error = encode(&BTreeMap::from([("n", value)])).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the integer {value} is outside the wire's -2^63 to 2^63-1; send it as text at $.n"
            )
        );
    }
    assert!(encode(&u128::MAX).is_err());
    assert!(encode(&(i64::MAX as u64)).is_ok());
}

#[test]
fn floats_that_are_not_finite_are_refused() {
    for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(encode(&x).unwrap_err().to_string().contains("not finite"));
    }
}

#[test]
fn a_float_beyond_32_bits_is_refused_where_32_are_expected() {
    let error = decode::<Vec<f32>>(encode(&[1.5, -1e300]).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the float -1e300 is outside the range of 32 bits at $[1]"
    );
    let largest = encode(&f32::MAX).unwrap();
    assert_eq!(decode::<f32>(largest).unwrap(), f32::MAX);
}

#[test]
fn map_keys_are_text_or_integers() {
    let error = encode(&BTreeMap::from([(vec![1_u8], 1)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a map's key must be text or an integer on the wire"
    );
}

#[test]
fn keys_of_a_map_are_in_the_order_of_their_encodings() {
    struct Mixed;
    impl Serialize for Mixed {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeMap;
            let mut map = serializer.serialize_map(None)?;
            for text in ["b", "aa", "", "a", &"x".repeat(300)] {
                map.serialize_entry(text, &1)?;
            }
            for n in [-1_i64, 256, i64::MIN, 0, -300, i64::MAX, 23, 24] {
                map.serialize_entry(&n, &1)?;
            }
            map.serialize_entry(&u64::MAX, &1)?;
            map.end()
        }
    }
    let payload = encode(&Mixed).unwrap();
    let bytes = cbor::encode(&payload.0).unwrap();
    // The SDK's own order, which is the order of the encoded bytes.
    assert_eq!(cbor::decode(&bytes).unwrap(), payload.0);
}

#[test]
fn a_map_with_a_duplicate_key_is_refused() {
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("a", 1), ("a", 2)])
        }
    }
    let error = encode(&Twice).unwrap_err();
    assert_eq!(error.to_string(), "a map has the key `a` twice");
}

#[test]
fn a_value_that_is_too_large_for_the_wire_is_refused_with_its_size() {
    let error = encode(&"x".repeat(16 * 1024 * 1024)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the value takes 16777221 bytes"),
        "{error}"
    );
    let error = encode(&vec![0_u8; 131_008]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the value holds 131009 items"),
        "{error}"
    );
    let most = encode(&vec![0_u8; 131_007]).unwrap();
    assert_eq!(
        macula_rust::frame::check_payload(&most.0),
        Ok(()),
        "as the SDK has it"
    );
}

#[test]
fn nesting_deeper_than_the_wires_limit_is_refused_without_overflowing_the_stack() {
    #[derive(Serialize)]
    struct Nested(Option<Vec<Self>>);
    let mut value = Nested(None);
    for _ in 0..10_000 {
        value = Nested(Some(vec![value]));
    }
    let error = encode(&value).unwrap_err();
    assert!(error.to_string().contains("63 levels"), "{error}");
    // Dropped level by level, because the derived drop would overflow the stack.
    while let Some(mut inner) = value.0.take() {
        match inner.pop() {
            Some(next) => value = next,
            None => break,
        }
    }
}

#[test]
fn a_value_of_the_wrong_type_is_an_error_with_both_types_and_the_location() {
    #[derive(Debug, Deserialize)]
    struct Ask {
        #[serde(rename = "limit")]
        _limit: u32,
    }
    let ask = |v: Value| {
        decode::<Ask>(Payload(Value::Map(vec![(Value::text("limit"), v)])))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        ask(Value::Int(-1)),
        "invalid value: integer `-1`, expected u32 at $.limit"
    );
    assert_eq!(
        ask(Value::text("ten")),
        "invalid type: string \"ten\", expected u32 at $.limit"
    );
    assert_eq!(
        decode::<Ask>(Payload(Value::Map(vec![])))
            .unwrap_err()
            .to_string(),
        "missing field `limit`"
    );
}

#[test]
fn the_computed_length_is_that_of_the_encoding() {
    let values = [
        encode(&everything()).unwrap(),
        encode(&vec![
            23_i64,
            24,
            255,
            256,
            65_535,
            65_536,
            -24,
            -25,
            i64::MIN,
            i64::MAX,
        ])
        .unwrap(),
        encode(&"x".repeat(70_000)).unwrap(),
        Payload::default(),
    ];
    for value in values {
        let encoded = cbor::encode(&value.0).unwrap();
        assert_eq!(encoded_len(&value), encoded.len() as u64);
        assert_eq!(macula_rust::frame::check_payload(&value.0), Ok(()));
    }
}

#[test]
fn too_many_bytes_for_an_array_are_refused_like_too_many_items() {
    assert_eq!(
        decode::<[u8; 4]>(Payload(Value::Bytes(vec![1, 2, 3, 4]))).unwrap(),
        [1, 2, 3, 4]
    );
    assert!(decode::<[u8; 4]>(Payload(Value::Bytes(vec![0; 8]))).is_err());
    assert!(decode::<[u8; 4]>(Payload(Value::List(vec![Value::Int(0); 8]))).is_err());
}

#[test]
fn a_key_of_digits_is_read_as_an_integer_if_one_is_expected() {
    let map = Payload(Value::Map(vec![(Value::text("-3"), Value::Int(1))]));
    assert_eq!(
        decode::<BTreeMap<i64, bool>>(map.clone()).unwrap(),
        BTreeMap::from([(-3, true)])
    );
    assert_eq!(
        decode::<BTreeMap<String, u8>>(map.clone()).unwrap(),
        BTreeMap::from([("-3".into(), 1)])
    );
    assert!(decode::<BTreeMap<u8, bool>>(map).is_err());
}

#[test]
fn a_non_canonical_integer_key_is_refused() {
    for other in ["03", "+3", "-0", " 3", "3.0"] {
        let keys = ["3", other].map(|key| (Value::text(key), Value::Int(1)));
        let map = Payload(Value::Map(keys.into()));
        let error = decode::<BTreeMap<i32, u8>>(map).unwrap_err().to_string();
        assert!(error.contains(&format!("\"{other}\"")), "{error}");
    }
}

#[test]
fn a_boolean_key_is_text_as_in_json_and_read_from_0_and_1_too() {
    let by_flag = BTreeMap::from([(false, 1), (true, 2)]);
    let sent = encode(&by_flag).unwrap();
    assert_eq!(
        sent,
        encode(&serde_json::json!({"false": 1, "true": 2})).unwrap()
    );
    assert_eq!(decode::<BTreeMap<bool, i32>>(sent).unwrap(), by_flag);
    let numbers = encode(&BTreeMap::from([(0, 1), (1, 2)])).unwrap();
    assert_eq!(decode::<BTreeMap<bool, i32>>(numbers).unwrap(), by_flag);
}

#[test]
fn an_integer_key_does_not_select_a_field_by_index() {
    #[derive(Debug, Deserialize)]
    struct One {
        #[serde(rename = "first")]
        _first: u8,
    }
    let map = Payload(Value::Map(vec![(Value::Int(0), Value::Int(1))]));
    assert_eq!(
        decode::<One>(map).unwrap_err().to_string(),
        "missing field `first`"
    );
}

#[test]
fn a_long_text_in_an_error_leaves_room_for_the_location() {
    let list = Payload(Value::List(vec![Value::text("ä".repeat(10_000))]));
    let text = decode::<Vec<u8>>(list).unwrap_err().to_string();
    assert!(text.ends_with("… at $[0]"), "{text}");
    assert!(text.len() < 200, "{text}");
}

#[test]
fn a_request_with_the_key_caller_is_refused() {
    let request = |key: &str| without_caller(encode(&BTreeMap::from([(key, 1)])).unwrap());
    assert!(request("callers").is_ok());
    let error = request("caller").unwrap_err();
    assert!(error.to_string().contains("`caller`"), "{error}");
}
