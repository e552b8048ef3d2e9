//! A realm that the test itself decides for, on a station in the test's process.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use hecate_om_station::{Profile, Station, StationConfig};
use tokio::runtime::Runtime;

use crate::Sandbox;

/// A station and its realm, with the threads that they run on.
#[derive(Debug)]
pub struct Realm {
    station: Station,
    /// Dropped after the station.
    _runtime: Runtime,
}

impl Realm {
    /// Starts a station that keeps nothing, with the policies that `decide` sets.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    #[must_use]
    pub fn start(decide: impl FnOnce(&mut StationConfig)) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let mut config = StationConfig::ephemeral(Profile::PqPure);
        decide(&mut config);
        let station = runtime.block_on(Station::start(config));
        Self {
            station: station.expect("a station can be started"),
            _runtime: runtime,
        }
    }

    /// What a service or client on this machine is told of the station, as an operator tells it of a real one.
    #[must_use]
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let realm = self.station.realm();
        [
            ("HECATE_MESH", "required".to_owned()),
            ("HECATE_PROFILE", "pq_pure".to_owned()),
            ("HECATE_REALM", hex::encode(realm.id)),
            ("HECATE_REALM_KEY", hex::encode(&realm.key)),
            ("HECATE_REALM_NAME", realm.name.clone()),
            ("MACULA_STATION_SEEDS", self.station.addr().to_string()),
            (
                "MACULA_STATION_NODE_IDS",
                hex::encode(self.station.node_id()),
            ),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec()
    }

    /// The service `name` of `org` on `machine`, with folders of its own, in this realm.
    #[must_use]
    pub fn service(&self, machine: &Sandbox, name: &str, org: &str) -> Command {
        let folder: &Path = &machine.path().join(org);
        let mut command = machine.service(name);
        command
            .envs(self.environment())
            .env("HECATE_HEALTH_ADDR", "127.0.0.1")
            .env("HECATE_ORG", org)
            .env("HECATE_SECRETS_DIR", folder)
            .env("HECATE_STATE_DIR", folder);
        command
    }
}
