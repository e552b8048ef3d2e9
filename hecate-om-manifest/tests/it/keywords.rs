//! The table of keywords in `docs/versions.md`, generated from pairs of schemas and compared with
//! the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use hecate_om_manifest::diff::schema::{Direction, Effect, differences};
use serde_json::Value;

/// A row of the table: its keywords, the change, and pairs of schemas with this change.
struct Row {
    keywords: &'static str,
    change: &'static str,
    pairs: Vec<(&'static str, &'static str)>,
}

fn rows() -> Vec<Row> {
    let (_, blocks) = include_str!("keywords.txt").split_once("\n\n").unwrap();
    let row = |block: &'static str| {
        let mut lines = block.lines().map(str::trim);
        let (keywords, change) = lines.next().unwrap().split_once(" | ").unwrap();
        let side = |line: &'static str, sign| {
            let side = line.strip_prefix(sign);
            side.unwrap_or_else(|| panic!("no side of a pair: {line}"))
        };
        let lines: Vec<&str> = lines.collect();
        let pairs = lines
            .chunks(2)
            .map(|pair| (side(pair[0], "- "), side(pair[1], "+ ")));
        Row {
            keywords,
            change,
            pairs: pairs.collect(),
        }
    };
    blocks.trim().split("\n\n").map(row).collect()
}

/// The keywords of JSON Schema 2020-12, by its vocabularies.
const KEYWORDS: [&str; 57] = [
    "$schema",
    "$vocabulary",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$ref",
    "$dynamicRef",
    "$defs",
    "$comment",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "prefixItems",
    "items",
    "contains",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    "format",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
];

/// Returns the effect of the changes on calls.
fn outcome(changes: &[(Effect, bool)]) -> &'static str {
    let undecided = changes
        .iter()
        .any(|(effect, _)| *effect == Effect::Undecided);
    match (changes.iter().any(|(_, breaks)| *breaks), undecided) {
        (true, _) => "breaks",
        (false, true) => "undecided",
        (false, false) => "holds",
    }
}

/// Returns the outcomes of a pair for requests and for responses.
fn outcomes(old: &str, new: &str) -> [&'static str; 2] {
    let read = |text: &str| -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    let changes = differences(&read(old), &read(new));
    [Direction::Request, Direction::Response].map(|direction| {
        let changes = changes.iter();
        outcome(
            &changes
                .map(|change| (change.effect, change.breaks(direction)))
                .collect::<Vec<_>>(),
        )
    })
}

const HEAD: &str = "| keyword | change | request | response |\n|---|---|---|---|\n";

#[test]
fn the_page_describes_the_effect_of_each_keyword() {
    let mut table = HEAD.to_owned();
    for Row {
        keywords,
        change,
        pairs,
    } in rows()
    {
        let all: BTreeSet<_> = pairs.iter().map(|(old, new)| outcomes(old, new)).collect();
        let each: Vec<_> = pairs
            .iter()
            .map(|(old, new)| (old, new, outcomes(old, new)))
            .collect();
        assert_eq!(
            all.len(),
            1,
            "one row, one outcome: {keywords}, {change}: {each:#?}"
        );
        let [request, response] = all.into_iter().next().unwrap();
        writeln!(table, "| {keywords} | {change} | {request} | {response} |").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/versions.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(HEAD).expect("the page has the table");
    let (_, after) = rest.split_once("\n\n").expect("more comes after it");
    let expected = format!("{before}{table}\n{after}");
    if page != expected && std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, expected).unwrap();
    } else {
        assert!(page == expected, "update it with UPDATE_EXPECT=1:\n{table}");
    }
}

#[test]
fn the_table_lacks_no_keyword() {
    let listed: BTreeSet<&str> = rows()
        .iter()
        .flat_map(|row| row.keywords.split('`').skip(1).step_by(2))
        .collect();
    let missing: Vec<_> = KEYWORDS
        .iter()
        .filter(|word| !listed.contains(*word))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn each_row_is_about_the_keywords_that_it_names() {
    for Row {
        keywords,
        change,
        pairs,
    } in rows()
    {
        let text: String = pairs.iter().flat_map(|(old, new)| [*old, *new]).collect();
        for keyword in keywords.split('`').skip(1).step_by(2) {
            if KEYWORDS.contains(&keyword) {
                assert!(
                    text.contains(&format!("\"{keyword}\"")),
                    "{keyword}, {change}"
                );
            }
        }
    }
}
