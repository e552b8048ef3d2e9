//! Schemas of tools: with an object at the root and, where types do not contain themselves, without
//! references, because some clients resolve none.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi::Components;

/// Maximum number of schemas in a tool. What is beyond it counts as any value.
const MAX_SCHEMAS: usize = 5_000;
/// Name of the schema itself among its types.
const ROOT: &str = "Type";
const PREFIX: &str = "#/components/schemas/";

/// Returns a schema of a service with its types in place. Types that contain themselves are in
/// `$defs` of the second value.
pub(super) fn inlined(schema: Option<&Value>) -> (Value, Map<String, Value>) {
    let mut components = Components::default();
    components.add(ROOT, schema);
    let mut inliner = Inliner {
        components: components.into_schemas(),
        recursive: BTreeSet::new(),
        schemas: 0,
    };
    let Some(root) = inliner.components.get(ROOT).cloned() else {
        return (json!({"type": "null"}), Map::new());
    };
    let root = inliner.value(&root, &mut vec![ROOT.to_owned()]);
    let mut defs = Map::new();
    while let Some(name) = inliner
        .recursive
        .iter()
        .find(|name| !defs.contains_key(*name))
        .cloned()
    {
        let schema = inliner.components.get(&name).cloned().unwrap_or_default();
        let schema = inliner.value(&schema, &mut vec![name.clone()]);
        defs.insert(name, schema);
    }
    (root, defs)
}

/// Returns whether clients take the schema as the root of a tool's.
pub(super) fn is_object(schema: &Value) -> bool {
    let has = |key| schema.get(key).is_some();
    schema.get("type").is_some_and(|kind| kind == "object")
        && !["anyOf", "oneOf", "allOf", "$ref", "enum", "not"]
            .into_iter()
            .any(has)
}

struct Inliner {
    components: Map<String, Value>,
    /// Types that contain themselves.
    recursive: BTreeSet<String>,
    schemas: usize,
}

impl Inliner {
    fn value(&mut self, value: &Value, stack: &mut Vec<String>) -> Value {
        match value {
            Value::Object(object) => self.object(object, stack),
            Value::Array(all) => all.iter().map(|value| self.value(value, stack)).collect(),
            other => other.clone(),
        }
    }

    fn object(&mut self, object: &Map<String, Value>, stack: &mut Vec<String>) -> Value {
        self.schemas += 1;
        if self.schemas > MAX_SCHEMAS {
            return json!({});
        }
        let target = object.get("$ref").and_then(Value::as_str);
        let Some(name) = target.and_then(|target| target.strip_prefix(PREFIX)) else {
            let entries = object.iter();
            return entries
                .map(|(key, value)| (key.clone(), self.value(value, stack)))
                .collect();
        };
        if stack.iter().any(|open| open == name) {
            self.recursive.insert(name.to_owned());
            return json!({"$ref": format!("#/$defs/{name}")});
        }
        let Some(schema) = self.components.get(name).cloned() else {
            return json!({});
        };
        stack.push(name.to_owned());
        let mut inlined = self.value(&schema, stack);
        stack.pop();
        // What stands beside a reference, such as a description, is that of its place.
        if let Some(inlined) = inlined.as_object_mut() {
            for (key, value) in object.iter().filter(|(key, _)| *key != "$ref") {
                inlined.insert(key.clone(), value.clone());
            }
        }
        inlined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_in_place_except_those_that_contain_themselves() {
        let schema = json!({
            "type": "object",
            "properties": {
                "flag": {"$ref": "#/$defs/Flag", "description": "Here."},
                "tree": {"$ref": "#/$defs/Tree"},
            },
            "$defs": {
                "Flag": {"type": "integer", "format": "boolean", "enum": [0, 1]},
                "Tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}}},
            },
        });
        let (root, defs) = inlined(Some(&schema));
        let tree = json!({"type": "object", "properties": {"left": {"$ref": "#/$defs/Type_Tree"}}});
        assert_eq!(
            root,
            json!({"type": "object", "properties": {
                "flag": {"type": "boolean", "description": "Here."}, "tree": tree,
            }})
        );
        assert_eq!(Value::Object(defs), json!({ "Type_Tree": tree }));
        assert!(is_object(&root) && !is_object(&json!({"type": "object", "anyOf": []})));
    }

    #[test]
    fn a_schema_that_branches_exponentially_is_cut() {
        let mut defs = Map::new();
        for n in 0..40 {
            let next = json!({"$ref": format!("#/$defs/D{}", n + 1)});
            defs.insert(
                format!("D{n}"),
                json!({"properties": {"a": next, "b": next}}),
            );
        }
        defs.insert("D40".into(), json!({}));
        let (root, _) = inlined(Some(&json!({"$ref": "#/$defs/D0", "$defs": defs})));
        assert!(root.to_string().len() < 200 * MAX_SCHEMAS);
    }
}
