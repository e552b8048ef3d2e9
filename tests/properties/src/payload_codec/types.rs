//! Types of handlers, with every form of serde in every position.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Integers of all widths, and floats.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Numbers {
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: i128,
    f: u8,
    g: u16,
    h: u32,
    i: u64,
    j: u128,
    k: f32,
    l: f64,
    m: bool,
    n: char,
    o: Option<NonZeroU16>,
    p: usize,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            a: 0,
            b: 0,
            c: 0,
            d: 0,
            e: 0,
            f: 0,
            g: 0,
            h: 0,
            i: 0,
            j: 0,
            k: 0.0,
            l: 0.0,
            m: false,
            n: 'n',
            o: None,
            p: 0,
        }
    }
}

/// Nested containers.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Everything {
    text: String,
    cow: Cow<'static, str>,
    some: Option<Box<Self>>,
    list: Vec<Option<bool>>,
    tuple: (u8, String, Option<f64>),
    array: [i16; 3],
    bytes: Vec<u8>,
    map: BTreeMap<String, Vec<i32>>,
    set: BTreeSet<u8>,
    deque: VecDeque<Wrapped>,
    unit: (),
    marker: Marker,
    pair: Pair,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<i64>,
    #[serde(alias = "other")]
    renamed: u32,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Marker;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Wrapped(i64);

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Pair(u8, String);

/// Enum in serde's default form.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) enum Shape {
    Unit,
    Newtype(bool),
    Nothing(()),
    Maybe(Option<u8>),
    Tuple(u8, String),
    Struct {
        x: i64,
        y: Option<bool>,
    },
    Nested(Box<Self>),
    List(Vec<Self>),
    #[serde(other)]
    Other,
}

/// The other forms of tagging, for which serde buffers values.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Everywhere {
    internal: Option<Internal>,
    adjacent: Option<Adjacent>,
    untagged: Option<Untagged>,
    job: Option<Job>,
    result: Option<Result<String, i32>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Internal {
    Text {
        text: String,
        of: Option<Box<Self>>,
        #[serde(default)]
        shown: bool,
    },
    Numbers {
        list: Vec<i64>,
        float: f64,
        #[serde(default)]
        flags: BTreeMap<i64, bool>,
    },
    Wrapped(Point),
    Flags(Flags),
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub(super) enum Adjacent {
    Unit,
    Newtype(Option<i64>),
    Tuple(u8, String),
    Struct { x: f64 },
    Flag(bool),
}

/// Distinguished by their fields; a map of any value would read a flag as an integer.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Job {
    Dry {
        dry_run: bool,
    },
    Named {
        name: String,
        notify: Option<bool>,
        after: Vec<Self>,
    },
    Real {},
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Flags {
    on: bool,
    n: u8,
    #[serde(flatten)]
    by_number: BTreeMap<i64, bool>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Untagged {
    Integer(i64),
    Float(f64),
    Text(String),
    Point(Point),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Point {
    x: i32,
    y: i32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Flattened {
    name: String,
    #[serde(flatten)]
    page: Option<Page>,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Page {
    offset: u64,
    limit: Option<u32>,
    #[serde(default)]
    last: bool,
}

/// Maps with every type of key that the wire supports.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Keys {
    text: BTreeMap<String, u8>,
    integer: BTreeMap<i64, u8>,
    small: BTreeMap<u8, u8>,
    wide: BTreeMap<i128, u8>,
    flag: BTreeMap<bool, u8>,
    letter: BTreeMap<char, u8>,
    variant: BTreeMap<Colour, u8>,
    wrapped: BTreeMap<Id, u8>,
    largest: BTreeMap<u128, u8>,
    maybe: BTreeMap<Option<char>, u8>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub(super) enum Colour {
    Red,
    Green,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub(super) struct Id(u32);

/// Types of the standard library.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Standard {
    path: PathBuf,
    address: Option<IpAddr>,
    duration: Duration,
    time: Option<SystemTime>,
    range: Option<Range<i32>>,
    boxed: Box<[u16]>,
}

/// Recursive type, as deep as the wire allows.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Tree {
    Leaf(Option<i64>),
    Branch(Vec<Self>),
}

/// One level of nesting per type.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Element(Option<Box<[Self]>>, Vec<Self>);

/// Bytes that are written as bytes, not as a list of integers.
#[derive(Debug, PartialEq)]
pub(super) struct Bytes(Vec<u8>);

impl JsonSchema for Bytes {
    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<u8>::json_schema(generator)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Any)
    }
}
