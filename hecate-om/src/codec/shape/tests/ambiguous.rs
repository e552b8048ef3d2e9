//! Types that are ambiguous on the wire, and types that are not.

use super::*;
use crate::codec::shape::Shape;

pub(super) fn ambiguity<T: JsonSchema>() -> Option<String> {
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>();
    Shape::compile(schema.as_value())
        .ambiguity()
        .map(|ambiguity| ambiguity.to_string())
}

#[track_caller]
fn is_ambiguous<T: JsonSchema>(name: &str, path: &str) {
    let found = ambiguity::<T>().unwrap_or_default();
    let expected = format!("`{name}` is ambiguous at `{path}`: ");
    assert!(found.starts_with(&expected), "{found}");
}

macro_rules! types {
    ($($(#[$meta:meta])* $kind:ident $name:ident $body:tt)*) => {$(
        #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[allow(dead_code)]
        $kind $name $body
    )*};
}

types! {
    #[serde(untagged)]
    enum Value01 { Flag(bool), Count(u8) }
    struct Holds { list: Vec<Value01> }
    #[serde(untagged)]
    enum Fields { A { on: bool }, B { on: i64 } }
    #[serde(untagged)]
    enum Maps { A(BTreeMap<String, bool>), B(BTreeMap<String, u8>) }
    #[serde(untagged)]
    enum FieldOrMap { A { on: bool }, B(BTreeMap<String, i64>) }
    #[serde(untagged)]
    enum Lists { A(Vec<bool>), B(Vec<u8>) }
    #[serde(untagged)]
    enum Deep { A { inner: Flags }, B { inner: BTreeMap<String, u8> } }

    #[serde(untagged)]
    enum FloatOrFlag { Float(f64), Flag(bool) }
    #[serde(untagged)]
    enum FlagOrFloat { Flag(bool), Float(f32) }
    struct Float { x: f64 }
    #[serde(untagged)]
    enum FloatOrFlagByName { Float(Float), Flag(XFlag), Rest {} }
    struct XFlag { x: bool }
    #[serde(untagged)]
    enum ApartByFloat { A { on: bool, k: f64 }, B { on: u8, k: i64 } }
    #[serde(untagged)]
    enum TextOrBytes { Text(String), Bytes(Vec<u8>) }
    #[serde(untagged)]
    enum ApartByBytes { A { on: bool, k: String }, B { on: u8, k: [u8; 4] } }

    #[serde(untagged)]
    enum FloatAndFlag { A { x: f64, on: bool }, Rest {} }
    #[serde(untagged)]
    enum TextOrIntegers { Text(String), Integers(Vec<u16>) }
    #[serde(untagged)]
    enum TextOrFlag { Text(String), Flag(Option<bool>) }
    #[serde(untagged)]
    enum Apart { A { on: bool, kind: KindA }, B { on: u8, kind: KindB } }
    enum KindA { A, Both }
    enum KindB { B, Third }
    #[serde(untagged)]
    enum Needed { A { on: bool }, B { name: String }, C { on: String } }
    #[serde(untagged)]
    enum Tuples { Two(bool, bool), Three(u8, u8, u8) }
    #[serde(untagged)]
    enum ByKeys { Integers(BTreeMap<i64, u8>), Names(BTreeMap<String, bool>) }
    #[serde(tag = "t")]
    enum Internal { A { v: bool }, B { v: u8 } }
    #[serde(tag = "t", content = "c")]
    enum Adjacent { A(bool), B(u8) }
    enum External { A(bool), B(u8) }
    #[serde(untagged)]
    enum Anything { Flag { on: bool }, Json(serde_json::Value) }
    #[serde(untagged)]
    enum Large { Flag(bool), Large(std::num::NonZeroU8, #[serde(default)] bool) }
    struct Plain { flag: Option<bool>, result: Result<bool, u8> }
    #[serde(untagged)]
    enum Recursive { Leaf(bool), Branch(Vec<Self>), Named { inner: Box<Self>, name: String } }
}

#[test]
fn a_boolean_or_an_integer_is_ambiguous_and_reported_with_its_location() {
    is_ambiguous::<Value01>("Value01", "$");
    is_ambiguous::<Holds>("Value01", "$.list[]");
    is_ambiguous::<Fields>("Fields", "$.on");
    is_ambiguous::<Maps>("Maps", "$.*");
    is_ambiguous::<FieldOrMap>("FieldOrMap", "$.on");
    is_ambiguous::<Lists>("Lists", "$[0]");
    is_ambiguous::<Deep>("Deep", "$.inner.flag");
}

#[test]
fn a_boolean_or_a_float_is_ambiguous_because_a_whole_float_may_arrive_as_an_integer() {
    is_ambiguous::<FloatOrFlag>("FloatOrFlag", "$");
    is_ambiguous::<FlagOrFloat>("FlagOrFloat", "$");
    is_ambiguous::<FloatOrFlagByName>("FloatOrFlagByName", "$.x");
    is_ambiguous::<ApartByFloat>("ApartByFloat", "$.on");
}

#[test]
fn a_text_or_a_list_of_octets_is_ambiguous_because_both_may_arrive_as_bytes() {
    is_ambiguous::<TextOrBytes>("TextOrBytes", "$");
    is_ambiguous::<ApartByBytes>("ApartByBytes", "$.k");
    let error = decode_described::<TextOrBytes>(Payload(Value::Bytes(b"text".to_vec())));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("Erlang sends both as bytes"), "{error}");
}

#[test]
fn alternatives_that_the_wire_distinguishes_are_not_ambiguous() {
    let found = [
        ambiguity::<FloatAndFlag>(),
        ambiguity::<TextOrIntegers>(),
        ambiguity::<TextOrFlag>(),
        ambiguity::<Apart>(),
        ambiguity::<Needed>(),
        ambiguity::<Tuples>(),
        ambiguity::<ByKeys>(),
        ambiguity::<Internal>(),
        ambiguity::<Adjacent>(),
        ambiguity::<External>(),
        ambiguity::<Anything>(),
        ambiguity::<Large>(),
        ambiguity::<Plain>(),
        ambiguity::<Recursive>(),
        ambiguity::<Job>(),
        ambiguity::<Tree>(),
        ambiguity::<serde_json::Value>(),
    ];
    assert_eq!(found, [const { None }; 17]);
}

#[test]
fn values_of_unambiguous_types_round_trip() {
    // Sent by a language that writes whole floats as integers.
    let whole = payload([(text("x"), Value::Int(2)), (text("on"), Value::Int(1))]);
    assert_eq!(
        decode_described(whole),
        Ok(FloatAndFlag::A { x: 2.0, on: true })
    );
    round_trips(&vec![
        TextOrFlag::Text("1".into()),
        TextOrFlag::Flag(Some(true)),
        TextOrFlag::Flag(None),
    ]);
    round_trips(&vec![
        Apart::A {
            on: true,
            kind: KindA::Both,
        },
        Apart::B {
            on: 1,
            kind: KindB::B,
        },
    ]);
    round_trips(&vec![
        Needed::A { on: true },
        Needed::B { name: "1".into() },
        Needed::C { on: "1".into() },
    ]);
    round_trips(&vec![Tuples::Two(true, false), Tuples::Three(1, 0, 1)]);
    round_trips(&vec![
        ByKeys::Integers(BTreeMap::from([(1, 1)])),
        ByKeys::Names(BTreeMap::from([("1".into(), true)])),
    ]);
    round_trips(&vec![Internal::A { v: true }, Internal::B { v: 1 }]);
    round_trips(&vec![Adjacent::A(true), Adjacent::B(1)]);
    round_trips(&Recursive::Branch(vec![
        Recursive::Leaf(true),
        Recursive::Named {
            inner: Box::new(Recursive::Leaf(false)),
            name: "1".into(),
        },
    ]));
    round_trips(&Anything::Flag { on: true });
}

#[test]
fn an_ambiguous_type_is_not_decoded() {
    let error = decode_described::<Value01>(Payload(Value::Int(1))).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`Value01` is ambiguous at `$`"),
        "{error}"
    );
}

#[test]
fn a_schema_of_many_alternatives_is_searched_for_a_bounded_time() {
    let mut definitions = serde_json::Map::new();
    for n in 0..40 {
        let next = format!("#/$defs/D{}", n + 1);
        let node = serde_json::json!({
            "anyOf": [
                {"type": "object", "properties": {"a": {"$ref": next}, "on": {"type": "boolean"}}},
                {"type": "object", "properties": {"a": {"$ref": next}}},
                {"$ref": next},
                {"$ref": next},
            ]
        });
        definitions.insert(format!("D{n}"), node);
    }
    definitions.insert("D40".into(), serde_json::json!({"type": "boolean"}));
    let schema = serde_json::json!({"$ref": "#/$defs/D0", "$defs": definitions});
    let shape = Shape::compile(&schema);
    assert_eq!(shape.ambiguity(), None);
    shape
        .mark(&mut Value::Map(vec![(text("on"), Value::Int(1))]))
        .unwrap();
}
