mod ambiguous;
mod matrix;
mod pairs;

use std::collections::BTreeMap;
use std::fmt::Debug;

use macula_rust::cbor::{self, Value};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::{CodecError, Payload, decode, decode_described, encode};
use super::{Plan, plan, register_schema};

/// Encodes and decodes a value with the wire's real encoder and decoder.
fn over_the_wire<T: Serialize + DeserializeOwned + JsonSchema>(value: &T) -> Result<T, CodecError> {
    let bytes = cbor::encode(&encode(value)?.0).unwrap();
    decode_described(Payload(cbor::decode(&bytes).unwrap()))
}

#[track_caller]
fn round_trips<T: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug>(value: &T) {
    assert_eq!(over_the_wire(value).as_ref(), Ok(value));
}

fn payload(pairs: impl IntoIterator<Item = (Value, Value)>) -> Payload {
    Payload(Value::Map(pairs.into_iter().collect()))
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn is_marked<T: DeserializeOwned + JsonSchema>() -> bool {
    register_schema::<T>();
    matches!(plan::<T>(), Plan::Marked(_))
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Flags {
    flag: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Flat {
    n: u8,
    #[serde(flatten)]
    flags: Flags,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Job {
    Dry { dry_run: bool },
    Real {},
}

#[test]
fn a_dry_run_is_never_decoded_as_a_real_one() {
    let dry = payload([(text("dry_run"), Value::Int(1))]);
    assert_eq!(decode_described(dry), Ok(Job::Dry { dry_run: true }));
    let other = payload([(text("dry_run"), Value::Int(5))]);
    assert_eq!(decode_described(other), Ok(Job::Real {}), "as serde_json");
}

#[test]
fn a_flag_of_a_flattened_struct_is_decoded_beside_integers() {
    let flat = payload([(text("n"), Value::Int(1)), (text("flag"), Value::Int(1))]);
    let read = Flat {
        n: 1,
        flags: Flags { flag: true },
    };
    assert_eq!(decode_described(flat), Ok(read));
    let wrong = payload([(text("n"), Value::Int(1)), (text("flag"), Value::Int(2))]);
    assert!(decode_described::<Flat>(wrong).is_err());
}

#[test]
fn keys_of_a_flattened_map_are_integers_if_the_types_are() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Rest {
        n: u8,
        #[serde(flatten)]
        rest: BTreeMap<i64, u8>,
    }
    let read = Rest {
        n: 1,
        rest: BTreeMap::from([(3, 4)]),
    };
    for key in [text("3"), Value::Int(3), Value::Bytes(b"3".to_vec())] {
        let rest = payload([(text("n"), Value::Int(1)), (key, Value::Int(4))]);
        assert_eq!(decode_described::<Rest>(rest).as_ref(), Ok(&read));
    }
    round_trips(&read);
}

#[test]
fn an_integer_key_does_not_select_a_buffered_field_by_index() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "t")]
    enum Tagged {
        A { on: bool },
    }
    let by_place = payload([(text("t"), text("A")), (Value::Int(0), Value::Int(1))]);
    let error = decode_described::<Tagged>(by_place).unwrap_err();
    assert_eq!(error.to_string(), "missing field `on`");
}

#[test]
fn an_error_in_a_tagged_variant_names_its_field() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "t")]
    enum Tagged {
        A { on: bool, n: u8 },
        B { n: String },
    }
    let wrong = [
        (text("t"), text("A")),
        (text("on"), Value::Int(1)),
        (text("n"), text("x")),
    ];
    let error = decode_described::<Tagged>(payload(wrong)).unwrap_err();
    assert_eq!(error.to_string(), "invalid type: string \"x\", expected u8");
    round_trips(&Tagged::B { n: "b".into() });
}

#[test]
fn bytes_are_a_list_of_octets_in_a_buffered_type_too() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "t")]
    enum Tagged {
        A { data: Vec<u8> },
    }
    for data in [b"text".to_vec(), vec![0, 255]] {
        let from_erlang = [
            (text("t"), text("A")),
            (text("data"), Value::Bytes(data.clone())),
        ];
        assert_eq!(
            decode_described(payload(from_erlang)),
            Ok(Tagged::A { data })
        );
    }
}

#[test]
fn a_buffered_float_beyond_32_bits_is_refused_where_32_are_expected() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "t")]
    enum Tagged {
        A { score: f32 },
    }
    let large = [
        (text("t"), text("A")),
        (text("score"), Value::Float(-1e300)),
    ];
    assert_eq!(
        decode_described::<Tagged>(payload(large))
            .unwrap_err()
            .to_string(),
        "the float -1e300 is outside the range of 32 bits at $.score"
    );
}

#[test]
fn a_type_without_a_schema_is_refused_and_never_decoded_as_another() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Undescribed {
        Dry {
            #[serde(rename = "dry_run")]
            _dry_run: bool,
        },
        Real {},
    }
    let dry = || payload([(text("dry_run"), Value::Int(1))]);
    let error = decode::<Undescribed>(dry()).unwrap_err().to_string();
    assert!(
        error.contains("hecate_om::call::register_schema"),
        "{error}"
    );
    assert!(error.len() < 200, "{error}");
    let neither = payload([(text("dry_run"), text("x"))]);
    assert_eq!(decode::<Undescribed>(neither), Ok(Undescribed::Real {}));

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(untagged)]
    enum Described {
        Dry { dry_run: bool },
        Real {},
    }
    assert!(decode::<Described>(dry()).is_err());
    register_schema::<Described>();
    assert_eq!(decode(dry()), Ok(Described::Dry { dry_run: true }));
}

#[test]
fn only_a_type_that_buffers_a_boolean_is_marked() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    enum External {
        Unit,
        New(bool),
        Tuple(bool, f32),
        Struct {
            on: Option<bool>,
            next: Option<Box<Self>>,
        },
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Plain {
        on: bool,
        known: Option<bool>,
        list: Vec<(bool, f32)>,
        map: BTreeMap<i64, bool>,
        names: BTreeMap<String, bool>,
        bytes: Vec<u8>,
        array: [bool; 2],
        enums: Vec<External>,
        result: Result<bool, String>,
        address: std::net::IpAddr,
        nested: Option<Box<Self>>,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Holds {
        plain: Plain,
        flat: Option<Flat>,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Keys {
        name: String,
        #[serde(flatten)]
        rest: BTreeMap<u8, String>,
    }
    assert!(!is_marked::<Plain>());
    assert!(!is_marked::<External>());
    assert!(!is_marked::<(bool, String)>());
    assert!(!is_marked::<serde_json::Value>());
    assert!(is_marked::<Flat>());
    assert!(is_marked::<Holds>());
    assert!(is_marked::<Job>());
    assert!(is_marked::<Keys>());
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Tree {
    Both {
        left: Box<Self>,
        right: Box<Self>,
        on: bool,
    },
    Left {
        left: Box<Self>,
        on: bool,
    },
    Right {
        right: Box<Self>,
        on: bool,
    },
    Leaf(bool),
}

#[test]
fn a_recursive_type_is_decoded_at_any_depth() {
    register_schema::<Tree>();
    let Plan::Marked(shape) = plan::<Tree>() else {
        panic!("a tree buffers its booleans");
    };
    // As deep as the wire allows, and a value whose innermost part fits nothing, so that every
    // alternative is tried.
    for leaf in [Value::Int(1), text("none")] {
        let mut deep = (0..60).fold(leaf, |inner, _| {
            Value::Map(vec![(text("on"), Value::Int(1)), (text("left"), inner)])
        });
        shape.mark(&mut deep).unwrap();
    }
    round_trips(&Tree::Left {
        left: Box::new(Tree::Both {
            left: Box::new(Tree::Leaf(true)),
            right: Box::new(Tree::Leaf(false)),
            on: false,
        }),
        on: true,
    });
}

#[test]
fn alternatives_that_differ_by_a_float_are_decoded_at_any_depth() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(untagged)]
    enum Chain {
        Float {
            x: f64,
            next: Option<Box<Self>>,
            on: bool,
        },
        Integer {
            x: i64,
            next: Option<Box<Self>>,
            on: bool,
        },
    }
    let deep = (0..60).fold(Value::Null, |next, _| {
        let on = (text("on"), Value::Int(1));
        Value::Map(vec![on, (text("x"), Value::Int(1)), (text("next"), next)])
    });
    assert!(decode_described::<Chain>(Payload(deep)).is_ok());
}

#[test]
fn a_schema_that_only_refers_to_itself_compiles() {
    let schema = serde_json::json!({
        "$ref": "#/$defs/A",
        "$defs": {
            "A": {"anyOf": [{"$ref": "#/$defs/B"}, {"$ref": "#/$defs/A"}]},
            "B": {"allOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}], "type": "boolean"},
        }
    });
    let shape = super::Shape::compile(&schema);
    assert_eq!(shape.ambiguity(), None);
    let mut value = Value::List(vec![Value::Int(1)]);
    shape.mark(&mut value).unwrap();
    shape.mark(&mut Value::Int(1)).unwrap();
}
