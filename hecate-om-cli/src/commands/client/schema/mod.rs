//! Normalizes JSON Schemas for the type generator.
//!
//! A client's types do not validate payloads: the provider checks limits of texts, numbers and
//! lists, and unknown fields are ignored. So only the keywords that shape a type are kept. Every
//! struct and enum becomes a definition, because the generator confuses nested types with equal
//! names.

mod arms;
mod object;
mod scalar;

use std::collections::BTreeMap;

use hecate_om_manifest::diff::schema::definition;
use serde_json::{Map, Value, json};

use super::type_name::{TypeNames, child};
use super::wire_name::{Case, Scope, WireNames};

/// Prefix of references between definitions, for the type generator.
pub(super) const DEFINITIONS: &str = "#/definitions/";

/// Maximum depth of nested schemas.
const MAX_DEPTH: usize = 64;

/// Maximum number of nodes to which a document expands.
const MAX_NODES: usize = 20_000;

/// Keywords beside a reference that make it part of a larger type.
const STRUCTURAL: [&str; 5] = [
    "properties",
    "oneOf",
    "anyOf",
    "allOf",
    "additionalProperties",
];

/// Names of the generated types.
#[derive(Debug, Default)]
pub(super) struct GeneratedNames {
    pub(super) types: TypeNames,
    pub(super) wire: WireNames,
}

/// Normalizer of one document.
#[derive(Debug)]
pub(super) struct Normalizer<'a> {
    pub(super) defs: &'a Map<String, Value>,
    /// Name of the type for each definition.
    pub(super) local: &'a BTreeMap<String, String>,
    /// Definition of the document's root, which `#` refers to.
    pub(super) whole: &'a str,
    pub(super) names: &'a mut GeneratedNames,
    /// Definitions made from nested types, by name.
    pub(super) hoisted: Vec<(String, Value)>,
    /// Number of types at each path.
    paths: BTreeMap<String, usize>,
    inlined: Vec<String>,
    nodes: usize,
    /// Weight of the combined schemas.
    combined: usize,
}

/// Context of a schema.
#[derive(Debug, Default)]
struct NodeContext<'s> {
    /// Variants of the enum that the schema belongs to.
    variants: Option<&'s mut Scope>,
}

impl<'a> Normalizer<'a> {
    pub(super) fn new(
        defs: &'a Map<String, Value>,
        local: &'a BTreeMap<String, String>,
        whole: &'a str,
        names: &'a mut GeneratedNames,
    ) -> Self {
        Self {
            defs,
            local,
            whole,
            names,
            hoisted: Vec::new(),
            paths: BTreeMap::new(),
            inlined: Vec::new(),
            nodes: 0,
            combined: 0,
        }
    }

    /// Returns whether the document expands to too many nodes.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.nodes > MAX_NODES
    }

    /// Normalizes the definition `name`.
    pub(super) fn definition(&mut self, schema: &Value, name: &str) -> Value {
        self.node(schema, name, 0, NodeContext::default())
    }

    /// Normalizes the schema of a value. A struct or enum becomes a reference to a new definition,
    /// which is named after `path`.
    pub(super) fn value(&mut self, schema: &Value, path: &str, depth: usize) -> Value {
        let output = self.node(schema, path, depth, NodeContext::default());
        if is_composite(&output) {
            self.move_to_definitions(output, path)
        } else {
            output
        }
    }

    fn move_to_definitions(&mut self, output: Value, path: &str) -> Value {
        let path = self.unused(path);
        let name = self.names.types.nested(&path);
        let mut reference = json!({"$ref": format!("{DEFINITIONS}{name}")});
        if let Some(text) = output.get("description") {
            reference["description"] = text.clone();
        }
        self.hoisted.push((name, output));
        reference
    }

    /// Returns a path that no type of the document has yet.
    fn unused(&mut self, path: &str) -> String {
        let mut unused = path.to_owned();
        while self.paths.contains_key(&unused) {
            let next = self.paths.entry(path.to_owned()).or_default();
            *next += 1;
            unused = format!("{path}/{next}");
        }
        self.paths.insert(unused.clone(), 1);
        unused
    }

    fn node(
        &mut self,
        schema: &Value,
        path: &str,
        depth: usize,
        context: NodeContext<'_>,
    ) -> Value {
        self.nodes += 1;
        let Some(object) = schema
            .as_object()
            .filter(|_| depth < MAX_DEPTH && self.nodes <= MAX_NODES)
        else {
            // Neither `true` nor `false` has a type.
            return json!(true);
        };
        let mut own = object.clone();
        let mut inlined = 0;
        while let Some(name) = self.reference(&own) {
            if !STRUCTURAL.iter().any(|key| own.contains_key(*key)) {
                self.inlined.truncate(self.inlined.len() - inlined);
                return self.reference_to(&name, &own);
            }
            own.remove("$ref");
            // A type that contains itself is inlined only once.
            if !self.inlined.contains(&name) {
                self.merge(&name, &mut own);
                self.inlined.push(name);
                inlined += 1;
            }
        }
        let output = self.body(own, path, depth, context);
        self.inlined.truncate(self.inlined.len() - inlined);
        output
    }

    fn body(
        &mut self,
        mut own: Map<String, Value>,
        path: &str,
        depth: usize,
        mut context: NodeContext<'_>,
    ) -> Value {
        scalar::boolean(&mut own);
        if let Some(inner) = nullable(&own) {
            return self.option(&inner, &own, path, depth);
        }
        if let Some(only) = only_part(&own) {
            return self.node(&only, path, depth + 1, context);
        }
        if let Some(combined) = self.combined(&own) {
            self.nodes += combined.len();
            return self.node(&Value::Object(combined), path, depth + 1, context);
        }
        let mut output = Map::new();
        for key in ["title", "description"] {
            if let Some(Value::String(text)) = own.get(key) {
                output.insert(key.into(), text.clone().into());
            }
        }
        if context.variants.is_none() {
            // The type is named after the definition.
            output.remove("title");
        }
        if let Some(values) = scalar::texts(&own) {
            let mut variants = Scope::new(Case::Variant);
            let scope = context.variants.as_deref_mut().unwrap_or(&mut variants);
            let values = values.iter().map(|text| self.names.wire.name(text, scope));
            output.insert("type".into(), "string".into());
            output.insert("enum".into(), values.collect());
            return Value::Object(output);
        }
        scalar::kind(&own, &mut output);
        self.list(&own, &mut output, path, depth);
        self.object(&own, &mut output, path, depth, &mut context);
        self.arms(&own, &mut output, path, depth);
        scalar::default(&own, &mut output);
        Value::Object(output)
    }

    /// Returns the definition that a schema refers to.
    fn reference(&self, object: &Map<String, Value>) -> Option<String> {
        referred(object, self.whole)
    }

    fn reference_to(&self, name: &str, own: &Map<String, Value>) -> Value {
        let Some(name) = self.local.get(name) else {
            // The document lacks the definition, so any value is allowed.
            return json!(true);
        };
        let mut output = json!({"$ref": format!("{DEFINITIONS}{name}")});
        if let Some(Value::String(text)) = own.get("description") {
            output["description"] = text.clone().into();
        }
        output
    }

    /// Adds a definition's content to a schema with content: a variant of an internally tagged
    /// enum.
    fn merge(&self, name: &str, own: &mut Map<String, Value>) {
        if let Some(Value::Object(other)) = self.defs.get(name) {
            arms::add(other, own);
        }
    }

    fn option(
        &mut self,
        inner: &Value,
        own: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Value {
        let inner = self.value(inner, path, depth + 1);
        let mut output = json!({"oneOf": [inner, {"type": "null"}]});
        if let Some(Value::String(text)) = own.get("description") {
            output["description"] = text.clone().into();
        }
        output
    }

    fn list(
        &mut self,
        own: &Map<String, Value>,
        output: &mut Map<String, Value>,
        path: &str,
        depth: usize,
    ) {
        let count = |key: &str| own.get(key).and_then(Value::as_u64);
        let of = child(path, "item");
        match (own.get("prefixItems"), own.get("items")) {
            (Some(Value::Array(tuple)), _)
                if !tuple.is_empty() && count("maxItems") == Some(tuple.len() as u64) =>
            {
                let items: Vec<Value> = tuple
                    .iter()
                    .map(|item| self.value(item, &of, depth + 1))
                    .collect();
                output.insert("minItems".into(), items.len().into());
                output.insert("maxItems".into(), items.len().into());
                output.insert("items".into(), items.into());
            }
            (None, Some(items)) => {
                output.insert("items".into(), self.value(items, &of, depth + 1));
            }
            // A list with items of several types, or of any type.
            _ => {}
        }
    }
}

/// Returns the definition that a reference names, or the root `whole`; empty for other references.
pub(super) fn referred(object: &Map<String, Value>, whole: &str) -> Option<String> {
    match object.get("$ref")?.as_str()? {
        "#" => Some(whole.to_owned()),
        reference => Some(definition(reference).unwrap_or_default()),
    }
}

/// Returns the inner schema of an optional value.
fn nullable(own: &Map<String, Value>) -> Option<Value> {
    for key in ["anyOf", "oneOf"] {
        let Some(arms) = own.get(key).and_then(Value::as_array) else {
            continue;
        };
        let is_null = |arm: &&Value| arm.get("type").is_some_and(|kind| kind == "null");
        let others: Vec<&Value> = arms.iter().filter(|arm| !is_null(arm)).collect();
        let is_more = ["properties", "$ref", "allOf"];
        return match others.as_slice() {
            [only] if arms.len() == 2 && !is_more.iter().any(|key| own.contains_key(*key)) => {
                Some((*only).clone())
            }
            _ => None,
        };
    }
    let kinds = own.get("type")?.as_array()?;
    let others: Vec<&Value> = kinds.iter().filter(|kind| *kind != "null").collect();
    if others.len() == kinds.len() || others.is_empty() {
        return None;
    }
    let mut inner = own.clone();
    inner.remove("description");
    if inner.get("default").is_some_and(Value::is_null) {
        inner.remove("default");
    }
    let kind = match others.as_slice() {
        [only] => (*only).clone(),
        several => several.iter().copied().cloned().collect(),
    };
    inner.insert("type".into(), kind);
    if let Some(Value::Array(values)) = inner.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    Some(Value::Object(inner))
}

/// Returns the only schema in `allOf`, if nothing else shapes the type.
fn only_part(own: &Map<String, Value>) -> Option<Value> {
    let Some(Value::Array(parts)) = own.get("allOf") else {
        return None;
    };
    let is_more = [
        "properties",
        "oneOf",
        "anyOf",
        "additionalProperties",
        "$ref",
    ];
    let [only] = parts.as_slice() else {
        return None;
    };
    if is_more.iter().any(|key| own.contains_key(*key)) {
        return None;
    }
    let mut only = only.clone();
    if let (Some(only), Some(text)) = (only.as_object_mut(), own.get("description")) {
        only.insert("description".into(), text.clone());
    }
    Some(only)
}

/// Returns whether the type generator makes a named type of this schema.
fn is_composite(output: &Value) -> bool {
    let has = |key: &str| output.get(key).is_some();
    let arms = output.get("oneOf").and_then(Value::as_array);
    let is_option = arms.is_some_and(|arms| arms.len() == 2 && arms[1] == json!({"type": "null"}));
    let is_one_of_kinds = output.get("type").is_some_and(Value::is_array);
    has("properties") || has("enum") || (has("oneOf") && !is_option) || is_one_of_kinds
}

/// Returns the number of JSON values in `value`.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        _ => 1,
    }
}
