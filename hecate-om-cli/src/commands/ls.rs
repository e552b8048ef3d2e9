//! `ls`: lists the services on the mesh, by their advertisements and their `info`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use hecate_om::{Mesh, call::CallError, identity::NodeId};
use hecate_om_gateway::description::{self, FactDescription, ServiceInfo, info};
use serde::Serialize;
use serde::de::IgnoredAny;

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
    /// For how many of them the service advertises a key for sealed calls.
    sealed: Sealed,
    /// With `--facts`; `None` if the service does not describe itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Vec<ListedFact>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Sealed {
    All,
    Some,
    None,
}

/// The advertised procedures of an org on a node.
#[derive(Debug, Default)]
pub(super) struct Offers {
    pub(super) procedures: Vec<String>,
    /// Number of procedures with a key for sealed calls.
    sealed: usize,
}

impl Offers {
    const fn sealed(&self) -> Sealed {
        match self.sealed {
            0 => Sealed::None,
            sealed if sealed == self.procedures.len() => Sealed::All,
            _ => Sealed::Some,
        }
    }
}

/// A fact that a service publishes or receives.
#[derive(Debug, Serialize)]
struct ListedFact {
    topic: String,
    role: FactRole,
    #[serde(skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    description: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum FactRole {
    Published,
    Subscribed,
}

#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    /// List only this org
    #[arg(value_parser = org)]
    pub(crate) org: Option<String>,
    /// Also list the procedures of the realm and of the runtimes, which belong to no service
    #[arg(long)]
    pub(crate) all: bool,
    /// Also list the facts that each service publishes and subscribes to
    #[arg(long)]
    pub(crate) facts: bool,
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
        .map(|((org, node), offers)| {
            let mesh = mesh.clone();
            let (timeout, with_facts) = (args.timeout, args.facts);
            tokio::spawn(async move {
                let (info, facts) = if is_internal(&org) {
                    (None, None)
                } else if with_facts {
                    described(&mesh, &org, node, timeout).await
                } else {
                    (info(&mesh, &org, Some(node), timeout).await.ok(), None)
                };
                ListedService {
                    info,
                    facts,
                    node_id: node.to_string(),
                    org,
                    sealed: offers.sealed(),
                    capabilities: offers.procedures,
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

/// Returns a service's info, and its facts sorted by topic.
async fn described(
    mesh: &Mesh,
    org: &str,
    node: NodeId,
    timeout: Duration,
) -> (Option<ServiceInfo>, Option<Vec<ListedFact>>) {
    let Ok((info, described)) =
        description::fetch::<IgnoredAny>(mesh, org, Some(node), timeout).await
    else {
        return (info(mesh, org, Some(node), timeout).await.ok(), None);
    };
    let listed = |role: FactRole| {
        move |fact: FactDescription| ListedFact {
            topic: fact.topic,
            role,
            fact: fact.fact,
            description: fact.description,
        }
    };
    let published = described
        .publications
        .into_iter()
        .map(listed(FactRole::Published));
    let subscribed = described
        .pubsub
        .into_iter()
        .map(listed(FactRole::Subscribed));
    let mut facts: Vec<ListedFact> = published.chain(subscribed).collect();
    facts.sort_by(|a, b| a.topic.cmp(&b.topic));
    (Some(info), Some(facts))
}

/// Returns the advertised procedures by org and node, of one org if `wanted` is set. With `all`,
/// includes procedures that belong to no service.
pub(super) async fn list_procedures(
    mesh: &Mesh,
    wanted: Option<&str>,
    all: bool,
    timeout: Duration,
) -> Result<BTreeMap<(String, NodeId), Offers>, CallError> {
    let mut found: BTreeMap<(String, NodeId), Offers> = BTreeMap::new();
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
        let offers = found.entry((org.to_owned(), advertised.node)).or_default();
        offers.sealed += usize::from(advertised.sealed);
        offers.procedures.push(advertised.procedure);
    }
    Ok(found)
}

/// Returns whether an org is the namespace of a node's runtime, `~<node id>`.
pub(super) fn is_internal(org: &str) -> bool {
    org.starts_with('~')
}

fn text(services: &[ListedService]) -> String {
    if services.is_empty() {
        return "no service is on the mesh".into();
    }
    let mut rows = vec![
        ["SERVICE", "VERSION", "STATUS", "UP", "SEALED", "NODE"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut lists = Vec::new();
    for service in services {
        let node = service.node_id.get(..12).unwrap_or_default().to_owned();
        let sealed = match service.sealed {
            Sealed::All => "all",
            Sealed::Some => "some",
            Sealed::None => "none",
        };
        rows.push(match &service.info {
            Some(info) => vec![
                service.org.clone(),
                info.version.clone(),
                info.status.clone(),
                humantime::format_duration(Duration::from_secs(info.uptime_s)).to_string(),
                sealed.into(),
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
                sealed.into(),
                node,
            ],
        });
        let procedures = service.capabilities.iter().map(|p| one_line(p));
        let facts = service.facts.iter().flatten().map(|fact| {
            let role = match fact.role {
                FactRole::Published => "publishes",
                FactRole::Subscribed => "subscribes to",
            };
            format!("{role} {}", one_line(&fact.topic))
        });
        let items: Vec<String> = procedures.chain(facts).collect();
        lists.push(format!("  {}", items.join("\n  ")));
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
            sealed: Sealed::None,
            capabilities: vec!["acme/x\necho  1.0  ok".into(), "acme/\u{202e}y".into()],
            facts: Some(vec![ListedFact {
                topic: "acme/shop\n/order_placed_v1".into(),
                role: FactRole::Published,
                fact: None,
                description: String::new(),
            }]),
        };
        let text = text(&[service]);
        assert_eq!(text.lines().count(), 5, "{text}");
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
