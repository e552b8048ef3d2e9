//! The service under test: every kind of handler. Each run leaves a record before it responds.

mod calls;
mod contents;
mod facts;
mod runs;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use hecate_om::{Boot, Mesh, Service, StartError, hecate_service};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::held::record_held;
use hecate_om_soak::history::Record;
use tokio::runtime::Handle;

use runs::Runs;

/// Runs every kind of handler.
#[hecate_service(access = open)]
struct Soak {
    runs: Arc<Runs>,
    counter: Arc<facts::Counter>,
    mesh: Mesh,
}

impl Service for Soak {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        let runs = Runs::of_environment()?;
        let mesh = boot.mesh();
        let node = mesh.node_id().to_string();
        let counter = Arc::<facts::Counter>::default();
        runs.journal.write(Record::Node { node });
        record_held(Arc::clone(&runs.journal), Handle::current());
        boot.provide(Arc::clone(&runs));
        boot.provide(calls::Meeting::default());
        boot.provide(contents::Contents::default());
        boot.provide(Arc::clone(&counter));
        Ok(Self {
            runs,
            counter,
            mesh,
        })
    }

    async fn stop(&self) {
        self.counter.stop(&self.runs, &self.mesh);
        if self.runs.broken == Some(Break::SlowDrain) {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        }
    }
}
