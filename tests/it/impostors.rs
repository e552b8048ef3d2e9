//! A node that offers procedures of others, or names that mislead people.

use std::sync::Arc;
use std::time::Duration;

use hecate_om::call::CallError;
use hecate_om::identity::NodeId;
use hecate_om::macula::cbor::Value as Wire;
use hecate_om::macula::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use hecate_om::macula::pool::{Offer, Pool};
use hecate_om::macula::profile::Profile;
use hecate_om::macula::record::{
    self, Authorization, ProcedureAdvertisement, ProcedureAdvertisementOptions,
    new_procedure_advertisement,
};
use hecate_om::macula::station_link::handler;
use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, runtime};
use serde_json::json;

const RECORD_RUN: &str = "hecate-trial/trial.record_run";
const TIMEOUT: Duration = Duration::from_secs(30);

/// A node without grants, and the realm.
struct Impostor {
    key: Arc<NodeKey>,
    pool: Pool,
    realm: [u8; 32],
    station: [u8; 32],
}

impl Impostor {
    async fn link(realm: &Realm, realm_id: [u8; 32]) -> Self {
        let key = NodeKey::generate_identity(Profile::PqPure, PUZZLE_DIFFICULTY);
        let key = Arc::new(key.expect("a key can be generated"));
        let pool = realm.bare_node(Arc::clone(&key)).await;
        let advertised = pool.providers(&realm_id, RECORD_RUN).await;
        let station = advertised.expect("the trial serves it")[0].station;
        Self {
            key,
            pool,
            realm: realm_id,
            station,
        }
    }

    fn node(&self) -> NodeId {
        NodeId::from_bytes(self.pool.node_id())
    }

    /// Stores an advertisement by this node in the DHT, where stations do not read it.
    async fn advertise(&self, procedure: &str, authorization: Authorization) {
        let options = ProcedureAdvertisementOptions {
            authorization,
            ..ProcedureAdvertisementOptions::default()
        };
        let unsigned = new_procedure_advertisement(
            &self.pool.node_id(),
            &self.realm,
            procedure,
            &[self.station],
            &options,
        );
        let signed = record::sign(&unsigned.expect("it has the right form"), &self.key);
        let wire = record::encode(&signed.expect("the node can sign"));
        let put = self
            .pool
            .put_record(&wire.expect("it has an encoding"))
            .await;
        put.expect("a custodian stores what its node has signed");
    }

    /// Returns the advertisements of the trial's procedure that the DHT stores.
    async fn stored(&self) -> Vec<ProcedureAdvertisement> {
        let slot = record::procedure_key(&self.realm, RECORD_RUN);
        let (found, _) = self.pool.find_records(&slot).await.expect("an answer");
        found
            .iter()
            .filter_map(|found| record::read_procedure_advertisement(found.record()).ok())
            .collect()
    }

    /// Returns the grants in the trial's own advertisement.
    async fn grants_of_the_trial(&self) -> Authorization {
        let own = self.stored().await.into_iter().next();
        own.expect("the trial has advertised it").authorization
    }

    /// Returns whether the DHT stores an advertisement of the trial's procedure by this node.
    async fn is_stored(&self) -> bool {
        let stored = self.stored().await;
        stored
            .iter()
            .any(|stored| stored.advertiser_node == self.pool.node_id())
    }
}

#[test]
fn a_node_without_the_orgs_grant_is_neither_listed_nor_called() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let trial = realm.run(&machine, "hecate-trial", "hecate-trial");
        trial.ready();
        let client = realm.client().await;
        let mesh = client.mesh();
        let record_run = |key: &str| {
            let call = mesh.procedure(RECORD_RUN).timeout(TIMEOUT);
            let run = json!({"key": key, "held": false});
            async move { call.call::<_, u64>(&run).await }
        };
        assert_eq!(record_run("before").await, Ok(1));
        let realm_id = mesh.realm_id().expect("the client is in a realm");
        let impostor = Impostor::link(&realm, realm_id).await;
        let grants = impostor.grants_of_the_trial().await;
        for authorization in [Authorization::None, grants] {
            impostor.advertise(RECORD_RUN, authorization).await;
            assert!(impostor.is_stored().await);
            assert_eq!(record_run("beside the impostor").await.map(drop), Ok(()));
            let call = mesh.procedure(RECORD_RUN).timeout(TIMEOUT);
            let direct = call.provider(impostor.node());
            let run = json!({"key": "direct", "held": false});
            let direct = direct.call::<_, u64>(&run).await;
            let error = direct.expect_err("the realm has granted it nothing");
            assert!(matches!(error, CallError::NoProvider { .. }), "{error}");
        }
        // A name without an org needs no grant, and is not a service either.
        impostor
            .advertise("hecate-trial", Authorization::None)
            .await;
        let advertised = mesh.advertised(TIMEOUT).await.expect("an answer");
        assert!(advertised.iter().any(|entry| entry.procedure == RECORD_RUN));
        let listed = advertised
            .iter()
            .filter(|entry| entry.node == impostor.node());
        assert_eq!(listed.collect::<Vec<_>>(), Vec::<&_>::new());
        client.close().await;
    });
}

#[test]
fn names_and_texts_of_another_node_cannot_control_the_terminal_or_look_like_other_lines() {
    let machine = Sandbox::new();
    let hostile =
        "x\u{1b}]0;owned\u{7}\u{1b}[2J\r\nhecate-echo  9.9.9\u{9b}2J\u{202e}\u{2066}\u{200b}";
    runtime().block_on(async {
        let realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let trial = realm.run(&machine, "hecate-trial", "hecate-trial");
        trial.ready();
        let client = realm.client().await;
        let advertised = client.mesh().advertised(TIMEOUT).await;
        advertised.expect("the client is linked");
        let realm_id = client.mesh().realm_id().expect("the client is in a realm");
        let node = Impostor::link(&realm, realm_id).await;
        let own = |name: &str| record::own_procedure(&node.pool.node_id(), name);
        let mut served = Vec::new();
        // `describe` calls `info` first.
        for name in [hostile, "plain", "info"] {
            let refuse = handler(move |_| async move { Err::<Wire, _>(hostile.to_owned()) });
            let offer = Offer::unary(realm_id, &own(name), refuse);
            served.push(node.pool.serve(offer).await.expect("its own namespace"));
        }
        let (plain, environment) = (own("plain"), realm.environment(realm.addr()));
        for arguments in [
            &["ls", "--all"][..],
            &["ls", "--all", "--json"],
            &["call", &plain, "null"],
            &["describe", &plain],
        ] {
            let mut command = machine.command(hecate_om_tests::binary("hecate-om"));
            command.args(arguments).args(["--timeout", "1m"]);
            command.envs(environment.clone());
            let answer = machine.run(&mut command);
            let printed = format!("{}{}", answer.stdout, answer.stderr);
            let controls =
                |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{200b}".contains(c);
            assert!(!printed.contains(controls), "{arguments:?}: {printed:?}");
            assert!(printed.contains("owned"), "{arguments:?}: {printed:?}");
            let forged = printed.lines().any(|line| line.starts_with("hecate-echo"));
            assert!(!forged, "{arguments:?}: {printed:?}");
        }
        client.close().await;
    });
}
