//! A call through hecate-om against the same call through bare `macula-rust`, on one station in one run; the
//! dispatch alone; and the codec against a route through `serde_json`.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hecate_om::__private::LocalDispatch;
use hecate_om::Client;
use hecate_om_benches::{compare, timed};
use hecate_om_station::dev_mesh::MeshFile;
use hecate_om_tests::{Process, Sandbox};
use macula_rust::cbor::{self, Value};
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::pool::{Call, Offer, Opts, Pool, Seed};
use macula_rust::profile::Profile;
use macula_rust::station_link::{AdmissionLimits, handler};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

/// Set in the process that serves through bare `macula-rust`: the folder of the mesh.
const BARE_PROVIDER: &str = "HECATE_BENCH_BARE_PROVIDER";
const TEXT: &str = "sixty-four bytes of text, or so, as a small request might hold ..";

fn main() {
    let runtime = Runtime::new().expect("a runtime can be made");
    if let Some(dir) = std::env::var_os(BARE_PROVIDER) {
        runtime.block_on(serve_bare(Path::new(&dir)));
        return;
    }
    // `cargo test --benches` only asks whether it runs.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    codec();
    dispatch(&runtime);
    calls(&runtime);
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Chunk {
    id: String,
    source: String,
    text: String,
    score: f64,
    tags: Vec<String>,
    page: Option<u32>,
}

/// Serde to the wire and back, against the same through JSON values.
fn codec() {
    let chunks: Vec<Chunk> = (0..20_u32)
        .map(|n| Chunk {
            id: format!("{n:032x}"),
            source: "guide/operations.md".into(),
            text: TEXT.repeat(8),
            score: 1.0 / f64::from(n + 1),
            tags: vec!["drain".into(), "operations".into()],
            page: Some(n),
        })
        .collect();
    let ours = || {
        timed(|| {
            for _ in 0..200 {
                let bytes = LocalDispatch::encode(black_box(&chunks));
                let back: Vec<Chunk> = LocalDispatch::decode(&bytes);
                assert_eq!(back.len(), 20);
            }
        })
    };
    let through_json = || {
        timed(|| {
            for _ in 0..200 {
                let json = serde_json::to_value(black_box(&chunks)).expect("chunks are JSON");
                let bytes = cbor::encode(&from_json(&json)).expect("JSON is CBOR");
                let value = cbor::decode(&bytes).expect("what was encoded decodes");
                let back: Vec<Chunk> =
                    serde_json::from_value(to_json(value)).expect("chunks again");
                assert_eq!(back.len(), 20);
            }
        })
    };
    compare(
        "codec, 200 × 20 chunks (vs serde_json)",
        15,
        ours,
        through_json,
    );
}

fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Int((*flag).into()),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(n) => Value::Int(n.into()),
            None => Value::Float(n.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(from_json).collect()),
        serde_json::Value::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| (Value::Text(key.clone()), from_json(value)))
                .collect(),
        ),
    }
}

fn to_json(value: Value) -> serde_json::Value {
    match value {
        Value::Int(n) => i64::try_from(n).map_or(serde_json::Value::Null, Into::into),
        Value::Float(x) => x.into(),
        Value::Text(text) => text.into(),
        Value::List(items) => items.into_iter().map(to_json).collect(),
        Value::Map(pairs) => pairs
            .into_iter()
            .filter_map(|(key, value)| match key {
                Value::Text(key) => Some((key, to_json(value))),
                _ => None,
            })
            .collect(),
        Value::Null | Value::Bytes(_) => serde_json::Value::Null,
    }
}

/// From the request's bytes to the answer's: decode, guard, handler, encode; against the bytes decoded and
/// encoded with nothing between, which every provider does.
fn dispatch(runtime: &Runtime) {
    const CALLS: u32 = 20_000;
    let request = LocalDispatch::encode(&TEXT[..64]);
    let local = LocalDispatch::echo();
    let ours = || {
        timed(|| {
            runtime.block_on(async {
                for _ in 0..CALLS {
                    black_box(local.dispatch(black_box(&request)).await);
                }
            });
        })
    };
    let bare = || {
        timed(|| {
            for _ in 0..CALLS {
                let value = cbor::decode(black_box(&request)).expect("it was encoded");
                black_box(cbor::encode(&value).expect("it was decoded"));
            }
        })
    };
    let one = ours() / CALLS;
    println!("{:<44} {one:>12?} a call of 64 bytes", "dispatch alone");
    compare("dispatch (vs the bytes' own codec)", 9, ours, bare);
}

/// The same call twice over, each to a provider in a process of its own.
fn calls(runtime: &Runtime) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let _echo = machine.start("hecate-echo");
    let dir = machine.path().join("state/hecate/dev-mesh");
    let mut provider = Command::new(std::env::current_exe().expect("a program knows its path"));
    let mut provider = Process::start(provider.env(BARE_PROVIDER, &dir).stdin(Stdio::null()));
    provider.wait_for("serving");

    let state = machine.path().join("state");
    let environment = [("XDG_STATE_HOME".into(), state.into())];
    let client = runtime.block_on(Client::connect(environment));
    let client = client.expect("the mesh runs");
    let bare = runtime.block_on(Bare::connect(&dir));

    let ours_once = || async {
        let answer: String = client
            .mesh()
            .procedure("hecate-echo/echo.say")
            .timeout(Duration::from_secs(60))
            .call(TEXT)
            .await
            .expect("the call is answered");
        assert_eq!(answer, TEXT);
    };
    let bare_once = || async {
        assert_eq!(bare.call().await, Value::text(TEXT));
    };
    let in_a_row = 100;
    compare(
        "100 calls in a row (vs macula-rust)",
        15,
        || {
            timed(|| {
                runtime.block_on(async {
                    for _ in 0..in_a_row {
                        ours_once().await
                    }
                })
            })
        },
        || {
            timed(|| {
                runtime.block_on(async {
                    for _ in 0..in_a_row {
                        bare_once().await
                    }
                })
            })
        },
    );
    compare(
        "32 callers, 10 calls each (vs macula-rust)",
        15,
        || {
            timed(|| {
                runtime.block_on(at_once(|| async {
                    for _ in 0..10 {
                        ours_once().await
                    }
                }))
            })
        },
        || {
            timed(|| {
                runtime.block_on(at_once(|| async {
                    for _ in 0..10 {
                        bare_once().await
                    }
                }))
            })
        },
    );
    runtime.block_on(client.close());
}

/// Thirty-two of them, interleaved on this task.
async fn at_once<F: Future<Output = ()>>(work: impl Fn() -> F) {
    let mut all: Vec<_> = (0..32).map(|_| Box::pin(work())).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|one| one.as_mut().poll(cx).is_pending());
        match all.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
}

fn mesh_file(dir: &Path) -> MeshFile {
    let file = MeshFile::read(dir).expect("the mesh's file is whole");
    file.expect("the mesh runs")
}

fn id(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).expect("an id is 64 hex digits");
    bytes
}

/// `macula-rust` with nothing above it.
struct Bare {
    pool: Pool,
    realm: [u8; 32],
    procedure: String,
}

impl Bare {
    async fn pool(dir: &Path) -> (Pool, [u8; 32]) {
        let file = mesh_file(dir);
        let profile = Profile::parse(&file.profile).expect("the profile is known");
        let realm = id(&file.realm.id);
        let key =
            NodeKey::generate_identity(profile, PUZZLE_DIFFICULTY).expect("a key can be made");
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
            .expect("the station takes it");
        (pool, realm)
    }

    async fn connect(dir: &Path) -> Self {
        let (pool, realm) = Self::pool(dir).await;
        Self {
            pool,
            realm,
            procedure: "bare/echo".into(),
        }
    }

    async fn call(&self) -> Value {
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

async fn serve_bare(dir: &Path) {
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
        .expect("the station takes it");
    println!("serving");
    std::future::pending::<()>().await;
}
