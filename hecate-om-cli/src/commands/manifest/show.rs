//! `manifest show`: a manifest, ours or the ancestor's, for people.

use std::path::Path;

use hecate_om_manifest::{Access, Capability, Manifest};

use crate::output::{Failure, Output, table};

pub(crate) fn run(file: &Path, output: &Output) -> Result<(), Failure> {
    let manifest = super::read(file).map_err(|why| Failure::new("bad_manifest", why))?;
    output.done(&manifest, || show(&manifest))
}

fn show(manifest: &Manifest) -> String {
    let mut said = vec![format!(
        "{} {}",
        manifest.name,
        manifest.version.as_deref().unwrap_or("(no version)")
    )];
    if let Some(description) = &manifest.description {
        said.push(description.clone());
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
    said.push(table(&rows));
    said.push(format!("capabilities: {}", manifest.capabilities.len()));
    said.extend(manifest.capabilities.iter().map(capability));
    said.retain(|line| !line.is_empty());
    said.join("\n")
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
        Some(said) => format!(", deprecated since {}", said.since),
        None => String::new(),
    };
    let types = match (&capability.request, &capability.response) {
        (Some(request), Some(response)) => format!("  ({request}) -> {response}"),
        (None, Some(response)) => format!("  () -> {response}"),
        _ => String::new(),
    };
    let doc = capability
        .doc
        .as_deref()
        .and_then(|doc| doc.lines().next())
        .map(|line| format!("\n      {line}"))
        .unwrap_or_default();
    format!(
        "  {} (version {}{access}{status}{deprecated}){types}{doc}",
        capability.name, capability.version
    )
}
