//! The stations and the realm of a service: all of their settings, or none.

use super::Layers;
use super::parse::Reader;
use crate::boot_refusal::Reason;

/// The variables that `HECATE_MESH=required` cannot do without, in upstream's order.
const REQUIRED: [&str; 4] = ["HECATE_REALM", "HECATE_REALM_KEY", SEEDS, NODE_IDS];
pub(super) const SEEDS: &str = "MACULA_STATION_SEEDS";
pub(super) const NODE_IDS: &str = "MACULA_STATION_NODE_IDS";

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
