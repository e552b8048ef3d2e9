//! `ls`: lists the services on the mesh, by their advertisements and their `info`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use hecate_om::{Mesh, call::CallError, identity::NodeId};
use serde::{Deserialize, Serialize};

use crate::flags::MeshFlags;
use crate::output::{Failure, Output};
use crate::terminal::{one_line, table};
use crate::value_parsers::{duration, org};

/// Maximum number of services listed when the requested service is missing.
const MAX_NAMED: usize = 10;

/// One service on one node.
#[derive(Debug, Serialize)]
struct ListedService {
    org: String,
    node_id: String,
    #[serde(flatten)]
    info: Option<ServiceInfo>,
    capabilities: Vec<String>,
}

/// Response of a service's `info`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ServiceInfo {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(default)]
    description: String,
    pub(super) status: String,
    pub(super) uptime_s: u64,
}

#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    /// List only this org
    #[arg(value_parser = org)]
    pub(crate) org: Option<String>,
    /// Also list the procedures of the realm and of the runtimes, which belong to no service
    #[arg(long)]
    pub(crate) all: bool,
    /// Time limit for the mesh and for each service, at most 10m
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

pub(crate) async fn run(args: &LsArgs, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let client = mesh.connect().await?;
    let services = services(client.mesh(), args).await;
    let others = match (&services, &args.org) {
        (Ok(services), Some(_)) if services.is_empty() => orgs(client.mesh(), args.timeout).await,
        _ => Ok(BTreeSet::new()),
    };
    client.close().await;
    let (services, others) = (services?, others?);
    output.print_result(&services, || match &args.org {
        Some(org) if services.is_empty() => not_found(org, &others),
        _ => text(&services),
    })
}

/// Returns the orgs that have services on the mesh.
pub(super) async fn orgs(mesh: &Mesh, timeout: Duration) -> Result<BTreeSet<String>, CallError> {
    let found = list_procedures(mesh, None, false, timeout).await?;
    Ok(found.into_keys().map(|(org, _)| org).collect())
}

/// Describes a missing service, with the services that are on the mesh.
pub(super) fn not_found(org: &str, others: &BTreeSet<String>) -> String {
    let named: Vec<String> = others
        .iter()
        .take(MAX_NAMED)
        .map(|org| format!("`{}`", one_line(org)))
        .collect();
    let more = match others.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match named.as_slice() {
        [] => "no service is on the mesh".into(),
        named => format!(
            "no service `{org}` is on the mesh; services there: {}{more}",
            named.join(", ")
        ),
    }
}

async fn services(mesh: &Mesh, args: &LsArgs) -> Result<Vec<ListedService>, Failure> {
    let found = list_procedures(mesh, args.org.as_deref(), args.all, args.timeout).await?;
    let tasks: Vec<_> = found
        .into_iter()
        .map(|((org, node), capabilities)| {
            let mesh = mesh.clone();
            let timeout = args.timeout;
            tokio::spawn(async move {
                let info = if is_internal(&org) {
                    None
                } else {
                    info(&mesh, &org, Some(node), timeout).await.ok()
                };
                ListedService {
                    info,
                    node_id: node.to_string(),
                    org,
                    capabilities,
                }
            })
        })
        .collect();
    let mut services = Vec::with_capacity(tasks.len());
    for task in tasks {
        services.push(
            task.await
                .map_err(|e| Failure::new("failed", e.to_string()))?,
        );
    }
    Ok(services)
}

/// Returns the advertised procedures by org and node, of one org if `wanted` is set. With `all`,
/// includes procedures that belong to no service.
pub(super) async fn list_procedures(
    mesh: &Mesh,
    wanted: Option<&str>,
    all: bool,
    timeout: Duration,
) -> Result<BTreeMap<(String, NodeId), Vec<String>>, CallError> {
    let mut found: BTreeMap<(String, NodeId), Vec<String>> = BTreeMap::new();
    for advertised in mesh.advertised(timeout).await? {
        let org = advertised.procedure.split('/').next().unwrap_or_default();
        let of_realm = advertised.procedure[org.len()..].starts_with("/_realm/");
        let is_shown = match wanted {
            Some(wanted) => wanted == org && (all || !of_realm),
            None => all || !(of_realm || is_internal(org)),
        };
        if !is_shown {
            continue;
        }
        found
            .entry((org.to_owned(), advertised.node))
            .or_default()
            .push(advertised.procedure);
    }
    Ok(found)
}

/// Returns whether an org is the namespace of a node's runtime, `~<node id>`.
pub(super) fn is_internal(org: &str) -> bool {
    org.starts_with('~')
}

/// Fetches the info of an org's service.
pub(super) async fn info(
    mesh: &Mesh,
    org: &str,
    node: Option<NodeId>,
    timeout: Duration,
) -> Result<ServiceInfo, CallError> {
    let mut outgoing = mesh.procedure(format!("{org}/info")).timeout(timeout);
    if let Some(node) = node {
        outgoing = outgoing.provider(node);
    }
    outgoing.call(&()).await
}

fn text(services: &[ListedService]) -> String {
    if services.is_empty() {
        return "no service is on the mesh".into();
    }
    let mut rows = vec![
        ["SERVICE", "VERSION", "STATUS", "UP", "NODE"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut lists = Vec::new();
    for service in services {
        let node = service.node_id.get(..12).unwrap_or_default().to_owned();
        rows.push(match &service.info {
            Some(info) => vec![
                service.org.clone(),
                info.version.clone(),
                info.status.clone(),
                humantime::format_duration(Duration::from_secs(info.uptime_s)).to_string(),
                node,
            ],
            // The service may have crashed without withdrawing its advertisements.
            None => vec![
                service.org.clone(),
                "-".into(),
                if is_internal(&service.org) {
                    "internal".into()
                } else {
                    "no answer".into()
                },
                "-".into(),
                node,
            ],
        });
        let procedures: Vec<String> = service.capabilities.iter().map(|p| one_line(p)).collect();
        lists.push(format!("  {}", procedures.join("\n  ")));
    }
    let lines: Vec<String> = table(&rows).lines().map(str::to_owned).collect();
    let mut text_lines = vec![lines[0].clone()];
    for (line, list) in lines.iter().skip(1).zip(&lists) {
        text_lines.push(line.clone());
        text_lines.push(list.clone());
    }
    text_lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_look_like_another_line() {
        let service = ListedService {
            org: "acme\necho  1.0".into(),
            node_id: "00".repeat(32),
            info: None,
            capabilities: vec!["acme/x\necho  1.0  ok".into(), "acme/\u{202e}y".into()],
        };
        let text = text(&[service]);
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(!text.contains('\u{202e}'), "{text}");
    }

    #[test]
    fn a_missing_service_is_named_with_those_that_are_there() {
        let orgs = |count: usize| (0..count).map(|n| format!("org-{n:02}")).collect();
        assert_eq!(not_found("acme", &orgs(0)), "no service is on the mesh");
        assert_eq!(
            not_found("acme", &orgs(2)),
            "no service `acme` is on the mesh; services there: `org-00`, `org-01`"
        );
        let many = not_found("acme", &orgs(13));
        assert!(many.ends_with("`org-09` and 3 more"), "{many}");
    }
}
