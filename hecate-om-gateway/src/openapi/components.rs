//! The schemas of a document: those of the services, rewritten for generators of clients.

use serde_json::{Map, Value, json};

use crate::json::Booleans;

/// Maximum depth of a schema. What is deeper counts as any value.
const MAX_DEPTH: usize = 64;
/// Integers up to this one are exact in JavaScript.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// The named schemas of a document.
#[derive(Debug, Default)]
pub(crate) struct Components(Map<String, Value>);

impl Components {
    pub(crate) fn into_schemas(self) -> Map<String, Value> {
        self.0
    }

    /// Adds a schema and the types that it refers to, and returns a reference to it. The names of
    /// these types start with its own, because types of two services may have the same name.
    pub(crate) fn add(&mut self, name: &str, schema: Option<&Value>) -> Value {
        let Some(schema) = schema else {
            return json!({"type": "null"});
        };
        let defs = schema.get("$defs").and_then(Value::as_object);
        let mut scope = Scope {
            name,
            booleans: Booleans::of(schema),
        };
        for (def, schema) in defs.into_iter().flatten() {
            let name = scope.of(def);
            let schema = scope.rewritten(schema, 0);
            self.0.insert(name, schema);
        }
        let root = scope.rewritten(schema, 0);
        self.0.insert(name.to_owned(), root);
        reference(name)
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Returns a name in camel case, as generators write types: `echo_say_v1` and `request` become
/// `EchoSayV1Request`.
pub(super) fn type_name(parts: &[&str]) -> String {
    let words = parts
        .iter()
        .flat_map(|part| part.split(|c: char| !c.is_ascii_alphanumeric()));
    words
        .filter_map(|word| {
            let first = word.chars().next()?;
            Some(first.to_ascii_uppercase().to_string() + &word[first.len_utf8()..])
        })
        .collect()
}

/// The schema whose types are being added.
struct Scope<'a> {
    name: &'a str,
    booleans: Booleans<'a>,
}

impl<'a> Scope<'a> {
    /// Returns the name of a type of this schema. Characters that a key cannot have are written as
    /// their numbers, so that two types keep two names.
    fn of(&self, def: &str) -> String {
        let mut name = format!("{}_", self.name);
        for c in def.chars() {
            if c.is_ascii_alphanumeric() || c == '_' {
                name.push(c);
            } else {
                name.push_str(&format!("_{:x}_", u32::from(c)));
            }
        }
        name
    }

    /// Returns a schema, as generators take it: an object, also for `true` and `false`.
    fn rewritten(&mut self, schema: &'a Value, depth: usize) -> Value {
        match schema {
            Value::Object(object) if depth <= MAX_DEPTH => self.object(schema, object, depth),
            Value::Bool(false) => json!({"not": {}}),
            _ => json!({}),
        }
    }

    fn object(&mut self, schema: &'a Value, object: &'a Map<String, Value>, depth: usize) -> Value {
        let mut rewritten = Map::new();
        for (key, value) in object {
            let value = match (key.as_str(), value) {
                ("$ref", Value::String(target)) => match self.target(target) {
                    Some(target) => target.into(),
                    // References to elsewhere are never followed.
                    None => continue,
                },
                // Generators name a type by its title, of which two types may have the same.
                ("$defs" | "$schema" | "$id" | "$anchor" | "title", _) => continue,
                ("properties" | "patternProperties" | "dependentSchemas", Value::Object(all)) => {
                    let all = all.iter();
                    all.map(|(name, schema)| (name.clone(), self.rewritten(schema, depth + 1)))
                        .collect()
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(all)) => all
                    .iter()
                    .map(|schema| self.rewritten(schema, depth + 1))
                    .collect(),
                ("additionalProperties", Value::Bool(_)) => value.clone(),
                (
                    "additionalProperties"
                    | "items"
                    | "contains"
                    | "not"
                    | "propertyNames"
                    | "if"
                    | "then"
                    | "else",
                    schema,
                ) => self.rewritten(schema, depth + 1),
                // A generator takes a property with a default for one that is always there.
                ("default", Value::Null) => continue,
                ("default", value) => self.restored(schema, value),
                ("examples", Value::Array(all)) => all
                    .iter()
                    .map(|value| self.restored(schema, value))
                    .collect(),
                (_, value) => value.clone(),
            };
            rewritten.insert(key.clone(), value);
        }
        boolean(&mut rewritten);
        integer(&mut rewritten);
        // Some generators do not know `const`.
        if let Some(value) = rewritten.remove("const") {
            rewritten.insert("enum".into(), json!([value]));
        }
        Value::Object(rewritten)
    }

    /// Returns a value of a schema as the gateway sends it, with its booleans.
    fn restored(&mut self, schema: &'a Value, value: &Value) -> Value {
        let mut value = value.clone();
        self.booleans.restore(schema, &mut value);
        value
    }

    fn target(&self, reference: &str) -> Option<String> {
        if reference == "#" {
            return Some(format!("#/components/schemas/{}", self.name));
        }
        let def = hecate_om_manifest::diff::schema::definition(reference)?;
        Some(format!("#/components/schemas/{}", self.of(def.as_ref())))
    }
}

/// Replaces the wire's 0 and 1 by the boolean that the gateway takes and sends.
fn boolean(schema: &mut Map<String, Value>) {
    if schema
        .get("format")
        .is_none_or(|format| format != "boolean")
    {
        return;
    }
    let kind = match schema.get("type") {
        Some(Value::Array(_)) => json!(["boolean", "null"]),
        _ => json!("boolean"),
    };
    schema.insert("type".into(), kind);
    for key in ["format", "enum", "minimum", "maximum"] {
        schema.remove(key);
    }
}

/// Replaces the formats of Rust's integers, which generators do not know, by `int32` and `int64`.
/// Bounds that no JavaScript number has are left out.
fn integer(schema: &mut Map<String, Value>) {
    let format = schema.get("format").and_then(Value::as_str);
    let replaced = match format {
        Some("int8" | "int16" | "uint8" | "uint16") => "int32",
        Some("uint32" | "uint" | "int" | "uint64" | "uint128" | "int128") => "int64",
        _ => return,
    };
    schema.insert("format".into(), replaced.into());
    if schema
        .get("maximum")
        .and_then(Value::as_u64)
        .is_some_and(|max| max > MAX_SAFE)
    {
        schema.remove("maximum");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(schema: &Value) -> Map<String, Value> {
        let mut components = Components::default();
        components.add("AcmeA", Some(schema));
        components.into_schemas()
    }

    #[test]
    fn types_move_to_the_components_with_their_references() {
        let schemas = added(&json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"page": {"$ref": "#/$defs/Page%3CItem%3E"}, "next": {"$ref": "#"}},
            "$defs": {"Page<Item>": {"type": "object", "properties": {"on": {"$ref": "#/$defs/Flag"}}}, "Flag": {}},
        }));
        assert_eq!(
            Value::Object(schemas),
            json!({
                "AcmeA": {"type": "object", "properties": {
                    "page": {"$ref": "#/components/schemas/AcmeA_Page_3c_Item_3e_"},
                    "next": {"$ref": "#/components/schemas/AcmeA"},
                }},
                "AcmeA_Page_3c_Item_3e_": {
                    "type": "object", "properties": {"on": {"$ref": "#/components/schemas/AcmeA_Flag"}},
                },
                "AcmeA_Flag": {},
            })
        );
    }

    #[test]
    fn booleans_and_integers_are_those_that_generators_know() {
        let of = |schema: Value| added(&schema)["AcmeA"].clone();
        let flag = json!({"type": "integer", "format": "boolean", "enum": [0, 1], "default": 1});
        assert_eq!(of(flag), json!({"type": "boolean", "default": true}));
        let option =
            json!({"type": ["integer", "null"], "format": "boolean", "enum": [0, 1, null]});
        assert_eq!(of(option), json!({"type": ["boolean", "null"]}));
        let byte = json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255});
        assert_eq!(
            of(byte),
            json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 255})
        );
        let large =
            json!({"type": "integer", "format": "uint64", "minimum": 0, "maximum": u64::MAX});
        assert_eq!(
            of(large),
            json!({"type": "integer", "format": "int64", "minimum": 0})
        );
        assert_eq!(of(json!({"const": "a"})), json!({"enum": ["a"]}));
    }

    #[test]
    fn a_schema_of_any_value_is_an_object() {
        let schema = added(&json!({
            "properties": {"any": true, "none": false, "default": true, "enum": {"type": "string"}},
            "prefixItems": [true],
            "additionalProperties": false,
            "uniqueItems": true,
        }));
        assert_eq!(
            schema["AcmeA"],
            json!({
                "properties": {"any": {}, "none": {"not": {}}, "default": {}, "enum": {"type": "string"}},
                "prefixItems": [{}],
                "additionalProperties": false,
                "uniqueItems": true,
            })
        );
    }

    #[test]
    fn values_in_a_schema_have_booleans() {
        let schemas = added(&json!({
            "type": "object",
            "properties": {"on": {"$ref": "#/$defs/Flag"}, "count": {"type": "integer"}},
            "examples": [{"on": 1, "count": 1}],
            "$defs": {"Flag": {"type": "integer", "format": "boolean", "enum": [0, 1], "default": 0}},
        }));
        assert_eq!(
            schemas["AcmeA"]["examples"],
            json!([{"on": true, "count": 1}])
        );
        assert_eq!(
            schemas["AcmeA_Flag"],
            json!({"type": "boolean", "default": false})
        );
    }

    #[test]
    fn a_reference_to_elsewhere_is_left_out() {
        for target in [
            "https://evil.example/schema",
            "file:///etc/passwd",
            "#/properties/a",
        ] {
            assert_eq!(
                added(&json!({"$ref": target}))["AcmeA"],
                json!({}),
                "{target}"
            );
        }
    }

    #[test]
    fn a_deep_schema_ends() {
        let mut schema = json!({});
        for _ in 0..200 {
            schema = json!({ "items": schema });
        }
        let text = added(&schema)["AcmeA"].to_string();
        assert!(text.len() < 100 * 10, "{text}");
    }

    #[test]
    fn names_of_types_are_in_camel_case() {
        assert_eq!(
            type_name(&["hecate_echo_echo_say_v1", "request"]),
            "HecateEchoEchoSayV1Request"
        );
        assert_eq!(type_name(&["", "_é_a"]), "A");
    }
}
