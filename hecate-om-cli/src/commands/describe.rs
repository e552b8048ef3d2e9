//! `describe`: what a capability takes, answers and allows, as its service says.

use serde::Deserialize;
use serde_json::Value;

use crate::args::Describe;
use crate::flags::MeshFlags;
use crate::json::Json;
use crate::output::{Failure, Output, pretty, table};

const SCHEMAS: [&str; 2] = ["request_schema", "response_schema"];

#[derive(Debug, Deserialize)]
struct Description {
    rpc: Vec<Json>,
}

pub(crate) async fn run(args: &Describe, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let org = args.procedure.split('/').next().unwrap_or_default();
    let client = mesh.connect().await?;
    let mesh = client.mesh();
    let described = async {
        let info = super::ls::info(mesh, org, None, args.timeout).await?;
        mesh.procedure(format!("{org}/{}.describe_capabilities", info.name))
            .timeout(args.timeout)
            .call::<(), Description>(&())
            .await
    }
    .await;
    client.close().await;
    let mut all: Vec<Value> = described?.rpc.into_iter().map(|Json(one)| one).collect();
    all.iter_mut().for_each(read_schemas);
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
    output.done(&all, || {
        let texts: Vec<String> = all.iter().map(text).collect();
        texts.join("\n\n")
    })
}

/// The schemas cross as texts of JSON, because the wire has no booleans. One that is no JSON stays a text.
fn read_schemas(one: &mut Value) {
    for name in SCHEMAS {
        if let Some(schema) = one.get_mut(name)
            && let Some(read) = schema.as_str().and_then(|text| text.parse().ok())
        {
            *schema = read;
        }
    }
}

/// A schema as people read it, without the line that is the same in all.
fn schema(one: &Value, name: &str) -> Option<String> {
    let mut schema = one.get(name)?.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
    }
    let lines: Vec<String> = pretty(&schema)
        .lines()
        .map(|line| format!("    {line}"))
        .collect();
    Some(format!(
        "\n  {}\n{}",
        name.replace('_', " "),
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
    let access = match &one["access"] {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    let timeout = match one["timeout_ms"].as_u64() {
        Some(ms) => format!("{ms} ms"),
        None => "none".to_owned(),
    };
    let row = |name: &str, value: String| vec![format!("  {name}"), value];
    let mut rows = vec![
        row("request", field(one, "request")),
        row("response", field(one, "response")),
        row("access", access),
        row("version", field(one, "version")),
        row("max bytes", field(one, "max_bytes")),
        row("timeout", timeout),
        row("at once", field(one, "concurrency")),
    ];
    if let Some(since) = one["deprecated"]["since"].as_str() {
        let instead = one["deprecated"]["use"].as_str();
        let instead = instead
            .map(|text| format!(": use {text}"))
            .unwrap_or_default();
        rows.insert(0, row("deprecated", format!("since {since}{instead}")));
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
