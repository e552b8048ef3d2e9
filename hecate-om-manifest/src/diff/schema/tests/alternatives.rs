//! Alternatives are matched by the values that they allow, not by their position.

use super::*;

/// Returns the schema with its alternatives in another order.
fn turned(schema: &Value) -> Value {
    let mut turned = schema.clone();
    for key in ["anyOf", "oneOf"] {
        if let Some(all) = turned.get_mut(key).and_then(Value::as_array_mut) {
            all.reverse();
        }
    }
    turned
}

#[test]
fn the_order_of_alternatives_is_no_difference() {
    let arm = |tag: Value, more: Value| object(&json!({"t": {"const": tag}, "more": more}), &["t"]);
    let text = |most: u32| object(&json!({"a": {"type": "string", "maxLength": most}}), &["a"]);
    let by_integers = json!({"oneOf": [
        arm(json!(0), json!({"type": "string"})),
        arm(json!(1), json!({"type": "integer"})),
        arm(json!(2), json!({"type": "array"})),
    ]});
    let by_bounds = json!({"anyOf": [text(5), text(9)]});
    let by_ranges = json!({"anyOf": [
        {"type": "integer", "minimum": 0, "maximum": 9}, {"type": "integer", "minimum": 20, "maximum": 29},
    ]});
    let by_patterns = json!({"anyOf": [
        {"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b", "maxLength": 9},
    ]});
    let by_items = json!({"anyOf": [
        {"type": "array", "items": {"type": "string"}}, {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}]},
    ]});
    let by_what_is_below = json!({"anyOf": [
        object(&json!({"in": by_bounds, "of": by_integers}), &["in"]),
        object(&json!({"in": turned(&by_ranges), "of": by_patterns}), &["in"]),
    ]});
    for schema in [
        by_integers,
        by_bounds,
        by_ranges,
        by_patterns,
        by_items,
        by_what_is_below,
    ] {
        assert_eq!(report(&schema, &turned(&schema)), [""; 0], "{schema}");
    }
}

#[test]
fn a_changed_alternative_is_compared_with_its_own_in_any_order() {
    let text = |most: u32| {
        object(
            &json!({"a": {"type": "string", "maxLength": most}, "b": {}}),
            &["a", "b"],
        )
    };
    let old = json!({"anyOf": [text(5), text(9)]});
    let new = json!({"anyOf": [text(12), text(5)]});
    assert_eq!(
        report(&old, &new),
        ["`<a+b #2>.a`: its maximum length was 9, is 12 (Widened)"]
    );
    assert_eq!(
        report(&new, &old),
        ["`<a+b>.a`: its maximum length was 12, is 9 (Narrowed)"]
    );
}

#[test]
fn the_removal_of_an_alternative_that_another_one_covers_is_no_difference() {
    let number =
        |least: i32, most: i32| json!({"type": "integer", "minimum": least, "maximum": most});
    let old = json!({"anyOf": [number(0, 9), number(0, 99)]});
    assert_eq!(report(&old, &number(0, 99)), [""; 0]);
    assert_eq!(report(&number(0, 99), &old), [""; 0]);
    assert_eq!(
        report(&old, &number(0, 50)),
        ["its maximum was 99, is 50 (Narrowed)"]
    );
    let more = json!({"anyOf": [number(0, 99), number(200, 299)]});
    assert_eq!(report(&old, &more), ["its maximum was 9, is 299 (Widened)"]);
}

#[test]
fn an_alternative_that_only_ignores_fields_covers_no_other() {
    let dry = object(
        &json!({"dry_run": {"type": "integer", "format": "boolean"}}),
        &["dry_run"],
    );
    let real = object(&json!({}), &[]);
    assert_eq!(
        report(&json!({"anyOf": [dry, real]}), &json!({"anyOf": [real]})),
        ["the variant `dry_run` is gone (Narrowed)"]
    );
}

#[test]
fn values_that_an_open_alternative_allows_are_neither_removed_nor_added() {
    let listed = json!({"anyOf": [{"const": 3}, {"type": "integer", "minimum": 10}]});
    let open = json!({"type": "integer", "minimum": 0});
    assert_eq!(
        report(&listed, &open),
        ["its minimum was 10, is unbounded (Widened)"]
            .map(|_| "its minimum was 10, is 0 (Widened)")
    );
    let without = json!({"anyOf": [{"type": "integer", "minimum": 10}, {"const": 4}]});
    assert_eq!(
        report(&listed, &without),
        [
            "the value `3` is gone (Narrowed)",
            "the value `4` is new (Widened)"
        ]
    );
    let numbers = json!({"enum": [1, 2.0, "x"]});
    assert_eq!(report(&numbers, &json!({"enum": ["x", 2, 1.0]})), [""; 0]);
}

#[test]
fn references_are_resolved_in_all_notations() {
    let page = |item: &str| {
        json!({"$ref": "#/$defs/Page%3CItem%3E", "$id": "https://example.org/page", "$defs": {
            "Page<Item>": object(&json!({
                "slash": {"$ref": "#/$defs/a~1b"}, "tilde": {"$ref": "#/$defs/a~0b"},
                "whole": {"$ref": "https://example.org/page#/$defs/a~1b"},
                "anchor": {"$ref": "#here"}, "dynamic": {"$dynamicRef": "#there"},
            }), &[]),
            "a/b": {"type": item}, "a~b": {"type": item},
            "Here": {"$anchor": "here", "type": item}, "There": {"$dynamicAnchor": "there", "type": item},
        }})
    };
    let changes = report(&page("string"), &page("integer"));
    let expected = ["anchor", "dynamic", "slash", "tilde", "whole"]
        .map(|name| format!("`{name}`: was text, is a number (Replaced)"));
    assert_eq!(changes, expected);
    // The same schema with other names and in another form.
    let plain = json!({"$ref": "#/$defs/Page", "$defs": {"Page": object(&json!({"a": {"type": "string"}}), &[])}});
    let generic = json!({"$ref": "#/$defs/Page%3Cu8%3E", "$defs": {"Page<u8>": object(&json!({"a": {"type": "string"}}), &[])}});
    assert_eq!(report(&plain, &generic), [""; 0]);
}

#[test]
fn a_changed_reference_without_a_target_is_undecided() {
    let to = |name: &str| json!({"$ref": name, "x": name});
    let same = json!({"$ref": "https://example.org/a", "x": 1});
    assert_eq!(report(&to("https://example.org/a"), &same), [""; 0]);
    let changes = report(&to("https://example.org/a"), &to("https://example.org/b"));
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(
        changes[0].ends_with("cannot be compared (Undecided)"),
        "{changes:?}"
    );
}

#[test]
fn a_reference_without_a_target_may_be_anything() {
    let missing = json!({"$ref": "#/$defs/Missing"});
    let undecided = |change: &str| {
        let what = "`#/$defs/Missing`, which its schema does not resolve: cannot be compared";
        vec![format!("{change} {what} (Undecided)")]
    };
    for other in [
        json!({}),
        json!({"type": "string"}),
        object(&json!({"a": {}}), &["a"]),
    ] {
        assert_eq!(
            report(&missing, &other),
            undecided("referred to"),
            "{other}"
        );
        assert_eq!(report(&other, &missing), undecided("refers to"), "{other}");
        let either = json!({"anyOf": [missing, {"type": "null"}]});
        assert_eq!(report(&other, &either), undecided("refers to"), "{other}");
    }
    // The known keywords beside it still count.
    let list = |kind: &str| object(&json!({"a": missing, "b": {"type": kind}}), &[]);
    let changes = report(&list("string"), &list("integer"));
    assert_eq!(changes, ["`b`: was text, is a number (Replaced)"]);
}

#[test]
fn keywords_that_apply_together_are_compared_together() {
    let old = json!({"allOf": [{"type": "integer", "minimum": 0}, {"minimum": 5}], "maximum": 9});
    assert_eq!(
        report(
            &old,
            &json!({"type": "integer", "minimum": 5, "maximum": 9})
        ),
        [""; 0]
    );
    let fields = json!({"allOf": [
        object(&json!({"a": {"type": ["string", "null"]}}), &[]),
        object(&json!({"a": {"type": ["string", "integer"]}}), &["a"]),
    ]});
    assert_eq!(
        report(&fields, &object(&json!({"a": {"type": "string"}}), &["a"])),
        [""; 0]
    );
}
