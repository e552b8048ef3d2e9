//! Definitions with everything that they refer to, by which equal types of several documents are
//! recognized.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::schema::{referred, size};

/// Maximum number of JSON values compared to name types; a service with a thousand types needs a
/// tenth of this number.
const MAX_COMPARED: usize = 500_000;

/// The definitions of a document, without the parts that differ between requests and responses of
/// one type.
#[derive(Debug)]
pub(super) struct Closures(BTreeMap<String, Definition>);

#[derive(Debug)]
struct Definition {
    text: String,
    /// Number of JSON values.
    size: usize,
    /// Names of the definitions that it refers to.
    references: Vec<String>,
}

impl Closures {
    /// Reads the definitions of a document, whose root is the definition `whole`.
    pub(super) fn new(defs: &Map<String, Value>, whole: &str) -> Self {
        let definition = |(name, schema): (&String, &Value)| {
            let (size, mut schema, mut references) = (size(schema), schema.clone(), Vec::new());
            strip(&mut schema, whole, &mut references, 0);
            let text = schema.to_string();
            let definition = Definition {
                text,
                size,
                references,
            };
            (name.clone(), definition)
        };
        Self(defs.iter().map(definition).collect())
    }

    /// Returns the text of a definition and of everything that it refers to.
    ///
    /// Counts the JSON values in `compared`; returns `None` if there are too many.
    pub(super) fn of(&self, name: &str, compared: &mut usize) -> Option<String> {
        let mut open = vec![name];
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            let Some(definition) = self.0.get(name) else {
                continue;
            };
            *compared += definition.size;
            if *compared > MAX_COMPARED {
                return None;
            }
            open.extend(definition.references.iter().map(String::as_str));
        }
        let text = |name: &str| {
            let text = self.0.get(name).map_or("null", |known| &known.text);
            // A name may contain any characters, so that it is quoted.
            format!("{name:?}:{text},")
        };
        Some(seen.into_iter().map(text).collect())
    }
}

fn strip(schema: &mut Value, whole: &str, references: &mut Vec<String>, depth: usize) {
    match schema {
        Value::Object(object) if depth < 64 => {
            if let Some(name) = referred(object, whole) {
                // The same type may be the root of another document.
                object.insert("$ref".into(), name.clone().into());
                references.push(name);
            }
            for key in [
                "required",
                "default",
                "title",
                "examples",
                "description",
                "$schema",
            ] {
                // An object here is the schema of a field whose name is a keyword.
                if !object.get(key).is_some_and(Value::is_object) {
                    object.remove(key);
                }
            }
            if object.get("additionalProperties") == Some(&Value::Bool(false)) {
                object.remove("additionalProperties");
            }
            object
                .values_mut()
                .for_each(|value| strip(value, whole, references, depth + 1));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|value| strip(value, whole, references, depth + 1)),
        _ => {}
    }
}
