//! Node with many capabilities, created at run time, for the benchmarks.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::capability::{
    Access, Capability, HandlerFuture, InFlight, Invocation, KeyedCalls, Registry, StateMap,
};
use crate::mesh::connection::Connection;
use crate::mesh::{
    Authority, ClaimLabels, ClaimState, Identity, LinkOptions, PoolHandle, Publisher, Sealing,
    Serving, StatusTable, connect, running,
};

/// Delay before a refused claim is sent again.
const CLAIM_RETRY: Duration = Duration::from_secs(60);

/// Node that serves capabilities on the development mesh in a folder, as a service does.
#[derive(Debug)]
pub struct ManyCapabilities {
    statuses: Arc<StatusTable>,
    serving: Serving,
    pool: PoolHandle,
}

impl ManyCapabilities {
    /// Connects to the mesh, and serves `count` capabilities named `<org>/many.n<n>`, which echo a
    /// text.
    ///
    /// # Panics
    ///
    /// If no mesh is running.
    pub async fn start(mesh_folder: &Path, org: &str, count: usize) -> Self {
        let (stations, profile) = running(mesh_folder).expect("the mesh runs");
        let identity = Identity::ephemeral(profile).expect("a key can be made");
        let (_, setter) = Connection::pending(&identity, Arc::new(Authority::none()));
        let cancelled = CancellationToken::new();
        let options = LinkOptions::unsealed(profile);
        let linking = connect(&stations, &identity, options, &setter, &cancelled);
        let links = linking.await.expect("it is not cancelled");
        let pool = links.handle();
        let capabilities = (0..count).map(|n| {
            // Leaked, because names live as long as the process.
            Capability::new(format!("many.n{n}").leak(), echo)
        });
        let states = Arc::new(StateMap::default());
        let registry = Registry::new(
            org,
            capabilities.collect(),
            &states,
            &InFlight::default(),
            &KeyedCalls::default(),
        );
        let registry = Arc::new(registry.expect("no handler borrows anything"));
        let statuses = Arc::new(StatusTable::new(
            org,
            registry.procedures(),
            ClaimState::Unsent,
        ));
        let publisher = Publisher {
            registry,
            statuses: Arc::clone(&statuses),
            realm: stations.realm,
            profile,
            labels: ClaimLabels {
                org: org.into(),
                service_name: org.into(),
                box_name: String::new(),
            },
            default_access: Access::Open,
            claim_retry: CLAIM_RETRY,
            clock: crate::clock::Clock::default(),
            sealing: Sealing::start(false),
        };
        Self {
            statuses,
            serving: publisher.serve(links),
            pool,
        }
    }

    /// Waits until the station has acknowledged every capability.
    ///
    /// # Panics
    ///
    /// If the station refused a capability.
    pub async fn acknowledged(&self) {
        self.statuses.settled().await;
        assert!(self.statuses.all_acknowledged(), "the station refused one");
    }

    /// Withdraws the capabilities and closes the links.
    pub async fn close(self) {
        self.serving.withdraw().await;
        self.pool.close().await;
    }
}

fn echo(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let text: String = invocation.payload()?;
        crate::capability::reply::<String, crate::Refusal>(Ok(text))
    })
}
