//! The keywords of JSON Schema 2020-12, grouped by the effect of a change.

/// Keywords that do not restrict the allowed values; a change of one is no difference.
pub(super) const ANNOTATIONS: [&str; 11] = [
    "$comment",
    "$id",
    "$schema",
    "$vocabulary",
    "default",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// Keywords that restrict one kind of value, in addition to [`ANY`].
pub(super) const OBJECT: [&str; 10] = [
    "properties",
    "required",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
];
pub(super) const LIST: [&str; 9] = [
    "prefixItems",
    "items",
    "unevaluatedItems",
    "contains",
    "minContains",
    "maxContains",
    "minItems",
    "maxItems",
    "uniqueItems",
];
pub(super) const TEXT: [&str; 6] = [
    "minLength",
    "maxLength",
    "pattern",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
];
pub(super) const NUMBER: [&str; 5] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

/// Keywords that restrict values of every kind.
pub(super) const ANY: [&str; 8] = [
    "type", "const", "enum", "format", "not", "if", "then", "else",
];

/// Returns whether this keyword restricts values.
pub(super) fn confines(keyword: &str) -> bool {
    [&OBJECT[..], &LIST, &TEXT, &NUMBER, &ANY]
        .iter()
        .any(|all| all.contains(&keyword))
}

/// Returns whether the keyword contains schemas by name.
pub(super) fn has_names(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions"
    )
}

/// Returns whether the keyword contains plain values rather than schemas.
pub(super) fn has_values(keyword: &str) -> bool {
    matches!(keyword, "const" | "enum" | "required" | "dependentRequired")
}

/// Returns whether the keyword contains text for people, which may be long.
pub(super) fn is_prose(keyword: &str) -> bool {
    matches!(keyword, "title" | "description" | "$comment")
}
