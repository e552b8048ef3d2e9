use macula_rust::cbor::Value;
use macula_rust::profile::Profile;
use macula_rust::record::{org_directory_key, procedure_delegation_key};

use super::*;
use crate::authority::all_that_is_asked;
use crate::dht::RecordStore;

const NODE: [u8; 32] = [7; 32];
const PROFILE: Profile = Profile::PqPure;

struct Fixture {
    _directory: tempfile::TempDir,
    realm: Realm,
    dht: Dht,
    station: NodeKey,
}

fn fixture(policy: AdmissionPolicy) -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let station = NodeKey::generate_identity(PROFILE, NO_PUZZLE).unwrap();
    let state = StateDirectory::open(Some(directory.path())).unwrap();
    let realm = Realm::open(
        "hecate.dev",
        state,
        &station,
        policy,
        all_that_is_asked(),
        MAX_DELEGATION_LIFE,
    )
    .unwrap();
    Fixture {
        dht: Dht::new(PROFILE, Vec::new(), RecordStore::default()),
        _directory: directory,
        realm,
        station,
    }
}

fn everyone() -> AdmissionPolicy {
    Arc::new(|_, _| Admission::Grant)
}

impl Fixture {
    fn claim(&self, org: &str) -> Result<Value, Refusal> {
        let payload = Value::Map(vec![(Value::text("org"), Value::text(org))]);
        self.realm.claim(&self.dht, &NODE, &payload)
    }

    fn org(&self, name: &str) -> Arc<Org> {
        let orgs = &self.realm.orgs;
        orgs.get(name, &self.realm.directory, PROFILE).unwrap()
    }

    /// The org's directory and the node's delegation, as the DHT has them.
    fn chain(&self, org: &str) -> [Option<bytes::Bytes>; 2] {
        let realm = self.realm.identity().id;
        let delegation = procedure_delegation_key(&self.org(org).key_id(), &NODE);
        [org_directory_key(&realm, org), delegation].map(|slot| self.dht.find(&slot))
    }
}

#[test]
fn a_chain_is_signed_anew_when_due_while_its_node_is_linked_and_not_for_ever_after() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    let first = f.chain("acme");
    assert!(first.iter().all(Option::is_some));
    let linked = HashSet::from([NODE]);
    f.realm.refresh(&f.dht, &linked);
    assert_eq!(f.chain("acme"), first, "nothing is due yet");

    let overdue = |f: &Fixture| {
        let long_ago = now_ms() - 2 * DIRECTORY_RESIGNED_MS;
        f.org("acme").directory_signed(long_ago);
        f.org("acme").delegation_signed(NODE, long_ago);
    };
    overdue(&f);
    f.realm.refresh(&f.dht, &linked);
    let second = f.chain("acme");
    assert!(first.iter().zip(&second).all(|(a, b)| a != b));

    overdue(&f);
    f.realm.refresh(&f.dht, &HashSet::new());
    let third = f.chain("acme");
    assert!(
        second.iter().zip(&third).all(|(a, b)| a != b),
        "in its grace"
    );

    overdue(&f);
    f.realm.admissions().seen(&NODE, now_ms() - 2 * GRACE_MS);
    f.realm.refresh(&f.dht, &HashSet::new());
    assert_eq!(f.chain("acme"), third, "nobody needs it");
    f.realm.link_up(&f.dht, &NODE);
    assert_ne!(f.chain("acme"), third, "until the node is back");
}

#[test]
fn a_restarted_realm_publishes_for_whom_it_admitted() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    f.claim("other").unwrap();
    let state = StateDirectory::open(Some(f._directory.path())).unwrap();
    let realm = Realm::open(
        "hecate.dev",
        state,
        &f.station,
        everyone(),
        all_that_is_asked(),
        MAX_DELEGATION_LIFE,
    )
    .unwrap();
    let f = Fixture {
        dht: Dht::new(PROFILE, Vec::new(), RecordStore::default()),
        realm,
        ..f
    };
    assert!(f.realm.is_admitted(&NODE));
    assert!(!f.realm.is_admitted(&[8; 32]));
    f.realm.link_up(&f.dht, &NODE);
    for org in ["acme", "other"] {
        assert!(f.chain(org).iter().all(Option::is_some), "{org}");
    }
}

#[test]
fn claims_made_at_one_moment_are_all_kept() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    let payload = Value::Map(vec![(Value::text("org"), Value::text("acme"))]);
    std::thread::scope(|scope| {
        for n in 0..32 {
            let (f, payload) = (&f, &payload);
            scope.spawn(move || f.realm.claim(&f.dht, &[n; 32], payload).unwrap());
        }
    });
    let kept = AdmittedNode::load(&f.realm.directory.admitted()).unwrap();
    assert_eq!(kept.len(), 32, "the fixture's own node is among them");
}

#[test]
fn a_chain_that_cannot_be_published_is_told_once_until_it_can() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    let key = f.realm.directory.org_key("acme");
    let kept = std::fs::read(&key).unwrap();
    // Written over in place, so that its mode stays.
    std::fs::write(&key, b"damaged").unwrap();
    let state = StateDirectory::open(Some(f._directory.path())).unwrap();
    let realm = Realm::open(
        "hecate.dev",
        state,
        &f.station,
        everyone(),
        all_that_is_asked(),
        MAX_DELEGATION_LIFE,
    )
    .unwrap();
    for _ in 0..3 {
        realm.refresh(&f.dht, &HashSet::from([NODE]));
        realm.link_up(&f.dht, &NODE);
        assert_eq!(realm.unpublished().len(), 1, "{:?}", realm.unpublished());
    }
    std::fs::write(&key, kept).unwrap();
    realm.refresh(&f.dht, &HashSet::from([NODE]));
    assert!(realm.unpublished().is_empty());
}

#[test]
fn what_the_policy_no_longer_grants_is_no_longer_signed() {
    let granted = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let f = fixture({
        let granted = granted.clone();
        Arc::new(move |_, _| {
            if granted.load(std::sync::atomic::Ordering::Relaxed) {
                Admission::Grant
            } else {
                Admission::Pending
            }
        })
    });
    f.claim("acme").unwrap();
    let before = f.chain("acme");
    granted.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(f.claim("acme"), Err(Refusal::handler("not_admitted")));
    f.org("acme").delegation_signed(NODE, 0);
    f.realm.refresh(&f.dht, &HashSet::from([NODE]));
    assert_eq!(f.chain("acme"), before);
}

#[test]
fn the_claim_is_the_realms_own_procedure() {
    let f = fixture(everyone());
    let claim = "hecate.dev/_realm/_realm/identity/request_provider_authorization_v1";
    assert!(f.realm.is_claim(claim));
    assert!(!f.realm.is_claim("hecate.dev/other"));
    assert!(!f.realm.is_claim(&format!("x{claim}")));
}

#[test]
fn what_is_revoked_is_gone_and_forgotten_until_it_is_claimed_again() {
    let f = fixture(everyone());
    f.claim("acme").unwrap();
    f.claim("other").unwrap();
    f.realm.revoke(&f.dht, "acme", &NODE);
    let revoked = || {
        let [directory, delegation] = f.chain("acme");
        assert!(directory.is_some(), "the org stays");
        delegation.is_none()
    };
    assert!(revoked());
    f.realm.refresh(&f.dht, &HashSet::from([NODE]));
    f.realm.link_up(&f.dht, &NODE);
    assert!(revoked(), "it is not signed anew");
    let kept = AdmittedNode::load(&f.realm.directory.admitted()).unwrap();
    assert_eq!(kept.len(), 1, "a restart does not bring it back");
    assert!(f.chain("other").iter().all(Option::is_some));
    f.claim("acme").unwrap();
    assert!(f.chain("acme").iter().all(Option::is_some));
}
