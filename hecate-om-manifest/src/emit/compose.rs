//! The manifest: what the source says, and what people wrote by hand.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Capability, Manifest, SCHEMA};
use crate::scan::{Handlers, Scan, Service};

/// What the source says, over what stands in the file already, over what is usual.
///
/// Where the binary acts by a value (ports.health, the identity, all of a capability but its
/// `status`), the source has the word even when it says nothing: the default is then what holds.
pub(super) fn compose(
    scan: &Scan,
    capabilities: &[Capability],
    handlers: &Handlers,
    existing: Option<&Manifest>,
) -> Manifest {
    let before = existing.cloned().unwrap_or_default();
    let Some(service) = &scan.service else {
        return before;
    };
    let usual = usual(&service.name);
    // What was made up from another name goes with that name.
    let stale = self::usual(&before.name);
    let mut ports = before.ports;
    ports.insert("health".to_owned(), service.health_port);
    let Service { name, version, .. } = service.clone();
    Manifest {
        schema: Some(SCHEMA.to_owned()),
        name,
        display_name: keep(before.display_name, &stale.display_name, usual.display_name),
        version: Some(version),
        description: service.description.clone().or(before.description),
        service_type: before.service_type.or(usual.service_type),
        tenancy: before.tenancy.or(usual.tenancy),
        runs_on: before.runs_on.or(usual.runs_on),
        image: before.image,
        repository: service.repository.clone().or(before.repository),
        license: service.license.clone().or(before.license),
        depends_on: before.depends_on.or(usual.depends_on),
        capabilities: annotated(capabilities, &before.capabilities),
        subscriptions: handlers.subscriptions.clone(),
        schedules: handlers.schedules.clone(),
        calls: scan.calls.clone(),
        ports,
        // Who has emptied it wants none.
        volumes: if existing.is_none() || before.volumes == stale.volumes {
            usual.volumes
        } else {
            before.volumes
        },
        min_realm_version: before.min_realm_version,
        min_station_version: before.min_station_version,
        min_om_version: before.min_om_version,
        identity_spec: Some(service.identity_spec.clone()),
        other: before.other,
    }
}

/// The capabilities of the source with what people wrote on them, and those that people plan: with a
/// `status` and no source.
fn annotated(declared: &[Capability], before: &[Capability]) -> Vec<Capability> {
    let same = |one: &Capability, other: &Capability| one.by_name_and_version(other).is_eq();
    let annotate = |capability: &Capability| {
        let before = before.iter().find(|one| same(one, capability));
        let before = before.cloned();
        let (status, other) = before.map_or_else(Default::default, |one| (one.status, one.other));
        Capability {
            status,
            other,
            ..capability.clone()
        }
    };
    let is_planned = |one: &&Capability| {
        one.status.is_some() && !declared.iter().any(|capability| same(one, capability))
    };
    let planned = before.iter().filter(is_planned).map(|one| {
        // One with a crate was declared there and is no longer: its remark is all that remains.
        if one.package.is_none() {
            return one.clone();
        }
        Capability {
            status: one.status.clone(),
            other: one.other.clone(),
            ..Capability::new(&*one.name, one.version)
        }
    });
    declared.iter().map(annotate).chain(planned).collect()
}

fn keep<T: PartialEq>(before: Option<T>, stale: &Option<T>, usual: Option<T>) -> Option<T> {
    if before == *stale {
        usual
    } else {
        before.or(usual)
    }
}

/// What a manifest holds until someone writes something else.
fn usual(name: &str) -> Manifest {
    let volumes = [
        ("secrets", format!("/etc/hecate/secrets/{name}")),
        ("state", format!("/var/lib/{name}")),
    ];
    Manifest {
        display_name: Some(display_name(name)),
        service_type: Some("container_daemon".to_owned()),
        tenancy: Some("realm".to_owned()),
        runs_on: Some("infrastructure_node".to_owned()),
        depends_on: Some(vec!["macula-station".to_owned(), "hecate-realm".to_owned()]),
        volumes: volumes
            .map(|(volume, path)| (volume.to_owned(), Value::String(path)))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        ..Manifest::default()
    }
}

/// `hecate-query-desk` is the `Query Desk`.
fn display_name(name: &str) -> String {
    let words = name
        .strip_prefix("hecate-")
        .unwrap_or(name)
        .split(['-', '_', '.']);
    let capitals = words.filter_map(|word| {
        let mut letters = word.chars();
        Some(letters.next()?.to_uppercase().chain(letters).collect())
    });
    capitals.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_is_made_of_the_words_of_the_name() {
        assert_eq!(display_name("hecate-echo"), "Echo");
        assert_eq!(display_name("query-desk_2"), "Query Desk 2");
        assert_eq!(display_name("élan"), "Élan");
    }
}
