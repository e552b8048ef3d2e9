//! Rust types for JSON Schemas.

use std::collections::{BTreeMap, BTreeSet};

use hecate_om_manifest::diff::schema::problem;
use proc_macro2::{TokenStream, TokenTree};
use serde_json::{Map, Value, json};

use super::closure::Closures;
use super::generator;
use super::schema::{GeneratedNames, Normalizer};
use super::type_name::pascal;

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
    /// Adds the schema of a part of a capability, such as its `Request`. The type is named after
    /// both if the schema has no title.
    pub(super) fn add(&mut self, schema: &Value, capability: &str, part: &str) -> TypeHandle {
        let name = &format!("{}{part}", pascal(capability));
        // No definition has this path, nor has another capability, even if the names are equal.
        let path = &format!("#{capability}/{part}");
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
        let root = normalizer.value(&root, path, 0);
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
        let closures = Closures::new(defs, whole);
        for local in defs.keys() {
            let Some(closure) = closures.of(local, &mut self.compared) else {
                self.refused = Some("its schema is too complex");
                return names;
            };
            let name = self.names.types.definition(local, closure);
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
        let (items, paths) = generator::types(self.definitions, self.roots)?;
        let items = self.names.wire.restore(items);
        Ok(GeneratedTypes {
            declared: declared(items.clone()),
            items,
            paths,
        })
    }
}

/// Returns the names of the types that a source declares outside modules.
fn declared(items: TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_declaration = false;
    for tree in items {
        let TokenTree::Ident(ident) = tree else {
            is_declaration = false;
            continue;
        };
        if is_declaration {
            names.insert(ident.to_string());
        }
        is_declaration = ["struct", "enum", "type"].iter().any(|word| ident == word);
    }
    names
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
        types.add(schema, "a", "Request");
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

    #[test]
    fn a_long_name_of_a_field_is_not_repeated_for_each_type_below_it() {
        let field = |n: usize| {
            (
                format!("f{n}"),
                json!({"properties": {"a": {"type": "null"}}}),
            )
        };
        let fields: Map<String, Value> = (0..100).map(field).collect();
        let schema = json!({"properties": {"x".repeat(4_000): {"properties": fields}}});
        let source = written(&schema).expect("they are types");
        let length = schema.to_string().len();
        assert!(
            source.len() < 16 * length,
            "{length} bytes became {}",
            source.len()
        );
    }

    #[test]
    fn fields_beside_too_many_alternatives_are_too_complex() {
        let field = |n: usize| (format!("f{n}"), json!(true));
        let arm = |n: usize| json!({"properties": {format!("a{n}"): true}});
        let flattened = |fields: usize, arms: usize| {
            let fields: Map<String, Value> = (0..fields).map(field).collect();
            json!({"properties": fields, "oneOf": (0..arms).map(arm).collect::<Vec<_>>()})
        };
        let source = written(&flattened(30, 30)).expect("they are types");
        assert_eq!(source.matches(" f29: ").count(), 30);
        let refused = written(&flattened(150, 250)).expect_err("they are too many");
        assert_eq!(refused, "its schema is too complex");
    }
}
