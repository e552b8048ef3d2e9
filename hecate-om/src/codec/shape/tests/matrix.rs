//! Every form that serde supports for a type, with every scalar.

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Plain<T> {
    v: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Newtype<T>(T);

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Tuple<T>(T, u8);

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum External<T> {
    Unit,
    Newtype(T),
    Tuple(T, u8),
    Struct { v: T },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
enum Internal<T> {
    Unit,
    Newtype(Plain<T>),
    Struct { v: T, n: u8 },
    Other { v: String },
}

/// The content sorts before the tag, so serde buffers it.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "c")]
enum Adjacent<T> {
    Unit,
    Newtype(T),
    Tuple(T, u8),
    Struct { v: T },
    Other(Vec<String>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged<T> {
    Struct { v: T },
    List(Vec<T>),
    Named { name: String },
    Rest {},
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Flat<T> {
    n: u8,
    #[serde(flatten)]
    inner: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct FlatOption<T> {
    n: u8,
    #[serde(flatten)]
    inner: Option<Plain<T>>,
}

fn plain<T>(v: T) -> Plain<T> {
    Plain { v }
}

fn flat<T>(inner: T) -> Flat<T> {
    Flat { n: 1, inner }
}

/// Asserts that a value that serde_json round-trips also round-trips on the wire.
#[track_caller]
fn as_json<T: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value);
    let read = json.and_then(|json| serde_json::from_str::<T>(&json));
    if read.is_ok_and(|read| read == *value) {
        round_trips(value);
    }
}

/// Runs [`as_json`] for each form that a type can have.
macro_rules! in_each_form {
    ($value:expr) => {{
        let v = || $value;
        as_json(&v());
        as_json(&plain(v()));
        as_json(&Newtype(v()));
        as_json(&Tuple(v(), 1));
        as_json(&vec![Some(v()), None]);
        as_json(&BTreeMap::from([("a".to_string(), v())]));
        as_json(&BTreeMap::from([(-1_i64, v())]));
        as_json(&vec![
            External::Unit,
            External::Newtype(v()),
            External::Tuple(v(), 1),
            External::Struct { v: v() },
        ]);
        as_json(&vec![
            Internal::Unit,
            Internal::Newtype(plain(v())),
            Internal::Struct { v: v(), n: 1 },
            Internal::Other { v: "1".into() },
        ]);
        as_json(&vec![
            Adjacent::Unit,
            Adjacent::Newtype(v()),
            Adjacent::Tuple(v(), 1),
            Adjacent::Struct { v: v() },
        ]);
        as_json(&Adjacent::<_>::Newtype(v()));
        as_json(&vec![
            Untagged::Struct { v: v() },
            Untagged::List(vec![v(), v()]),
        ]);
        as_json(&vec![
            Untagged::Named::<Plain<()>> { name: "1".into() },
            Untagged::Rest {},
        ]);
        as_json(&flat(plain(v())));
        as_json(&flat(flat_named(v())));
        as_json(&FlatOption {
            n: 1,
            inner: Some(plain(v())),
        });
        as_json(&flat(External::Struct { v: v() }));
        as_json(&flat(External::Newtype(v())));
        as_json(&flat(Internal::Struct { v: v(), n: 1 }).inner);
        as_json(&flat(Adjacent::Tuple(v(), 1)));
        as_json(&flat(Untagged::Struct { v: v() }));
        as_json(&flat(BTreeMap::from([("a".to_string(), v())])));
        as_json(&Internal::Newtype(plain(flat(plain(v())))));
        as_json(&Untagged::Struct {
            v: Internal::Struct { v: v(), n: 1 },
        });
        as_json(&Untagged::List(vec![
            Adjacent::Struct { v: v() },
            Adjacent::Unit,
        ]));
        as_json(&Adjacent::Newtype(Untagged::Struct {
            v: flat(plain(v())),
        }));
        as_json(&Plain {
            v: vec![Untagged::Struct {
                v: External::Tuple(v(), 1),
            }],
        });
        // JSON has no integer keys that could be read back here.
        round_trips(&flat(BTreeMap::from([(-3_i64, Newtype(true))])));
    }};
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Named<T> {
    inner_n: i64,
    #[serde(flatten)]
    inner: Plain<T>,
}

fn flat_named<T>(v: T) -> Named<T> {
    Named {
        inner_n: -1,
        inner: plain(v),
    }
}

macro_rules! matrix {
    ($($name:ident: $($value:expr),+;)*) => {$(
        #[test]
        fn $name() {
            $(in_each_form!($value);)+
        }
    )*};
}

matrix! {
    booleans_are_read_back_in_every_form: true, false;
    small_integers_are_read_back_in_every_form: 0_i8, 1_u8, i16::MIN, 1_u16, -1_i32;
    large_integers_are_read_back_in_every_form: 1_u32, 0_i64, i64::MIN, i64::MAX as u64, 1_usize;
    integers_of_128_bits_are_read_back_where_json_s_are: 1_i128, 1_u128;
    floats_are_read_back_in_every_form: 1.0_f32, 0.1_f32, 1.0_f64, -0.5_f64;
    texts_are_read_back_in_every_form: 'x', "true".to_string(), "1".to_string();
    options_are_read_back_in_every_form: Some(true), None::<bool>, Some(1_u8), Some(Some(true));
    units_are_read_back_in_every_form: (), Some(());
    lists_are_read_back_in_every_form: vec![true, false], [1_u8, 0], (true, 1_u8), Vec::<bool>::new();
    bytes_are_read_back_in_every_form: Bytes(b"text".to_vec()), Bytes(vec![0, 255]);
}

/// A type that serializes as bytes.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
struct Id(u32);

macro_rules! keys {
    ($($key:expr),+ $(,)?) => {$(
        let map = || BTreeMap::from([($key, 1_u8)]);
        as_json(&map());
        // A caller that uses JSON values writes the keys of JSON.
        if let Ok(json) = serde_json::to_value(map()) {
            assert_eq!(decode_described(encode(&json).unwrap()).as_ref(), Ok(&map()));
        }
        round_trips(&map());
        as_json(&flat(map()));
        as_json(&Untagged::Struct { v: map() });
        as_json(&Adjacent::Newtype(map()));
    )+};
}

#[test]
fn maps_with_every_type_of_key_round_trip() {
    keys![
        "a".to_string(),
        "12".to_string(),
        'x',
        true,
        false,
        -5_i8,
        3_u64,
        u64::MAX,
        -5_i128,
        u128::MAX,
        Id(7),
        Colour::Red,
        Some("a".to_string()),
        Some(3_u8),
        "1.2.3.4".parse::<std::net::IpAddr>().unwrap(),
    ];
}

#[test]
fn json_round_trips_most_of_the_matrix() {
    // This shows that the comparison above is effective: both formats round-trip these values.
    let json = |text: &str| serde_json::from_str::<Flat<Plain<bool>>>(text).unwrap();
    assert_eq!(json(r#"{"n":1,"v":true}"#), flat(plain(true)));
}

#[test]
fn maps_with_float_keys_round_trip() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Float(f64);
    impl PartialOrd for Float {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Eq for Float {}
    impl Ord for Float {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.total_cmp(&other.0)
        }
    }
    as_json(&BTreeMap::from([(Float(0.1), 1), (Float(1e300), 2)]));
}
