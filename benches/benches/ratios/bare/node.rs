//! Node that uses `macula-rust` directly.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::pool::{Call, Offer, Opts, Pool, Seed, Served};
use macula_rust::profile::Profile;
use macula_rust::record::{Trust, procedure_key, verify_authorization};
use macula_rust::station_link::{AdmissionLimits, LinkError, Stream, handler, stream_handler};

/// Timeout of every operation.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// Links of a node to the station of a development mesh.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) pool: Pool,
    pub(crate) realm: [u8; 32],
    realm_name: String,
    trust: Trust,
}

impl Node {
    /// Links a node with a new key to the mesh that is described in the folder `mesh`.
    pub(crate) async fn connect(mesh: &Path) -> Self {
        let text = std::fs::read_to_string(mesh.join("mesh.json")).expect("the mesh runs");
        let file: serde_json::Value = serde_json::from_str(&text).expect("the file is JSON");
        let text = |of: &str, key: &str| file[of][key].as_str().expect("a text").to_owned();
        let bytes = |of: &str, key: &str| hex::decode(text(of, key)).expect("hex digits");
        let id = |of: &str, key: &str| <[u8; 32]>::try_from(bytes(of, key)).expect("32 bytes");
        let profile = file["profile"].as_str().expect("a text");
        let profile = Profile::parse(profile).expect("the profile is known");
        let realm = id("realm", "id");
        let key =
            NodeKey::generate_identity(profile, PUZZLE_DIFFICULTY).expect("a key is generated");
        let limits = AdmissionLimits {
            caller_quota: 262_144,
            share: 262_144,
            cap: 262_144,
            sessions_per_caller: 512,
            ..AdmissionLimits::default()
        };
        let opts = Opts {
            realm_trust: HashMap::from([(realm, bytes("realm", "key"))]),
            admission: Some(limits),
            ..Opts::new(Arc::new(key))
        };
        let port = file["station"]["port"].as_u64().expect("a port");
        let seed = Seed {
            host: text("station", "host"),
            port: u16::try_from(port).expect("a port"),
            node_id: id("station", "node_id"),
        };
        let pool = Pool::connect(vec![seed], opts).await;
        Self {
            pool: pool.expect("the station accepts it"),
            realm,
            realm_name: text("realm", "name"),
            trust: Trust {
                profile,
                realm_key: Some(bytes("realm", "key")),
            },
        }
    }

    pub(crate) async fn call(&self, procedure: &str, payload: Value) -> Value {
        let call = Call {
            realm: self.realm,
            procedure: procedure.to_owned(),
            payload,
            timeout: TIMEOUT,
            ..Call::default()
        };
        let answer = self.pool.call(call).await;
        answer.expect("the call is answered")
    }

    /// Looks up the providers of a procedure, and verifies that each is authorized.
    pub(crate) async fn look_up(&self, procedure: &str) {
        let key = procedure_key(&self.realm, procedure);
        let found = self.pool.find_records(&key).await;
        let (records, _) = found.expect("the station answers");
        assert!(!records.is_empty(), "the procedure is served");
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a time after 1970").as_millis() as i64;
        for record in &records {
            verify_authorization(record, &self.trust, now).expect("it is authorized");
        }
    }

    /// Requests the admission of this node to an org.
    pub(crate) async fn claim(&self, org: &str) {
        let claim = [("org", org), ("service_name", org), ("box", "")];
        let claim = claim.map(|(key, text)| (Value::text(key), Value::text(text)));
        let name = &self.realm_name;
        let procedure = format!("{name}/_realm/_realm/identity/request_provider_authorization_v1");
        self.call(&procedure, Value::Map(claim.to_vec())).await;
    }

    /// Serves a procedure that returns its payload.
    pub(crate) async fn serve_echo(&self, procedure: &str) -> Served {
        let echo = handler(|request| async move { Ok(request.payload) });
        self.serve(Offer::unary(self.realm, procedure, echo)).await
    }

    /// Serves a procedure that responds with the requested number of items.
    pub(crate) async fn serve_stream(&self, procedure: &str) -> Served {
        let count = stream_handler(|stream| async move {
            let ended = count(&stream).await;
            ended.map_err(|error| error.to_string())
        });
        let mode = StreamMode::ServerStream;
        self.serve(Offer::stream(self.realm, procedure, mode, count))
            .await
    }

    async fn serve(&self, offer: Offer) -> Served {
        let served = self.pool.serve(offer).await;
        served.expect("the station accepts it")
    }
}

/// Sends the requested number of items, in the form of `trial.count_to`. A negative number is
/// counted to its absolute value, and the stream then stays open.
async fn count(stream: &Stream) -> Result<(), LinkError> {
    let Value::List(opening) = &stream.request().payload else {
        panic!("opened by this bench");
    };
    let [Value::Int(items), Value::Int(padding)] = opening.as_slice() else {
        panic!("opened by this bench");
    };
    let padding = "x".repeat(usize::try_from(*padding).expect("a small size"));
    for number in 0..items.abs() {
        let item = [
            (Value::text("number"), Value::Int(number)),
            (Value::text("padding"), Value::text(&*padding)),
        ];
        stream.send_value(Value::Map(item.to_vec())).await?;
    }
    if *items < 0 {
        stream.done().await;
    }
    stream.close().await
}
