//! Table of pairs of manifests: their differences, and whom these break.

use std::fmt::Write as _;

use expect_test::expect_file;
use hecate_om_manifest::Manifest;
use hecate_om_manifest::diff::between;
use serde_json::{Value, json};

/// Returns the capability of all pairs, without the fields that a pair sets.
fn base() -> Value {
    json!({
        "name": "rag.search", "version": 1, "procedure": "hecate-rag/rag.search", "crate": "rag",
        "request": "Search", "response": "Found",
        "request_schema": {"type": "string"}, "response_schema": {"type": "string"},
    })
}

/// Reads one side of a pair, `request {"type": "integer"}`: fields to set in [`base`].
fn manifest(side: &str) -> Manifest {
    let (what, json) = side.split_once(' ').unwrap_or((side, "{}"));
    let fields: Value =
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {side}"));
    let mut capability = base();
    let mut manifest = json!({"name": "hecate-rag"});
    let over = |under: &mut Value, fields: Value| {
        for (key, value) in fields.as_object().cloned().unwrap_or_default() {
            under[key] = value;
        }
    };
    match what {
        "request" => capability["request_schema"] = fields,
        "response" => capability["response_schema"] = fields,
        "capability" => over(&mut capability, fields),
        "service" => over(&mut manifest, fields),
        "nothing" => capability = Value::Null,
        other => panic!("`{other}` is not a side: {side}"),
    }
    manifest["capabilities"] = match capability {
        Value::Null => json!([]),
        capability => json!([capability]),
    };
    Manifest::parse(&manifest.to_string()).unwrap_or_else(|error| panic!("{error}: {side}"))
}

/// Renders a pair and its differences.
fn render(pair: &str) -> String {
    let lines: Vec<&str> = pair.lines().map(str::trim).collect();
    let [name, old, new, ..] = lines.as_slice() else {
        panic!("not a name and two sides: {pair}");
    };
    let side = |line: &str, sign: &str| {
        let side = line.strip_prefix(sign);
        manifest(side.unwrap_or_else(|| panic!("not a side: {line}")).trim())
    };
    let mut text = format!("{name}\n  {old}\n  {new}\n");
    let changes = between(&side(old, "-"), &side(new, "+"));
    if changes.is_empty() {
        text.push_str("  = the same\n");
    }
    for change in changes {
        let severity = serde_json::to_value(change.severity).unwrap();
        let affects = serde_json::to_value(change.affects).unwrap();
        let (severity, affects) = (severity.as_str().unwrap(), affects.as_str().unwrap());
        writeln!(text, "  = {severity}, {affects}: {change}").unwrap();
    }
    text
}

/// `UPDATE_EXPECT=1` updates the table; review the difference.
#[test]
fn each_pair_of_manifests_differs_as_in_the_table() {
    let table = include_str!("diff.txt");
    let (head, pairs) = table.split_once("\n\n").unwrap();
    let pairs: Vec<String> = pairs.trim().split("\n\n").map(render).collect();
    assert!(pairs.len() >= 40, "{}", pairs.len());
    expect_file!["diff.txt"].assert_eq(&format!("{head}\n\n{}", pairs.join("\n")));
}
