use macula_rust::cbor::Value;
use macula_rust::profile::Profile;
use macula_rust::record::{org_directory_key, procedure_delegation_key};

use super::*;
use crate::dht::RecordStore;
use crate::policy::grant_requested;

const NODE: [u8; 32] = [7; 32];
const PROFILE: Profile = Profile::PqPure;

struct Fixture {
    _directory: tempfile::TempDir,
    realm: Realm,
    dht: Dht,
    station: NodeKey,
}

fn fixture(policy: ClaimPolicy) -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let station = NodeKey::generate_identity(PROFILE, NO_PUZZLE).unwrap();
    let state = StateDirectory::open(Some(directory.path())).unwrap();
    let realm = Realm::open("hecate.dev", state, &station, policies(policy)).unwrap();
    Fixture {
        dht: Dht::new(PROFILE, Vec::new(), RecordStore::default()),
        _directory: directory,
        realm,
        station,
    }
}

fn policies(claim_policy: ClaimPolicy) -> RealmPolicies {
    RealmPolicies {
        claim_policy,
        token_policy: grant_requested(),
        delegation_life: MAX_DELEGATION_LIFE,
    }
}

fn everyone() -> ClaimPolicy {
    Arc::new(|_, _| ClaimDecision::Grant)
}

impl Fixture {
    fn claim(&self, org: &str) -> Result<Value, ProviderError> {
        let payload = Value::Map(vec![(Value::text("org"), Value::text(org))]);
        self.realm.claim(&self.dht, &NODE, &payload)
    }

    fn org(&self, name: &str) -> Arc<org::Org> {
        let orgs = &self.realm.orgs;
        orgs.get(name, &self.realm.directory, PROFILE).unwrap()
    }

    /// Returns the org's directory and the node's delegation in the DHT.
    fn authorization(&self, org: &str) -> [Option<bytes::Bytes>; 2] {
        let realm = self.realm.identity().id;
        let delegation = procedure_delegation_key(&self.org(org).key_id(), &NODE);
        [org_directory_key(&realm, org), delegation].map(|slot| self.dht.find(&slot))
    }
}

#[test]
fn an_authorization_is_renewed_while_its_node_is_linked_and_for_a_grace_period() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    let first = f.authorization("acme");
    assert!(first.iter().all(Option::is_some));
    let linked = HashSet::from([NODE]);
    f.realm.renew(&f.dht, &linked);
    assert_eq!(f.authorization("acme"), first, "nothing is due yet");

    let overdue = |f: &Fixture| {
        let long_ago = now_ms() - 2 * DIRECTORY_RENEWAL_MS;
        f.org("acme").directory_signed(long_ago);
        f.org("acme").delegation_signed(NODE, long_ago);
    };
    overdue(&f);
    f.realm.renew(&f.dht, &linked);
    let second = f.authorization("acme");
    assert!(first.iter().zip(&second).all(|(a, b)| a != b));

    overdue(&f);
    f.realm.renew(&f.dht, &HashSet::new());
    let third = f.authorization("acme");
    assert!(
        second.iter().zip(&third).all(|(a, b)| a != b),
        "in its grace period"
    );

    overdue(&f);
    f.realm
        .admissions()
        .record_seen(&NODE, now_ms() - 2 * GRACE_MS);
    f.realm.renew(&f.dht, &HashSet::new());
    assert_eq!(f.authorization("acme"), third, "no node needs it");
    f.realm.node_linked(&f.dht, &NODE);
    assert_ne!(
        f.authorization("acme"),
        third,
        "renewed once the node is back"
    );
}

#[test]
fn a_restarted_realm_publishes_for_the_nodes_that_it_admitted() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    f.claim("other").unwrap();
    let state = StateDirectory::open(Some(f._directory.path())).unwrap();
    let realm = Realm::open("hecate.dev", state, &f.station, policies(everyone())).unwrap();
    let f = Fixture {
        dht: Dht::new(PROFILE, Vec::new(), RecordStore::default()),
        realm,
        ..f
    };
    assert!(f.realm.is_admitted(&NODE));
    assert!(!f.realm.is_admitted(&[8; 32]));
    f.realm.node_linked(&f.dht, &NODE);
    for org in ["acme", "other"] {
        assert!(f.authorization(org).iter().all(Option::is_some), "{org}");
    }
}

#[test]
fn concurrent_claims_are_all_saved() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    let payload = Value::Map(vec![(Value::text("org"), Value::text("acme"))]);
    std::thread::scope(|scope| {
        for n in 0..32 {
            let (f, payload) = (&f, &payload);
            scope.spawn(move || f.realm.claim(&f.dht, &[n; 32], payload).unwrap());
        }
    });
    let saved = AdmittedNode::load(&f.realm.directory.admitted()).unwrap();
    assert_eq!(saved.len(), 32, "the fixture's own node is among them");
}

#[test]
fn an_authorization_that_cannot_be_published_is_reported_once_until_it_can() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    let key = f.realm.directory.org_key("acme");
    let original = std::fs::read(&key).unwrap();
    // Overwrite in place, which keeps the file's mode.
    std::fs::write(&key, b"damaged").unwrap();
    let state = StateDirectory::open(Some(f._directory.path())).unwrap();
    let realm = Realm::open("hecate.dev", state, &f.station, policies(everyone())).unwrap();
    for _ in 0..3 {
        realm.renew(&f.dht, &HashSet::from([NODE]));
        realm.node_linked(&f.dht, &NODE);
        assert_eq!(
            realm.publish_errors().len(),
            1,
            "{:?}",
            realm.publish_errors()
        );
    }
    std::fs::write(&key, original).unwrap();
    realm.renew(&f.dht, &HashSet::from([NODE]));
    assert!(realm.publish_errors().is_empty());
}

#[test]
fn an_admission_that_the_policy_no_longer_grants_is_not_renewed() {
    let granted = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let f = fixture({
        let granted = granted.clone();
        Arc::new(move |_, _| {
            if granted.load(std::sync::atomic::Ordering::Relaxed) {
                ClaimDecision::Grant
            } else {
                ClaimDecision::Pending
            }
        })
    });
    f.claim("acme").unwrap();
    let before = f.authorization("acme");
    granted.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(f.claim("acme"), Err(ProviderError::handler("not_admitted")));
    f.org("acme").delegation_signed(NODE, 0);
    f.realm.renew(&f.dht, &HashSet::from([NODE]));
    assert_eq!(f.authorization("acme"), before);
}

#[test]
fn the_claim_is_recognized_by_its_full_name() {
    let f = fixture(everyone());
    let claim = "hecate.dev/_realm/_realm/identity/request_provider_authorization_v1";
    assert_eq!(f.realm.procedure(claim), Some(RealmProcedure::Claim));
    assert_eq!(f.realm.procedure("hecate.dev/other"), None);
    assert_eq!(f.realm.procedure(&format!("x{claim}")), None);
}

#[test]
fn a_revoked_admission_is_gone_until_the_next_claim() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    f.claim("other").unwrap();
    f.realm.revoke(&f.dht, "acme", &NODE);
    let revoked = || {
        let [directory, delegation] = f.authorization("acme");
        assert!(directory.is_some(), "the org stays");
        delegation.is_none()
    };
    assert!(revoked());
    f.realm.renew(&f.dht, &HashSet::from([NODE]));
    f.realm.node_linked(&f.dht, &NODE);
    assert!(revoked(), "not renewed");
    let saved = AdmittedNode::load(&f.realm.directory.admitted()).unwrap();
    assert_eq!(saved.len(), 1, "not restored by a restart");
    assert!(f.authorization("other").iter().all(Option::is_some));
    f.claim("acme").unwrap();
    assert!(f.authorization("acme").iter().all(Option::is_some));
}
