//! The stations and the realm of a service: all of their settings, or none.

use sha2::{Digest, Sha256};

use super::Layers;
use super::host_port::host_port;
use super::parse::{Reader, hex32, slots};
use crate::boot_refusal::Reason;

/// The variables that `HECATE_MESH=required` cannot do without, in upstream's order.
const REQUIRED: [&str; 4] = ["HECATE_REALM", "HECATE_REALM_KEY", SEEDS, NODE_IDS];
const SEEDS: &str = "MACULA_STATION_SEEDS";
const NODE_IDS: &str = "MACULA_STATION_NODE_IDS";

/// A station to connect to, pinned by its node id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seed {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) node_id: [u8; 32],
}

/// A realm and what its records are verified against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Realm {
    pub(crate) id: [u8; 32],
    pub(crate) key: Vec<u8>,
    pub(crate) name: String,
}

/// The stations and the realm that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stations {
    pub(crate) seeds: Vec<Seed>,
    pub(crate) realm: Realm,
}

/// What the realm's name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RealmName {
    /// It stands in the node's claims and tokens, so it must be that of the realm's id.
    Told,
    /// Nobody is told it, so the id is enough; one that is set must still be the id's.
    Unused,
}

/// Whether anything of a station or its realm is set.
pub(super) fn stations_named(layers: &Layers) -> bool {
    REQUIRED.iter().any(|name| layers.value(name).is_some())
}

/// The development mesh is no realm's: what names one beside it is refused.
pub(super) fn refuse_stations_in_dev(reader: &mut Reader<'_>, layers: &Layers) {
    let named: Vec<&str> = REQUIRED
        .iter()
        .copied()
        .filter(|name| layers.value(name).is_some())
        .collect();
    if !named.is_empty() {
        reader.wrong_as(
            Reason::DEV_MESH_REFUSED,
            "HECATE_MESH",
            &format!(
                "`dev` joins this machine's own mesh, yet {} is set; unset it, or set HECATE_MESH=required",
                named.join(", ")
            ),
        );
    }
}

/// The stations, where they are named; all that is missing of them is refused at once.
pub(super) fn read_stations(
    reader: &mut Reader<'_>,
    required: bool,
    use_of_name: RealmName,
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
        missing.iter().for_each(|name| reader.unset(name));
    }
    let realm_id = reader.hex32("HECATE_REALM");
    let key = reader.hex("HECATE_REALM_KEY");
    let name = reader
        .text("HECATE_REALM_NAME")
        .unwrap_or_else(|| "io.macula".into());
    let told = use_of_name == RealmName::Told || reader.is_set("HECATE_REALM_NAME");
    if let Some(id) = realm_id.filter(|_| told) {
        reader.check_realm_name(&name, &id);
    }
    let seeds = reader.seeds(SEEDS, NODE_IDS);
    Some(Stations {
        seeds: seeds?,
        realm: Realm {
            id: realm_id?,
            key: key?,
            name,
        },
    })
}

impl Reader<'_> {
    /// One refusal for all that is missing, if anything is.
    fn missing(&mut self, names: &[&str], required: bool) {
        let without = if required {
            "the mesh is required (HECATE_MESH=required): set them, or set HECATE_MESH=optional to run without \
                 a mesh"
        } else {
            "the mesh is optional (HECATE_MESH=optional), but each of its settings needs the others: set all of \
                 them, or none"
        };
        if !names.is_empty() {
            let text = format!("not set: {}; {without}", names.join(", "));
            self.refuse(Reason::MESH_UNCONFIGURED, text);
        }
    }

    /// What a station that is configured needs, and is not set.
    fn unset(&mut self, variable: &str) {
        let reason = match variable {
            NODE_IDS => Reason::SEEDS_WITHOUT_NODE_IDS,
            SEEDS => Reason::NODE_IDS_WITHOUT_SEEDS,
            "HECATE_REALM" => Reason::REALM_UNCONFIGURED,
            _ => Reason::REALM_KEY_UNCONFIGURED,
        };
        let text = "not set, and a station cannot be used without it; set it, or unset the other settings of the \
                    mesh to run without one (HECATE_MESH=optional)";
        self.wrong_as(reason, variable, text);
    }

    /// The realm's id is the SHA-256 of its name: another name would call another realm's procedures.
    fn check_realm_name(&mut self, name: &str, id: &[u8; 32]) {
        if Sha256::digest(name.as_bytes()).as_slice() != id.as_slice() {
            self.wrong(
                "HECATE_REALM_NAME",
                &format!(
                    "`{name}` is not the name of the realm in HECATE_REALM: its SHA-256 is another; set the realm's \
                     name"
                ),
            );
        }
    }

    /// The stations, each with its node id.
    fn seeds(&mut self, hosts: &str, ids: &str) -> Option<Vec<Seed>> {
        let before = self.mistakes();
        let hosts_text = self.text(hosts);
        let ids_text = self.text(ids);
        let targets: Vec<(String, u16)> = slots(hosts_text.as_deref())
            .filter_map(|slot| match host_port(slot) {
                Ok(target) => Some(target),
                Err(problem) => {
                    self.wrong(hosts, &problem);
                    None
                }
            })
            .collect();
        let node_ids: Vec<[u8; 32]> = slots(ids_text.as_deref())
            .filter_map(|slot| match hex32(slot) {
                Ok(id) => Some(id),
                Err(problem) => {
                    self.wrong(ids, &problem);
                    None
                }
            })
            .collect();
        let well_formed = self.mistakes() == before;
        if well_formed && hosts_text.is_some() && targets.is_empty() {
            self.wrong(
                hosts,
                "it names no station; write `host` or `host:port`, or unset it",
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
            self.wrong_as(
                reason,
                ids,
                &format!(
                    "{} node ids for {} stations; each station in {hosts} needs its node id here, in the same order",
                    node_ids.len(),
                    targets.len()
                ),
            );
        }
        (self.mistakes() == before && !targets.is_empty()).then(|| {
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
