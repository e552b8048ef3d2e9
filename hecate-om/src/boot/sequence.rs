//! The steps of boot, each by its name.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::checked::{Checked, checked};
use super::drain;
use super::error::{At, BootError};
use super::issuers::Issuers;
use super::online::{Node, Online};
use super::place::Place;
use super::registration::{RegistrationContext, guard_control};
use super::report::{Own, report_live, report_open};
use super::steps::{Steps, listener, start};
use super::surroundings::Surroundings;
use super::systemd::Systemd;
use crate::boot_refusal::Reason;
use crate::builtin::tell_denials;
use crate::capability::{Access, InFlight, States};
use crate::certificate::{self, ClientCert, ServiceCert};
use crate::config::{Config, Defaults};
use crate::handler::HandlerTasks;
use crate::health::{self, HealthServer, Listen, Sources, Stage, Vitals};
use crate::mesh::{
    Authority, Board, ClaimState, Identity, Listener, Listening, Mesh, Orgs, Site, Subscriptions,
};
use crate::schedule::{ScheduleStats, Timetable};
use crate::service::{Boot, Contract, Realm};

/// A service that runs.
pub(crate) struct Running<S> {
    pub(crate) service: Arc<S>,
    pub(crate) config: Config,
    pub(crate) vitals: Arc<Vitals>,
    pub(crate) health: HealthServer,
    pub(super) sampler: JoinHandle<()>,
    pub(super) in_flight: InFlight,
    pub(super) handler_tasks: HandlerTasks,
    pub(super) listening: Listening,
    pub(super) timetable: Timetable,
    pub(super) mesh: Mesh,
    pub(super) systemd: Systemd,
    pub(super) own_process: bool,
    /// Held to the end: it keeps other processes from running with the same key.
    pub(crate) identity: Identity,
    pub(super) online: Option<Online>,
    #[cfg(feature = "dev-mesh")]
    pub(super) dev: Option<crate::mesh::DevMesh>,
}

/// Boots `S`, unless `ended` is cancelled first. If boot does not complete, the completed steps are
/// undone in reverse order.
pub(crate) async fn boot<S: Contract>(
    surroundings: Surroundings,
    vitals: Arc<Vitals>,
    ended: &CancellationToken,
) -> Result<Running<S>, BootError> {
    let Surroundings {
        layers,
        clock,
        packages,
        states: overriding,
        issuer,
        own_process,
    } = surroundings;
    tokio::spawn(health::beat(Arc::clone(&vitals)));
    let systemd = if own_process {
        Systemd::find(&vitals)
    } else {
        Systemd::none()
    };
    let mut steps = Steps {
        vitals: Arc::clone(&vitals),
        systemd,
        ended,
    };

    steps.enter("config");
    let defaults = Defaults {
        name: S::NAME,
        health_port: S::HEALTH_PORT,
    };
    let issuers = Issuers {
        default: S::ACCESS,
        instead: issuer,
    };
    let Checked {
        mut config,
        capabilities,
        handlers,
        called,
        access,
    } = checked(&layers, defaults, S::MANIFEST, &packages, issuers)?;
    config.clock = clock;

    steps.enter("identity");
    // First what is only read: a refusal is to make nothing.
    let certificate = steps.run(certificate(&config, S::NAME)).await?;
    let identity = steps.run(identity(&config)).await?;
    if let Some(certificate) = &certificate {
        // Set once: this is the only place.
        let _ = vitals.certificate.set(certificate.clone());
    }
    let realm = Realm::of(&config);

    steps.enter("health");
    let listen = Listen {
        tcp: config.health_tcp(),
        socket: config.health_socket.clone(),
        certificate: certificate.clone(),
    };
    let health = steps.run(listener(listen, &vitals, own_process)).await?;
    tracing::debug!("health at {}", health.place);

    steps.enter("start");
    let authority = Arc::new(Authority::of(S::IDENTITY_SPEC));
    let (mesh, mesh_setter) = Mesh::pending(identity.node_id, Arc::clone(&authority));
    let mesh = mesh.with_orgs(Orgs::new(config.org.to_string(), called));
    let handler_tasks = HandlerTasks::default();
    let listening = Listening::new(mesh.clone(), handler_tasks.clone());
    let subscriptions = Subscriptions::new(listening.clone());
    let env = S::ENV
        .iter()
        .map(|variable| (*variable, layers.value(variable).map(str::to_owned)));
    let mut boot = Boot {
        states: States::default(),
        mesh: mesh.clone(),
        subscriptions: subscriptions.clone(),
        state_dir: config.state_dir.clone(),
        org: config.org.to_string(),
        env: env.collect(),
        realm: realm.clone(),
        service_cert: certificate,
    };
    let service = match steps.run(start::<S>(&mut boot)).await {
        Ok(service) => Arc::new(service),
        Err(error) => {
            health.close().await;
            return Err(error);
        }
    };
    let sampler = tokio::spawn(health::sample(
        Arc::clone(&service),
        S::lifecycle().health,
        Arc::clone(&vitals),
        config.clock.clone(),
    ));
    let in_flight = InFlight::default();
    let control = guard_control(&config);
    let states = boot
        .states
        .overridden(overriding)
        .with(Arc::clone(&service))
        .with(Arc::new(mesh.clone()))
        .with(Arc::new(subscriptions))
        .with(Arc::clone(&control));
    let registration = RegistrationContext {
        config: &config,
        identity: &identity,
        vitals: &vitals,
        default_access: access.unwrap_or(Access::Open),
    };
    let placing = async {
        handlers
            .check(&states)
            .refused("start", Reason::STATE_NOT_PROVIDED)?;
        let registered = registration
            .register(capabilities, &handlers.facts, states, &in_flight, &control)
            .refused("start", Reason::STATE_NOT_PROVIDED)?;
        steps.enter("mesh");
        let place = Place::find(&config, ended).await?;
        match place {
            Some(place) => Ok((registered, place)),
            None => Err(steps.cancelled()),
        }
    };
    let ((registry, states), place) = match placing.await {
        Ok(placed) => placed,
        Err(error) => {
            sampler.abort();
            drain::undo_start::<S>(&service).await;
            health.close().await;
            return Err(error);
        }
    };

    // No later step fails or waits, so a signal from here on finds a service that can be drained.
    if let (Some(realm), Some(stations)) = (&realm, &place.stations) {
        realm.learn(&stations.realm.key);
    }

    steps.enter("publish");
    let stations = place.stations.iter().flat_map(|s| &s.seeds);
    let scheduled = handlers.schedules.iter();
    let scheduled: Vec<_> = scheduled
        .map(|one| Arc::new(ScheduleStats::new(one.name)))
        .collect();
    // Set once, as the board below: this is the only place.
    let _ = vitals.sources.set(Sources {
        schedules: scheduled.clone(),
        calls: registry.tallies(),
        streams: registry.streams(),
        guards: registry.guards(),
        mesh: mesh.clone(),
        stations: stations.map(|seed| seed.node_id).collect(),
    });
    if S::ACCESS.is_none() {
        report_open(&registry);
    }
    for limit in crate::mesh::out_of_reach(&registry, config.held_requests) {
        tracing::warn!(
            "a limit exceeds what the mesh admits; further calls are refused as `busy`: {limit}"
        );
    }
    if control.guardian().is_none() {
        tracing::info!(
            "`set_limits` is not served, as HECATE_GUARDIAN names nobody who may call it"
        );
    }
    let (claim, published) = match &place.stations {
        Some(_) => (ClaimState::Unsent, registry.procedures()),
        None => (ClaimState::NoMesh, Vec::new()),
    };
    let board = Arc::new(Board::new(config.org.as_str(), published, claim));
    // Set once: this is the only place.
    let _ = vitals.board.set(Arc::clone(&board));
    let online = match place.stations {
        Some(stations) => Some(Online::go(
            Site {
                stations,
                moves: place.moves,
            },
            Node {
                identity: identity.clone(),
                authority,
            },
            &config,
            mesh_setter,
            registry,
            Arc::clone(&board),
            registration.default_access,
        )),
        None => {
            mesh_setter.absent();
            None
        }
    };

    for handler in &handlers.facts {
        listening.begin(Listener::of(handler, &states));
    }
    if let Some(online) = &online {
        let ended = online.connecting.clone();
        tokio::spawn(tell_denials(
            control,
            mesh.clone(),
            config.clock.clone(),
            ended,
        ));
    }

    vitals.enter(Stage::Live);
    let own = Own {
        subscriptions: handlers.facts.len(),
        schedules: handlers.schedules.len(),
    };
    let timetable = Timetable::begin(
        handlers.schedules,
        &scheduled,
        &states,
        &config.clock,
        &handler_tasks,
    );
    steps.systemd.ready();
    tokio::spawn(report_live(
        Arc::clone(&vitals),
        board,
        health.place.clone(),
        own,
        online.is_some(),
    ));
    Ok(Running {
        service,
        config,
        vitals,
        health,
        sampler,
        in_flight,
        handler_tasks,
        listening,
        timetable,
        mesh,
        systemd: steps.systemd,
        own_process,
        identity,
        online,
        #[cfg(feature = "dev-mesh")]
        dev: place.dev,
    })
}

async fn identity(config: &Config) -> Result<Identity, BootError> {
    let path = config.secrets_dir.join("identity.key");
    let profile = config.profile;
    // Making a key takes up to a second of one core.
    tokio::task::spawn_blocking(move || Identity::load_or_create(&path, profile))
        .await
        .at("identity")?
        .map_err(|error| BootError::of("identity", error.reason(), &error))
}

/// The service certificate, where there is one. What asks for client certificates cannot be without.
async fn certificate(config: &Config, service: &str) -> Result<Option<ServiceCert>, BootError> {
    let client = match config.health_tcp() {
        Some(_) => config.health_client_cert,
        None => ClientCert::Off,
    };
    let found = certificate::keep(
        config.certificate_files(),
        config.principal(service),
        client,
    )
    .await
    .map_err(|error| BootError::of("identity", error.reason(), &error))?;
    if found.is_none() && client != ClientCert::Off {
        return Err(format!(
            "HECATE_HEALTH_CLIENT_CERT asks the health port's clients for a certificate, which only TLS can, and there \
             is no `service-cert.pem` in `{}`; put the service certificate there, or unset it",
            config.secrets_dir.display()
        ))
        .refused("identity", Reason::CERTIFICATE_INCOMPLETE);
    }
    Ok(found)
}
