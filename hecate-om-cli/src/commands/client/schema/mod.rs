//! JSON Schemas in the form that the type generator understands.
//!
//! A client's types read and write what the wire has and do not validate it: limits of a text, a
//! number or a list are the provider's, and unknown fields are ignored. So only the keywords that
//! shape a type are kept. Every struct and enum becomes a definition of its own, because the
//! generator names nested types by their place and confuses equal names.

mod arms;
mod object;
mod scalar;

use std::collections::BTreeMap;

use hecate_om_manifest::diff::schema::definition;
use serde_json::{Map, Value, json};

use super::type_name::TypeNames;
use super::wire_name::{Case, Scope, WireNames};

/// Prefix of references between definitions, for the type generator.
pub(super) const DEFINITIONS: &str = "#/definitions/";

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 64;

/// Most nodes that the definitions of one document expand to.
const MAX_NODES: usize = 50_000;

/// Keywords beside a reference that make it part of a larger type.
const STRUCTURAL: [&str; 5] = [
    "properties",
    "oneOf",
    "anyOf",
    "allOf",
    "additionalProperties",
];

/// The names that generated types have so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) types: TypeNames,
    pub(super) wire: WireNames,
}

/// One document, and what its schemas become.
#[derive(Debug)]
pub(super) struct Normalizer<'a> {
    pub(super) defs: &'a Map<String, Value>,
    /// The type's name of each definition.
    pub(super) local: &'a BTreeMap<String, String>,
    /// The definition that stands for the whole document, which `#` refers to.
    pub(super) whole: &'a str,
    pub(super) names: &'a mut Names,
    /// The nested types that became definitions, by name.
    pub(super) hoisted: Vec<(String, Value)>,
    /// How many types a path has.
    paths: BTreeMap<String, usize>,
    inlined: Vec<String>,
    nodes: usize,
}

/// Where a schema stands.
#[derive(Debug, Default)]
struct Place<'s> {
    /// The variants of the enum that the schema is one of.
    variants: Option<&'s mut Scope>,
}

impl<'a> Normalizer<'a> {
    pub(super) fn new(
        defs: &'a Map<String, Value>,
        local: &'a BTreeMap<String, String>,
        whole: &'a str,
        names: &'a mut Names,
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
        }
    }

    /// Whether the document expands to more than is worked on.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.nodes > MAX_NODES
    }

    /// The content of the definition called `name`.
    pub(super) fn definition(&mut self, schema: &Value, name: &str) -> Value {
        self.node(schema, name, 0, Place::default())
    }

    /// The schema of a value, which is never a struct or an enum itself but refers to one. `path`
    /// names the type that it may need.
    pub(super) fn value(&mut self, schema: &Value, path: &str, depth: usize) -> Value {
        let turned = self.node(schema, path, depth, Place::default());
        if is_composite(&turned) {
            self.hoist(turned, path)
        } else {
            turned
        }
    }

    fn hoist(&mut self, turned: Value, path: &str) -> Value {
        let path = self.unused(path);
        let name = self.names.types.nested(&path);
        let mut reference = json!({"$ref": format!("{DEFINITIONS}{name}")});
        if let Some(text) = turned.get("description") {
            reference["description"] = text.clone();
        }
        self.hoisted.push((name, turned));
        reference
    }

    /// A path that no type of this document has yet.
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

    fn node(&mut self, schema: &Value, path: &str, depth: usize, place: Place<'_>) -> Value {
        self.nodes += 1;
        let Some(object) = schema
            .as_object()
            .filter(|_| depth < MAX_DEPTH && self.nodes <= MAX_NODES)
        else {
            // `false` accepts nothing and has no type; nor has `true`, which accepts anything.
            return json!(true);
        };
        let mut own = object.clone();
        let mut inlined = 0;
        while let Some(name) = self.reference(&own) {
            if !STRUCTURAL.iter().any(|key| own.contains_key(*key)) {
                self.inlined.truncate(self.inlined.len() - inlined);
                return self.refer(&name, &own);
            }
            own.remove("$ref");
            // A type that contains itself here would have no end.
            if !self.inlined.contains(&name) {
                self.merge(&name, &mut own);
                self.inlined.push(name);
                inlined += 1;
            }
        }
        let turned = self.body(own, path, depth, place);
        self.inlined.truncate(self.inlined.len() - inlined);
        turned
    }

    fn body(
        &mut self,
        mut own: Map<String, Value>,
        path: &str,
        depth: usize,
        mut place: Place<'_>,
    ) -> Value {
        scalar::boolean(&mut own);
        if let Some(inner) = nullable(&own) {
            return self.option(&inner, &own, path, depth);
        }
        if let Some(only) = only_part(&own) {
            return self.node(&only, path, depth + 1, place);
        }
        if let Some(combined) = self.combined(&own) {
            self.nodes += combined.len();
            return self.node(&Value::Object(combined), path, depth + 1, place);
        }
        let mut turned = Map::new();
        for key in ["title", "description"] {
            if let Some(Value::String(text)) = own.get(key) {
                turned.insert(key.into(), text.clone().into());
            }
        }
        if place.variants.is_none() {
            // The definition's name is the type's.
            turned.remove("title");
        }
        if let Some(values) = scalar::texts(&own) {
            let mut variants = Scope::new(Case::Variant);
            let scope = place.variants.as_deref_mut().unwrap_or(&mut variants);
            let values = values.iter().map(|one| self.names.wire.name(one, scope));
            turned.insert("type".into(), "string".into());
            turned.insert("enum".into(), values.collect());
            return Value::Object(turned);
        }
        scalar::kind(&own, &mut turned);
        self.list(&own, &mut turned, path, depth);
        self.object(&own, &mut turned, path, depth, &mut place);
        self.arms(&own, &mut turned, path, depth);
        scalar::default(&own, &mut turned);
        Value::Object(turned)
    }

    /// The definition that a schema refers to.
    fn reference(&self, object: &Map<String, Value>) -> Option<String> {
        referred(object, self.whole)
    }

    fn refer(&self, name: &str, own: &Map<String, Value>) -> Value {
        let Some(name) = self.local.get(name) else {
            // The document does not contain it, so nothing is known of the value.
            return json!(true);
        };
        let mut turned = json!({"$ref": format!("{DEFINITIONS}{name}")});
        if let Some(Value::String(text)) = own.get("description") {
            turned["description"] = text.clone().into();
        }
        turned
    }

    /// Adds a definition's content to a schema that has content of its own: a variant of an
    /// internally tagged enum.
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
        let mut turned = json!({"oneOf": [inner, {"type": "null"}]});
        if let Some(Value::String(text)) = own.get("description") {
            turned["description"] = text.clone().into();
        }
        turned
    }

    fn list(
        &mut self,
        own: &Map<String, Value>,
        turned: &mut Map<String, Value>,
        path: &str,
        depth: usize,
    ) {
        let count = |key: &str| own.get(key).and_then(Value::as_u64);
        let of = format!("{path}/item");
        match (own.get("prefixItems"), own.get("items")) {
            (Some(Value::Array(tuple)), _)
                if !tuple.is_empty() && count("maxItems") == Some(tuple.len() as u64) =>
            {
                let items: Vec<Value> = tuple
                    .iter()
                    .map(|item| self.value(item, &of, depth + 1))
                    .collect();
                turned.insert("minItems".into(), items.len().into());
                turned.insert("maxItems".into(), items.len().into());
                turned.insert("items".into(), items.into());
            }
            (None, Some(items)) => {
                turned.insert("items".into(), self.value(items, &of, depth + 1));
            }
            // A list of several types, or of any.
            _ => {}
        }
    }
}

/// What a reference in a document names: a definition, or the `whole`. Anything else has no name.
pub(super) fn referred(object: &Map<String, Value>, whole: &str) -> Option<String> {
    match object.get("$ref")?.as_str()? {
        "#" => Some(whole.to_owned()),
        reference => Some(definition(reference).unwrap_or_default()),
    }
}

/// The value that may be null, where a schema says no more than that.
fn nullable(own: &Map<String, Value>) -> Option<Value> {
    for key in ["anyOf", "oneOf"] {
        let Some(arms) = own.get(key).and_then(Value::as_array) else {
            continue;
        };
        let is_null = |arm: &&Value| arm.get("type").is_some_and(|kind| kind == "null");
        let others: Vec<&Value> = arms.iter().filter(|arm| !is_null(arm)).collect();
        let is_more = ["properties", "$ref", "allOf"];
        return match others.as_slice() {
            [one] if arms.len() == 2 && !is_more.iter().any(|key| own.contains_key(*key)) => {
                Some((*one).clone())
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
        [one] => (*one).clone(),
        several => several.iter().copied().cloned().collect(),
    };
    inner.insert("type".into(), kind);
    if let Some(Value::Array(values)) = inner.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    Some(Value::Object(inner))
}

/// The one schema of `allOf`, where nothing else shapes the type.
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
    let [one] = parts.as_slice() else {
        return None;
    };
    if is_more.iter().any(|key| own.contains_key(*key)) {
        return None;
    }
    let mut one = one.clone();
    if let (Some(one), Some(text)) = (one.as_object_mut(), own.get("description")) {
        one.insert("description".into(), text.clone());
    }
    Some(one)
}

/// Whether the type generator makes a type with a name of this.
fn is_composite(turned: &Value) -> bool {
    let has = |key: &str| turned.get(key).is_some();
    let arms = turned.get("oneOf").and_then(Value::as_array);
    let is_option = arms.is_some_and(|arms| arms.len() == 2 && arms[1] == json!({"type": "null"}));
    let is_one_of_kinds = turned.get("type").is_some_and(Value::is_array);
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
