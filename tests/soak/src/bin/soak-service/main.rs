//! The service under test: every kind of handler. Each run leaves a record before it responds.

mod calls;
mod contents;
mod facts;
mod runs;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use hecate_om::{Boot, Service, StartError, hecate_service};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::held::record_held;
use hecate_om_soak::history::Record;
use tokio::runtime::Handle;

use runs::Runs;

/// Runs every kind of handler.
#[hecate_service(access = open)]
struct Soak {
    broken: Option<Break>,
}

impl Service for Soak {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        let runs = Runs::of_environment()?;
        let broken = runs.broken;
        let node = boot.mesh().node_id().to_string();
        runs.journal.write(Record::Node { node });
        record_held(Arc::clone(&runs.journal), Handle::current());
        boot.provide(runs);
        boot.provide(calls::Meeting::default());
        boot.provide(contents::Contents::default());
        boot.provide(facts::Counter::default());
        Ok(Self { broken })
    }

    async fn stop(&self) {
        if self.broken == Some(Break::SlowDrain) {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        }
    }
}
