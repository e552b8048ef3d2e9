//! `manifest show`: prints a manifest, also of hecate-om (Erlang).

use std::path::Path;

use hecate_om_manifest::{Access, Capability, Kind, Manifest};

use crate::commands::description::kind_name;
use crate::output::{Failure, Output};
use crate::terminal::{one_line, table};

pub(crate) fn run(file: &Path, output: &Output) -> Result<(), Failure> {
    let manifest = super::read(file).map_err(|why| Failure::new("bad_manifest", why))?;
    output.print_result(&manifest, || show(&manifest))
}

fn show(manifest: &Manifest) -> String {
    let mut lines = vec![one_line(&format!(
        "{} {}",
        manifest.name,
        manifest.version.as_deref().unwrap_or("(no version)")
    ))];
    if let Some(description) = &manifest.description {
        lines.push(description.clone());
    }
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            rows.push(vec![format!("  {name}"), value]);
        }
    };
    row("runs as", manifest.service_type.clone());
    row("runs on", manifest.runs_on.clone());
    row("tenancy", manifest.tenancy.clone());
    row("image", manifest.image.clone());
    row("repository", manifest.repository.clone());
    row("license", manifest.license.clone());
    row(
        "depends on",
        manifest.depends_on.as_ref().map(|all| all.join(", ")),
    );
    let ports: Vec<String> = manifest
        .ports
        .iter()
        .map(|(name, port)| format!("{name} {port}"))
        .collect();
    row("ports", Some(ports.join(", ")));
    let volumes = manifest.volumes.iter().map(|(name, at)| match at.as_str() {
        Some(path) => format!("{name} {path}"),
        None => format!("{name} {at}"),
    });
    row("volumes", Some(volumes.collect::<Vec<_>>().join(", ")));
    if let Some(spec) = &manifest.identity_spec {
        let spec = serde_json::to_value(spec).unwrap_or_default();
        row("identity", Some(spec.to_string()));
    }
    lines.push(table(&rows));
    lines.push(format!("capabilities: {}", manifest.capabilities.len()));
    lines.extend(manifest.capabilities.iter().map(capability));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn capability(capability: &Capability) -> String {
    let access = match &capability.access {
        None => "",
        Some(Access::Open) => ", open",
        Some(_) => ", restricted",
    };
    let status = capability
        .status
        .as_ref()
        .map(|status| format!(", {status}"))
        .unwrap_or_default();
    let deprecated = match &capability.deprecated {
        Some(deprecated) => format!(", deprecated since {}", deprecated.since),
        None => String::new(),
    };
    let kind = match capability.kind {
        Kind::Unary => String::new(),
        kind => format!(", {}", kind_name(kind)),
    };
    let types = types(capability);
    let doc = capability
        .doc
        .as_deref()
        .and_then(|doc| doc.lines().next())
        .map(|line| format!("\n      {line}"))
        .unwrap_or_default();
    let line = format!(
        "  {} (version {}{kind}{access}{status}{deprecated}){types}",
        capability.name, capability.version
    );
    format!("{}{doc}", one_line(&line))
}

/// Formats the types, if the manifest has them. The items of a stream are `[Item…]`.
fn types(capability: &Capability) -> String {
    let Some(response) = &capability.response else {
        return String::new();
    };
    let items = capability.inbound.as_ref().map(|item| format!("[{item}…]"));
    let sent: Vec<String> = capability.request.iter().cloned().chain(items).collect();
    let answered = match capability.kind {
        Kind::ServerStreaming | Kind::Bidirectional => format!("[{response}…]"),
        _ => response.clone(),
    };
    format!("  ({}) -> {answered}", sent.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_shown_with_its_types() {
        let shown = |kind, request: Option<&str>, inbound: Option<&str>| {
            capability(&Capability {
                kind,
                request: request.map(str::to_owned),
                inbound: inbound.map(str::to_owned),
                response: Some("Out".into()),
                ..Capability::new("a.b", 1)
            })
        };
        assert_eq!(
            shown(Kind::Unary, Some("Ask"), None),
            "  a.b (version 1)  (Ask) -> Out"
        );
        assert_eq!(
            shown(Kind::ServerStreaming, None, None),
            "  a.b (version 1, server streaming)  () -> [Out…]"
        );
        assert_eq!(
            shown(Kind::ClientStreaming, Some("Ask"), Some("In")),
            "  a.b (version 1, client streaming)  (Ask, [In…]) -> Out"
        );
        assert_eq!(
            shown(Kind::Bidirectional, None, Some("In")),
            "  a.b (version 1, bidirectional)  ([In…]) -> [Out…]"
        );
    }
}
