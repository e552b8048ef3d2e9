//! The settings of a node: how it reaches its station.

use std::net::SocketAddr;

use serde_json::Value;

/// How often services repeat their claim; the shortest interval that they accept.
const CLAIM_RETRY: &str = "1s";

/// The settings by which a node reaches its station.
#[derive(Debug, Clone)]
pub struct NodeEnvironment(Vec<(&'static str, String)>);

impl NodeEnvironment {
    /// Creates the settings of a node that dials stations at these addresses, from their
    /// description.
    pub(super) fn new<'a>(
        stations: &Value,
        addrs: impl Iterator<Item = (&'a &'static str, SocketAddr)>,
    ) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let realm = &stations["realm"];
        let (addrs, ids): (Vec<String>, Vec<String>) = addrs
            .map(|(station, addr)| (addr.to_string(), text(&stations[*station]["node_id"])))
            .unzip();
        Self(vec![
            ("HECATE_MESH", "required".to_owned()),
            ("MACULA_STATION_SEEDS", addrs.join(",")),
            ("MACULA_STATION_NODE_IDS", ids.join(",")),
            ("HECATE_REALM", text(&realm["id"])),
            ("HECATE_REALM_KEY", text(&realm["key"])),
            ("HECATE_REALM_NAME", text(&realm["name"])),
            ("HECATE_PROFILE", text(&stations["profile"])),
            ("HECATE_CLAIM_RETRY", CLAIM_RETRY.to_owned()),
        ])
    }
}

impl IntoIterator for NodeEnvironment {
    type Item = (&'static str, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
