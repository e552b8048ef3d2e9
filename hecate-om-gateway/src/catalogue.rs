//! What the exposed services offer, as they describe it themselves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use hecate_om::Mesh;
use hecate_om::call::{CallBuilder, CallError};
use hecate_om_manifest::Capability;
use moka::Expiry;
use moka::future::Cache;
use serde_json::Value;

use crate::callers::Caller;
use crate::description::{self, CapabilityDescription, ServiceDescription};
use crate::exposure::Exposure;
use crate::json::restore_booleans;

/// Time for which a description is used.
const FRESH: Duration = Duration::from_secs(10);
/// Time for which a service counts as one that does not describe itself.
const ABSENT: Duration = Duration::from_secs(1);
/// Time for which a list of the advertised orgs is used.
const LISTED: Duration = Duration::from_secs(1);
/// Timeout of fetching a description, and of listing the advertised procedures.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout of a health check.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of orgs with a description in memory.
const MAX_ORGS: u64 = 1024;
/// Maximum number of descriptions that are fetched at once for one list.
const AT_ONCE: usize = 8;

/// A service as it describes itself, with its exposed capabilities.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) capabilities: Vec<Arc<Capability>>,
}

/// What is known of a procedure.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Described(Arc<Capability>),
    /// The service describes others. It may have learnt this one since.
    Missing,
    /// No service of the org describes itself.
    Undescribed,
}

/// The exposed capabilities of a mesh. Descriptions are kept for ten seconds, and fetched once for all
/// requests that wait for them.
#[derive(Debug)]
pub(crate) struct Catalogue {
    mesh: Mesh,
    exposure: Exposure,
    services: Cache<String, Option<Arc<Service>>>,
    /// The orgs with exposed procedures.
    orgs: Cache<(), Arc<BTreeSet<String>>>,
}

impl Catalogue {
    pub(crate) fn new(mesh: Mesh, exposure: Exposure) -> Self {
        Self {
            mesh,
            exposure,
            services: Cache::builder()
                .max_capacity(MAX_ORGS)
                .expire_after(Lifetime)
                .build(),
            orgs: Cache::builder().time_to_live(LISTED).build(),
        }
    }

    pub(crate) const fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// Returns whether the procedure is exposed.
    pub(crate) fn exposes(&self, procedure: &str) -> bool {
        self.exposure.allows(procedure)
    }

    /// Returns what is known of an exposed procedure. All requests that need the same description
    /// wait for one fetch.
    pub(crate) async fn find(&self, procedure: &str) -> Found {
        let org = procedure.split('/').next().unwrap_or_default();
        let Some(service) = self.service(org).await else {
            return Found::Undescribed;
        };
        let is_wanted = |found: &&Arc<Capability>| found.procedure.as_deref() == Some(procedure);
        let found = service.capabilities.iter().find(is_wanted).cloned();
        found.map_or(Found::Missing, Found::Described)
    }

    /// Forgets the description of the procedure's service, because the service has another one.
    pub(crate) async fn forget(&self, procedure: &str) {
        if let Some((org, _)) = procedure.split_once('/') {
            self.services.invalidate(org).await;
        }
    }

    /// Returns the exposed services that are advertised now, by org.
    ///
    /// # Errors
    ///
    /// If no station lists the advertised procedures.
    pub(crate) async fn services(&self) -> Result<Vec<(String, Arc<Service>)>, CallError> {
        let orgs = self.orgs.try_get_with((), self.advertised_orgs()).await;
        let orgs = orgs.map_err(|error: Arc<CallError>| CallError::clone(&error))?;
        let described = stream::iter(BTreeSet::clone(&orgs))
            .map(|org| async {
                let service = self.service(&org).await?;
                Some((org, service))
            })
            .buffered(AT_ONCE);
        Ok(described.filter_map(async |found| found).collect().await)
    }

    /// Returns whether a station answers.
    pub(crate) async fn is_linked(&self) -> bool {
        self.mesh.station_answers(PROBE_TIMEOUT).await
    }

    async fn service(&self, org: &str) -> Option<Arc<Service>> {
        self.services.get_with_by_ref(org, self.fetch(org)).await
    }

    /// Returns the exposed orgs that are advertised. A station returns all advertisements of the
    /// realm, each of which is verified.
    async fn advertised_orgs(&self) -> Result<Arc<BTreeSet<String>>, CallError> {
        let advertised = self.mesh.advertised(TIMEOUT).await?;
        let orgs = advertised
            .iter()
            .filter_map(|offer| offer.procedure.split_once('/'))
            .map(|(org, _)| org.to_owned())
            .filter(|org| self.exposure.names_org(org));
        Ok(Arc::new(orgs.collect()))
    }

    async fn fetch(&self, org: &str) -> Option<Arc<Service>> {
        let fetched =
            description::fetch::<CapabilityDescription>(&self.mesh, org, None, TIMEOUT).await;
        let (info, ServiceDescription { rpc, .. }) = fetched
            .inspect_err(|error| tracing::debug!(org, %error, "a service has no description"))
            .ok()?;
        let capabilities = rpc
            .into_iter()
            .filter(|capability| self.exposure.allows(&capability.procedure))
            .map(|capability| Arc::new(Capability::from(capability)))
            .collect();
        Some(Arc::new(Service {
            name: info.name,
            version: info.version,
            capabilities,
        }))
    }
}

/// Returns the call of a procedure, with what its description and its caller add to it.
pub(crate) fn outgoing<'m>(
    mesh: &'m Mesh,
    procedure: &str,
    known: Option<&Capability>,
    caller: Option<&Caller>,
    timeout: Duration,
) -> CallBuilder<'m> {
    let mut outgoing = mesh.procedure(procedure).timeout(timeout);
    if let Some(ucan) = caller.and_then(|caller| caller.ucan.clone()) {
        outgoing = outgoing.ucan(ucan);
    }
    if known.is_some_and(|known| known.idempotent) {
        outgoing = outgoing.idempotent();
    }
    outgoing
}

/// Restores the booleans of a response or of an item, which the wire has as 0 and 1.
pub(crate) fn restored(known: Option<&Capability>, mut value: Value) -> Value {
    if let Some(schema) = known.and_then(|known| known.response_schema.as_ref()) {
        restore_booleans(schema, &mut value);
    }
    value
}

/// Returns the text of an error for a caller: of a service's refusal its own text.
pub(crate) fn error_text(error: &CallError) -> String {
    match error {
        CallError::Refused(refusal) if !refusal.text().is_empty() => refusal.text().to_owned(),
        error => error.to_string(),
    }
}

/// How long a description is used: an absent one for a shorter time, so that a service is found
/// soon after its start.
struct Lifetime;

impl Expiry<String, Option<Arc<Service>>> for Lifetime {
    fn expire_after_create(
        &self,
        _: &String,
        service: &Option<Arc<Service>>,
        _: Instant,
    ) -> Option<Duration> {
        Some(if service.is_some() { FRESH } else { ABSENT })
    }
}
