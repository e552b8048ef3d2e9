//! Providers that are not there: served by the test, in their place.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::{PATIENCE, Path, TestMesh, lock, not_ready};
use crate::__private::{HandlerFuture, Limits, RequestPayload, ResponsePayload, reply};
use crate::Refusal;
use crate::boot::{MeshConnection, NodeCredentials};
use crate::capability::{
    Access, Callable, Capability, Confidential, InFlight, Invocation, NodeId, Registry, States,
    kind,
};
use crate::codec::{self, Payload};
use crate::config::{Config, Defaults};
use crate::mesh::{Authority, ClaimState, Mesh, MeshTarget, StatusTable};

/// What a mock is called where a configuration wants a name.
const NAME: &str = "mock";

/// A mock counts nobody's calls.
const UNMETERED: Limits = Limits {
    per_caller_max: Some(u32::MAX),
    global_max: Some(u32::MAX),
    ..Limits::UNSET
};

/// A provider to stand in for one that a test does not boot; made by [`TestMesh::mock`] and
/// [`TestMesh::mock_procedure`].
#[must_use = "nothing is served before `answering`"]
pub struct MockBuilder<'a, Request, Response> {
    mesh: &'a TestMesh,
    org: Option<String>,
    name: &'static str,
    version: u32,
    sealed: bool,
    types: PhantomData<fn(Request) -> Response>,
}

impl<'a, Request, Response> MockBuilder<'a, Request, Response> {
    pub(super) fn of<T>(mesh: &'a TestMesh) -> Self
    where
        T: Callable<Kind = kind::Unary, Request = Request, Response = Response>,
    {
        Self {
            mesh,
            org: T::ORG.map(str::to_owned),
            name: T::NAME,
            version: T::VERSION,
            sealed: T::CONFIDENTIAL,
            types: PhantomData,
        }
    }

    pub(super) fn of_procedure(mesh: &'a TestMesh, procedure: &str) -> Self {
        let (org, name) = procedure.split_once('/').unwrap_or_else(|| {
            panic!("`{procedure}` is no procedure: it is written `<org>/<name>`, as in `acme/pay.charge`")
        });
        Self {
            mesh,
            org: Some(org.to_owned()),
            // A short text for the life of the test: a capability names itself for as long.
            name: name.to_owned().leak(),
            version: 1,
            sealed: false,
            types: PhantomData,
        }
    }

    /// The org that it provides for: where the type of the capability, as one of the same workspace, names none.
    pub fn org(mut self, org: &str) -> Self {
        self.org = Some(org.to_owned());
        self
    }
}

impl<Request: RequestPayload, Response: ResponsePayload> MockBuilder<'_, Request, Response> {
    /// Serves it with what `answer` answers, and returns once it can be called. A mock is open to every caller.
    ///
    /// # Panics
    ///
    /// Where it does not get ready, or nobody said which org it provides for.
    pub async fn answering<F>(
        self,
        answer: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Mock<Request>
    where
        F: Future<Output = Result<Response, Refusal>> + Send + 'static,
        Request: 'static,
        Response: 'static,
    {
        let (mesh, name) = (self.mesh, self.name);
        let org = self.org.unwrap_or_else(|| {
            panic!(
                "the mock of `{name}` provides for no org: its type names none, so say `.org(…)`"
            )
        });
        let script = Script::<Request, Response> {
            seen: Arc::default(),
            answer: Arc::new(move |request| Box::pin(answer(request))),
        };
        let seen = Arc::clone(&script.seen);
        let capability = Capability {
            version: self.version,
            limits: UNMETERED,
            confidential: self.sealed.then_some(Confidential::Required),
            ..Capability::new(name, invoke::<Request, Response>)
        };
        let path = mesh.path(mesh.addr).await;
        let folder = mesh.node(None).await;
        let settings = [
            ("HECATE_ORG", org.as_str()),
            (
                "HECATE_KEM_ADVERTISE",
                if self.sealed { "enabled" } else { "disabled" },
            ),
        ];
        let layers = TestMesh::layers(&mesh.stations, &path, &folder, settings, &[]);
        let defaults = Defaults {
            name: NAME,
            health_port: 0,
        };
        let config = layers
            .map_err(|wrong| wrong.to_string())
            .and_then(|layers| Config::read(&layers, defaults).map_err(|error| error.to_string()));
        let mut config =
            config.unwrap_or_else(|error| panic!("the mock of `{name}` cannot be: {error}"));
        config.clock = mesh.clock.clone();
        let identity = TestMesh::identity(&folder).await;
        let node_id = identity.node_id;
        let authority = Arc::new(Authority::none());
        // A mock answers, and calls nobody.
        let (_, setter) = Mesh::pending(node_id, Arc::clone(&authority));
        let states = Arc::new(States::default().with(Arc::new(script)));
        let registry = Registry::new(&org, vec![capability], &states, &InFlight::default())
            .unwrap_or_else(|missing| panic!("the mock of `{name}` cannot be: {missing}"));
        let statuses = Arc::new(StatusTable::new(
            &org,
            registry.procedures(),
            ClaimState::Unsent,
        ));
        lock(&mesh.status_tables).push(Arc::clone(&statuses));
        let target = MeshTarget {
            stations: config
                .stations
                .clone()
                .unwrap_or_else(|| mesh.stations.clone()),
            updates: None,
        };
        let credentials = NodeCredentials {
            identity,
            authority,
        };
        let registry = Arc::new(registry);
        let connection = MeshConnection::start(
            target,
            credentials,
            &config,
            setter,
            registry,
            Arc::clone(&statuses),
            Access::Open,
        );
        if tokio::time::timeout(PATIENCE, statuses.served())
            .await
            .is_err()
        {
            panic!("the mock of {}", not_ready(&statuses));
        }
        Mock {
            seen,
            node_id,
            path,
            connection,
            request: PhantomData,
        }
    }
}

impl<Request, Response> fmt::Debug for MockBuilder<'_, Request, Response> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockBuilder")
            .field("org", &self.org)
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

type Answering<Response> = Pin<Box<dyn Future<Output = Result<Response, Refusal>> + Send>>;
type Answer<Request, Response> = dyn Fn(Request) -> Answering<Response> + Send + Sync;

/// What a mock does, and what it was asked.
struct Script<Request, Response> {
    seen: Arc<Mutex<Vec<Payload>>>,
    answer: Arc<Answer<Request, Response>>,
}

fn invoke<Request, Response>(mut invocation: Invocation) -> HandlerFuture
where
    Request: RequestPayload,
    Response: ResponsePayload + 'static,
{
    HandlerFuture::new(async move {
        let payload = invocation.payload.clone();
        let request: Request = invocation.payload()?;
        let answering = {
            let script = invocation.state::<Script<Request, Response>>()?;
            lock(&script.seen).push(payload);
            (script.answer)(request)
        };
        reply(answering.await)
    })
}

/// A provider that stands in for another. Dropping it leaves it serving for as long as the test's runtime runs;
/// [`stop`](Mock::stop) ends it.
pub struct Mock<Request> {
    seen: Arc<Mutex<Vec<Payload>>>,
    node_id: NodeId,
    path: Path,
    connection: MeshConnection,
    request: PhantomData<fn() -> Request>,
}

impl<Request: RequestPayload> Mock<Request> {
    /// The requests that it was asked, in their order. One that does not fit the type was refused, and is not here.
    ///
    /// # Panics
    ///
    /// Where a request reads differently a second time, which is a fault of its `Deserialize`.
    #[must_use]
    pub fn calls(&self) -> Vec<Request> {
        let seen = lock(&self.seen).clone();
        seen.into_iter()
            .map(|payload| {
                codec::decode_described(payload).expect("a request that was read reads again")
            })
            .collect()
    }
}

impl<Request> Mock<Request> {
    /// The node that it is.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.node_id
    }

    /// Its way to the station, which can be given faults.
    #[must_use]
    pub const fn path(&self) -> &Path {
        &self.path
    }

    /// Ends it: from then on nobody serves the procedure in its place.
    pub async fn stop(self) {
        self.connection.connecting.cancel();
        if let Ok(Some((serving, pool))) = self.connection.serving.await {
            serving.withdraw().await;
            pool.close().await;
        }
    }
}

impl<Request> fmt::Debug for Mock<Request> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("node_id", &self.node_id)
            .field("calls", &lock(&self.seen).len())
            .finish_non_exhaustive()
    }
}
