//! The description of the gateway as an OpenAPI 3.1 document, from the live descriptions of the
//! services.
//!
//! Each schema of a payload goes to `components/schemas` with the types that it refers to, because
//! generators of clients name types by these keys.

mod components;

use std::collections::BTreeSet;
use std::sync::Arc;

use hecate_om_manifest::{Capability, Kind};
use serde_json::{Map, Value, json};

use crate::catalogue::Service;
pub(crate) use components::Components;
use components::type_name;

/// Describes the procedures of the services, by org, that the caller may call.
pub(crate) fn document(
    services: &[(String, Arc<Service>)],
    may_call: impl Fn(&str) -> bool,
) -> Value {
    let mut components = Components::default();
    let mut paths = Map::new();
    let mut operations = BTreeSet::new();
    for (org, service) in services {
        for capability in &service.capabilities {
            let procedure = capability.procedure.as_ref();
            let Some(procedure) = procedure.filter(|procedure| may_call(procedure)) else {
                continue;
            };
            let operation = Operation {
                org,
                service,
                capability,
                procedure,
            };
            let id = unique(operation.id(), &mut operations);
            paths.insert(
                format!("/v1/{procedure}"),
                operation.path(&id, &mut components),
            );
        }
    }
    let mut schemas = components.into_schemas();
    schemas.insert("Problem".into(), problem());
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Services of the mesh",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The capabilities that this gateway serves. It calls them on the mesh as one node: the limits \
                            for each caller of a service apply to all callers of the gateway together.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// Returns the id, or the id with the first number that makes it new.
fn unique(id: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|n| format!("{id}_{n}"));
    let free = std::iter::once(id.clone())
        .chain(numbered)
        .find(|id| !taken.contains(id));
    let free = free.unwrap_or(id);
    taken.insert(free.clone());
    free
}

/// A capability in the document.
struct Operation<'a> {
    org: &'a str,
    service: &'a Service,
    capability: &'a Capability,
    procedure: &'a str,
}

impl Operation<'_> {
    /// Returns a name that generators make a function of: org, capability and version.
    fn id(&self) -> String {
        let text = format!(
            "{}_{}_v{}",
            self.org, self.capability.name, self.capability.version
        );
        let is_word = |c: char| c.is_ascii_alphanumeric();
        text.chars()
            .map(|c| if is_word(c) { c } else { '_' })
            .collect()
    }

    fn path(&self, id: &str, components: &mut Components) -> Value {
        let capability = self.capability;
        let mut schema =
            |part: &str, schema: Option<&Value>| components.add(&type_name(&[id, part]), schema);
        let request = schema("request", capability.request_schema.as_ref());
        let response = schema("response", capability.response_schema.as_ref());
        let inbound = schema("item", capability.inbound_schema.as_ref());
        if capability.kind == Kind::Bidirectional {
            return json!({"get": self.operation(id, json!({
                "parameters": parameters(&request),
                "x-websocket": {"item": inbound, "response_item": response},
                "responses": {"101": {"description": "A WebSocket. Its messages are `{\"item\": …}` in both directions, and \
                                                      `{\"end\": true}` or `{\"error\": …}` at the end."}},
            }))});
        }
        let answer = match capability.kind {
            Kind::ServerStreaming => json!({
                "application/x-ndjson": {"schema": step(&response)},
                "text/event-stream": {"schema": {"type": "string"}},
            }),
            _ => json!({"application/json": {"schema": response}}),
        };
        let mut operation = json!({
            "responses": {
                "200": {"description": answer_text(capability.kind), "content": answer},
                "default": {
                    "description": "The call failed.",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                },
            },
        });
        if capability.kind == Kind::ClientStreaming {
            operation["parameters"] = parameters(&request);
            operation["requestBody"] = json!({
                "required": true,
                "description": "One item in JSON on each line.",
                "content": {"application/x-ndjson": {"schema": inbound}},
            });
        } else {
            operation["parameters"] = json!([timeout_parameter()]);
            if capability.request_schema.is_some() {
                operation["requestBody"] = json!({
                    "required": true,
                    "content": {"application/json": {"schema": request}},
                });
            }
        }
        json!({"post": self.operation(id, operation)})
    }

    /// Adds what all operations have.
    fn operation(&self, id: &str, mut operation: Value) -> Value {
        let capability = self.capability;
        let doc = capability.doc.as_deref().unwrap_or_default();
        let summary = doc.lines().next().unwrap_or_default();
        operation["operationId"] = id.into();
        operation["tags"] = json!([self.org]);
        operation["summary"] = if summary.is_empty() {
            self.procedure
        } else {
            summary
        }
        .into();
        let of = format!(
            "`{}` of {} {}.",
            self.procedure, self.service.name, self.service.version
        );
        operation["description"] = format!("{doc}\n\n{of}").trim_start().into();
        if let Some(deprecated) = &capability.deprecated {
            operation["deprecated"] = true.into();
            operation["x-deprecated"] = json!(deprecated);
        }
        operation["x-idempotent"] = capability.idempotent.into();
        operation
    }
}

const fn answer_text(kind: Kind) -> &'static str {
    match kind {
        Kind::ServerStreaming => {
            "The items of the stream, each as an event or a line. The last one is `end` or `error`."
        }
        _ => "The response.",
    }
}

/// Returns the schema of a line of a stream.
fn step(item: &Value) -> Value {
    let error = json!({"$ref": "#/components/schemas/Problem"});
    json!({
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {"item": item, "error": error, "end": {"type": "boolean"}},
    })
}

fn timeout_parameter() -> Value {
    json!({
        "name": "Request-Timeout",
        "in": "header",
        "description": "Timeout in seconds, at most 600; 30 by default.",
        "schema": {"type": "number", "exclusiveMinimum": 0, "maximum": 600},
    })
}

/// Returns the parameters of a procedure whose request is not in the body.
fn parameters(request: &Value) -> Value {
    let request = json!({
        "name": "request",
        "in": "query",
        "description": "The request in JSON.",
        "content": {"application/json": {"schema": request}},
    });
    json!([request, timeout_parameter()])
}

/// Returns the schema of an error (RFC 9457).
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457) of the type `about:blank`.",
        "required": ["title", "status", "code", "detail", "retryable"],
        "properties": {
            "title": {"type": "string", "description": "Phrase of the status."},
            "status": {"type": "integer", "description": "Status of HTTP."},
            "code": {"type": "string", "description": "Stable name of the error."},
            "detail": {"type": "string", "description": "What is wrong, and what to do."},
            "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
            "retry_after_ms": {"type": "integer", "description": "Milliseconds to wait before a retry."},
        },
    })
}
