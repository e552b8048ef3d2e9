//! A service that misbehaves on request.

mod blocking;
mod contents;
mod facts;
mod gate;
mod measured;
mod members;
mod misbehaving;
#[cfg(test)]
mod on_a_mesh;
mod payloads;
mod permissions;
mod run_counts;
mod scheduled;
mod sleeping;
mod streams;
mod typed_calls;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use hecate_om::{Boot, Health, Mesh, Service, StartError, hecate_service};

use blocking::block_forever;
use run_counts::{Notes, RunCounts};
use sleeping::Sleeps;
use streams::Streams;

/// Misbehaves on request.
#[hecate_service(
    access = realm_member("trial/run"),
    permissions = ["trial/members", "trial/write"],
    resources = ["runs/*"],
    ttl_days = 1
)]
struct Trial {
    health_file: std::path::PathBuf,
    sleeps: Arc<Sleeps>,
    mesh: Mesh,
}

/// Number of runs of `trial.count` and the restricted capabilities.
#[derive(Debug, Default)]
struct Runs(AtomicU64);

impl Service for Trial {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        if std::env::var_os("TRIAL_START_FAILS").is_some() {
            return Err(StartError::new(
                "failed as requested; unset TRIAL_START_FAILS",
            ));
        }
        if std::env::var_os("TRIAL_START_HANGS").is_some() {
            eprintln!("`start` hangs, as requested");
            std::future::pending::<()>().await;
        }
        if std::env::var_os("TRIAL_START_BLOCKS").is_some() {
            block_forever("`start`");
        }
        if std::env::var_os("TRIAL_FORGETS").is_none() {
            boot.provide(Runs::default());
        }
        boot.provide(gate::Gate::default());
        let measured = measured::Measured::register(boot.metrics());
        boot.provide(measured);
        let sleeps = Arc::<Sleeps>::default();
        boot.provide_shared(Arc::clone(&sleeps));
        boot.provide(facts::ReceivedFacts::default());
        boot.provide(scheduled::TickFile(boot.state_dir()?.join("tick")));
        boot.provide(RunCounts::default());
        let streams = Arc::<Streams>::default();
        boot.provide(Arc::clone(&streams));
        boot.provide_shared(streams);
        boot.provide(contents::SharedContents::default());
        boot.provide(Notes::open(boot.state_dir()?)?);
        let health_file = boot.state_dir()?.join("health");
        Ok(Self {
            health_file,
            sleeps,
            mesh: boot.mesh(),
        })
    }

    async fn stop(&self) {
        if std::env::var_os("TRIAL_STOP_BLOCKS").is_some() {
            block_forever("`stop`");
        }
        self.mesh
            .topic("hecate-trial/trial/stopped_v1")
            .publish(&self.sleeps.total());
        eprintln!("stopped after {} sleeps", self.sleeps.total());
    }

    fn health(&self) -> Health {
        match std::fs::read_to_string(&self.health_file) {
            Ok(text) if text == "panic" => panic!("requested panic"),
            Ok(text) => Health::degraded(text),
            Err(_) => Health::Ok,
        }
    }
}
