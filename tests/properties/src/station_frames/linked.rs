//! A client that is linked to a station of this process.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arbitrary::Unstructured;
use hecate_om_station::{LinkView, Profile, RealmIdentity, Station, StationConfig};
use macula_rust::cbor;
use macula_rust::handshake::{self, ClientSession, Ranges};
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::pool::{Opts, Pool, Seed};
use macula_rust::statement_issuer::{ConnectMaterial, StatementIssuer};
use tokio::runtime::{Builder, Runtime};

use crate::generators::cbor::damage;

pub(super) const PROFILE: Profile = Profile::PqPure;

/// A client that is linked to a station.
pub(super) struct LinkedClient {
    runtime: Runtime,
    station: Station,
    pub(super) key: Arc<NodeKey>,
    material: ConnectMaterial,
    /// Keeps the link.
    _pool: Pool,
}

impl LinkedClient {
    /// Runs `check` with a client that is linked. The station and the client are started once in a
    /// process.
    pub(super) fn with(check: impl FnOnce(&Self)) {
        static CLIENT: OnceLock<Mutex<LinkedClient>> = OnceLock::new();
        let client = CLIENT.get_or_init(|| Mutex::new(Self::start()));
        let client = client.lock().unwrap_or_else(PoisonError::into_inner);
        client.wait_until_linked();
        let _runtime = client.runtime.enter();
        check(&client);
    }

    fn start() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let key = NodeKey::generate_identity(PROFILE, PUZZLE_DIFFICULTY);
        let key = Arc::new(key.expect("a key is generated"));
        let station = runtime.block_on(Station::start(StationConfig::ephemeral(PROFILE)));
        let station = station.expect("a station starts");
        let seed = Seed {
            host: station.addr().ip().to_string(),
            port: station.addr().port(),
            node_id: station.node_id(),
        };
        let opts = Opts {
            respawn_delay: Duration::from_millis(50),
            ..Opts::new(Arc::clone(&key))
        };
        let pool = runtime.block_on(Pool::connect(vec![seed], opts));
        let issuer = StatementIssuer::with_wall_clock(Arc::clone(&key));
        let issuer = issuer.expect("a client has statements");
        Self {
            material: issuer.connect_material().expect("a client has statements"),
            _pool: pool.expect("the client links"),
            runtime,
            station,
            key,
        }
    }

    /// Waits for the link, which a full send queue may have closed.
    fn wait_until_linked(&self) {
        while self.link().is_none() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(super) fn node(&self) -> [u8; 32] {
        self.key.node_id().expect("an identity key has a node id")
    }

    pub(super) fn station_node(&self) -> [u8; 32] {
        self.station.node_id()
    }

    pub(super) fn realm(&self) -> &RealmIdentity {
        self.station.realm()
    }

    /// Returns the station's view of the link.
    pub(super) fn link(&self) -> Option<LinkView> {
        let node = self.node();
        self.station
            .links()
            .into_iter()
            .find(|link| link.node == node)
    }

    pub(super) fn handle_control_frame(&self, frame: &[u8]) -> Result<(), String> {
        self.station.handle_control_frame(&self.node(), frame)
    }

    pub(super) fn read_stream_open(&self, frame: &[u8]) -> Result<String, u64> {
        self.station.read_stream_open(&self.node(), frame)
    }

    pub(super) fn shake_hands(
        &self,
        opener: &[u8],
        connect: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<[u8; 32], String> {
        self.station.accept_offline(opener, connect)
    }

    /// Answers a challenge, with the described damage.
    pub(super) fn connect(&self, challenge: &[u8], description: &[u8]) -> Vec<u8> {
        let session = ClientSession {
            profile: PROFILE,
            expected_node_id: self.station_node(),
            leaf: self.station.leaf(),
            identity_key: self.key.public_key(),
            connect_key: &self.material.key,
            connect_binding: &self.material.binding,
            connect_status: &self.material.status,
            capabilities: 0,
            now_ms: i64::try_from(now_ms()).unwrap_or(i64::MAX),
            member_endorsement: Vec::new(),
            ranges: Ranges::supported(PROFILE),
            floor: &|_| 0,
            export: &|_, _, length| Some(vec![0; length]),
        };
        let Ok((connect, _)) = handshake::answer_challenge(challenge, &session) else {
            // The opener may have asked for what the client does not support.
            return description.to_vec();
        };
        let mut value = cbor::decode(&connect).expect("CONNECT is CBOR");
        let mut u = Unstructured::new(description);
        while !u.is_empty() {
            if damage(&mut value, &mut u).is_err() {
                break;
            }
        }
        cbor::encode(&value).unwrap_or(connect)
    }
}

/// Time in milliseconds since the Unix epoch.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
