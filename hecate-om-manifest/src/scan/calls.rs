//! The crates whose capabilities the service calls, and does not serve.
//!
//! A service that depends on another's crate for the types of its capabilities has their handlers linked in, too. It
//! says so in its `Cargo.toml`, and which org serves them:
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

/// The packages that are called, each with the org that serves what it holds.
///
/// With a package that is named there belong those that are there only for its sake: the crates that only called ones
/// depend on.
pub(super) fn called(
    graph: &Graph,
    direct: &BTreeMap<String, Option<String>>,
    errors: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let named = named(graph, direct, errors);
    let own = reached(graph, graph.needs.iter(), &|package| {
        named.contains_key(package)
    });
    let mut called = named.clone();
    for (package, org) in &named {
        let beneath = graph
            .members
            .iter()
            .filter(|one| one.package.name() == package);
        let beneath = beneath.flat_map(|one| &one.needs);
        // What is named itself has said whose it is.
        for dir in reached(graph, beneath, &|package| named.contains_key(package)) {
            let Some(member) = graph.members.iter().find(|one| one.package.dir == dir) else {
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

/// What `Cargo.toml` says, as far as it can be so.
fn named(
    graph: &Graph,
    direct: &BTreeMap<String, Option<String>>,
    errors: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let Some(said) = graph.root.calls() else {
        return BTreeMap::new();
    };
    let mut wrong = |what: String| {
        errors.push(Problem::new(format!(
            "`[package.metadata.hecate-om.calls]` of `{}`: {what}",
            graph.root.name()
        )));
    };
    let Some(said) = said.as_table() else {
        wrong("write a table of packages and the orgs that serve them, `query-chunks = \"hecate-rag\"`".into());
        return BTreeMap::new();
    };
    let members = graph.members.iter().map(|one| one.package.name());
    // One that is not on disk is not read, and may hold capabilities all the same.
    let known: BTreeSet<&str> = members.chain(direct.keys().map(String::as_str)).collect();
    let mut named = BTreeMap::new();
    for (package, org) in said {
        let Some(org) = org.as_str() else {
            wrong(format!(
                "`{package}` must say which org serves it: `{package} = \"hecate-rag\"`"
            ));
            continue;
        };
        if let Err(why) = org.parse::<OrgName>() {
            wrong(format!("the org of `{package}`: {why}"));
            continue;
        }
        if !known.contains(package.as_str()) {
            let meant = nearest(package, known.iter().copied());
            let meant = meant
                .map(|name| format!(" (did you mean `{name}`?)"))
                .unwrap_or_default();
            wrong(format!(
                "`{package}` is no package that the service depends on{meant}; take it out, or add it to `[dependencies]`"
            ));
            continue;
        }
        named.insert(package.clone(), org.to_owned());
    }
    named
}

/// The folders that are reached from `begin`, not going through packages that `stop`.
fn reached<'a>(
    graph: &'a Graph,
    begin: impl Iterator<Item = &'a PathBuf>,
    stop: &dyn Fn(&str) -> bool,
) -> BTreeSet<PathBuf> {
    let mut to_follow: Vec<&PathBuf> = begin.collect();
    let mut reached = BTreeSet::new();
    while let Some(dir) = to_follow.pop() {
        let Some(member) = graph.members.iter().find(|one| one.package.dir == *dir) else {
            continue;
        };
        if !stop(member.package.name()) && reached.insert(dir.clone()) {
            to_follow.extend(&member.needs);
        }
    }
    reached
}
