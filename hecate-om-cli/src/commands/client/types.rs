//! Rust types for JSON Schemas.

use std::collections::{BTreeMap, BTreeSet};

use hecate_om_manifest::diff::schema::problem;
use proc_macro2::TokenStream;
use serde_json::{Map, Value, json};
use syn::Item;

use super::generator;
use super::schema::{GeneratedNames, Normalizer, referred, size};
pub(super) use super::type_name::pascal;

/// Maximum number of JSON values compared to name types; a service with a thousand types needs a
/// tenth of this number.
const MAX_COMPARED: usize = 500_000;

/// Types of all requests, items and responses.
#[derive(Debug, Default)]
pub(super) struct Types {
    /// Reason why no types can be generated.
    refused: Option<&'static str>,
    /// Number of JSON values compared so far.
    compared: usize,
    names: GeneratedNames,
    /// Normalized definitions, by their final names.
    definitions: BTreeMap<String, Value>,
    /// Schemas of requests and responses, without a name.
    roots: Vec<Value>,
}

/// Handle of an added schema's type.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeHandle(usize);

/// The generated types.
#[derive(Debug)]
pub(super) struct GeneratedTypes {
    pub(super) items: TokenStream,
    paths: Vec<TokenStream>,
    /// Names of the types.
    declared: BTreeSet<String>,
}

impl GeneratedTypes {
    /// Returns whether a type has this name.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    pub(super) fn path(&self, TypeHandle(at): TypeHandle) -> TokenStream {
        self.paths[at].clone()
    }
}

impl Types {
    /// Adds the schema of a request or response; `name` is used if the schema has no title.
    pub(super) fn add(&mut self, schema: &Value, name: &str) -> TypeHandle {
        if self.refused.is_none() {
            self.refused = problem(schema);
        }
        // An empty schema is always supported.
        let nothing = json!(true);
        let schema = match self.refused {
            Some(_) => &nothing,
            None => schema,
        };
        let mut defs = schema
            .get("$defs")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let mut whole = schema.clone();
        if let Some(whole) = whole.as_object_mut() {
            whole.remove("$defs");
        }
        // A recursive root type refers to itself by `#`.
        let own = schema.get("title").and_then(Value::as_str);
        let local = match own.filter(|_| is_named(&whole) || refers_to_whole(schema)) {
            Some(title) => unused_name(title, &defs, &whole),
            None if refers_to_whole(schema) => unused_name(name, &defs, &whole),
            None => String::new(),
        };
        let root = if local.is_empty() {
            whole
        } else {
            defs.insert(local.clone(), whole);
            json!({"$ref": "#"})
        };
        let locals = self.locals(&defs, &local);
        let mut normalizer = Normalizer::new(&defs, &locals, &local, &mut self.names);
        let mut definitions: Vec<(String, Value)> = Vec::new();
        for (local, definition) in &defs {
            if let Some(name) = locals.get(local) {
                definitions.push((name.clone(), normalizer.definition(definition, name)));
            }
        }
        let root = normalizer.value(&root, name, 0);
        definitions.append(&mut normalizer.hoisted);
        if normalizer.is_exhausted() || self.names.wire.is_full() {
            self.refused = Some("its schema is too complex");
        }
        for (name, turned) in definitions {
            match self.definitions.get_mut(&name) {
                Some(known) => merge_required(known, &turned),
                None => {
                    self.definitions.insert(name, turned);
                }
            }
        }
        self.roots.push(root);
        TypeHandle(self.roots.len() - 1)
    }

    /// Ends the current capability, and returns its names by the shared name of each type.
    pub(super) fn own_names(&mut self) -> BTreeMap<String, String> {
        self.names.types.take_own_names()
    }

    /// Returns the final name of each definition in a document.
    fn locals(&mut self, defs: &Map<String, Value>, whole: &str) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for local in defs.keys() {
            let Some(closure) = closure(local, defs, whole, &mut self.compared) else {
                self.refused = Some("its schema is too complex");
                return names;
            };
            let name = self.names.types.definition(local, closure.to_string());
            names.insert(local.clone(), name);
        }
        names
    }

    /// Generates the types.
    ///
    /// # Errors
    ///
    /// Returns why a schema is not supported.
    pub(super) fn write(self) -> Result<GeneratedTypes, String> {
        if let Some(why) = self.refused {
            return Err(why.to_owned());
        }
        let (items, paths) = generator::run(self.definitions, self.roots)?;
        let tokens = |text: String| text.parse().map_err(|error| format!("{error}"));
        let items = self.names.wire.restore(tokens(items)?);
        Ok(GeneratedTypes {
            declared: declared(items.clone()).map_err(|error| error.to_string())?,
            items,
            paths: paths.into_iter().map(tokens).collect::<Result<_, _>>()?,
        })
    }
}

/// Returns the names of the types that a source declares.
fn declared(items: TokenStream) -> syn::Result<BTreeSet<String>> {
    let file: syn::File = syn::parse2(items)?;
    let name = |item: &Item| match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        _ => None,
    };
    Ok(file.items.iter().filter_map(name).collect())
}

/// Returns a name for the root schema that no other definition has.
fn unused_name(wanted: &str, defs: &Map<String, Value>, whole: &Value) -> String {
    let mut name = wanted.to_owned();
    while defs.get(&name).is_some_and(|other| other != whole) {
        name.push('_');
    }
    name
}

/// Returns whether a part of the schema refers to the root.
fn refers_to_whole(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => {
            object.get("$ref").is_some_and(|reference| reference == "#")
                || object.values().any(refers_to_whole)
        }
        Value::Array(items) => items.iter().any(refers_to_whole),
        _ => false,
    }
}

/// Returns whether a root schema is a struct or an enum.
fn is_named(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    let either = schema.get("anyOf").and_then(Value::as_array);
    let is_option = either.is_some_and(|all| all.contains(&json!({"type": "null"})));
    let is_text = schema.get("type").is_some_and(|value| value == "string");
    has("properties")
        || has("oneOf")
        || has("allOf")
        || (has("anyOf") && !is_option)
        || (has("enum") && is_text)
}

/// Returns a definition with everything that it refers to, without the parts that differ between
/// requests and responses of one type.
///
/// Counts the JSON values in `compared`; returns `None` if there are too many.
fn closure(
    name: &str,
    defs: &Map<String, Value>,
    whole: &str,
    compared: &mut usize,
) -> Option<Value> {
    let mut all = Map::new();
    let mut open = vec![name.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let mut schema = defs.get(&name).cloned().unwrap_or_default();
        *compared += size(&schema);
        if *compared > MAX_COMPARED {
            return None;
        }
        strip(&mut schema, whole, &mut open, 0);
        all.insert(name, schema);
    }
    Some(Value::Object(all))
}

fn strip(schema: &mut Value, whole: &str, open: &mut Vec<String>, depth: usize) {
    match schema {
        Value::Object(object) if depth < 64 => {
            if let Some(name) = referred(object, whole) {
                // The same type may be the root of another document.
                object.insert("$ref".into(), name.clone().into());
                open.push(name);
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
                .for_each(|value| strip(value, whole, open, depth + 1));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|value| strip(value, whole, open, depth + 1)),
        _ => {}
    }
}

/// Merges two schemas of one type: only fields that both require stay required.
fn merge_required(known: &mut Value, other: &Value) {
    match (known, other) {
        (Value::Object(known), Value::Object(other)) => {
            match (known.get_mut("required"), other.get("required")) {
                (Some(Value::Array(known)), Some(Value::Array(other))) => {
                    let other: BTreeSet<&str> = other.iter().filter_map(Value::as_str).collect();
                    known.retain(|value| value.as_str().is_some_and(|value| other.contains(value)));
                }
                (Some(Value::Array(known)), None) => known.clear(),
                _ => {}
            }
            for (key, value) in other {
                match known.get_mut(key) {
                    Some(known) if key != "required" => merge_required(known, value),
                    None if key == "default" => {
                        known.insert(key.clone(), value.clone());
                    }
                    _ => {}
                }
            }
        }
        (Value::Array(known), Value::Array(other)) => {
            known
                .iter_mut()
                .zip(other)
                .for_each(|(known, other)| merge_required(known, other));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(schema: &Value) -> Result<String, String> {
        let mut types = Types::default();
        types.add(schema, "ARequest");
        let written = types.write()?;
        let file = syn::parse2(written.items).map_err(|error| error.to_string())?;
        Ok(prettyplease::unparse(&file))
    }

    /// Returns definitions that each allow one of two objects that contain the next one.
    fn branching(count: usize) -> Value {
        let mut defs = Map::new();
        for n in 0..count {
            let next = format!("#/$defs/D{}", n + 1);
            let arm = json!({"$ref": next, "properties": {"a": {"$ref": next, "properties": {"b": {"type": "null"}}}}});
            defs.insert(format!("D{n}"), json!({"anyOf": [arm, arm]}));
        }
        defs.insert(format!("D{count}"), json!({"type": "object"}));
        json!({"$ref": "#/$defs/D0", "$defs": defs})
    }

    #[test]
    fn every_schema_gives_types_or_an_error() {
        let field =
            |n: usize| json!({"type": "object", "properties": {format!("f{n}"): {"type": "null"}}});
        let many: Vec<Value> = (0..400).map(field).collect();
        let mut deep = json!(true);
        for _ in 0..120 {
            deep = json!({"type": "object", "properties": {"a": deep}});
        }
        for schema in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}, {"type": "object"}]}),
            json!({"anyOf": [{"$ref": "#"}, {"type": "string"}]}),
            json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}),
            json!({"$ref": "#/$defs/Absent"}),
            json!({"$ref": "http://elsewhere.example/"}),
            json!({"$ref": 1, "type": 2, "enum": 3, "properties": 4, "required": 5, "oneOf": 6}),
            json!({"type": "weird", "enum": [], "oneOf": [], "prefixItems": []}),
            json!({"enum": [1, "a", null, {"b": 1}]}),
            json!({"const": {"a": 1}}),
            json!({"type": ["string", "integer", "null"], "enum": ["a", 1, null]}),
            json!({"oneOf": [false, true, {"not": {}}]}),
            json!({"type": "object", "properties": {"\u{f0000}": {"default": "\u{f0000}", "type": "string"}}}),
            json!({"type": "object", "properties": {"a": false}, "required": ["a", "b"]}),
            json!({"type": "object", "propertyNames": {"type": "number"}, "additionalProperties": {"type": "null"}}),
            json!({"allOf": [{"oneOf": many}, {"oneOf": many}]}),
            branching(30),
            deep,
        ] {
            let written = written(&schema);
            assert!(
                written.as_ref().is_ok_and(|text| text.contains("error")) || written.is_err(),
                "{schema}"
            );
            assert!(
                written.as_ref().err().is_none_or(|why| !why.is_empty()),
                "{schema}"
            );
        }
    }

    #[test]
    fn a_nested_type_is_distinct_from_a_definition_of_its_name() {
        let kind = |name: &str| json!({"type": "object", "properties": {name: {"type": "null"}}, "required": [name]});
        let schema = json!({
            "title": "Entry", "type": "object", "required": ["kind", "other"],
            "properties": {"kind": kind("inline"), "other": {"$ref": "#/$defs/EntryKind"}},
            "$defs": {"EntryKind": kind("defined")},
        });
        let text = written(&schema).expect("they are types");
        assert!(text.contains("pub kind: EntryKind2,"), "{text}");
        assert!(text.contains("pub other: EntryKind,"), "{text}");
    }
}
