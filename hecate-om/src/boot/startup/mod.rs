//! Boot: the steps that start a service, in order. A failed step undoes the completed steps.

mod identity;
mod join;
mod listen;
mod progress;
mod publish;
mod registration;
mod replicas;
mod report;
mod start;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::allow_lists::AllowLists;
use super::defaults;
use super::environment::{BootEnvironment, ReloadInput};
use super::error::BootError;
use super::issuers::Issuers;
use super::preflight::{ValidatedConfig, preflight};
use super::reload::Reload;
use super::running::RunningService;
use crate::capability::{Access, InFlight};
use crate::health::{self, HealthState, Stage};
use crate::mesh::Orgs;
use crate::schedule::{Replicas, Scheduler};
use crate::service::{Contract, Realm};
use crate::settings::{ReadSettings, Secrets};
use identity::NodeIdentity;
pub(super) use identity::check_certificate;
use join::JoinedMesh;
use progress::BootProgress;
use publish::{PublishContext, Published};
use registration::{RegistrationContext, guard_control};
use replicas::AdvertisedReplicas;
use report::{HandlerCounts, report_live};
use start::{StartContext, Started, UnlinkedMesh};

/// Boots `S`, unless `ended` is cancelled first. If a step fails, the completed steps are undone in
/// reverse order.
pub(crate) async fn boot<S: Contract>(
    environment: BootEnvironment<S>,
    health_state: Arc<HealthState>,
    ended: &CancellationToken,
) -> Result<RunningService<S>, BootError> {
    let BootEnvironment {
        layers,
        clock,
        scope,
        settings,
        states: overrides,
        issuer,
        own_process,
        sources,
    } = environment;
    tokio::spawn(health::run_heartbeat(Arc::clone(&health_state)));
    let mut progress = BootProgress::new(&health_state, own_process, ended);

    progress.set_step("config");
    let issuers = Issuers {
        default: S::ACCESS,
        replacement: issuer,
    };
    let ValidatedConfig {
        mut config,
        settings: ReadSettings { settings, secrets },
        capabilities,
        handlers,
        called,
        access,
        allow_lists,
        listed,
    } = preflight::<S>(
        &layers,
        defaults::<S>(),
        &scope,
        issuers,
        settings,
        AllowLists::default(),
    )?;
    listed.apply();
    config.clock = clock;

    progress.set_step("identity");
    let loading = NodeIdentity::load(&config, S::NAME);
    let NodeIdentity {
        identity,
        certificate,
    } = progress.run(loading).await?;
    if let Some(certificate) = &certificate {
        // Cannot fail: the certificate is set only here.
        let _ = health_state.certificate.set(certificate.clone());
    }

    progress.set_step("health");
    let listening = listen::listen(&config, certificate.clone(), &health_state, own_process);
    let health_server = progress.run(listening).await?;

    progress.set_step("start");
    let orgs = Orgs::new(config.org.to_string(), called);
    let (mesh, setter) = UnlinkedMesh::new(
        &identity,
        S::IDENTITY_SPEC,
        &config,
        orgs,
        health_state.service.version,
    );
    let realm = Realm::from_config(&config);
    let context = StartContext {
        config: &config,
        layers: &layers,
        settings: Arc::clone(&settings),
        realm: realm.clone(),
        certificate,
        health_state: &health_state,
    };
    let mut started: Started<S> = match progress.run(context.start(&mesh)).await {
        Ok(started) => started,
        Err(error) => {
            health_server.close().await;
            return Err(error);
        }
    };
    let in_flight = InFlight::default();
    let control = guard_control(&config);
    let registration = RegistrationContext {
        config: &config,
        identity: &identity,
        health_state: &health_state,
        default_access: access.unwrap_or(Access::Open),
        layers: S::LAYERS,
    };
    let states = started.states(overrides, settings, &mesh, &control);
    let capabilities = registration.with_builtins(capabilities, &handlers, &control);
    let limits = registration.declared_limits(&capabilities);
    let registered = registration.register(capabilities, &handlers, states, &in_flight, &control);
    let joined = match registered {
        Ok(registered) => {
            progress.set_step("mesh");
            let joined = JoinedMesh::join(&config, &progress).await;
            joined.map(|joined| (registered, joined))
        }
        Err(error) => Err(error),
    };
    let ((registry, states), joined) = match joined {
        Ok(joined) => joined,
        Err(error) => {
            started.undo().await;
            health_server.close().await;
            return Err(error);
        }
    };

    mesh.dead_letters.load().await;
    // Cannot fail: the dead letters are set only here.
    let _ = health_state.dead_letters.set(mesh.dead_letters.clone());
    let secrets = Secrets::new(secrets);
    tokio::spawn(secrets.clone().watch());

    // No later step fails or waits, so a signal that arrives from here on drains a complete
    // service.
    progress.set_step("publish");
    if let (Some(realm), Some(stations)) = (&realm, &joined.stations) {
        realm.set_key(&stations.realm.key);
    }
    let reload = sources.map(|sources| Reload {
        input: Arc::new(ReloadInput {
            sources,
            scope,
            issuers,
        }),
        layers: Arc::new(layers),
        service: Arc::clone(&started.service),
        states: Arc::clone(&states),
        control: Arc::clone(&control),
        limits,
        allow_lists,
        node_id: identity.node_id,
        secrets,
        health_state: Arc::clone(&health_state),
    });
    let context = PublishContext {
        config: &config,
        identity: &identity,
        health_state: &health_state,
        handlers: &handlers,
        states: &states,
        registry,
        control,
        default_access: registration.default_access,
        is_access_declared: S::ACCESS.is_some(),
    };
    let Published {
        connection,
        status,
        schedule_stats,
    } = context.publish(&mesh, setter, joined.stations, joined.moves);

    health_state.set_stage(Stage::Live);
    let counts = HandlerCounts {
        subscriptions: handlers.facts.len(),
        schedules: handlers.schedules.len(),
    };
    // Without a mesh there is nobody to share the schedules with.
    let replicas = connection.is_some().then(|| {
        let view = AdvertisedReplicas {
            mesh: mesh.mesh.clone(),
            org: config.org.to_string().into(),
        };
        Replicas::new(S::NAME, *identity.node_id.as_bytes(), view)
    });
    let scheduler = Scheduler::start(
        handlers.schedules,
        &schedule_stats,
        &states,
        &config.clock,
        &mesh.handler_tasks,
        &mesh.dead_letters,
        replicas.as_ref(),
    );
    progress.systemd.ready();
    tokio::spawn(report_live(
        Arc::clone(&health_state),
        status,
        health_server.address.clone(),
        counts,
        connection.is_some(),
    ));
    Ok(RunningService {
        service: started.service,
        config,
        health_state,
        health_server,
        sampler: started.sampler,
        in_flight,
        handler_tasks: mesh.handler_tasks,
        supervisor: mesh.supervisor,
        dead_letters: mesh.dead_letters,
        scheduler,
        mesh: mesh.mesh,
        systemd: progress.systemd,
        own_process,
        reload,
        identity,
        connection,
        #[cfg(feature = "dev-mesh")]
        dev_mesh: joined.dev_mesh,
    })
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
