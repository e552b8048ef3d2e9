//! The tools: names, descriptions and schemas that clients take.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hecate_om::__private::is_unprintable;
use hecate_om_manifest::{Capability, Kind};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::pins::Pins;
use super::schema::{inlined, is_object};
use crate::catalogue::Service;
use crate::exposure::Exposure;

/// Maximum length of a name. Clients take 64 characters, some of which they use for themselves.
const MAX_NAME: usize = 56;
/// Digits of the hash at the end of a name that is too long or not unique.
const HASH_DIGITS: usize = 8;
/// Maximum length of a description, in characters.
const MAX_DESCRIPTION: usize = 1024;
/// Maximum length of what a service says about a capability; the rest of the description is ours.
const MAX_DOC: usize = 700;

/// A tool and the capability that it calls.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) tool: Tool,
    pub(super) procedure: String,
    pub(super) capability: Arc<Capability>,
    pub(super) input: Input,
}

/// How the arguments of a tool have the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// There is no request.
    None,
    /// The arguments are the request.
    Whole,
    /// The argument `request` is.
    Wrapped,
}

/// All tools, by name.
#[derive(Debug)]
pub(super) struct Table {
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

impl Table {
    /// Makes the tools of the services, except those that are denied.
    pub(super) fn new(
        services: &[(String, Arc<Service>)],
        deny: &Exposure,
        pins: &mut Pins,
    ) -> Self {
        let capabilities = services.iter().flat_map(|(_, service)| {
            let of = move |capability| (service, capability);
            service.capabilities.iter().map(of)
        });
        let allowed: Vec<_> = capabilities
            .filter_map(|(service, capability)| {
                let procedure = capability.procedure.clone()?;
                (!deny.allows(&procedure)).then_some((service, capability, procedure))
            })
            .collect();
        let names = names(allowed.iter().map(|(_, _, procedure)| procedure.as_str()));
        let entries: Vec<_> = allowed
            .into_iter()
            .map(|(service, capability, procedure)| {
                let name = names.get(&procedure).cloned().unwrap_or_default();
                Entry::new(name, procedure, service, capability, pins)
            })
            .collect();
        let by_name = entries.iter().enumerate();
        Self {
            by_name: by_name
                .map(|(index, entry)| (entry.tool.name.to_string(), index))
                .collect(),
            entries,
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.by_name.get(name)?)
    }
}

impl Entry {
    fn new(
        name: String,
        procedure: String,
        service: &Service,
        capability: &Arc<Capability>,
        pins: &mut Pins,
    ) -> Self {
        let (input, input_schema) = input_of(capability);
        let output_schema = output_of(capability);
        let doc = capability.doc.as_deref().unwrap_or_default();
        let described = json!([doc, input_schema, output_schema]).to_string();
        let is_pinned = pins.check(&procedure, &described);
        let mut description = printable(doc, MAX_DOC);
        if !description.is_empty() {
            description.push_str("\n\n");
        }
        description.push_str(&contract(&procedure, service, capability));
        if !is_pinned {
            description
                .push_str(" Its description or its types have changed since they were pinned.");
        }
        let annotations = ToolAnnotations::new().idempotent(capability.idempotent);
        let tool = Tool::new(
            name,
            printable(&description, MAX_DESCRIPTION),
            Arc::new(input_schema),
        )
        .with_raw_output_schema(Arc::new(output_schema))
        .with_annotations(annotations);
        Self {
            tool,
            procedure,
            capability: Arc::clone(capability),
            input,
        }
    }

    /// Takes the request and the items from the arguments.
    pub(super) fn split(&self, mut arguments: JsonObject) -> (Value, Vec<Value>) {
        let items = match arguments.remove("items") {
            Some(Value::Array(items)) if self.takes_items() => items,
            Some(other) => {
                arguments.insert("items".into(), other);
                Vec::new()
            }
            None => Vec::new(),
        };
        let request = match self.input {
            Input::None => Value::Null,
            Input::Whole => Value::Object(arguments),
            Input::Wrapped => arguments.remove("request").unwrap_or_default(),
        };
        (request, items)
    }

    pub(super) fn takes_items(&self) -> bool {
        matches!(
            self.capability.kind,
            Kind::ClientStreaming | Kind::Bidirectional
        )
    }
}

/// Says what a tool calls.
fn contract(procedure: &str, service: &Service, capability: &Capability) -> String {
    let kind = match capability.kind {
        Kind::Unary => "",
        Kind::ServerStreaming => " The result has the items of a stream.",
        Kind::ClientStreaming => " It takes a list of items.",
        Kind::Bidirectional => " It takes a list of items; the result has the items of a stream.",
    };
    let deprecated = if capability.deprecated.is_some() {
        " Deprecated."
    } else {
        ""
    };
    format!(
        "Calls `{procedure}` of {} {}.{kind}{deprecated}",
        service.name, service.version
    )
}

/// Returns the input schema, and how the arguments have the request.
fn input_of(capability: &Capability) -> (Input, JsonObject) {
    let takes_items = matches!(capability.kind, Kind::ClientStreaming | Kind::Bidirectional);
    let (request, mut defs) = inlined(capability.request_schema.as_ref());
    let input = match &capability.request_schema {
        None => Input::None,
        Some(_) if is_object(&request) && !takes_items => Input::Whole,
        Some(_) => Input::Wrapped,
    };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let mut schema = match (input, request) {
        (Input::Whole, Value::Object(request)) => request,
        (Input::Wrapped, request) => {
            properties.insert("request".into(), request);
            required.push("request");
            Map::new()
        }
        _ => Map::new(),
    };
    if takes_items {
        let (item, others) = inlined(capability.inbound_schema.as_ref());
        defs.extend(others);
        properties.insert("items".into(), json!({"type": "array", "items": item}));
        required.push("items");
    }
    if input != Input::Whole {
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), properties.into());
        schema.insert("required".into(), json!(required));
        schema.insert("additionalProperties".into(), false.into());
    }
    if !defs.is_empty() {
        schema.insert("$defs".into(), defs.into());
    }
    (input, schema)
}

/// Returns the output schema: an object with the result, or with the resource that a large result
/// is.
fn output_of(capability: &Capability) -> JsonObject {
    let (response, defs) = inlined(capability.response_schema.as_ref());
    let result = match capability.kind {
        Kind::ServerStreaming | Kind::Bidirectional => json!({"type": "array", "items": response}),
        _ => response,
    };
    let resource = json!({"type": "string", "description": "Address of a result that is too large for an answer."});
    let is_cut = json!({"type": "boolean", "description": "Whether the stream had more items."});
    let mut schema = Map::from_iter([
        ("type".to_owned(), json!("object")),
        (
            "properties".to_owned(),
            json!({"result": result, "resource": resource, "truncated": is_cut}),
        ),
    ]);
    if !defs.is_empty() {
        schema.insert("$defs".into(), defs.into());
    }
    schema
}

/// Returns the names of procedures: at most 56 letters, digits, `_` and `-`. A name that is cut, or
/// that two procedures would have, ends in a hash of the procedure.
fn names<'a>(procedures: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for procedure in procedures {
        let is_kept = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let name = procedure
            .chars()
            .map(|c| if is_kept(c) { c } else { '_' })
            .collect();
        by_name.entry(name).or_default().push(procedure);
    }
    let named = by_name.into_iter().flat_map(|(name, procedures)| {
        let is_alone = procedures.len() == 1 && name.len() <= MAX_NAME;
        procedures.into_iter().map(move |procedure| {
            let name = if is_alone {
                name.clone()
            } else {
                hashed(&name, procedure)
            };
            (procedure.to_owned(), name)
        })
    });
    named.collect()
}

fn hashed(name: &str, procedure: &str) -> String {
    let hash = hex::encode(Sha256::digest(procedure));
    let cut = name.len().min(MAX_NAME - HASH_DIGITS - 1);
    format!("{}_{}", &name[..cut], &hash[..HASH_DIGITS])
}

/// Removes characters that a person does not see but a model reads, and cuts the text.
fn printable(text: &str, max: usize) -> String {
    let seen = text.chars().filter(|c| *c == '\n' || !is_unprintable(*c));
    let mut cut: String = seen.take(max + 1).collect();
    if let Some((end, _)) = cut.char_indices().nth(max) {
        cut.truncate(end);
        cut.pop();
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_of_the_characters_that_clients_take() {
        let long = format!("acme/{}", "a".repeat(500));
        let other = format!("acme/{}b", "a".repeat(499));
        let procedures = ["acme/a.b", "acme/a_b", "acme/search.find_v2", &long, &other];
        let names = names(procedures.into_iter());
        assert_eq!(names["acme/search.find_v2"], "acme_search_find_v2");
        let all: std::collections::BTreeSet<_> = names.values().collect();
        assert_eq!(all.len(), procedures.len(), "{names:?}");
        for name in all {
            let is_taken = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
            assert!(
                name.len() <= MAX_NAME && name.chars().all(is_taken),
                "{name}"
            );
        }
        // A name does not depend on what else is listed, unless it would be the same.
        assert!(names["acme/a.b"].starts_with("acme_a_b_"), "{names:?}");
    }

    #[test]
    fn descriptions_have_no_invisible_characters_and_a_bound() {
        let text = printable("a\u{200b}b\u{1b}[31m\u{202e}c\nd", 100);
        assert_eq!(text, "ab[31mc\nd");
        let long = printable(&"ä".repeat(2_000), 1_024);
        assert_eq!(long.chars().count(), 1_024);
        assert!(long.ends_with("ä…"));
    }

    #[test]
    fn the_root_of_a_schema_is_an_object() {
        let mut capability = Capability::new("a.b", 1);
        capability.request_schema = Some(json!({"type": "string"}));
        let (input, schema) = input_of(&capability);
        assert_eq!(input, Input::Wrapped);
        assert_eq!(schema["properties"]["request"], json!({"type": "string"}));
        capability.request_schema = Some(json!({"type": "object", "properties": {}}));
        assert_eq!(input_of(&capability).0, Input::Whole);
        capability.request_schema = Some(json!({"type": "object", "oneOf": [{}]}));
        assert_eq!(input_of(&capability).0, Input::Wrapped);
        capability.request_schema = None;
        let (input, schema) = input_of(&capability);
        assert_eq!((input, &schema["type"]), (Input::None, &json!("object")));
    }
}
