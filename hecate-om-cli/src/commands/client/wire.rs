//! The schemas of what crosses, as the generator of Rust types understands them.
//!
//! A client's types are to read and write what the wire has, not to check it again: what a text, a number or a list
//! may be beyond its type is the provider's to say, and a field that a later provider answers is passed over.

use hecate_om_manifest::diff::schema::definition;
use serde_json::{Map, Value, json};

/// Where the definitions are in what [`rust`] makes.
pub(super) const DEFINITIONS: &str = "#/definitions/";

/// The annotations that a type has and its fields need not repeat.
const DROPPED: [&str; 20] = [
    "$schema",
    "$id",
    "$comment",
    "examples",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "uniqueItems",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "unevaluatedProperties",
    "contentEncoding",
    "contentMediaType",
];

/// The schema as the generator takes it. `name` gives the definition that `#/$defs/<name>` stands for its final name.
pub(super) fn rust(
    schema: &Value,
    defs: &Map<String, Value>,
    name: &dyn Fn(&str) -> String,
) -> Value {
    Turning { defs, name }.node(schema, 0)
}

/// What a reference in a document names.
pub(super) fn referred(value: &Value) -> Option<String> {
    definition(value.get("$ref")?.as_str()?)
}

/// How deep schemas are followed. A stranger's may be nested as deep as it likes.
const MAX_DEPTH: usize = 64;

struct Turning<'a> {
    defs: &'a Map<String, Value>,
    name: &'a dyn Fn(&str) -> String,
}

impl Turning<'_> {
    fn node(&self, schema: &Value, depth: usize) -> Value {
        let Some(object) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
            // `false`, which nothing fits, has no type; nor has `true`, which anything does.
            return json!(true);
        };
        let mut object = object.clone();
        if let Some(name) = referred(schema) {
            let structural = [
                "properties",
                "oneOf",
                "anyOf",
                "allOf",
                "additionalProperties",
            ];
            if !structural.iter().any(|key| object.contains_key(*key)) {
                let mut turned = json!({"$ref": format!("{DEFINITIONS}{}", (self.name)(&name))});
                if let Some(text) = object.remove("description") {
                    turned["description"] = text;
                }
                return turned;
            }
            self.inline(&name, &mut object);
        }
        DROPPED.iter().for_each(|key| {
            object.remove(*key);
        });
        object.remove("$defs");
        boolean(&mut object);
        number(&mut object);
        if let Some(one) = object.remove("const") {
            object.insert("enum".into(), json!([one]));
        }
        self.list(&mut object, depth);
        self.fields(&mut object, depth);
        for key in ["anyOf", "oneOf", "allOf"] {
            if let Some(Value::Array(all)) = object.get_mut(key) {
                all.iter_mut()
                    .for_each(|one| *one = self.node(one, depth + 1));
            }
        }
        Value::Object(object)
    }

    /// The fields of what is referred to beside fields of its own: a variant of an internally tagged enum.
    fn inline(&self, name: &str, object: &mut Map<String, Value>) {
        object.remove("$ref");
        let Some(Value::Object(other)) = self.defs.get(name) else {
            return;
        };
        for (key, value) in other {
            match (object.get_mut(key), value) {
                (Some(Value::Object(own)), Value::Object(others)) => {
                    for (name, field) in others {
                        own.entry(name.clone()).or_insert_with(|| field.clone());
                    }
                }
                (Some(Value::Array(own)), Value::Array(others)) => {
                    let new = others.iter().filter(|one| !own.contains(one));
                    let new: Vec<Value> = new.cloned().collect();
                    own.extend(new);
                }
                (Some(_), _) => {}
                (None, value) => {
                    object.insert(key.clone(), value.clone());
                }
            }
        }
    }

    fn list(&self, object: &mut Map<String, Value>, depth: usize) {
        if let Some(Value::Array(tuple)) = object.remove("prefixItems") {
            let items: Vec<Value> = tuple
                .iter()
                .map(|item| self.node(item, depth + 1))
                .collect();
            object.insert("minItems".into(), items.len().into());
            object.insert("maxItems".into(), items.len().into());
            object.insert("items".into(), items.into());
        } else if let Some(items) = object.get_mut("items") {
            *items = self.node(items, depth + 1);
        }
    }

    fn fields(&self, object: &mut Map<String, Value>, depth: usize) {
        if let Some(Value::Object(fields)) = object.get_mut("properties") {
            for field in fields.values_mut() {
                *field = self.node(field, depth + 1);
                if let Some(field) = field.as_object_mut() {
                    // A type within a type is named by its place.
                    field.remove("title");
                }
            }
        }
        if let Some(Value::Object(patterns)) = object.remove("patternProperties")
            && let Some((pattern, values)) = patterns.iter().next()
        {
            // How schemars describes a map whose keys are numbers.
            let keys = match pattern.as_str() {
                r"^\d+$" => Some("uint64"),
                r"^-?\d+$" => Some("int64"),
                _ => None,
            };
            if let Some(format) = keys {
                object.insert(
                    "propertyNames".into(),
                    json!({"type": "integer", "format": format}),
                );
            }
            object.insert("additionalProperties".into(), self.node(values, depth + 1));
            return;
        }
        let fields = object
            .get("properties")
            .and_then(Value::as_object)
            .map_or(0, Map::len);
        match object.get_mut("additionalProperties") {
            // The one field of a variant, which is known for one by this.
            Some(Value::Bool(false)) if fields == 1 => {}
            Some(Value::Bool(false)) => {
                object.remove("additionalProperties");
            }
            Some(others @ Value::Object(_)) => *others = self.node(others, depth + 1),
            _ => {}
        }
    }
}

/// A boolean crosses as 0 or 1, and is one to both sides.
fn boolean(object: &mut Map<String, Value>) {
    if object.get("format").and_then(Value::as_str) != Some("boolean") {
        return;
    }
    object.remove("format");
    match object.get_mut("type") {
        Some(Value::Array(types)) => {
            types
                .iter_mut()
                .filter(|one| *one == "integer")
                .for_each(|one| *one = json!("boolean"));
        }
        Some(one) => *one = json!("boolean"),
        None => {}
    }
    let truth = |value: &mut Value| {
        if let Some(number) = value.as_u64() {
            *value = Value::Bool(number != 0);
        }
    };
    object.remove("enum");
    for key in ["default", "const"] {
        object.get_mut(key).into_iter().for_each(truth);
    }
}

/// A number has the type that its format names; a text is a text, whatever it must look like.
fn number(object: &mut Map<String, Value>) {
    let is = |kind: &str| match object.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.contains(&json!(kind)),
        _ => false,
    };
    let format = object
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let turned = match format {
        "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64"
            if is("integer") =>
        {
            format
        }
        "uint" | "uint128" if is("integer") => "uint64",
        "float" if is("number") => "float",
        _ if is("integer") => "int64",
        _ if is("number") => "double",
        _ => "",
    };
    let turned = turned.to_owned();
    match turned.is_empty() {
        true => object.remove("format"),
        false => object.insert("format".into(), turned.into()),
    };
}
