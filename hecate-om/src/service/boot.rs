//! The context of a service's `start`.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Realm;
use crate::capability::StateMap;
use crate::certificate::ServiceCert;
use crate::mesh::{Mesh, Subscriptions};
use crate::metrics::ServiceMetrics;
use crate::settings::Settings;

/// The context of a service's `start`: its settings and folders, the mesh, and the values that
/// handlers may borrow.
pub struct Boot {
    pub(crate) states: StateMap,
    pub(crate) mesh: Mesh,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) state_dir: PathBuf,
    pub(crate) org: String,
    /// Values of the variables that the service declares.
    pub(crate) env: BTreeMap<&'static str, Option<String>>,
    pub(crate) settings: BootSettings,
    pub(crate) realm: Option<Realm>,
    pub(crate) service_cert: Option<ServiceCert>,
    pub(crate) metrics: ServiceMetrics,
}

/// Settings of the service, of a type that only the service knows.
pub(crate) struct BootSettings {
    value: Arc<dyn Any + Send + Sync>,
    type_name: &'static str,
}

impl BootSettings {
    pub(crate) fn new<S: Settings>(settings: Arc<S>) -> Self {
        Self {
            value: settings,
            type_name: std::any::type_name::<S>(),
        }
    }
}

/// Omits the values of the service's variables, which may be secrets.
impl fmt::Debug for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boot")
            .field("org", &self.org)
            .field("state_dir", &self.state_dir)
            .field("env", &self.env.keys())
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

impl Boot {
    /// Provides a value that handlers borrow as `&T`. A second value of the same type replaces the
    /// first.
    ///
    /// ```
    /// # use hecate_om::{Boot, Service, StartError};
    /// struct Index;
    /// struct Rag;
    ///
    /// impl Service for Rag {
    ///     async fn start(boot: &mut Boot) -> Result<Self, StartError> {
    ///         boot.provide(Index);
    ///         Ok(Self)
    ///     }
    /// }
    /// ```
    pub fn provide<T: Send + Sync + 'static>(&mut self, value: T) {
        self.provide_shared(Arc::new(value));
    }

    /// Like [`Boot::provide`], for a value that the service keeps a reference to.
    pub fn provide_shared<T: Send + Sync + 'static>(&mut self, value: Arc<T>) {
        if !self.states.insert(value) {
            tracing::debug!(
                type_name = std::any::type_name::<T>(),
                "a provided value was replaced by another of the same type"
            );
        }
    }

    /// Returns the mesh, to call other services. Handlers can borrow it as `&Mesh` without
    /// providing it. No station is linked while `start` runs, so a call made in `start` waits until
    /// its deadline.
    #[must_use]
    pub fn mesh(&self) -> Mesh {
        self.mesh.clone()
    }

    /// Returns the handle for subscriptions that are made at run time. Handlers can borrow it as
    /// `&Subscriptions` without providing it. For a topic known at compile time, use
    /// `#[subscribe]`.
    #[must_use]
    pub fn subscriptions(&self) -> Subscriptions {
        self.subscriptions.clone()
    }

    /// Returns the folder for the service's state (`HECATE_STATE_DIR`). If it is missing, it is
    /// created for its owner only (mode 0700).
    ///
    /// # Errors
    ///
    /// If the folder cannot be created. The error names the folder.
    pub fn state_dir(&self) -> io::Result<&Path> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(0o700);
        folder.create(&self.state_dir).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!(
                    "cannot create the state folder `{}`: {error}; make it writable, or set HECATE_STATE_DIR",
                    self.state_dir.display()
                ),
            )
        })?;
        Ok(&self.state_dir)
    }

    /// Returns the value of a variable that the service declares, as in
    /// `#[hecate_service(env = ["CARRIER_URL"])]`, from the environment or else from the
    /// configuration file. `None` if the variable is unset, blank, or an unexpanded `${…}`.
    ///
    /// ```
    /// # use hecate_om::{Boot, Service, StartError};
    /// struct Parcels {
    ///     carrier: String,
    /// }
    ///
    /// impl Service for Parcels {
    ///     async fn start(boot: &mut Boot) -> Result<Self, StartError> {
    ///         let carrier = boot.env("CARRIER_URL").ok_or_else(|| {
    ///             StartError::new("`CARRIER_URL` is not set; set it to the address of the carrier")
    ///         })?;
    ///         Ok(Self { carrier: carrier.to_owned() })
    ///     }
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If the service does not declare the variable. In `start`, this panic refuses boot.
    #[must_use]
    #[track_caller]
    pub fn env(&self, variable: &str) -> Option<&str> {
        match self.env.get(variable) {
            Some(value) => value.as_deref(),
            None => panic!(
                "`{variable}` is not declared; add it to `env` of `#[hecate_service(env = [\"{variable}\"])]`"
            ),
        }
    }

    /// Returns the settings of the service, as in `#[hecate_service(settings = RagSettings)]`.
    /// Handlers borrow them as `&RagSettings` without providing them.
    ///
    /// ```
    /// # use hecate_om::{Boot, Service, StartError};
    /// use std::path::PathBuf;
    ///
    /// use hecate_om::Settings;
    ///
    /// #[derive(Debug, Settings)]
    /// struct RagSettings {
    ///     /// Folder of the documents.
    ///     corpus: PathBuf,
    /// }
    ///
    /// struct Rag {
    ///     corpus: PathBuf,
    /// }
    ///
    /// impl Service for Rag {
    ///     async fn start(boot: &mut Boot) -> Result<Self, StartError> {
    ///         let settings: &RagSettings = boot.settings();
    ///         Ok(Self { corpus: settings.corpus.clone() })
    ///     }
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If `S` is not the type in the service's attribute. In `start`, this panic refuses boot.
    #[must_use]
    #[track_caller]
    pub fn settings<S: Settings>(&self) -> &S {
        let BootSettings { value, type_name } = &self.settings;
        value.downcast_ref().unwrap_or_else(|| {
            panic!(
                "the settings of the service are `{type_name}`, not `{0}`; write `#[hecate_service(settings = {0})]`",
                std::any::type_name::<S>()
            )
        })
    }

    /// Returns the org, which is the namespace of the service's procedures (`HECATE_ORG`).
    #[must_use]
    pub fn org(&self) -> &str {
        &self.org
    }

    /// Returns the service's realm; `None` without a mesh (`HECATE_MESH=optional` and no station).
    ///
    /// ```
    /// # use hecate_om::{Boot, Service, StartError};
    /// struct Ledger {
    ///     topic: String,
    /// }
    ///
    /// impl Service for Ledger {
    ///     async fn start(boot: &mut Boot) -> Result<Self, StartError> {
    ///         let realm = boot.realm().ok_or_else(|| StartError::new("no realm; set HECATE_REALM"))?;
    ///         Ok(Self { topic: format!("{}/ledger/entry_made_v1", realm.name()) })
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn realm(&self) -> Option<Realm> {
        self.realm.clone()
    }

    /// Returns the service certificate with its chain, key and renewals; `None` if
    /// `HECATE_SECRETS_DIR` contains no `service-cert.pem`. See [`ServiceCert`] for an example.
    #[must_use]
    pub fn service_cert(&self) -> Option<ServiceCert> {
        self.service_cert.clone()
    }

    /// Registers metrics of the service; see [`ServiceMetrics`] for an example. A metric is registered
    /// in `start`, so that a mistake refuses boot, and each of them is at `/metrics` from the first
    /// request on.
    pub const fn metrics(&mut self) -> &mut ServiceMetrics {
        &mut self.metrics
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::dead_letter::DeadLetters;
    use crate::handler::HandlerTasks;
    use crate::mesh::{Authority, Identity, SubscriptionSupervisor};

    fn boot() -> Boot {
        let (mesh, _) = Mesh::pending(&Identity::for_tests(), Arc::new(Authority::none()));
        let tasks = HandlerTasks::default();
        let supervisor = SubscriptionSupervisor::new(
            Arc::clone(mesh.facts()),
            tasks.clone(),
            DeadLetters::unused(&tasks),
            Clock::default(),
        );
        let url = Some("http://carrier.example".to_owned());
        Boot {
            states: StateMap::default(),
            mesh,
            subscriptions: Subscriptions::new(supervisor),
            state_dir: PathBuf::from("/var/lib/parcels"),
            org: "parcels".into(),
            env: BTreeMap::from([("CARRIER_URL", url), ("CARRIER_KEY", None)]),
            settings: BootSettings::new(Arc::new(())),
            realm: None,
            service_cert: None,
            metrics: ServiceMetrics::default(),
        }
    }

    #[test]
    fn a_declared_variable_has_its_value_or_none() {
        let boot = boot();
        assert_eq!(boot.env("CARRIER_URL"), Some("http://carrier.example"));
        assert_eq!(boot.env("CARRIER_KEY"), None);
        let shown = format!("{boot:?}");
        assert!(shown.contains("CARRIER_URL") && !shown.contains("carrier.example"));
    }

    #[test]
    fn a_new_state_folder_is_accessible_to_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let boot = Boot {
            state_dir: dir.path().join("hecate/parcels"),
            ..boot()
        };
        let folder = boot.state_dir().unwrap();
        for folder in [folder, folder.parent().unwrap()] {
            let mode = folder.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", folder.display());
        }
    }

    #[test]
    #[should_panic = "`CARRIER_TOKEN` is not declared; add it"]
    fn an_undeclared_variable_panics_and_is_named() {
        let _ = boot().env("CARRIER_TOKEN");
    }
}
