//! A service that runs in the process of a test.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::{NetworkPath, TIMEOUT, not_ready};
use crate::boot::{RunningService, shut_down};
use crate::capability::{Callable, NodeId, ReadPayload, SentPayload, kind};
use crate::health;
use crate::mesh::{CallBuilder, Mesh, StreamBuilder, StreamingKind, TypedCall};
use crate::service::Contract;

/// Poll interval of `/health`.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Error of a service that cannot be called yet. It lists the missing procedures, each with the
/// reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReady(String);

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotReady {}

/// A service that runs on a [`TestMesh`](super::TestMesh), in the process of the test. It runs
/// until [`stop`](Booted::stop) is called, which has the effect of SIGTERM, or until the test's
/// runtime ends. Dropping it does not stop the service.
pub struct Booted<S> {
    pub(super) running: RunningService<S>,
    pub(super) path: NetworkPath,
    pub(super) caller: Mesh,
}

impl<S: Contract> Booted<S> {
    /// Drains the service and runs its `stop`. A named replica can then be booted again.
    pub async fn stop(self) {
        shut_down(self.running).await;
    }
}

impl<S> Booted<S> {
    /// Returns the service's org.
    #[must_use]
    pub fn org(&self) -> &str {
        self.running.config.org.as_str()
    }

    /// Returns the service's node id.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.running.identity.node_id
    }

    /// Returns the service, as its `start` created it.
    #[must_use]
    pub fn service(&self) -> &S {
        &self.running.service
    }

    /// Builds a call from the mesh's [caller](super::TestMesh::caller) to the service's capability
    /// with this name: `echo.say`, or `echo.say_v2` for version 2. Another replica of the org may
    /// answer.
    pub fn procedure(&self, name: &str) -> CallBuilder<'_> {
        self.caller.procedure(format!("{}/{name}", self.org()))
    }

    /// Builds a call to one of the service's capabilities, from the mesh's
    /// [caller](super::TestMesh::caller). Another replica of the org may answer.
    pub fn call<T>(&self, request: &T::Request) -> TypedCall<'_, T>
    where
        T: Callable<Kind: kind::AnswersOnce>,
        T::Request: SentPayload,
        T::Response: ReadPayload,
    {
        self.caller.call::<T>(request).org(self.org())
    }

    /// Like [`call`](Self::call), for a streaming capability.
    pub fn open<T>(&self, request: &T::Request) -> StreamBuilder<'_, T>
    where
        T: Callable<Kind: StreamingKind<T>>,
        T::Request: Serialize,
    {
        self.caller.open::<T>(request).org(self.org())
    }

    /// Returns the network path between the service and the station, to inject faults.
    #[must_use]
    pub const fn path(&self) -> &NetworkPath {
        &self.path
    }

    /// Waits until the station has acknowledged every capability.
    ///
    /// # Errors
    ///
    /// If the acknowledgements take longer than a minute. The error lists the missing procedures,
    /// each with the reason.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let health_state = &self.running.health_state;
        let Some(statuses) = health_state.statuses.get() else {
            return Ok(());
        };
        let served = tokio::time::timeout(TIMEOUT, statuses.served()).await;
        served.map_err(|_| {
            NotReady(format!(
                "{} as {}",
                health_state.service.name,
                not_ready(statuses)
            ))
        })
    }

    /// Returns the body of `/health`.
    #[must_use]
    pub fn health(&self) -> Value {
        self.running.health_state.body().1
    }

    /// Waits until the body of `/health` meets a condition, and returns the body.
    ///
    /// # Panics
    ///
    /// If the condition is not met within a minute.
    pub async fn healthy_until(&self, is: impl Fn(&Value) -> bool) -> Value {
        let healthy = async {
            loop {
                let body = self.health();
                if is(&body) {
                    return body;
                }
                // Ages in the body change without a notification.
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        match tokio::time::timeout(TIMEOUT, healthy).await {
            Ok(body) => body,
            Err(_) => panic!(
                "the health is not as expected within {TIMEOUT:?}: {:#}",
                self.health()
            ),
        }
    }

    /// Returns the page of `/metrics`.
    #[must_use]
    pub fn metrics(&self) -> String {
        health::scrape(&self.running.health_state).expect("writing to a string succeeds")
    }

    /// Returns the address of `/health`: `http://127.0.0.1:…/health`.
    #[must_use]
    pub fn health_url(&self) -> &str {
        &self.running.health_server.address
    }
}

impl<S> fmt::Debug for Booted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Booted")
            .field("service", &self.running.health_state.service.name)
            .field("org", &self.org())
            .field("node_id", &self.node_id())
            .finish_non_exhaustive()
    }
}
