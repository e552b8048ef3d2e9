//! Compiler of a JSON Schema to a shape.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json};

use super::super::raw::RAW;
use super::{AdditionalProperties, Id, Kinds, Node, Shape};

/// Patterns with which `schemars` describes the integer keys of a map.
const INTEGER_KEYS: [&str; 2] = [r"^\d+$", r"^-?\d+$"];

impl Shape {
    /// Compiles `schema`, which describes the type in serde's JSON or in the form of the wire.
    pub(crate) fn compile(schema: &Json) -> Self {
        let mut compiler = Compiler {
            root: schema,
            nodes: Vec::new(),
            known: HashMap::new(),
        };
        compiler.node(schema);
        let mut shape = Self {
            nodes: compiler.nodes,
        };
        shape.find_nodes_to_mark();
        shape
    }

    /// Determines which nodes need marking: those whose values are marked, and those that lead to
    /// them.
    fn find_nodes_to_mark(&mut self) {
        let marked: Vec<bool> = self.nodes.iter().map(|node| self.is_marked(node)).collect();
        for (node, marked) in self.nodes.iter_mut().zip(marked) {
            node.needs_marking = marked;
        }
        loop {
            let leads: Vec<Id> = (0..self.nodes.len())
                .filter(|&id| !self.nodes[id].needs_marking)
                .filter(|&id| {
                    self.nodes[id]
                        .parts()
                        .any(|part| self.nodes[part].needs_marking)
                })
                .collect();
            if leads.is_empty() {
                return;
            }
            for id in leads {
                self.nodes[id].needs_marking = true;
            }
        }
    }

    fn is_marked(&self, node: &Node) -> bool {
        node.is_boolean() || node.is_f32 || node.integer_keys.is_some() || self.is_bytes(node)
    }
}

impl Node {
    /// Returns all nodes that this node refers to.
    pub(super) fn parts(&self) -> impl Iterator<Item = Id> + '_ {
        let others = match self.additional_properties {
            AdditionalProperties::Schema(id) => Some(id),
            AdditionalProperties::Open | AdditionalProperties::Refused => None,
        };
        let groups = self.any_of.iter().flatten();
        let lists = self.prefix_items.iter().chain(&self.all_of).chain(groups);
        self.fields
            .values()
            .chain(lists)
            .chain(&self.items)
            .chain(&self.integer_keys)
            .copied()
            .chain(others)
    }
}

struct Compiler<'a> {
    root: &'a Json,
    nodes: Vec<Node>,
    /// Nodes by the address of their schema, so that a definition with many references has only one
    /// node.
    known: HashMap<*const Json, Id>,
}

/// Returns whether the type is decoded from the value as it is on the wire, without marks.
fn is_raw(schema: &Map<String, Json>) -> bool {
    schema.get("$comment").and_then(Json::as_str) == Some(RAW)
}

impl<'a> Compiler<'a> {
    fn node(&mut self, schema: &'a Json) -> Id {
        if let Some(&id) = self.known.get(&std::ptr::from_ref(schema)) {
            return id;
        }
        let id = self.nodes.len();
        self.known.insert(std::ptr::from_ref(schema), id);
        self.nodes.push(Node::default());
        let node = match schema {
            Json::Object(schema) if is_raw(schema) => Node::default(),
            Json::Object(schema) => self.object(schema),
            Json::Bool(false) => Node {
                kinds: Some(Kinds::NONE),
                ..Node::default()
            },
            _ => Node::default(),
        };
        self.nodes[id] = node;
        id
    }

    fn object(&mut self, schema: &'a Map<String, Json>) -> Node {
        let text = |key: &str| schema.get(key).and_then(Json::as_str);
        let format = text("format");
        let mut node = Node {
            name: text("title").map(str::to_owned),
            kinds: schema.get("type").map(|types| kinds(types, format)),
            range: range(schema, format),
            is_f32: format == Some("float"),
            format: format.map(str::to_owned),
            allowed_values: allowed_values(schema),
            len: len(schema),
            ..Node::default()
        };
        self.map(schema, &mut node);
        node.prefix_items = self.list(schema.get("prefixItems"));
        node.items = schema.get("items").map(|items| self.node(items));
        node.all_of = self.list(schema.get("allOf"));
        if let Some((name, target)) = text("$ref").and_then(|to| self.target(to)) {
            let target = self.node(target);
            self.nodes[target].name.get_or_insert(name);
            node.all_of.push(target);
        }
        for group in ["anyOf", "oneOf"] {
            let group = self.list(schema.get(group));
            if !group.is_empty() {
                node.any_of.push(group);
            }
        }
        node
    }

    fn map(&mut self, schema: &'a Map<String, Json>, node: &mut Node) {
        if let Some(Json::Object(fields)) = schema.get("properties") {
            node.fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), self.node(field)))
                .collect();
        }
        if let Some(Json::Array(required)) = schema.get("required") {
            node.required = required
                .iter()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect();
        }
        node.additional_properties = match schema.get("additionalProperties") {
            None | Some(Json::Bool(true)) => AdditionalProperties::Open,
            Some(Json::Bool(false)) => AdditionalProperties::Refused,
            Some(each) => AdditionalProperties::Schema(self.node(each)),
        };
        if let Some(Json::Object(patterns)) = schema.get("patternProperties") {
            let integers = |pattern: &str| INTEGER_KEYS.contains(&pattern);
            let mut others = patterns.iter().filter(|(pattern, _)| !integers(pattern));
            // If there are several patterns, the code does not check which of them a key matches.
            match (others.next(), others.next()) {
                (None, _) => {}
                (Some((_, each)), None) => {
                    node.additional_properties = AdditionalProperties::Schema(self.node(each))
                }
                (Some(_), Some(_)) => node.additional_properties = AdditionalProperties::Open,
            }
            let found = patterns.iter().find(|(pattern, _)| integers(pattern));
            node.integer_keys = found.map(|(_, values)| self.node(values));
        }
    }

    fn list(&mut self, schemas: Option<&'a Json>) -> Vec<Id> {
        let schemas = schemas.and_then(Json::as_array).map(Vec::as_slice);
        let schemas = schemas.unwrap_or_default().iter();
        schemas.map(|schema| self.node(schema)).collect()
    }

    /// Returns the definition that a reference points to, with the name of the definition.
    fn target(&self, reference: &str) -> Option<(String, &'a Json)> {
        let pointer = percent_decoded(reference.strip_prefix('#')?)?;
        let target = self.root.pointer(&pointer)?;
        let name = pointer.rsplit('/').next().unwrap_or_default();
        Some((name.replace("~1", "/").replace("~0", "~"), target))
    }
}

fn kinds(types: &Json, format: Option<&str>) -> Kinds {
    let kind = |name: &Json| match name.as_str() {
        Some("null") => Kinds::NULL,
        Some("boolean") => Kinds::BOOLEAN,
        // Schemas of the wire describe a boolean in this form.
        Some("integer") if format == Some("boolean") => Kinds::BOOLEAN,
        Some("integer") => Kinds::INTEGER,
        Some("number") => Kinds::NUMBER,
        Some("string") => Kinds::TEXT,
        Some("array") => Kinds::LIST,
        Some("object") => Kinds::MAP,
        _ => Kinds::NONE,
    };
    match types {
        Json::Array(several) => several.iter().map(kind).fold(Kinds::NONE, Kinds::with),
        name => kind(name),
    }
}

/// Returns the allowed integers: the range of the format, within the bounds of the schema.
fn range(schema: &Map<String, Json>, format: Option<&str>) -> RangeInclusive<i128> {
    let (least, most): (i128, i128) = match format {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64" | "uint" | "uint128") => (0, i128::MAX),
        _ => (i128::MIN, i128::MAX),
    };
    let bound = |key: &str| {
        let bound = schema.get(key)?;
        let unsigned = bound.as_u64().map(i128::from);
        bound.as_i64().map(i128::from).or(unsigned)
    };
    let least = bound("minimum").map_or(least, |bound| bound.max(least));
    let most = bound("maximum").map_or(most, |bound| bound.min(most));
    least..=most
}

fn allowed_values(schema: &Map<String, Json>) -> Option<Vec<Json>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value.clone()]),
        (None, Some(Json::Array(values))) => Some(values.clone()),
        _ => None,
    }
}

fn len(schema: &Map<String, Json>) -> RangeInclusive<usize> {
    let bound = |key: &str| schema.get(key).and_then(Json::as_u64);
    let bound = |key: &str| bound(key).and_then(|bound| usize::try_from(bound).ok());
    bound("minItems").unwrap_or(0)..=bound("maxItems").unwrap_or(usize::MAX)
}

/// Decodes a reference, because `schemars` writes the names of generics with `%3C` and `%3E`.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}
