//! Mock providers, which a test serves instead of real services.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::{NetworkPath, TIMEOUT, TestMesh, lock, nodes, not_ready};
use crate::__private::{HandlerFuture, Limits, RequestPayload, ResponsePayload, reply};
use crate::Refusal;
use crate::boot::{MeshConnection, NodeCredentials};
use crate::capability::{
    Access, Callable, Capability, Confidential, InFlight, Invocation, KeyedCalls, NodeId, Registry,
    StateMap, kind,
};
use crate::codec::{self, Payload};
use crate::config::{Config, Defaults, OwnVariables};
use crate::mesh::{Authority, ClaimState, Mesh, MeshTarget, StatusTable};

/// Service name in a mock's configuration.
const NAME: &str = "mock";

/// Limits that no test reaches.
const UNLIMITED: Limits = Limits {
    per_caller_max: Some(u32::MAX),
    global_max: Some(u32::MAX),
    ..Limits::UNSET
};

impl TestMesh {
    /// Mocks the provider of the capability `T`.
    ///
    /// ```
    /// # use hecate_om::{capability, testing::TestMesh};
    /// # #[capability("pay.charge")]
    /// # async fn charge(cents: u64) -> String { cents.to_string() }
    /// # async fn example(mesh: &TestMesh) {
    /// let till = mesh.mock::<charge>().org("acme").answering(|cents| async move { Ok(format!("paid {cents}")) }).await;
    /// // … the code under test calls it …
    /// assert_eq!(till.calls(), [250]);
    /// # }
    /// ```
    pub fn mock<T: Callable<Kind = kind::Unary>>(
        &self,
    ) -> MockBuilder<'_, T::Request, T::Response> {
        MockBuilder::new::<T>(self)
    }

    /// Mocks the provider of a procedure, `<org>/<name>`, without a capability type. The closure
    /// that answers determines the types of request and response.
    ///
    /// # Panics
    ///
    /// If `procedure` does not have the form `<org>/<name>`.
    pub fn mock_procedure<Request, Response>(
        &self,
        procedure: &str,
    ) -> MockBuilder<'_, Request, Response> {
        MockBuilder::for_procedure(self, procedure)
    }
}

/// Builder of a mock provider, from [`TestMesh::mock`] and [`TestMesh::mock_procedure`].
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
    fn new<T>(mesh: &'a TestMesh) -> Self
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

    fn for_procedure(mesh: &'a TestMesh, procedure: &str) -> Self {
        let (org, name) = procedure.split_once('/').unwrap_or_else(|| {
            panic!(
                "`{procedure}` is not a procedure; write `<org>/<name>`, as in `acme/pay.charge`"
            )
        });
        Self {
            mesh,
            org: Some(org.to_owned()),
            // `Capability` has a `&'static str`, so one short text is leaked for each mock.
            name: name.to_owned().leak(),
            version: 1,
            sealed: false,
            types: PhantomData,
        }
    }

    /// Sets the org of the mock. Required if the capability's type names no org, as is usual within
    /// one workspace.
    pub fn org(mut self, org: &str) -> Self {
        self.org = Some(org.to_owned());
        self
    }
}

impl<Request: RequestPayload, Response: ResponsePayload> MockBuilder<'_, Request, Response> {
    /// Serves the capability with `answer`, open to every caller, and returns once it can be
    /// called.
    ///
    /// # Panics
    ///
    /// If the mock does not get ready, or if it has no org.
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
        let org = self
            .org
            .unwrap_or_else(|| panic!("the mock of `{name}` has no org; set it with `.org(…)`"));
        let script = Script::<Request, Response> {
            seen: Arc::default(),
            answer: Arc::new(move |request| Box::pin(answer(request))),
        };
        let seen = Arc::clone(&script.seen);
        let capability = Capability {
            version: self.version,
            limits: UNLIMITED,
            confidential: self.sealed.then_some(Confidential::Required),
            ..Capability::new(name, invoke::<Request, Response>)
        };
        let path = mesh.path(mesh.addr).await;
        let folder = mesh.node_folder(None).await;
        let settings = [
            ("HECATE_ORG", org.as_str()),
            (
                "HECATE_KEM_ADVERTISE",
                if self.sealed { "enabled" } else { "disabled" },
            ),
        ];
        let layers = nodes::layers(
            &mesh.stations,
            path.addr(),
            &folder,
            settings,
            OwnVariables::default(),
        );
        let defaults = Defaults {
            name: NAME,
            health_port: 0,
        };
        let config = layers
            .map_err(|wrong| wrong.to_string())
            .and_then(|layers| Config::read(&layers, defaults).map_err(|error| error.to_string()));
        let mut config =
            config.unwrap_or_else(|error| panic!("cannot configure the mock of `{name}`: {error}"));
        config.clock = mesh.clock.clone();
        let identity = nodes::identity(&folder).await;
        let node_id = identity.node_id;
        let authority = Arc::new(Authority::none());
        // A mock makes no calls.
        let (_, setter) = Mesh::pending(&identity, Arc::clone(&authority));
        let states = Arc::new(StateMap::default().with(Arc::new(script)));
        let registry = Registry::new(
            &org,
            vec![capability],
            &states,
            &InFlight::default(),
            &KeyedCalls::default(),
        )
        .unwrap_or_else(|missing| panic!("cannot register the mock of `{name}`: {missing}"));
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
        if tokio::time::timeout(TIMEOUT, statuses.served())
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

/// Answers of a mock, and the requests that the mock received.
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

/// A mock provider. It serves until [`stop`](Mock::stop) is called, or until the test's runtime
/// ends. Dropping the mock does not stop it.
pub struct Mock<Request> {
    seen: Arc<Mutex<Vec<Payload>>>,
    node_id: NodeId,
    path: NetworkPath,
    connection: MeshConnection,
    request: PhantomData<fn() -> Request>,
}

impl<Request: RequestPayload> Mock<Request> {
    /// Returns the requests that the mock received, in order, except requests that did not decode.
    ///
    /// # Panics
    ///
    /// If a request does not decode a second time, which is a bug in the request's `Deserialize`.
    #[must_use]
    pub fn calls(&self) -> Vec<Request> {
        let seen = lock(&self.seen).clone();
        seen.into_iter()
            .map(|payload| {
                codec::decode_described(payload).expect("a request that was decoded decodes again")
            })
            .collect()
    }
}

impl<Request> Mock<Request> {
    /// Returns the mock's node id.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.node_id
    }

    /// Returns the network path between the mock and the station, to inject faults.
    #[must_use]
    pub const fn path(&self) -> &NetworkPath {
        &self.path
    }

    /// Withdraws the capability and closes the links.
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
