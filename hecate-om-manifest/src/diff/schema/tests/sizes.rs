//! The sizes of schemas: what is read, how many alternatives are compared, and what holds beyond.

use super::super::document::{MAX_ARMS, MAX_NESTING, MAX_TEXT, MAX_VALUES};
use super::super::value_path::MAX_PATH;
use super::super::work::MAX_WORK;
use super::*;

fn is_read(schema: &Value) -> bool {
    Document::read(schema).is_some()
}

/// Returns the number of alternatives of a schema, if they are compared.
fn alternatives(schema: &Value) -> Option<usize> {
    let mut document = Document::read(schema)?;
    let location = document.location(&[schema], &mut work::WorkBudget::new());
    let arms = document.arms_of(location.ok()?)?;
    Some(arms.len())
}

/// Returns `count` schemas, which all differ.
fn different(count: usize) -> Value {
    (1..=count).map(|n| json!({"maxLength": n})).collect()
}

#[test]
fn texts_are_read_up_to_their_greatest_length_and_prose_of_any_length() {
    let long = "x".repeat(MAX_TEXT);
    let longer = format!("{long}x");
    for (text, fits) in [(&long, true), (&longer, false)] {
        assert_eq!(is_read(&json!({"properties": {text: {}}})), fits, "a name");
        assert_eq!(is_read(&json!({"const": text})), fits, "a constant");
        assert_eq!(is_read(&json!({"enum": [text]})), fits, "listed");
        for prose in ["title", "description", "$comment"] {
            assert!(is_read(&json!({prose: text})), "{prose}");
        }
    }
}

#[test]
fn values_are_read_up_to_their_greatest_number_and_depth() {
    let many = |count: usize| Value::Array(vec![Value::Null; count - 1]);
    assert!(is_read(&many(MAX_VALUES)));
    assert!(!is_read(&many(MAX_VALUES + 1)));
    let forms: [fn(Value) -> Value; 2] = [|below| json!([below]), |below| json!({"not": below})];
    for form in forms {
        let deep = |depth: usize| (0..depth).fold(json!(true), |below, _| form(below));
        assert!(is_read(&deep(MAX_NESTING)));
        assert!(!is_read(&deep(MAX_NESTING + 1)));
    }
}

#[test]
fn references_are_followed_up_to_the_longest_chain() {
    let chain = |length: usize| {
        let mut schema = json!({"$ref": "#/$defs/D1", "$defs": {}});
        for n in 1..length {
            schema["$defs"][format!("D{n}")] = json!({"$ref": format!("#/$defs/D{}", n + 1)});
        }
        schema["$defs"][format!("D{length}")] = json!({"type": "string"});
        schema
    };
    assert_eq!(alternatives(&chain(MAX_NESTING - 1)), Some(1));
    assert_eq!(alternatives(&chain(MAX_NESTING)), None);
}

#[test]
fn alternatives_are_compared_up_to_their_greatest_number() {
    let any_of = |count| json!({"anyOf": different(count)});
    assert_eq!(alternatives(&any_of(MAX_ARMS)), Some(MAX_ARMS));
    assert_eq!(alternatives(&any_of(MAX_ARMS + 1)), None);
    let of_two_types = |count| json!({"type": ["string", "integer"], "anyOf": different(count)});
    assert_eq!(alternatives(&of_two_types(MAX_ARMS / 2)), Some(MAX_ARMS));
    assert_eq!(alternatives(&of_two_types(MAX_ARMS / 2 + 1)), None);
    let combined = |a, b| json!({"anyOf": different(a), "oneOf": different(b)});
    assert_eq!(alternatives(&combined(MAX_ARMS / 16, 16)), Some(MAX_ARMS));
    assert_eq!(alternatives(&combined(MAX_ARMS / 8 + 1, 8)), None);
    let nothing = json!({"allOf": [any_of(MAX_ARMS + 1), false]});
    assert_eq!(alternatives(&nothing), Some(0), "nothing satisfies `false`");
}

#[test]
fn a_schema_that_is_too_large_to_compare_equals_itself_apart_from_annotations() {
    let large = |schema: Value| {
        let padding = vec![Value::Null; MAX_VALUES];
        json!({"title": schema["title"], "allOf": [schema], "x-padding": padding})
    };
    let too_complex = ["is too complex to compare (Undecided)"];
    let equal = [
        (json!({"title": "Old"}), json!({"title": "New"})),
        (
            json!({"title": "Old"}),
            json!({"title": "New", "default": 1}),
        ),
        (
            json!({"items": {"title": "Old", "type": "string"}}),
            json!({"items": {"title": "New", "type": "string"}}),
        ),
    ];
    for (old, new) in equal {
        assert_eq!(report(&large(old), &large(new)), [""; 0]);
    }
    let different = [
        (json!({"type": "string"}), json!({"type": "integer"})),
        (json!({"type": "string"}), json!({})),
        (
            json!({"type": ["string"]}),
            json!({"type": ["string", "null"]}),
        ),
        (
            json!({"const": {"title": 1}}),
            json!({"const": {"title": 2}}),
        ),
        (
            json!({"properties": {"title": {"type": "string"}}}),
            json!({"properties": {"title": {"type": "integer"}}}),
        ),
    ];
    for (old, new) in different {
        assert_eq!(report(&large(old), &large(new)), too_complex);
    }
}

#[test]
fn types_are_generated_unless_a_schema_contains_itself_without_end_or_is_too_complex() {
    let tree = json!({"$ref": "#/$defs/Tree", "$defs": {
        "Tree": object(&json!({"all": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}), &[])}});
    assert_eq!(problem(&tree), None);
    let circle = json!({"$ref": "#/$defs/A"});
    let endless = Some("a part of its schema contains itself without end");
    let in_a_field = json!({"properties": {"a": circle}, "$defs": {"A": circle}});
    assert_eq!(problem(&in_a_field), endless);
    let in_a_list = json!({"prefixItems": [{"anyOf": [{"$ref": "#/prefixItems/0"}]}]});
    assert_eq!(problem(&in_a_list), endless);
    let complex = json!({"properties": {"a": {"anyOf": different(MAX_ARMS + 1)}}});
    assert_eq!(problem(&complex), Some("its schema is too complex"));
}

#[test]
fn a_reference_names_its_definition_decoded() {
    let name = |reference| definition(reference);
    assert_eq!(
        name("#/$defs/Page%3CItem%3E"),
        Some("Page<Item>".to_owned())
    );
    assert_eq!(name("#/$defs/a~1b~0c"), Some("a/b~c".to_owned()));
    assert_eq!(name("#/properties/a"), None);
}

#[test]
fn a_long_path_is_cut() {
    let end_of_path = |length: usize| {
        // Names of 32 bytes with their dots; the first is longer by the rest.
        let nested = |leaf: &str| {
            let mut schema = object(&json!({"a": {"type": leaf}}), &[]);
            for n in (0..length / 32).rev() {
                let name = "x".repeat(if n == 0 { 32 + length % 32 } else { 31 });
                schema = object(&json!({name: schema}), &[]);
            }
            schema
        };
        let changes = differences(&nested("string"), &nested("integer"));
        changes[0].path.get(length..).unwrap().to_owned()
    };
    assert_eq!(end_of_path(MAX_PATH - 2), ".a");
    assert_eq!(end_of_path(MAX_PATH + 1), "…");
}

#[test]
fn the_work_of_a_comparison_is_limited() {
    let mut work = work::WorkBudget::new();
    assert!(work.spend(MAX_WORK).is_ok());
    assert!(work.spend(1).is_err());
}
