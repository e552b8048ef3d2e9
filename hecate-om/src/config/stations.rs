//! The settings of stations and their realm, of which either all are set or none.

use sha2::{Digest, Sha256};

use super::Layers;
use super::host_port::host_port;
use super::parse::{Reader, comma_separated, hex32};
use crate::boot_refusal::Reason;

/// Variables that `HECATE_MESH=required` needs, in the order of hecate-om (Erlang).
const REQUIRED: [&str; 4] = ["HECATE_REALM", "HECATE_REALM_KEY", SEEDS, NODE_IDS];
const SEEDS: &str = "MACULA_STATION_SEEDS";
const NODE_IDS: &str = "MACULA_STATION_NODE_IDS";

/// Station to connect to, whose node id is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seed {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) node_id: [u8; 32],
}

/// A realm, with the public key that verifies its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RealmConfig {
    pub(crate) id: [u8; 32],
    pub(crate) key: Vec<u8>,
    pub(crate) name: String,
}

/// Configured stations and realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stations {
    pub(crate) seeds: Vec<Seed>,
    pub(crate) realm: RealmConfig,
}

/// Whether the name of the realm is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RealmName {
    /// The name is part of the node's claims and tokens, so it must match the id of the realm.
    Used,
    /// Only the id is used. If the name is set, it must still match the id.
    Unused,
}

/// Returns whether any setting of stations or of the realm is set.
pub(super) fn is_any_station_setting_set(layers: &Layers) -> bool {
    REQUIRED.iter().any(|name| layers.value(name).is_some())
}

/// Refuses settings of stations and of the realm with `HECATE_MESH=dev`, which uses no such
/// settings.
pub(super) fn refuse_stations_in_dev(reader: &mut Reader<'_>, layers: &Layers) {
    let named: Vec<&str> = REQUIRED
        .iter()
        .copied()
        .filter(|name| layers.value(name).is_some())
        .collect();
    if !named.is_empty() {
        reader.report_as(
            Reason::DEV_MESH_REFUSED,
            "HECATE_MESH",
            &format!(
                "`dev` uses the development mesh of this machine, but {} is set; unset it, or set HECATE_MESH=required",
                named.join(", ")
            ),
        );
    }
}

/// Reads the stations; `None` if no stations are set or a setting is invalid. All missing settings
/// are reported together.
pub(super) fn read_stations(
    reader: &mut Reader<'_>,
    required: bool,
    realm_name: RealmName,
) -> Option<Stations> {
    let missing: Vec<&str> = REQUIRED
        .iter()
        .copied()
        .filter(|name| !reader.is_set(name))
        .collect();
    if missing.len() == REQUIRED.len() && !required {
        return None;
    }
    if required || missing.contains(&SEEDS) && missing.contains(&NODE_IDS) {
        reader.missing(&missing, required);
    } else {
        missing.iter().for_each(|name| reader.report_unset(name));
    }
    let realm_id = reader.hex32("HECATE_REALM");
    let key = reader.hex("HECATE_REALM_KEY");
    let name = reader
        .text("HECATE_REALM_NAME")
        .unwrap_or_else(|| "io.macula".into());
    let name_used = realm_name == RealmName::Used || reader.is_set("HECATE_REALM_NAME");
    if let Some(id) = realm_id.filter(|_| name_used) {
        reader.check_realm_name(&name, &id);
    }
    let seeds = reader.seeds(SEEDS, NODE_IDS);
    Some(Stations {
        seeds: seeds?,
        realm: RealmConfig {
            id: realm_id?,
            key: key?,
            name,
        },
    })
}

impl Reader<'_> {
    /// Reports all missing settings in one refusal, if any are missing.
    fn missing(&mut self, names: &[&str], required: bool) {
        let remedy = if required {
            "the mesh is required (HECATE_MESH=required): set them, or set HECATE_MESH=optional to run without \
                 a mesh"
        } else {
            "the mesh is optional (HECATE_MESH=optional), but each of its settings needs the others: set all of \
                 them, or none"
        };
        if !names.is_empty() {
            let text = format!("not set: {}; {remedy}", names.join(", "));
            self.refuse(Reason::MESH_UNCONFIGURED, text);
        }
    }

    /// Reports a missing setting that the configured stations need.
    fn report_unset(&mut self, variable: &str) {
        let reason = match variable {
            NODE_IDS => Reason::SEEDS_WITHOUT_NODE_IDS,
            SEEDS => Reason::NODE_IDS_WITHOUT_SEEDS,
            "HECATE_REALM" => Reason::REALM_UNCONFIGURED,
            _ => Reason::REALM_KEY_UNCONFIGURED,
        };
        let text = "not set, but the stations cannot be used without it; set it, or unset the other settings of the \
                    mesh to run without one (HECATE_MESH=optional)";
        self.report_as(reason, variable, text);
    }

    /// Checks that the id of the realm is the SHA-256 of the name.
    fn check_realm_name(&mut self, name: &str, id: &[u8; 32]) {
        if Sha256::digest(name.as_bytes()).as_slice() != id.as_slice() {
            self.report(
                "HECATE_REALM_NAME",
                &format!(
                    "`{name}` is not the name of the realm in HECATE_REALM, whose id is the SHA-256 of its name; set the \
                     realm's name"
                ),
            );
        }
    }

    /// Parses the stations and their node ids.
    fn seeds(&mut self, hosts: &str, ids: &str) -> Option<Vec<Seed>> {
        let before = self.error_count();
        let hosts_text = self.text(hosts);
        let ids_text = self.text(ids);
        let targets: Vec<(String, u16)> = comma_separated(hosts_text.as_deref())
            .filter_map(|entry| match host_port(entry) {
                Ok(target) => Some(target),
                Err(problem) => {
                    self.report(hosts, &problem);
                    None
                }
            })
            .collect();
        let node_ids: Vec<[u8; 32]> = comma_separated(ids_text.as_deref())
            .filter_map(|entry| match hex32(entry) {
                Ok(id) => Some(id),
                Err(problem) => {
                    self.report(ids, &problem);
                    None
                }
            })
            .collect();
        let well_formed = self.error_count() == before;
        if well_formed && hosts_text.is_some() && targets.is_empty() {
            self.report(
                hosts,
                "the value names no station; write `host` or `host:port`, or unset it",
            );
        }
        if well_formed
            && hosts_text.is_some()
            && ids_text.is_some()
            && targets.len() != node_ids.len()
        {
            let reason = if targets.len() > node_ids.len() {
                Reason::SEEDS_WITHOUT_NODE_IDS
            } else {
                Reason::NODE_IDS_WITHOUT_SEEDS
            };
            self.report_as(
                reason,
                ids,
                &format!(
                    "{} node ids for {} stations; each station in {hosts} needs its node id here, in the same order",
                    node_ids.len(),
                    targets.len()
                ),
            );
        }
        (self.error_count() == before && !targets.is_empty()).then(|| {
            targets
                .into_iter()
                .zip(node_ids)
                .map(|((host, port), node_id)| Seed {
                    host,
                    port,
                    node_id,
                })
                .collect()
        })
    }
}
