//! Two development stations of one realm, which obey commands on standard input.
//!
//! `soak-station FOLDER HISTORY`. Each command is a line, and each answer a line of JSON: `stop a`,
//! `start a`, `admission grant|pending|refuse`, `revoke ORG`, `token NODE PERMISSION SECONDS`, and
//! `counts`, which answers what each station holds.

use std::collections::BTreeSet;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hecate_om_soak::held::record_held;
use hecate_om_soak::history::{Journal, Record};
use hecate_om_station::{
    ClaimDecision, ClaimPolicy, Profile, RegistrationKind, Station, StationConfig, StationError,
    TokenGrant,
};
use serde_json::{Value, json};

/// Time in which the port of a station becomes free: shorter than the time in which a command is
/// answered.
const PORT_LIMIT: Duration = Duration::from_secs(50);

/// The realm's decision about claims, and the nodes that have claimed.
#[derive(Debug)]
struct Rules {
    decision: ClaimDecision,
    claimants: BTreeSet<(String, [u8; 32])>,
}

/// The stations `a` and `b`. Station `a` serves the realm.
struct Stations {
    folder: PathBuf,
    history: Arc<Journal>,
    rules: Arc<Mutex<Rules>>,
    a: Option<Station>,
    b: Option<Station>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), Some(history)) = (arguments.next(), arguments.next()) else {
        return Err("usage: soak-station FOLDER HISTORY".into());
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let mut stations = Stations {
        folder: PathBuf::from(folder),
        history: Arc::new(Journal::open(Path::new(&history))?),
        rules: Arc::new(Mutex::new(Rules {
            decision: ClaimDecision::Grant,
            claimants: BTreeSet::new(),
        })),
        a: None,
        b: None,
    };
    record_held(Arc::clone(&stations.history), runtime.handle().clone());
    runtime.block_on(stations.start("a"))?;
    runtime.block_on(stations.start("b"))?;
    print(&stations.describe());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = runtime.block_on(stations.obey(&words));
        print(&answer.unwrap_or_else(|error| json!({"error": error.to_string()})));
    }
    Ok(())
}

fn print(answer: &Value) {
    println!("{answer}");
    let _ = std::io::stdout().flush();
}

impl Stations {
    async fn obey(&mut self, words: &[&str]) -> Result<Value, Box<dyn std::error::Error>> {
        match *words {
            ["start", name] => {
                self.start(name).await?;
                Ok(self.describe())
            }
            ["stop", name] => {
                let station = self.slot(name)?.take();
                if let Some(station) = station {
                    station.close().await;
                }
                Ok(json!({}))
            }
            ["admission", decision] => {
                lock(&self.rules).decision = match decision {
                    "grant" => ClaimDecision::Grant,
                    "pending" => ClaimDecision::Pending,
                    _ => ClaimDecision::Refuse("as asked".to_owned()),
                };
                Ok(json!({}))
            }
            ["revoke", org] => {
                let claimants = lock(&self.rules).claimants.clone();
                for (_, node) in claimants.iter().filter(|(of, _)| of == org) {
                    for station in [&self.a, &self.b].into_iter().flatten() {
                        station.revoke(org, node);
                    }
                }
                Ok(json!({}))
            }
            ["counts"] => Ok(json!({
                "a": self.a.as_ref().map(counts),
                "b": self.b.as_ref().map(counts),
            })),
            ["token", node, permission, seconds] => {
                let station = self.a.as_ref().ok_or("station a is stopped")?;
                let grant = TokenGrant {
                    ttl: Duration::from_secs(seconds.parse()?),
                    ..TokenGrant::new([permission])
                };
                let node: [u8; 32] = hex::decode(node)?
                    .try_into()
                    .map_err(|_| "a node id has 32 bytes")?;
                Ok(json!({"token": station.token(&node, &grant)?}))
            }
            _ => Err(format!("unknown command {words:?}").into()),
        }
    }

    fn slot(&mut self, name: &str) -> Result<&mut Option<Station>, String> {
        match name {
            "a" => Ok(&mut self.a),
            "b" => Ok(&mut self.b),
            _ => Err(format!("unknown station `{name}`")),
        }
    }

    /// Starts a station. Station `b` shares the realm and the records of `a`, so a new `a` needs a
    /// new `b`.
    async fn start(&mut self, name: &str) -> Result<(), Box<dyn std::error::Error>> {
        if self.slot(name)?.is_some() {
            return Ok(());
        }
        let mut config = StationConfig::new(self.folder.join(name), Profile::PqPure);
        let shared = self.a.as_ref().map(Station::shared);
        let history = Arc::clone(&self.history);
        config.registration_policy = Arc::new(move |registration| {
            if registration.kind == RegistrationKind::Advertise {
                history.write(Record::Advertised {
                    node: hex::encode(registration.node),
                    procedure: registration.name.to_owned(),
                });
            }
            Ok(())
        });
        match name {
            "b" => config.shared = Some(shared.ok_or("station a is stopped")?),
            _ => config.claim_policy = claim_policy(&self.rules),
        }
        *self.slot(name)? = Some(start_on_port(config).await?);
        if name == "a" && self.b.is_some() {
            if let Some(b) = self.b.take() {
                b.close().await;
            }
            Box::pin(self.start("b")).await?;
        }
        Ok(())
    }

    fn describe(&self) -> Value {
        let station = |station: &Station| {
            json!({
                "addr": station.addr().to_string(),
                "node_id": hex::encode(station.node_id()),
            })
        };
        let realm = self.a.as_ref().map(Station::realm);
        json!({
            "a": self.a.as_ref().map(station),
            "b": self.b.as_ref().map(station),
            "realm": realm.map(|realm| json!({
                "id": hex::encode(realm.id),
                "key": hex::encode(&realm.key),
                "name": realm.name,
            })),
            "profile": Profile::PqPure.name(),
        })
    }
}

fn counts(station: &Station) -> Value {
    let counts = station.counts();
    json!({
        "links": counts.links,
        "held_links": counts.held_links,
        "procedures": counts.procedures,
        "subscriptions": counts.subscriptions,
        "pending_calls": counts.pending_calls,
        "streams": counts.streams,
        "records": counts.records,
    })
}

/// Starts a station. Waits while another program, such as a test, has the port of a station that was
/// killed or closed.
async fn start_on_port(config: StationConfig) -> Result<Station, StationError> {
    let end = Instant::now() + PORT_LIMIT;
    loop {
        match Station::start(config.clone()).await {
            Err(StationError::PortTaken { .. }) if Instant::now() < end => {}
            started => return started,
        }
    }
}

fn claim_policy(rules: &Arc<Mutex<Rules>>) -> ClaimPolicy {
    let rules = Arc::clone(rules);
    Arc::new(move |org, node| {
        let mut rules = lock(&rules);
        rules.claimants.insert((org.to_owned(), *node));
        rules.decision.clone()
    })
}

fn lock(rules: &Mutex<Rules>) -> MutexGuard<'_, Rules> {
    rules.lock().unwrap_or_else(PoisonError::into_inner)
}
