//! `describe`: what a capability takes, answers and allows, as its service says.

use std::time::Duration;

use clap::Args;
use hecate_om_manifest::{Access, Kind};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::described::{self, kind_name};
use crate::flags::MeshFlags;
use crate::json::{Json, follow, pretty};
use crate::output::{Failure, Output};
use crate::terminal::table;
use crate::value_parsers::{duration, procedure_or_org};

const SCHEMAS: [&str; 3] = ["request_schema", "inbound_schema", "response_schema"];

/// What a description always has in JSON; services leave out what has no value.
const OPTIONAL: [&str; 10] = [
    "request",
    "inbound",
    "timeout_ms",
    "confidential",
    "deprecated",
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
    let described = described::ask::<Json>(client.mesh(), org, None, args.timeout).await;
    client.close().await;
    let (_, described) = described?;
    let mut all: Vec<Value> = described.rpc.into_iter().map(|Json(one)| one).collect();
    if args.procedure.contains('/') {
        let offered: Vec<String> = all.iter().map(|one| field(one, "procedure")).collect();
        all.retain(|one| one["procedure"] == args.procedure.as_str());
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
    output.done(&all, || {
        let texts: Vec<String> = all.iter().map(text).collect();
        texts.join("\n\n")
    })
}

/// The description as JSON has it: schemas that crossed as texts, booleans that crossed as numbers, and fields that
/// were left out.
fn complete(one: &mut Map<String, Value>) {
    for name in OPTIONAL {
        one.entry(name).or_insert(Value::Null);
    }
    one.entry("kind")
        .or_insert_with(|| Kind::default().name().into());
    let idempotent = one.get("idempotent").is_some_and(|yes| *yes == 1);
    one.insert("idempotent".into(), idempotent.into());
    for name in SCHEMAS {
        // A schema that is not JSON stays a text.
        if let Some(schema) = one.get_mut(name)
            && let Some(read) = schema.as_str().and_then(|text| text.parse().ok())
        {
            *schema = read;
        }
    }
    let schema = one.get("request_schema").cloned().unwrap_or_default();
    if let Some(example) = one.get_mut("example_payload") {
        follow(&schema, example);
    }
}

/// A schema as people read it, without the line that is the same in all.
fn schema(one: &Value, name: &str) -> Option<String> {
    let mut schema = one.get(name).filter(|schema| !schema.is_null())?.clone();
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

fn field(one: &Value, name: &str) -> String {
    match &one[name] {
        Value::String(text) => text.clone(),
        Value::Null => "-".into(),
        other => other.to_string(),
    }
}

fn text(one: &Value) -> String {
    let row = |name: &str, value: String| vec![format!("  {name}"), value];
    let known = Kind::deserialize(&one["kind"]);
    let kind = match &known {
        Ok(kind) => kind_name(*kind).to_owned(),
        // A later version's.
        Err(_) => field(one, "kind"),
    };
    let streams = matches!(known, Ok(Kind::ServerStreaming | Kind::Bidirectional));
    let mut rows = Vec::new();
    if let Some(since) = one["deprecated"]["since"].as_str() {
        let instead = one["deprecated"]["use"].as_str();
        let instead = instead
            .map(|text| format!(": use {text}"))
            .unwrap_or_default();
        rows.push(row("deprecated", format!("since {since}{instead}")));
    }
    rows.push(row("kind", kind));
    rows.push(row("request", field(one, "request")));
    if !one["inbound"].is_null() {
        rows.push(row("request items", field(one, "inbound")));
    }
    let answer = if streams {
        "response items"
    } else {
        "response"
    };
    rows.push(row(answer, field(one, "response")));
    let access = match Access::deserialize(&one["access"]) {
        Ok(access) => access.to_string(),
        // A later version's.
        Err(_) => field(one, "access"),
    };
    rows.push(row("access", access));
    rows.push(row("version", field(one, "version")));
    rows.push(row("max bytes", field(one, "max_bytes")));
    // A stream has none unless its author sets one.
    if let Some(ms) = one["timeout_ms"].as_u64() {
        rows.push(row("timeout", format!("{ms} ms")));
    }
    rows.push(row("concurrency", field(one, "concurrency")));
    for (name, key) in [("queue", "queue"), ("confidential", "confidential")] {
        if !one[key].is_null() {
            rows.push(row(name, field(one, key)));
        }
    }
    if one["idempotent"] == json!(true) {
        rows.push(row("idempotent", "yes".into()));
    }
    let doc = field(one, "description");
    let doc: Vec<String> = doc.lines().map(|line| format!("  {line}")).collect();
    let schemas: String = SCHEMAS
        .iter()
        .filter_map(|name| schema(one, name))
        .collect();
    format!(
        "{}\n{}\n{}{schemas}",
        field(one, "procedure"),
        doc.join("\n"),
        table(&rows)
    )
}
