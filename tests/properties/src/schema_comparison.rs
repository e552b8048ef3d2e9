//! The comparison of JSON Schemas.

use std::time::{Duration, Instant};

use hecate_om_manifest::diff::schema::{Direction, Effect, SchemaChange, differences};
use serde_json::{Value, json};

use crate::generators::schemas::Bytes;

/// Time after which a comparison counts as non-terminating.
const LIMIT: Duration = Duration::from_secs(30);

/// Maximum number of reported differences, including the one that says that there are more.
const MOST: usize = 1001;

/// Checks that any two schemas are compared within the bounds, that a schema does not differ from
/// another form of itself, and that a change that breaks requests in one direction breaks responses
/// in the other.
///
/// The input is a JSON pair `[old, new]`, or bytes from which schemas are generated.
///
/// # Panics
///
/// If a property does not hold.
pub fn schema_comparison(input: &[u8]) {
    let (old, new) = match serde_json::from_slice::<[Value; 2]>(input) {
        Ok([old, new]) => (old, new),
        Err(_) => generated(input),
    };
    for schema in [&old, &new] {
        assert_eq!(
            compared(schema, schema),
            [],
            "a schema and itself: {schema}"
        );
        let known = compared(schema, &marked(schema)).into_iter();
        let known: Vec<_> = known
            .filter(|change| change.effect != Effect::Undecided)
            .collect();
        assert_eq!(known, [], "a schema and another form of it: {schema}");
    }
    let (there, back) = (compared(&old, &new), compared(&new, &old));
    let is_known = |changes: &[SchemaChange]| {
        changes
            .iter()
            .all(|change| change.effect != Effect::Undecided)
    };
    if is_known(&there) && is_known(&back) {
        let breaks = |changes: &[SchemaChange], direction| {
            changes.iter().any(|change| change.breaks(direction))
        };
        for (forward, backward) in [
            (Direction::Request, Direction::Response),
            (Direction::Response, Direction::Request),
        ] {
            assert_eq!(
                breaks(&there, forward),
                breaks(&back, backward),
                "{old} and {new}: {there:#?}, and back {back:#?}"
            );
        }
    }
}

/// Returns the differences, after checking the bounds.
fn compared(old: &Value, new: &Value) -> Vec<SchemaChange> {
    let start = Instant::now();
    let changes = differences(old, new);
    assert!(
        start.elapsed() < LIMIT,
        "the comparison terminates: {old} and {new}"
    );
    assert!(changes.len() <= MOST, "{old} and {new}");
    for change in &changes {
        assert!(!change.what.is_empty());
        assert!(change.path.len() < 4096, "{}", change.path);
    }
    changes
}

/// Returns the same schema with a keyword that has no meaning, so that it is compared and not only
/// found equal.
fn marked(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let mut object = object.clone();
            object.insert("x-mark".to_owned(), Value::Null);
            Value::Object(object)
        }
        other => json!({"allOf": [other], "x-mark": null}),
    }
}

/// Generates two schemas from bytes: from the two halves, or from the same bytes with one changed.
fn generated(input: &[u8]) -> (Value, Value) {
    let [how, at, to, rest @ ..] = input else {
        return (json!({}), json!({}));
    };
    if how % 4 == 0 {
        let (first, second) = rest.split_at(rest.len() / 2);
        return (Bytes(first).document(), Bytes(second).document());
    }
    let mut changed = rest.to_vec();
    let length = changed.len().max(1);
    if let Some(byte) = changed.get_mut(usize::from(*at) % length) {
        *byte = *to;
    }
    (Bytes(rest).document(), Bytes(&changed).document())
}
