//! Caller and provider that use `macula-rust` directly.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hecate_om_station::dev_mesh::MeshFile;
use hecate_om_tests::Process;
use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::pool::{Call, Offer, Opts, Pool, Seed};
use macula_rust::profile::Profile;
use macula_rust::station_link::{AdmissionLimits, LinkError, Stream, handler, stream_handler};

use crate::TEXT;

/// Folder of the mesh, set in the process that serves through `macula-rust`.
pub(crate) const BARE_PROVIDER: &str = "HECATE_BENCH_BARE_PROVIDER";

/// Procedure that responds with a stream.
pub(crate) const STREAM: &str = "bare/count";

/// Starts the process that serves through `macula-rust`.
pub(crate) fn bare_provider(dir: &Path) -> Process {
    let mut provider = Command::new(std::env::current_exe().expect("a program knows its path"));
    let mut provider = Process::start(provider.env(BARE_PROVIDER, dir).stdin(Stdio::null()));
    provider.wait_for("serving");
    provider
}

fn mesh_file(dir: &Path) -> MeshFile {
    let file = MeshFile::read(dir).expect("the mesh's file is valid");
    file.expect("the mesh runs")
}

fn id(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).expect("an id is 64 hex digits");
    bytes
}

/// Caller through `macula-rust`.
pub(crate) struct Bare {
    pub(crate) pool: Pool,
    pub(crate) realm: [u8; 32],
    procedure: String,
}

impl Bare {
    async fn pool(dir: &Path) -> (Pool, [u8; 32]) {
        let file = mesh_file(dir);
        let profile = Profile::parse(&file.profile).expect("the profile is known");
        let realm = id(&file.realm.id);
        let key =
            NodeKey::generate_identity(profile, PUZZLE_DIFFICULTY).expect("a key is generated");
        let limits = AdmissionLimits {
            caller_quota: 262_144,
            share: 262_144,
            cap: 262_144,
            ..AdmissionLimits::default()
        };
        let opts = Opts {
            realm_trust: HashMap::from([(realm, hex::decode(&file.realm.key).expect("a key"))]),
            admission: Some(limits),
            ..Opts::new(Arc::new(key))
        };
        let seed = Seed {
            host: file.station.host.clone(),
            port: file.station.port,
            node_id: id(&file.station.node_id),
        };
        let pool = Pool::connect(vec![seed], opts)
            .await
            .expect("the station accepts it");
        (pool, realm)
    }

    pub(crate) async fn connect(dir: &Path) -> Self {
        let (pool, realm) = Self::pool(dir).await;
        Self {
            pool,
            realm,
            procedure: "bare/echo".into(),
        }
    }

    pub(crate) async fn call(&self) -> Value {
        self.pool
            .call(Call {
                realm: self.realm,
                procedure: self.procedure.clone(),
                payload: Value::text(TEXT),
                timeout: Duration::from_secs(60),
                ..Call::default()
            })
            .await
            .expect("the call is answered")
    }
}

pub(crate) async fn serve_bare(dir: &Path) {
    let (pool, realm) = Bare::pool(dir).await;
    let claim = Value::Map(
        [("org", "bare"), ("service_name", "bare"), ("box", "")]
            .map(|(key, text)| (Value::text(key), Value::text(text)))
            .to_vec(),
    );
    let name = mesh_file(dir).realm.name;
    pool.call(Call {
        realm,
        procedure: format!("{name}/_realm/_realm/identity/request_provider_authorization_v1"),
        payload: claim,
        timeout: Duration::from_secs(15),
        ..Call::default()
    })
    .await
    .expect("the realm admits it");
    let echo = handler(|request| async move { Ok(request.payload) });
    let _served = pool
        .serve(Offer::unary(realm, "bare/echo", echo))
        .await
        .expect("the station accepts it");
    let count = stream_handler(|stream| async move {
        let ended = count(&stream).await;
        ended.map_err(|error| error.to_string())
    });
    let offer = Offer::stream(realm, STREAM, StreamMode::ServerStream, count);
    let _streaming = pool.serve(offer).await.expect("the station accepts it");
    println!("serving");
    std::future::pending::<()>().await;
}

/// Sends the requested number of items, in the form of `trial.count_to`.
async fn count(stream: &Stream) -> Result<(), LinkError> {
    let Value::List(opening) = &stream.request().payload else {
        panic!("opened by this bench");
    };
    let [Value::Int(items), Value::Int(padding)] = opening.as_slice() else {
        panic!("opened by this bench");
    };
    let padding = "x".repeat(usize::try_from(*padding).expect("a small size"));
    for number in 0..*items {
        let item = [
            (Value::text("number"), Value::Int(number)),
            (Value::text("padding"), Value::text(&*padding)),
        ];
        stream.send_value(Value::Map(item.to_vec())).await?;
    }
    stream.close().await
}
