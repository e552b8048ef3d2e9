mod alternatives;
mod bounds;
mod sizes;

use serde_json::{Value, json};

use super::*;

/// Returns the differences as text: `path what (effect)`.
fn report(old: &Value, new: &Value) -> Vec<String> {
    let changes = differences(old, new);
    changes
        .iter()
        .map(|change| format!("{change} ({:?})", change.effect))
        .collect()
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

#[test]
fn equal_schemas_have_no_difference_whatever_their_notation() {
    let old = json!({"title": "Old", "$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}});
    let new = json!({"title": "New", "description": "text", "type": "string", "examples": ["x"]});
    assert_eq!(report(&old, &new), Vec::<String>::new());
}

#[test]
fn each_change_of_a_field_is_reported_with_whom_it_breaks() {
    let old = object(
        &json!({"a": {"type": "string"}, "b": {"type": "string"}, "c": {}}),
        &["a"],
    );
    let new = object(
        &json!({"b": {"type": "string"}, "c": {}, "d": {}, "e": {}}),
        &["b", "d"],
    );
    assert_eq!(
        report(&old, &new),
        [
            "`a`: is gone (Widened)",
            "`b`: is required now (Narrowed)",
            "`d`: is new and required (Narrowed)",
            "`e`: is new and optional (Added)",
        ]
    );
}

#[test]
fn a_new_field_of_a_closed_object_is_breaking() {
    let closed = |properties| json!({"type": "object", "properties": properties, "additionalProperties": false});
    let found = report(&closed(json!({"a": {}})), &closed(json!({"b": {}})));
    assert_eq!(
        found,
        [
            "`a`: is gone (Narrowed)",
            "`b`: is new and optional (Widened)"
        ]
    );
}

#[test]
fn variants_are_matched_by_name_in_all_enum_forms_of_serde() {
    let external = |names: &[&str]| {
        let variant = |name: &&str| {
            json!({"type": "object", "properties": {*name: {"type": "integer"}},
            "required": [name], "additionalProperties": false})
        };
        json!({"oneOf": names.iter().map(variant).collect::<Vec<_>>()})
    };
    let internal = |names: &[&str]| {
        let variant = |name: &&str| {
            object(
                &json!({"kind": {"type": "string", "const": name}}),
                &["kind"],
            )
        };
        json!({"oneOf": names.iter().map(variant).collect::<Vec<_>>()})
    };
    let units = |names: &[&str]| {
        let variant = |name: &&str| json!({"type": "string", "const": name, "description": "One."});
        json!({"oneOf": names.iter().map(variant).collect::<Vec<_>>()})
    };
    let (old, new) = (["one", "two", "three"], ["three", "one", "four"]);
    for (old, new) in [
        (external(&old), external(&new)),
        (internal(&old), internal(&new)),
    ] {
        assert_eq!(
            report(&old, &new),
            [
                "the variant `four` is new (Widened)",
                "the variant `two` is gone (Narrowed)"
            ]
        );
    }
    assert_eq!(
        report(&units(&old), &json!({"type": "string", "enum": new})),
        [
            "the value `\"four\"` is new (Widened)",
            "the value `\"two\"` is gone (Narrowed)"
        ]
    );
}

#[test]
fn nullable_types_are_equal_in_all_notations() {
    let defs = json!({"A": {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}});
    let listed =
        json!({"type": ["integer", "null"], "format": "uint8", "minimum": 0, "maximum": 255});
    let either = json!({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}], "$defs": defs});
    assert_eq!(report(&listed, &either), Vec::<String>::new());
    let never = json!({"$ref": "#/$defs/A", "$defs": defs});
    assert_eq!(
        report(&listed, &never),
        ["cannot be null any more (Narrowed)"]
    );
    assert_eq!(report(&never, &either), ["can be null now (Widened)"]);
}

#[test]
fn a_boolean_of_the_wire_equals_a_json_boolean() {
    let wire = json!({"type": "integer", "format": "boolean", "enum": [0, 1]});
    let maybe = json!({"type": ["integer", "null"], "format": "boolean", "enum": [0, 1, null]});
    assert_eq!(report(&wire, &maybe), ["can be null now (Widened)"]);
    let number = json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255});
    assert_eq!(
        report(&wire, &number),
        ["was a boolean, is a number (Replaced)"]
    );
}

#[test]
fn recursive_schemas_end() {
    let tree = |leaf: &str| {
        json!({"$ref": "#/$defs/Node", "$defs": {"Node": object(
            &json!({"leaf": {"type": leaf}, "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                "all": {"type": "array", "items": {"allOf": [{"$ref": "#/$defs/Node"}]}}}),
            &["leaf"],
        )}})
    };
    assert_eq!(
        report(&tree("string"), &tree("string")),
        Vec::<String>::new()
    );
    let found = report(&tree("string"), &tree("integer"));
    assert!(
        found.contains(&"`leaf`: was text, is a number (Replaced)".to_owned()),
        "{found:?}"
    );
    let circle = json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}});
    assert_eq!(differences(&circle, &circle), []);
}

#[test]
fn an_untrusted_schema_can_neither_exhaust_nor_crash_the_comparison() {
    // Twenty levels of two alternatives each, every one another level of two.
    let mut wide = json!({"type": "string"});
    for _ in 0..20 {
        wide = json!({"anyOf": [wide, wide], "oneOf": [wide, {}]});
        if wide.to_string().len() > 200_000 {
            break;
        }
    }
    let many: Value = (0..3_000)
        .map(|n| json!({"type": "object", "required": [n.to_string()]}))
        .collect();
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({"type": "array", "items": deep});
    }
    let odd = json!({"type": 3, "$ref": 4, "anyOf": {}, "required": "x", "properties": [], "enum": {},
        "allOf": [1, null], "minimum": "0", "items": false, "prefixItems": 0, "patternProperties": []});
    let hostile = [
        wide,
        json!({"anyOf": many}),
        deep,
        odd,
        json!(null),
        json!("text"),
        json!(false),
    ];
    for old in &hostile {
        for new in &hostile {
            let _ = differences(old, new);
        }
    }
}

#[test]
fn whole_numbers_have_the_range_of_their_type() {
    let number = |format: &str| json!({"type": "integer", "format": format, "minimum": 0});
    let found = report(
        &number("uint32"),
        &json!({"type": "integer", "format": "int64"}),
    );
    assert_eq!(
        found,
        [
            "its maximum was 4294967295, is unbounded (Widened)",
            "its minimum was 0, is unbounded (Widened)",
        ]
    );
}
