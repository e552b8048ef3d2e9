//! A station that lies: it drops, repeats, reorders, alters and forges the frames that it relays.
//! The nodes rely on signatures, not on the station.

mod calls;
mod facts;
mod malformed;
mod streams;

use std::mem::take;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hecate_om::macula::cbor::{self, Value};
use hecate_om::macula::node_key::{NodeKey, PUZZLE_DIFFICULTY, Purpose};
use hecate_om::macula::profile::Profile;
use hecate_om::{Client, Mesh};
use hecate_om_station::{ClaimDecision, FramePolicy};
use hecate_om_tests::{Realm, Sandbox, Service, runtime};

const PROFILE: Profile = Profile::PqPure;

/// Decides which frames the station sends in place of a frame.
type Lie = Box<dyn FnMut(&Frame<'_>) -> Vec<Vec<u8>> + Send>;

/// A frame that the station is about to send.
struct Frame<'a> {
    fields: Value,
    bytes: &'a [u8],
}

impl Frame<'_> {
    fn is(&self, frame_type: &str) -> bool {
        self.fields.get("frame_type") == Some(&Value::text(frame_type))
    }

    fn as_sent(&self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    /// Returns the frame with the last byte of the signature of its object `name` changed.
    fn altered(&self, name: &str) -> Vec<u8> {
        let mut fields = self.fields.clone();
        let Value::Map(entries) = &mut fields else {
            panic!("a frame is a map");
        };
        let key = Value::text(name);
        let object = entries.iter_mut().find(|(entry, _)| *entry == key);
        let Some((_, Value::Map(object))) = object else {
            panic!("no `{name}` in {entries:?}");
        };
        let signature = Value::text("signature");
        let signature = object.iter_mut().find(|(entry, _)| *entry == signature);
        let Some((_, Value::Bytes(signature))) = signature else {
            panic!("no signature in `{name}`");
        };
        *signature.last_mut().expect("a signature has bytes") ^= 1;
        encoded(&fields)
    }
}

fn encoded(frame: &Value) -> Vec<u8> {
    cbor::encode(frame).expect("a frame has an encoding")
}

/// A trial and a client on a station that lies once it is told to.
struct Setup {
    machine: Sandbox,
    realm: Realm,
    _trial: Service,
    client: Client,
    lie: Arc<Mutex<Lie>>,
    /// Number of frames that the station has replaced.
    lies: Arc<AtomicUsize>,
}

impl Setup {
    async fn start() -> Self {
        let machine = Sandbox::new();
        let lie: Arc<Mutex<Lie>> = Arc::new(Mutex::new(honest()));
        let lies = Arc::new(AtomicUsize::new(0));
        let (told, count) = (Arc::clone(&lie), Arc::clone(&lies));
        let realm = Realm::with(&machine, ClaimDecision::Grant, |config| {
            config.frame_policy = Some(FramePolicy::new(move |_, bytes| {
                let fields = cbor::decode(bytes).expect("the station's frames decode");
                let mut lie = told.lock().unwrap_or_else(PoisonError::into_inner);
                let sent = lie(&Frame { fields, bytes });
                if sent != [bytes] {
                    count.fetch_add(1, Ordering::Relaxed);
                }
                sent
            }));
        })
        .await;
        let trial = realm.run(&machine, "hecate-trial", "hecate-trial");
        trial.ready();
        let client = realm.client().await;
        Self {
            machine,
            realm,
            _trial: trial,
            client,
            lie,
            lies,
        }
    }

    fn mesh(&self) -> &Mesh {
        self.client.mesh()
    }

    fn tell(&self, lie: impl FnMut(&Frame<'_>) -> Vec<Vec<u8>> + Send + 'static) {
        *self.lie.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(lie);
    }

    fn tell_the_truth(&self) {
        self.tell(honest());
    }

    /// Returns the key of the station or of a service, from its file below the machine's folder.
    fn key(&self, file: &str) -> NodeKey {
        let path = self.machine.path().join(file);
        NodeKey::load(&path, Purpose::Identity, PROFILE).expect("the file has a key")
    }
}

fn honest() -> Lie {
    Box::new(|frame| vec![frame.as_sent()])
}

/// A node's key that nobody knows.
fn strangers_key() -> NodeKey {
    NodeKey::generate_identity(PROFILE, PUZZLE_DIFFICULTY).expect("a key can be generated")
}

/// Frames that the station holds back, shared with its lie.
#[derive(Clone, Default)]
struct Held(Arc<Mutex<Vec<Vec<u8>>>>);

impl Held {
    fn push(&self, frame: Vec<u8>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(frame);
    }

    fn take(&self) -> Vec<Vec<u8>> {
        take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn with_setup(test: impl AsyncFnOnce(&Setup)) {
    runtime().block_on(async {
        let setup = Setup::start().await;
        // Linking takes longer than a lost call may on a busy machine.
        let linked = calls::record_run(&setup, "linked").await;
        linked.expect("an honest station relays the call");
        test(&setup).await;
        setup.tell_the_truth();
        setup.client.close().await;
        assert!(setup.lies.load(Ordering::Relaxed) > 0, "the station lied");
    });
}
