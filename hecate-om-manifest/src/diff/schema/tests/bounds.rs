//! The work is bounded, and nothing beyond the bound is reported as a change.

use serde_json::Map;

use super::*;

/// Definitions that each allow one of two references to the next definition; the last is `last`.
fn nested(count: usize, last: &Value) -> Value {
    let mut defs = Map::new();
    for n in 0..count {
        let next = json!({"$ref": format!("#/$defs/D{}", n + 1)});
        defs.insert(format!("D{n}"), json!({"anyOf": [next, next]}));
    }
    defs.insert(format!("D{count}"), last.clone());
    json!({"$ref": "#/$defs/D0", "$defs": defs})
}

/// Definitions whose alternatives all differ, so that there are two to the power of `count`.
fn exponential(count: usize) -> Value {
    let mut defs = Map::new();
    for n in 0..count {
        let next = format!("#/$defs/D{}", n + 1);
        defs.insert(
            format!("D{n}"),
            json!({"anyOf": [{"$ref": next, "minLength": n + 1}, {"$ref": next, "maxLength": 100 + n}]}),
        );
    }
    defs.insert(format!("D{count}"), json!({"type": "string"}));
    json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/D0"}}, "$defs": defs})
}

/// Returns the same schema in another form, beside an unknown keyword.
fn marked(schema: &Value) -> Value {
    let mut marked = schema.clone();
    if let Some(schema) = marked.as_object_mut() {
        schema.insert("x-mark".into(), json!(true));
    }
    marked
}

#[test]
fn definitions_that_refer_to_the_next_one_twice_are_compared_once_each() {
    for last in [json!(false), json!({"type": "string"}), json!({})] {
        for count in [24, 30, 60] {
            let schema = nested(count, &last);
            assert_eq!(report(&schema, &marked(&schema)), [""; 0], "{count}");
            let other = nested(count, &json!({"type": "integer"}));
            let found = report(&schema, &other);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(!found[0].contains("Undecided"), "{found:?}");
        }
    }
}

#[test]
fn schemas_that_allow_nothing_are_equal_below_a_field() {
    let field = |mark: &str| {
        let mut schema = nested(30, &json!(false));
        schema["$ref"].take();
        schema["properties"] = json!({"a": {"$ref": "#/$defs/D0"}, mark: {}});
        schema
    };
    assert_eq!(
        report(&field("b"), &field("c")),
        ["`b`: is gone (Dropped)", "`c`: is new and optional (Added)"]
    );
}

#[test]
fn fields_that_refer_to_the_next_type_twice_are_compared_once_each() {
    let nested = |leaf: &str| {
        let mut defs = Map::new();
        for n in 0..40 {
            let next = json!({"$ref": format!("#/$defs/D{}", n + 1)});
            defs.insert(
                format!("D{n}"),
                object(&json!({"a": next, "b": next}), &["a"]),
            );
        }
        defs.insert("D40".into(), object(&json!({"leaf": {"type": leaf}}), &[]));
        json!({"$ref": "#/$defs/D0", "$defs": defs})
    };
    assert_eq!(
        report(&nested("string"), &marked(&nested("string"))),
        [""; 0]
    );
    let changes = report(&nested("string"), &nested("integer"));
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(
        changes[0].contains("was text, is a number (Replaced)"),
        "{changes:?}"
    );
}

#[test]
fn too_many_alternatives_are_undecided_and_break_nobody() {
    let schema = exponential(24);
    assert_eq!(differences(&schema, &schema), []);
    let mut other = exponential(24);
    other["properties"]["b"] = json!({"type": "string"});
    other["required"] = json!(["b"]);
    let changes = differences(&schema, &other);
    let found: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        ["`a`: is too complex to compare", "`b`: is new and required"]
    );
    let undecided = &changes[0];
    assert_eq!(undecided.effect, Effect::Undecided);
    assert!(!undecided.breaks(Direction::Request) && !undecided.breaks(Direction::Response));
}

#[test]
fn large_untagged_types_that_refer_to_each_other_are_compared() {
    // A `#[serde(untagged)]` expression with twenty-four alternatives, all with the same fields.
    let expressions = |most: u32| {
        let way = |n: u32| {
            object(
                &json!({"op": {"type": "string", "maxLength": if n == 23 { most } else { n + 1 }},
                    "left": {"$ref": "#/$defs/Expression"}, "right": {"$ref": "#/$defs/Term"}}),
                &["op", "left", "right"],
            )
        };
        let ways: Vec<Value> = (0..24).map(way).collect();
        let turned: Vec<Value> = ways.iter().rev().cloned().collect();
        json!({"$ref": "#/$defs/Expression", "$defs": {
            "Expression": {"anyOf": ways},
            "Term": {"anyOf": turned},
        }})
    };
    let (old, mut same) = (expressions(24), expressions(24));
    for name in ["Expression", "Term"] {
        same["$defs"][name]["anyOf"]
            .as_array_mut()
            .unwrap()
            .reverse();
    }
    assert_eq!(report(&old, &same), [""; 0]);
    let changes = report(&old, &expressions(50));
    assert!(!changes.is_empty());
    for change in changes {
        assert!(
            change.ends_with("its maximum length was 24, is 50 (Widened)"),
            "{change}"
        );
    }
}

#[test]
fn a_schema_beyond_the_bounds_is_undecided_as_a_whole() {
    let mut deep = json!({"type": "string"});
    for _ in 0..400 {
        deep = json!({"type": "array", "items": deep});
    }
    let fields: Map<String, Value> = (0..120_000)
        .map(|n| (format!("f{n}"), json!(true)))
        .collect();
    let large = json!({"type": "object", "properties": fields});
    let long = json!({"type": "string", "pattern": "a".repeat(10_000)});
    // Every pair of alternatives with one label, and every field of each pair.
    let wide = |by: usize| -> Value {
        let ways: Vec<Value> = (0..500)
            .map(|n| object(&json!({"a": {"type": "string", "maxLength": n + by}, "b": {"type": "string", "minLength": n}}), &["a", "b"]))
            .collect();
        json!({"anyOf": ways})
    };
    for (old, new) in [
        (deep.clone(), marked(&deep)),
        (large.clone(), marked(&large)),
        (long.clone(), marked(&long)),
        (wide(1), wide(1_000)),
    ] {
        assert_eq!(differences(&old, &old), [], "the same is seen at once");
        let changes = differences(&old, &new);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].to_string(), "is too complex to compare");
        assert_eq!(changes[0].effect, Effect::Undecided);
    }
}

#[test]
fn cyclic_references_of_any_length_end() {
    let mut defs = Map::new();
    for n in 0..1_000 {
        defs.insert(
            format!("D{n}"),
            json!({"$ref": format!("#/$defs/D{}", (n + 1) % 1_000)}),
        );
    }
    let circle = json!({"$ref": "#/$defs/D0", "$defs": defs});
    let itself = json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}});
    let either = json!({"$ref": "#/$defs/A", "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#"}]}}});
    for schema in [circle, itself, either] {
        let changes = differences(&schema, &marked(&schema));
        assert!(
            changes
                .iter()
                .all(|change| change.effect == Effect::Undecided),
            "{changes:?}"
        );
    }
    // A chain of types may have any length, because each type is a separate location.
    let mut defs = Map::new();
    for n in 0..3_000 {
        defs.insert(
            format!("D{n}"),
            object(
                &json!({"next": {"$ref": format!("#/$defs/D{}", n + 1)}}),
                &[],
            ),
        );
    }
    let mut chain = json!({"$ref": "#/$defs/D0", "$defs": defs});
    let old = chain.clone();
    chain["$defs"]["D2999"]["required"] = json!(["next"]);
    let changes = report(&old, &chain);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(
        changes[0].ends_with("is required now (Narrowed)"),
        "{changes:?}"
    );
    assert!(changes[0].len() < 2_000, "the length of a path is limited");
}

#[test]
fn a_long_list_of_differences_is_cut_off_with_a_note() {
    let fields = |from: usize| -> Value {
        let fields: Map<String, Value> = (from..from + 2_000)
            .map(|n| (format!("f{n}"), json!({})))
            .collect();
        object(&Value::Object(fields), &[])
    };
    let changes = differences(&fields(0), &fields(10_000));
    assert_eq!(changes.len(), 1_001);
    assert_eq!(changes[0].effect, Effect::Undecided);
    assert!(
        changes[0].what.contains("the others are omitted"),
        "{}",
        changes[0]
    );
}
