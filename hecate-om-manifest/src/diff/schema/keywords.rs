//! The keywords of JSON Schema 2020-12, by what a change of one means.

/// Keywords that say nothing of which values are allowed: a change of one is no difference.
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

/// Keywords that confine a value of each kind, beside those of [`ANY`].
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

/// Keywords that confine a value whatever its kind.
pub(super) const ANY: [&str; 8] = [
    "type", "const", "enum", "format", "not", "if", "then", "else",
];

/// Whether an object with this keyword confines a value by itself.
pub(super) fn confines(keyword: &str) -> bool {
    [&OBJECT[..], &LIST, &TEXT, &NUMBER, &ANY]
        .iter()
        .any(|all| all.contains(&keyword))
}

/// Whether what stands under the keyword are schemas by names that are no keywords.
pub(super) fn has_names(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions"
    )
}

/// Whether what stands under the keyword is a value and no schema.
pub(super) fn has_values(keyword: &str) -> bool {
    matches!(keyword, "const" | "enum" | "required" | "dependentRequired")
}

/// Whether the text under the keyword is for people, and may be long.
pub(super) fn is_prose(keyword: &str) -> bool {
    matches!(keyword, "title" | "description" | "$comment")
}
