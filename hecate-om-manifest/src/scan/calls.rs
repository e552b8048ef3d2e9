//! Crates whose capabilities the service calls remotely.
//!
//! A service that depends on a crate of another service for its types also links its handlers.
//! `Cargo.toml` lists such crates and the org that serves them:
//!
//! ```toml
//! [package.metadata.hecate-om.calls]
//! query-chunks = "hecate-rag"
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use hecate_om_grammar::names::OrgName;
use hecate_om_grammar::suggest::nearest;

use super::graph::Graph;
use super::report::Problem;

/// Returns the packages that are called remotely, each with the org that serves them: those in
/// `Cargo.toml`, and the crates that only they depend on.
pub(super) fn called(
    graph: &Graph,
    direct: &BTreeMap<String, Option<String>>,
    errors: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let named = declared(graph, direct, errors);
    let own = reachable(graph, graph.needs.iter(), &|package| {
        named.contains_key(package)
    });
    let mut called = named.clone();
    for (package, org) in &named {
        let beneath = graph
            .members
            .iter()
            .filter(|member| member.package.name() == package);
        let beneath = beneath.flat_map(|member| &member.needs);
        // A listed package has its own org.
        for dir in reachable(graph, beneath, &|package| named.contains_key(package)) {
            let Some(member) = graph
                .members
                .iter()
                .find(|member| member.package.dir == dir)
            else {
                continue;
            };
            if !own.contains(&dir) {
                let name = member.package.name().to_owned();
                called.entry(name).or_insert_with(|| org.clone());
            }
        }
    }
    called
}

/// Returns the valid entries of `Cargo.toml`.
fn declared(
    graph: &Graph,
    direct: &BTreeMap<String, Option<String>>,
    errors: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let Some(calls) = graph.root.calls() else {
        return BTreeMap::new();
    };
    let mut wrong = |what: String| {
        errors.push(Problem::new(format!(
            "`[package.metadata.hecate-om.calls]` of `{}`: {what}",
            graph.root.name()
        )));
    };
    let Some(calls) = calls.as_table() else {
        wrong("must be a table of packages with the orgs that serve them, `query-chunks = \"hecate-rag\"`".into());
        return BTreeMap::new();
    };
    let members = graph.members.iter().map(|member| member.package.name());
    // Dependencies of a registry may also have capabilities.
    let known: BTreeSet<&str> = members.chain(direct.keys().map(String::as_str)).collect();
    let mut named = BTreeMap::new();
    for (package, org) in calls {
        let Some(org) = org.as_str() else {
            wrong(format!(
                "`{package}` needs the org that serves it: write `{package} = \"hecate-rag\"`"
            ));
            continue;
        };
        if let Err(why) = org.parse::<OrgName>() {
            wrong(format!("the org of `{package}`: {why}"));
            continue;
        }
        if !known.contains(package.as_str()) {
            let similar = nearest(package, known.iter().copied());
            let similar = similar
                .map(|name| format!(" (did you mean `{name}`?)"))
                .unwrap_or_default();
            wrong(format!(
                "the service does not depend on `{package}`{similar}: remove it, or add it to `[dependencies]`"
            ));
            continue;
        }
        named.insert(package.clone(), org.to_owned());
    }
    named
}

/// Returns the folders reachable from `begin`, without packages for which `stop` returns `true`.
fn reachable<'a>(
    graph: &'a Graph,
    start: impl Iterator<Item = &'a PathBuf>,
    stop: &dyn Fn(&str) -> bool,
) -> BTreeSet<PathBuf> {
    let mut to_follow: Vec<&PathBuf> = start.collect();
    let mut reached = BTreeSet::new();
    while let Some(dir) = to_follow.pop() {
        let Some(member) = graph
            .members
            .iter()
            .find(|member| member.package.dir == *dir)
        else {
            continue;
        };
        if !stop(member.package.name()) && reached.insert(dir.clone()) {
            to_follow.extend(&member.needs);
        }
    }
    reached
}
