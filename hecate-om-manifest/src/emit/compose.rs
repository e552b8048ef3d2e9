//! Composition of a manifest from the source and from what people edited.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Capability, Manifest, SCHEMA};
use crate::scan::{Handlers, Scan, Service};

/// Composes a manifest from the source, then the existing file, then defaults.
///
/// Values that the binary uses (`ports.health`, the identity, capabilities except their `status`)
/// come only from the source and its defaults.
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
    let defaults = defaults(&service.name);
    // Defaults that were derived from an earlier name of the service.
    let stale = self::defaults(&before.name);
    let mut ports = before.ports;
    ports.insert("health".to_owned(), service.health_port);
    let Service { name, version, .. } = service.clone();
    Manifest {
        schema: Some(SCHEMA.to_owned()),
        name,
        display_name: keep_edited(
            before.display_name,
            &stale.display_name,
            defaults.display_name,
        ),
        version: Some(version),
        description: service.description.clone().or(before.description),
        service_type: before.service_type.or(defaults.service_type),
        tenancy: before.tenancy.or(defaults.tenancy),
        runs_on: before.runs_on.or(defaults.runs_on),
        image: before.image,
        repository: service.repository.clone().or(before.repository),
        license: service.license.clone().or(before.license),
        depends_on: before.depends_on.or(defaults.depends_on),
        layers: service.layers.clone(),
        capabilities: annotated(capabilities, &before.capabilities),
        subscriptions: handlers.subscriptions.clone(),
        publications: handlers.publications.clone(),
        schedules: handlers.schedules.clone(),
        settings: service.settings.clone(),
        calls: scan.calls.clone(),
        ports,
        // An emptied field stays empty.
        volumes: if existing.is_none() || before.volumes == stale.volumes {
            defaults.volumes
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

/// Returns the capabilities of the source with the edits of people, and planned ones: those with a
/// `status` and no handler.
fn annotated(declared: &[Capability], before: &[Capability]) -> Vec<Capability> {
    let same =
        |earlier: &Capability, other: &Capability| earlier.by_name_and_version(other).is_eq();
    let annotate = |capability: &Capability| {
        let before = before.iter().find(|earlier| same(earlier, capability));
        let before = before.cloned();
        let (status, other) =
            before.map_or_else(Default::default, |earlier| (earlier.status, earlier.other));
        Capability {
            status,
            other,
            ..capability.clone()
        }
    };
    let is_planned = |earlier: &&Capability| {
        earlier.status.is_some() && !declared.iter().any(|capability| same(earlier, capability))
    };
    let planned = before.iter().filter(is_planned).map(|earlier| {
        // A capability with a crate had a handler that was removed: keep only its edits.
        if earlier.package.is_none() {
            return earlier.clone();
        }
        Capability {
            status: earlier.status.clone(),
            other: earlier.other.clone(),
            ..Capability::new(&*earlier.name, earlier.version)
        }
    });
    declared.iter().map(annotate).chain(planned).collect()
}

fn keep_edited<T: PartialEq>(
    before: Option<T>,
    stale: &Option<T>,
    default: Option<T>,
) -> Option<T> {
    if before == *stale {
        default
    } else {
        before.or(default)
    }
}

/// Returns the defaults of a service with this name.
fn defaults(name: &str) -> Manifest {
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

/// Derives a name for people: `Query Desk` for `hecate-query-desk`.
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
    fn a_display_name_consists_of_the_words_of_the_name() {
        assert_eq!(display_name("hecate-echo"), "Echo");
        assert_eq!(display_name("query-desk_2"), "Query Desk 2");
        assert_eq!(display_name("élan"), "Élan");
    }
}
