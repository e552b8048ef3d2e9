//! Restores booleans, which are 0 and 1 on the wire, by a response's JSON Schema.

use hecate_om_manifest::diff::schema::definition;
use serde_json::{Map, Value};

/// Maximum number of schemas visited for a value: a provider's schema may branch exponentially.
const MAX_STEPS: usize = 1_000_000;

/// Number of listed values, or bytes of a reference, that count as another visited schema. A
/// provider may send a list of many values, whose schema lists many others.
const COMPARED_IN_A_STEP: usize = 8;

/// Maximum depth of references and nested schemas for one value.
const MAX_CHAIN: usize = 64;

/// Replaces numbers by booleans where the schema has a boolean.
pub fn restore_booleans(schema: &Value, value: &mut Value) {
    Booleans::of(schema).restore(schema, value);
}

/// Restores the booleans of several values by one schema and its parts. Their work together is
/// bounded.
#[derive(Debug)]
pub struct Booleans<'a> {
    root: &'a Value,
    steps: usize,
}

impl<'a> Booleans<'a> {
    /// Returns the walk of a schema, which has the types that its parts refer to.
    #[must_use]
    pub const fn of(root: &'a Value) -> Self {
        Self { root, steps: 0 }
    }

    /// Replaces numbers by booleans in a value of this part of the schema.
    pub fn restore(&mut self, schema: &'a Value, value: &mut Value) {
        let original = value.clone();
        self.apply(schema, value, 0);
        if self.steps > MAX_STEPS {
            // Restore no booleans: restoring only some of them would be worse.
            *value = original;
        }
    }

    /// Counts the work for a value on a schema, and returns the schema if it is an object.
    fn step(&mut self, schema: &'a Value) -> Option<&'a Map<String, Value>> {
        let object = schema.as_object();
        let compared = object.map_or(0, |object| {
            let entries = ["type", "enum", "required"].map(|key| list(object, key).len());
            let reference = object.get("$ref").and_then(Value::as_str);
            entries.iter().sum::<usize>() + reference.map_or(0, str::len)
        });
        self.steps += 1 + compared / COMPARED_IN_A_STEP;
        object
    }

    fn apply(&mut self, schema: &'a Value, value: &mut Value, chain: usize) {
        let Some(object) = self.step(schema) else {
            return;
        };
        if self.steps > MAX_STEPS || chain > MAX_CHAIN {
            return;
        }
        if is_boolean(object)
            && let Some(n @ (0 | 1)) = value.as_u64()
        {
            *value = Value::Bool(n == 1);
        }
        if let Some(target) = self.target(object) {
            self.apply(target, value, chain + 1);
        }
        for part in list(object, "allOf") {
            self.apply(part, value, chain + 1);
        }
        for key in ["oneOf", "anyOf"] {
            let arm = list(object, key)
                .iter()
                .find(|arm| self.fits(arm, value, chain + 1));
            if let Some(arm) = arm {
                self.apply(arm, value, chain + 1);
            }
        }
        match value {
            Value::Array(items) => {
                for (n, item) in items.iter_mut().enumerate() {
                    if let Some(schema) = element(object, n) {
                        self.apply(schema, item, 0);
                    }
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    if let Some(schema) = property(object, name) {
                        self.apply(schema, field, 0);
                    }
                }
            }
            _ => {}
        }
    }

    /// Returns whether a value from the wire matches the schema.
    fn fits(&mut self, schema: &'a Value, value: &Value, chain: usize) -> bool {
        let Some(object) = self.step(schema) else {
            return *schema != Value::Bool(false);
        };
        if self.steps > MAX_STEPS || chain > MAX_CHAIN {
            return false;
        }
        let kind_fits = match object.get("type") {
            Some(Value::String(kind)) => is_kind(value, kind),
            Some(Value::Array(kinds)) => {
                let mut kinds = kinds.iter().filter_map(Value::as_str);
                kinds.any(|kind| is_kind(value, kind))
            }
            _ => true,
        };
        let listed = |values: &[Value]| values.iter().any(|allowed| is_same(allowed, value));
        let is_listed = object
            .get("enum")
            .and_then(Value::as_array)
            .is_none_or(|all| listed(all))
            && object
                .get("const")
                .is_none_or(|allowed| is_same(allowed, value));
        if !kind_fits || !is_listed || !has_required(object, value) {
            return false;
        }
        if let Some(target) = self.target(object)
            && !self.fits(target, value, chain + 1)
        {
            return false;
        }
        if !list(object, "allOf")
            .iter()
            .all(|part| self.fits(part, value, chain + 1))
        {
            return false;
        }
        for key in ["oneOf", "anyOf"] {
            let arms = list(object, key);
            if !arms.is_empty() && !arms.iter().any(|arm| self.fits(arm, value, chain + 1)) {
                return false;
            }
        }
        match value {
            Value::Array(items) => items.iter().enumerate().all(|(n, item)| {
                element(object, n).is_none_or(|schema| self.fits(schema, item, 0))
            }),
            Value::Object(fields) => fields.iter().all(|(name, field)| {
                property(object, name).is_none_or(|schema| self.fits(schema, field, 0))
            }),
            _ => true,
        }
    }

    fn target(&self, object: &Map<String, Value>) -> Option<&'a Value> {
        match object.get("$ref")?.as_str()? {
            "#" => Some(self.root),
            reference => self.root.get("$defs")?.get(definition(reference)?),
        }
    }
}

fn list<'a>(object: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    let items = object.get(key).and_then(Value::as_array);
    items.map(Vec::as_slice).unwrap_or_default()
}

fn element(object: &Map<String, Value>, n: usize) -> Option<&Value> {
    list(object, "prefixItems")
        .get(n)
        .or_else(|| object.get("items"))
}

fn property<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let own = object.get("properties").and_then(|all| all.get(name));
    // schemars describes a map by one pattern for its keys.
    let patterns = object.get("patternProperties").and_then(Value::as_object);
    let pattern = patterns
        .filter(|all| all.len() == 1)
        .and_then(|all| all.values().next());
    own.or(pattern)
        .or_else(|| object.get("additionalProperties"))
}

fn has_required(object: &Map<String, Value>, value: &Value) -> bool {
    let names = list(object, "required");
    let fields = value.as_object();
    let has = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        fields.is_none_or(|fields| fields.contains_key(name))
    };
    names.iter().all(has)
}

fn is_boolean(object: &Map<String, Value>) -> bool {
    object
        .get("format")
        .is_some_and(|format| format == "boolean")
        || object.get("type").is_some_and(|kind| kind == "boolean")
}

fn is_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => matches!(value.as_u64(), Some(0 | 1)),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// Returns whether a value from the wire equals a value in a schema.
fn is_same(listed: &Value, value: &Value) -> bool {
    match listed {
        Value::Bool(yes) => value.as_u64() == Some(u64::from(*yes)),
        other => other == value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn restored(schema: &Value, mut value: Value) -> Value {
        restore_booleans(schema, &mut value);
        value
    }

    fn flag() -> Value {
        json!({"type": "integer", "format": "boolean", "enum": [0, 1]})
    }

    #[test]
    fn booleans_are_restored_at_every_location() {
        assert_eq!(restored(&flag(), json!(1)), json!(true));
        assert_eq!(restored(&json!({"type": "integer"}), json!(1)), json!(1));
        let schema = json!({
            "$defs": {
                "Page<Item>": {"type": "object", "properties": {"on": flag(), "next": {"$ref": "#"}}},
            },
            "type": "object",
            "properties": {
                "list": {"type": "array", "items": flag()},
                "pair": {"type": "array", "prefixItems": [{"type": "integer"}, flag()]},
                "option": {"type": ["integer", "null"], "format": "boolean", "enum": [0, 1, null]},
                "map": {"type": "object", "additionalProperties": flag()},
                "numbered": {"type": "object", "patternProperties": {"^\\d+$": flag()}},
                "page": {"$ref": "#/$defs/Page%3CItem%3E"},
                "both": {"allOf": [{"properties": {"a": flag()}}, {"properties": {"b": flag()}}]},
                "count": {"type": "integer"},
            },
        });
        let wire = json!({
            "list": [0, 1], "pair": [1, 1], "option": null, "map": {"a": 0}, "numbered": {"1": 1},
            "page": {"on": 1, "next": {"list": [1]}}, "both": {"a": 1, "b": 0}, "count": 1,
        });
        assert_eq!(
            restored(&schema, wire),
            json!({
                "list": [false, true], "pair": [1, true], "option": null, "map": {"a": false},
                "numbered": {"1": true}, "page": {"on": true, "next": {"list": [true]}},
                "both": {"a": true, "b": false}, "count": 1,
            })
        );
    }

    #[test]
    fn the_first_matching_alternative_applies() {
        let field = |name: &str, schema: Value| json!({"type": "object", "properties": {name: schema}, "required": [name]});
        let tagged = |tag: &str, on: Value| json!({"type": "object", "required": ["t", "on"], "properties": {"t": {"const": tag}, "on": on}});
        let schema = json!({"anyOf": [
            field("dry_run", flag()),
            field("runs", json!({"type": "integer"})),
            tagged("count", json!({"type": "integer"})),
            tagged("flag", flag()),
        ]});
        for (wire, expected) in [
            (json!({"dry_run": 1}), json!({"dry_run": true})),
            (json!({"runs": 1}), json!({"runs": 1})),
            (
                json!({"t": "count", "on": 1}),
                json!({"t": "count", "on": 1}),
            ),
            (
                json!({"t": "flag", "on": 1}),
                json!({"t": "flag", "on": true}),
            ),
        ] {
            assert_eq!(restored(&schema, wire), expected);
        }
    }

    #[test]
    fn a_schema_that_branches_exponentially_leaves_the_value_unchanged() {
        let mut defs = Map::new();
        for n in 0..40 {
            let next = json!({"type": "object", "properties": {"a": {"$ref": format!("#/$defs/D{}", n + 1)}}});
            defs.insert(format!("D{n}"), json!({"anyOf": [next, next]}));
        }
        defs.insert("D40".into(), json!(false));
        let mut value = json!(1);
        for _ in 0..40 {
            value = json!({ "a": value });
        }
        let schema = json!({"$ref": "#/$defs/D0", "$defs": defs});
        assert_eq!(restored(&schema, value.clone()), value);
        let circle = json!({"$ref": "#"});
        assert_eq!(restored(&circle, json!(1)), json!(1));
    }

    #[test]
    fn a_schema_of_many_names_for_a_list_of_many_values_leaves_them_unchanged() {
        let names: Vec<String> = (0..4096).map(|n| format!("v{n}")).collect();
        let list = json!(vec![1; 4096]);
        let name = "D".repeat(40_000);
        let reference = format!("#/$defs/{name}");
        let defs = json!({ name: {"type": "string"} });
        for item in [
            json!({"anyOf": [{"enum": names}, flag()]}),
            json!({"anyOf": [{"type": vec!["string"; 4096]}, flag()]}),
            json!({"anyOf": [{"$ref": reference}, flag()]}),
        ] {
            let schema = json!({"type": "array", "items": item, "$defs": defs});
            assert_eq!(restored(&schema, list.clone()), list);
            assert_eq!(restored(&schema, json!([1])), json!([true]));
        }
        let schema =
            json!({"items": {"anyOf": [{"required": names}, {"properties": {"on": flag()}}]}});
        let list = json!(vec![json!({"on": 1}); 4096]);
        assert_eq!(restored(&schema, list.clone()), list);
    }
}
