//! `describe`: shows a capability's types, limits and access, as described by its service.

use std::time::Duration;

use clap::Args;
use hecate_om_gateway::description;
use hecate_om_gateway::json::{Json, pretty, restore_booleans};
use hecate_om_manifest::{Access, Kind};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::description::kind_name;
use crate::flags::MeshFlags;
use crate::output::{Failure, Output};
use crate::terminal::{one_line, table};
use crate::value_parsers::{duration, procedure_or_org};

const SCHEMAS: [&str; 3] = ["request_schema", "inbound_schema", "response_schema"];

/// Fields that the JSON output always has, although services leave out fields without a value.
const OPTIONAL: [&str; 11] = [
    "request",
    "inbound",
    "timeout_ms",
    "confidential",
    "deprecated",
    "layers",
    "params",
    "example_payload",
    "request_schema",
    "inbound_schema",
    "response_schema",
];

#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// Procedure, `<org>/<name>`, or an org for all of its procedures
    #[arg(value_parser = procedure_or_org)]
    pub(crate) procedure: String,
    /// Time limit for the mesh and for the service, at most 10m
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

pub(crate) async fn run(
    args: &DescribeArgs,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    let org = args.procedure.split('/').next().unwrap_or_default();
    let client = mesh.connect().await?;
    let described = description::fetch::<Json>(client.mesh(), org, None, args.timeout).await;
    client.close().await;
    let (_, described) = described?;
    let mut all: Vec<Value> = described
        .rpc
        .into_iter()
        .map(|Json(capability)| capability)
        .collect();
    if args.procedure.contains('/') {
        let offered: Vec<String> = all
            .iter()
            .map(|capability| field(capability, "procedure"))
            .collect();
        all.retain(|capability| capability["procedure"] == args.procedure.as_str());
        if all.is_empty() {
            return Err(Failure::new(
                "not_found",
                format!(
                    "`{org}` does not offer `{}`; it offers {}",
                    args.procedure,
                    offered.join(", ")
                ),
            ));
        }
    }
    all.iter_mut()
        .filter_map(Value::as_object_mut)
        .for_each(complete);
    output.print_result(&all, || {
        let texts: Vec<String> = all.iter().map(text).collect();
        texts.join("\n\n")
    })
}

/// Completes a description for the JSON output: parses schemas, restores booleans, and adds missing
/// fields.
fn complete(capability: &mut Map<String, Value>) {
    for name in OPTIONAL {
        capability.entry(name).or_insert(Value::Null);
    }
    capability
        .entry("kind")
        .or_insert_with(|| Kind::default().name().into());
    let idempotent = capability.get("idempotent").is_some_and(|yes| *yes == 1);
    capability.insert("idempotent".into(), idempotent.into());
    for name in SCHEMAS {
        // A schema that is not valid JSON stays a string.
        if let Some(schema) = capability.get_mut(name)
            && let Some(read) = schema.as_str().and_then(|text| text.parse().ok())
        {
            *schema = read;
        }
    }
    let schema = capability
        .get("request_schema")
        .cloned()
        .unwrap_or_default();
    if let Some(example) = capability.get_mut("example_payload") {
        restore_booleans(&schema, example);
    }
}

/// Formats a schema, without `$schema`.
fn schema(capability: &Value, name: &str) -> Option<String> {
    let mut schema = capability
        .get(name)
        .filter(|schema| !schema.is_null())?
        .clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
    }
    let lines: Vec<String> = pretty(&schema)
        .lines()
        .map(|line| format!("    {line}"))
        .collect();
    Some(format!(
        "\n  {}\n{}",
        name.replace('_', " ").replace("inbound", "request item"),
        lines.join("\n")
    ))
}

fn field(capability: &Value, name: &str) -> String {
    match &capability[name] {
        Value::String(text) => text.clone(),
        Value::Null => "-".into(),
        other => other.to_string(),
    }
}

fn text(capability: &Value) -> String {
    let row = |name: &str, value: String| vec![format!("  {name}"), value];
    let known = Kind::deserialize(&capability["kind"]);
    let kind = match &known {
        Ok(kind) => kind_name(*kind).to_owned(),
        // A kind of a later version of hecate-om.
        Err(_) => field(capability, "kind"),
    };
    let streams = matches!(known, Ok(Kind::ServerStreaming | Kind::Bidirectional));
    let mut rows = Vec::new();
    if let Some(since) = capability["deprecated"]["since"].as_str() {
        let instead = capability["deprecated"]["use"].as_str();
        let instead = instead
            .map(|text| format!(": use {text}"))
            .unwrap_or_default();
        rows.push(row("deprecated", format!("since {since}{instead}")));
    }
    rows.push(row("kind", kind));
    rows.push(row("request", field(capability, "request")));
    if !capability["inbound"].is_null() {
        rows.push(row("request items", field(capability, "inbound")));
    }
    let answer = if streams {
        "response items"
    } else {
        "response"
    };
    rows.push(row(answer, field(capability, "response")));
    let access = match Access::deserialize(&capability["access"]) {
        Ok(access) => access.to_string(),
        // An access rule of a later version of hecate-om.
        Err(_) => field(capability, "access"),
    };
    rows.push(row("access", access));
    rows.push(row("version", field(capability, "version")));
    rows.push(row("max bytes", field(capability, "max_bytes")));
    // Streams have no timeout by default.
    if let Some(ms) = capability["timeout_ms"].as_u64() {
        rows.push(row("timeout", format!("{ms} ms")));
    }
    rows.push(row("concurrency", field(capability, "concurrency")));
    for (name, key) in [("queue", "queue"), ("confidential", "confidential")] {
        if !capability[key].is_null() {
            rows.push(row(name, field(capability, key)));
        }
    }
    if capability["idempotent"] == json!(true) {
        rows.push(row("idempotent", "yes".into()));
    }
    if let Some(window_ms) = capability["dedupe"]["window_ms"].as_u64() {
        let window = Duration::from_millis(window_ms);
        let store = field(&capability["dedupe"], "store");
        rows.push(row("keys", format!("answers kept {window:?}, {store}")));
    }
    if let Some(layers) = capability["layers"].as_array() {
        let names: Vec<&str> = layers.iter().filter_map(Value::as_str).collect();
        rows.push(row("layers", names.join(", ")));
    }
    let doc = field(capability, "description");
    let doc: Vec<String> = doc.lines().map(|line| format!("  {line}")).collect();
    let schemas: String = SCHEMAS
        .iter()
        .filter_map(|name| schema(capability, name))
        .collect();
    format!(
        "{}\n{}\n{}{schemas}",
        one_line(&field(capability, "procedure")),
        doc.join("\n"),
        table(&rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_service_cannot_look_like_another_procedure() {
        let other = "x\nacme/other";
        let capability = json!({
            "procedure": other, "description": other, "request": other, "response": other,
            "kind": other, "access": other, "version": other, "confidential": other,
        });
        let text = text(&capability);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("x\u{fffd}acme/other"));
        for line in lines {
            assert!(line.starts_with("  "), "{text}");
        }
    }
}
