//! Every shape of type that schemars describes: the client generated for all of them is compiled
//! with these tests (`tests/clients/src/shapes.rs`), and its types have the same encoding as the
//! originals.

mod enums;
mod recursive;
mod structs;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use expect_test::expect_file;
use hecate_om::__private::LocalDispatch;
use hecate_om::call::Callable;
use hecate_om_test_clients::shapes as client;
use hecate_om_tests::Sandbox;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::enums::*;
use self::recursive::*;
use self::structs::*;

/// Returns the schema of the wire's form, where a boolean is 0 or 1, as services describe their
/// types.
fn schema<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(crossing).transform(&mut schema);
    schema
}

fn crossing(schema: &mut Schema) {
    let values = match schema.get("type") {
        Some(Value::String(kind)) if kind == "boolean" => json!([0, 1]),
        Some(kinds) if *kinds == json!(["boolean", "null"]) => json!([0, 1, null]),
        _ => return,
    };
    let kind = match values.as_array().map(Vec::len) {
        Some(2) => json!("integer"),
        _ => json!(["integer", "null"]),
    };
    schema.insert("type".into(), kind);
    schema.insert("format".into(), "boolean".into());
    schema.insert("enum".into(), values);
    if let Some(default) = schema.get_mut("default")
        && let Some(yes) = default.as_bool()
    {
        *default = u8::from(yes).into();
    }
}

fn capability<T: JsonSchema>(name: &str) -> Value {
    let settings = SchemaSettings::draft2020_12;
    json!({
        "name": name, "version": 1, "crate": "shapes",
        "request_schema": schema::<T>(settings().for_deserialize()),
        "response_schema": schema::<T>(settings().for_serialize()),
    })
}

/// Converts the value to both of the generated types and back.
fn through<T, C>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
    C: Callable,
    C::Request: Serialize + DeserializeOwned,
    C::Response: Serialize + DeserializeOwned,
{
    let sent = serde_json::to_value(value).expect("valid JSON");
    let wrong = |what: &str, error: &dyn std::fmt::Display| -> ! {
        panic!("{}, {what}: {error}: {sent}", C::NAME)
    };
    let request: C::Request =
        serde_json::from_value(sent.clone()).unwrap_or_else(|e| wrong("request", &e));
    let response: C::Response =
        serde_json::from_value(sent.clone()).unwrap_or_else(|e| wrong("response", &e));
    for written in [
        serde_json::to_value(request),
        serde_json::to_value(response),
    ] {
        let written = written.unwrap_or_else(|e| wrong("writing", &e));
        let back: T =
            serde_json::from_value(written.clone()).unwrap_or_else(|e| wrong("reading back", &e));
        assert_eq!(back, *value, "{}: {sent} became {written}", C::NAME);
    }
}

/// Sends the value over the wire to the generated request type, and back.
fn crosses<T, C>(value: T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
    C: Callable,
    C::Request: Serialize + DeserializeOwned,
{
    let sent = LocalDispatch::try_encode(&value).expect("the value encodes");
    let read: C::Request =
        LocalDispatch::try_decode(&sent).unwrap_or_else(|error| panic!("{}: {error}", C::NAME));
    let back = LocalDispatch::try_encode(&read).expect("the decoded value encodes");
    assert_eq!(
        LocalDispatch::try_decode::<T>(&back),
        Ok(value),
        "{}",
        C::NAME
    );
}

#[test]
fn maps_with_keys_of_any_type_decode_into_the_generated_types() {
    crosses::<BTreeMap<bool, u8>, client::by_flag>([(true, 1), (false, 0)].into());
    crosses::<BTreeMap<char, u8>, client::by_letter>([('x', 1)].into());
    crosses::<BTreeMap<u32, String>, client::by_number>([(1, text("a"))].into());
    crosses::<BTreeMap<i64, u8>, client::by_signed>([(-1, 1), (2, 0)].into());
    crosses::<BTreeMap<Id, u8>, client::by_id>([(Id(3), 1)].into());
    crosses::<BTreeMap<IpAddr, u8>, client::by_address>([(address(), 1)].into());
    crosses::<BTreeMap<Odd, u8>, client::by_odd>([(Odd::Plus, 1), (Odd::Self_, 2)].into());
}

macro_rules! shapes {
    ($($name:ident: $type:ty = [$($value:expr),* $(,)?];)*) => {
        fn descriptor() -> Value {
            json!({
                "name": "hecate-shapes", "version": "1.0.0",
                "capabilities": [$(capability::<$type>(stringify!($name))),*],
            })
        }

        #[test]
        fn generated_types_have_the_same_encoding_as_the_originals() {
            $($(through::<$type, client::$name>(&$value);)*)*
        }
    };
}

#[test]
fn the_compiled_client_of_every_shape_is_up_to_date() {
    let machine = Sandbox::new();
    let file = machine.path().join("shapes.json");
    std::fs::write(&file, descriptor().to_string()).expect("the file can be written");
    let written = machine.cli(&[
        "client",
        "--from",
        "shapes.json",
        "--out",
        "out",
        "--name",
        "some-client",
    ]);
    assert_eq!(written.code, 0, "{written:?}");
    let lib = std::fs::read_to_string(machine.path().join("out/src/lib.rs"))
        .expect("the file was written");
    expect_file!["../../clients/src/shapes.rs"].assert_eq(&lib);
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn address() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

shapes! {
    flag: bool = [true, false];
    byte: u8 = [0, 255];
    signed: i64 = [i64::MIN, i64::MAX];
    wide: u128 = [7];
    single: f32 = [0.5];
    double: f64 = [-0.25];
    letter: char = ['x', '日'];
    words: String = [text(""), text("a\"\n")];
    nothing: () = [()];
    anything: Value = [json!(null), json!({"a": [1, true]})];
    anything_by_name: serde_json::Map<String, Value> = [serde_json::Map::new()];
    optional: Option<String> = [None, Some(text("a"))];
    optional_flag: Option<bool> = [None, Some(true)];
    optional_struct: Option<Point> = [None, Some(Point { x: 1, y: 2 })];
    not_zero: NonZeroU16 = [NonZeroU16::MIN];
    time: Duration = [Duration::from_millis(1500)];
    outcome: Result<u8, String> = [Ok(1), Err(text("no"))];
    range: std::ops::Range<u8> = [1..3];
    list: Vec<Point> = [vec![], vec![Point { x: 1, y: 2 }]];
    set: BTreeSet<u8> = [[1, 2].into()];
    fixed: [u8; 3] = [[1, 2, 3]];
    long: [u8; 32] = [[7; 32]];
    pair: (u8, String) = [(1, text("a"))];
    single_element: (Point,) = [(Point { x: 1, y: 2 },)];
    pair_of_enums: (Odd, Option<Odd>) = [(Odd::Plus, None), (Odd::Minus, Some(Odd::Empty))];
    nested_list: Vec<Vec<Option<u8>>> = [vec![vec![None, Some(1)]]];
    by_text: BTreeMap<String, Point> = [[(text("a"), Point { x: 1, y: 2 })].into()];
    by_flag: BTreeMap<bool, u8> = [[(true, 1), (false, 0)].into()];
    by_letter: BTreeMap<char, u8> = [[('x', 1)].into()];
    by_number: BTreeMap<u32, String> = [[(1, text("a"))].into()];
    by_signed: BTreeMap<i64, u8> = [[(-1, 1), (2, 0)].into()];
    by_id: BTreeMap<Id, u8> = [[(Id(3), 1)].into()];
    by_address: BTreeMap<IpAddr, u8> = [[(address(), 1)].into()];
    by_odd: BTreeMap<Odd, u8> = [[(Odd::Plus, 1), (Odd::Self_, 2)].into()];
    by_name_and_number: BTreeMap<String, BTreeMap<u8, Odd>> =
        [[(text("a"), [(1, Odd::Equal)].into())].into()];
    unit_struct: Unit = [Unit];
    empty_struct: Empty = [Empty {}];
    newtype: Id = [Id(7)];
    tuple_struct: Tuple = [Tuple(1, text("a"), Odd::Dot)];
    point: Point = [Point { x: 1, y: 2 }];
    odds: Vec<Odd> = [Odd::ALL.to_vec()];
    odd: Odd = [Odd::Empty];
    user: User = [User { camel: 1, snake: 2, kebab: 3, pascal: 4, dotted: 5 }];
    keywords: Keywords = [Keywords::default()];
    extras: Extras = [Extras { extra: 1, others: [(text("a"), 2)].into() }];
    defaults: Defaults = [Defaults::default()];
    sparse: Sparse = [Sparse::default(), Sparse { note: Some(text("a")), list: vec![1] }];
    strict: Strict = [Strict { only: 1 }];
    external: External =
        [External::Unit, External::New(1), External::Tuple(1, text("a")), External::Struct { user_id: 1, odd: Odd::Less }];
    external_alike: Alike = [Alike::UserId(1), Alike::User_Id(2), Alike::Dashed { a: 1 }];
    single_variant: Lonely = [Lonely::Only { a: 1 }];
    internal: Internal =
        [Internal::Unit, Internal::Struct { at: 1, inner: Odd::Plus }, Internal::New(Point { x: 1, y: 2 })];
    internal_odd: InternalOdd = [InternalOdd::Equal, InternalOdd::Text { text: text("a") }];
    adjacent: Adjacent =
        [Adjacent::Unit, Adjacent::New(1), Adjacent::Struct { a: 1 }, Adjacent::Tuple(1, 2)];
    untagged: Untagged =
        [Untagged::Flag(true), Untagged::Text(text("a")), Untagged::Point(Point { x: 1, y: 2 }),
         Untagged::Many { list: vec![Odd::Equal] }, Untagged::Null];
    overlapping: Overlapping =
        [Overlapping::Both { a: 1, b: 2 }, Overlapping::One { a: 1 }];
    flattened: Flattened = [Flattened { id: 1, point: Point { x: 1, y: 2 } }];
    flattened_external: FlattenedExternal =
        [FlattenedExternal { id: 1, choice: Choice::This(Odd::Plus) }, FlattenedExternal { id: 1, choice: Choice::That { x: 1 } }];
    flattened_internal: FlattenedInternal =
        [FlattenedInternal { id: 1, event: Internal::Struct { at: 2, inner: Odd::Less } }, FlattenedInternal { id: 1, event: Internal::Unit }];
    flattened_untagged: FlattenedUntagged =
        [FlattenedUntagged { id: 1, either: Overlapping::Both { a: 1, b: 2 } }];
    flattened_twice: FlattenedTwice =
        [FlattenedTwice { choice: Choice::This(Odd::Dot), event: Internal::Unit }];
    inlined: Inlined = [Inlined { kind: Inner::A { deep: InlinedKind { x: 1 } }, other: InlinedKind { x: 2 } }];
    chain: Chain = [Chain { next: Some(Box::new(Chain { next: None })) }];
    tree: Tree = [Tree { leaf: text("a"), trees: vec![Tree { leaf: text("b"), trees: vec![] }] }];
    forest: Forest = [Forest(vec![Forest(vec![])])];
    directory: Directory = [Directory { files: [(text("a"), Directory::default())].into() }];
    expression: Expression = [Expression::Add(
        Box::new(Expression::Literal(1)),
        Box::new(Expression::Negate { of: Box::new(Expression::Literal(2)) }),
    )];
    tagged_expression: TaggedExpression = [TaggedExpression::Not { of: Box::new(TaggedExpression::True) }];
    document: Json = [Json::List(vec![Json::Null, Json::Text(text("a")), Json::Object([(text("a"), Json::Flag(true))].into())])];
    person: Person = [Person { name: text("a"), company: Some(Box::new(Company { staff: vec![] })) }];
    companies: Vec<Company> = [vec![Company { staff: vec![Person { name: text("a"), company: None }] }]];
    page_of_points: Page<Point> = [Page { items: vec![Point { x: 1, y: 2 }], next: None }];
    page_of_odds: Page<Odd> = [Page { items: vec![Odd::Equal], next: Some(1) }];
    pages: Pages = [Pages { points: Page { items: vec![], next: None }, texts: Page { items: vec![text("a")], next: None } }];
    prelude: Prelude = [Prelude { result: named::Result { ok: 1 }, option: named::Option::Some, vec: named::Vec { string: named::String(1) } }];
    hostile: Hostile = [Hostile { quote: 1, close: 2, escape: 3 }];
}
