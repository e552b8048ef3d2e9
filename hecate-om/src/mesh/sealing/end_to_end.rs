//! Sealed calls over a real station: two nodes in one process.

use std::sync::Arc;
use std::time::Duration;

use hecate_om_station::{RealmIdentity, Station, StationConfig};
use macula_rust::cbor::Value;
use macula_rust::station_link::{self, LinkError, Seal};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::Confidential;
use crate::capability::{Access, InFlight, Invocation, Pending, Registry, States};
use crate::config::{Profile, Realm, Seed, Stations};
use crate::mesh::{
    Board, CallError, ClaimState, Identity, Labels, Mesh, PoolHandle, Publisher, Serving, connect,
};

const ORG: &str = "acme";

/// A node that serves, and what keeps it there.
struct Provider {
    mesh: Mesh,
    serving: Serving,
    pool: PoolHandle,
}

fn stations(station: &Station) -> Stations {
    let RealmIdentity { name, id, key, .. } = station.realm().clone();
    Stations {
        seeds: vec![Seed {
            host: station.addr().ip().to_string(),
            port: station.addr().port(),
            node_id: station.node_id(),
        }],
        realm: Realm { id, key, name },
    }
}

/// Whether the call came sealed.
fn sealed(invocation: Invocation) -> Pending {
    Pending::new(async move {
        let sealed = invocation.call().sealed();
        crate::__private::reply::<bool, crate::Refusal>(Ok(sealed))
    })
}

fn capabilities(kem_advertise: bool) -> Vec<Capability> {
    let of = |name, confidential| Capability {
        confidential,
        ..Capability::new(name, sealed)
    };
    let required = match kem_advertise {
        true => Some(Confidential::Required),
        false => None,
    };
    vec![
        of("unsaid", None),
        of("off", Some(Confidential::Off)),
        of("required", required),
        // Named as the runtime names its own.
        of("info", None),
    ]
}

/// A node of `org` that serves, and has been acknowledged.
async fn provider(station: &Station, org: &str, kem_advertise: bool) -> Provider {
    let stations = stations(station);
    let identity = Identity::ephemeral(Profile::PqPure).unwrap();
    let (mesh, setter) = Mesh::pending(identity.node_id);
    let cancelled = CancellationToken::new();
    let links = connect(
        &stations,
        &identity,
        Profile::PqPure,
        kem_advertise,
        &setter,
        &cancelled,
    );
    let links = links.await.expect("nobody cancels it");
    let pool = links.handle();
    let registry = Registry::new(
        org,
        capabilities(kem_advertise),
        &Arc::new(States::default()),
        &InFlight::default(),
    );
    let registry = Arc::new(registry.unwrap());
    let board = Arc::new(Board::new(org, registry.procedures(), ClaimState::Unsent));
    let publisher = Publisher {
        registry,
        board: Arc::clone(&board),
        realm: stations.realm,
        profile: Profile::PqPure,
        labels: Labels {
            org: org.into(),
            service_name: org.into(),
            box_name: String::new(),
        },
        default_access: Access::Open,
        sealing: Sealing::begin(kem_advertise),
    };
    let serving = publisher.serve(links);
    board.settled().await;
    assert!(board.all_acknowledged());
    Provider {
        mesh,
        serving,
        pool,
    }
}

impl Provider {
    async fn close(self) {
        self.serving.withdraw().await;
        self.pool.close().await;
    }

    async fn call(&self, procedure: &str, how: Option<Confidential>) -> Result<bool, CallError> {
        let call = self.mesh.procedure(procedure);
        match how {
            Some(confidential) => call.confidential(confidential),
            None => call,
        }
        .timeout(Duration::from_secs(30))
        .call(&())
        .await
    }

    /// What a call in the clear to `at` is answered: its result, or the wire's code of the refusal.
    async fn in_the_clear(
        &self,
        station: [u8; 32],
        procedure: &str,
        at: &Self,
    ) -> Result<Value, String> {
        let up = self.mesh.up(Duration::from_secs(30)).await.unwrap();
        let link = up.pool.link_to(&station).await.unwrap();
        let call = station_link::Call {
            realm: up.realm.id,
            procedure: procedure.into(),
            target: *at.mesh.node_id().as_bytes(),
            payload: Value::Null,
            timeout: Duration::from_secs(30),
            token: None,
            proofs: Vec::new(),
            seal: Some(Seal::Clear),
        };
        match link.call(call).await {
            Ok(answer) => Ok(answer),
            Err(LinkError::Provider { code, .. }) => Err(code),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_sealed_where_the_provider_names_a_key_and_refused_in_the_clear_where_it_must_be()
{
    let station = Station::start(StationConfig::ephemeral(
        macula_rust::profile::Profile::PqPure,
    ));
    let station = station.await.unwrap();
    let keyed = provider(&station, ORG, true).await;
    let keyless = provider(&station, "other", false).await;

    for (name, sealed) in [
        ("unsaid", true),
        ("required", true),
        ("info", true),
        ("off", false),
    ] {
        let procedure = format!("{ORG}/{name}");
        assert_eq!(keyless.call(&procedure, None).await, Ok(sealed), "{name}");
        let required = keyless.call(&procedure, Some(Confidential::Required)).await;
        match sealed {
            true => assert_eq!(required, Ok(true), "{name}"),
            false => assert_eq!(required, Err(CallError::NoKemKey { procedure }), "{name}"),
        }
    }
    let none = keyed
        .call("other/unsaid", Some(Confidential::Required))
        .await;
    let none = none.unwrap_err();
    assert_eq!(none.code(), "no_kem_key");
    assert!(!none.retryable());
    let preferred = keyed
        .call("other/unsaid", Some(Confidential::Preferred))
        .await;
    assert_eq!(preferred, Ok(false));
    let off = keyed.call("other/unsaid", Some(Confidential::Off)).await;
    assert_eq!(off.unwrap_err().code(), "not_confidential");

    let clear = async |name: &str| {
        let procedure = format!("{ORG}/{name}");
        keyless
            .in_the_clear(station.node_id(), &procedure, &keyed)
            .await
    };
    assert_eq!(clear("info").await, Ok(Value::Int(0)));
    assert_eq!(
        clear("unsaid").await,
        Ok(Value::Int(0)),
        "its window is open still"
    );
    assert_eq!(clear("required").await, Err("sealed_required".into()));

    keyed.close().await;
    keyless.close().await;
    station.close().await;
}
