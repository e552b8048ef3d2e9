//! Every pair of scalars as alternatives, in every position that serde buffers.

use std::fmt::Debug;

use serde_json::Value as Json;

use super::ambiguous::ambiguity;
use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Alone<A, B> {
    A(A),
    B(B),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Field<A, B> {
    A { v: A },
    B { v: B },
}

/// Variants that only `v` distinguishes, if anything does; `flag` may be decoded incorrectly.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Beside<A, B> {
    A { on: bool, v: A },
    B { on: u8, v: B },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Flattened<A, B> {
    #[serde(flatten)]
    inner: Field<A, B>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t")]
enum Tagged<A, B> {
    A { v: A },
    B { v: B },
}

/// Returns the JSON values of all scalars.
fn scalars() -> Vec<Json> {
    let texts = ["true", "false", "0", "1", "2", "-1", "1.0", "0.5", "null"];
    let mut all: Vec<Json> = texts.map(|text| text.parse().unwrap()).to_vec();
    all.push(Json::from("1"));
    all
}

/// Checks that each JSON value is decoded as by serde_json, unless the type is ambiguous. Checks
/// also that the type is ambiguous exactly if two values with different meanings look the same on
/// the wire.
#[track_caller]
fn reads_as_json<T>(values: &[Json])
where
    T: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug,
{
    let meanings: Vec<(Value, T)> = values
        .iter()
        .filter_map(|json| {
            let meaning = serde_json::from_value(json.clone()).ok()?;
            Some((encode(json).unwrap().0, meaning))
        })
        .collect();
    let collides = meanings.iter().any(|(wire, meaning)| {
        let mut others = meanings.iter();
        others.any(|(other, meant)| wire == other && meaning != meant)
    });
    let found = ambiguity::<T>();
    let name = std::any::type_name::<T>();
    assert_eq!(found.is_some(), collides, "{name}: {found:?}");
    for (wire, meaning) in meanings {
        if found.is_none() {
            assert_eq!(decode_described(Payload(wire)).as_ref(), Ok(&meaning));
        }
    }
}

fn under(key: &str, values: &[Json], rest: &Json) -> Vec<Json> {
    let with = |value: &Json| {
        let mut map = rest.clone();
        map[key] = value.clone();
        map
    };
    values.iter().map(with).collect()
}

fn pair<A, B>()
where
    A: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug,
    B: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug,
{
    let scalars = scalars();
    let fields = under("v", &scalars, &serde_json::json!({}));
    reads_as_json::<Alone<A, B>>(&scalars);
    reads_as_json::<Field<A, B>>(&fields);
    reads_as_json::<Flattened<A, B>>(&fields);
    let tagged = ["A", "B"].map(|t| under("v", &scalars, &serde_json::json!({"t": t})));
    reads_as_json::<Tagged<A, B>>(&tagged.concat());
    let flags = [Json::from(true), Json::from(1)];
    let beside = flags.map(|on| under("v", &scalars, &serde_json::json!({"on": on})));
    reads_as_json::<Beside<A, B>>(&beside.concat());
}

macro_rules! pairs {
    ($($a:ty),+; $b:tt) => {$( pairs!(@with $a; $b); )+};
    (@with $a:ty; [$($b:ty),+]) => {$( pair::<$a, $b>(); )+};
}

#[test]
fn two_scalars_are_decoded_like_json_or_refused_as_ambiguous() {
    pairs!(bool, Option<bool>, u8, i64, f64, String, (); [bool, Option<bool>, u8, i64, f64, String, ()]);
}
