//! The part of a service's contract that the attribute implements.

use std::future::Future;
use std::pin::Pin;

use super::{Boot, Service, StartError};
use crate::capability::{Access, Capability};
use crate::health_status::Health;
use crate::linked::{HandlerScope, Handlers, difference, linked, without_foreign};
use crate::mesh::IdentitySpec;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The implementation of `#[hecate_service]`: identity, permissions and lifecycle of a service.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Hecate service",
    label = "this struct is not marked",
    note = "mark the struct with `#[hecate_service]`"
)]
pub trait Contract: Sized + Send + Sync + 'static {
    /// The service's name on the mesh.
    const NAME: &'static str;
    /// The service's version.
    const VERSION: &'static str;
    /// The service's package.
    const PACKAGE: &'static str;
    /// The purpose of the service, in one paragraph.
    const DESCRIPTION: &'static str;
    /// `manifest.json` from the build script.
    const MANIFEST: &'static str;
    /// The TCP port of the health listener.
    const HEALTH_PORT: u16;
    /// The access of capabilities that do not set their own; `None` if the author set none.
    const ACCESS: Option<Access>;
    /// The variables of the service itself.
    const ENV: &'static [&'static str] = &[];
    /// Whether a panic ends the process, according to the Cargo profile.
    const ABORTS: bool;
    /// The permissions that the service requests.
    const IDENTITY_SPEC: IdentitySpec;

    /// Returns how the service is started, stopped and asked for its health.
    fn lifecycle() -> Lifecycle<Self>;
}

/// How a service is started, stopped and asked for its health.
pub struct Lifecycle<S> {
    pub(crate) start: StartFn<S>,
    pub(crate) stop: StopFn<S>,
    pub(crate) health: fn(&S) -> Health,
}

type StartFn<S> = for<'a> fn(&'a mut Boot) -> Boxed<'a, Result<S, StartError>>;
type StopFn<S> = for<'a> fn(&'a S) -> Boxed<'a, ()>;

impl<S: Service> Lifecycle<S> {
    pub(crate) fn of_service() -> Self {
        Self {
            start: |boot| Box::pin(S::start(boot)),
            stop: |service| Box::pin(service.stop()),
            health: S::health,
        }
    }
}

impl<S: Default + Send + Sync + 'static> Lifecycle<S> {
    pub(crate) fn of_default() -> Self {
        Self {
            start: |_| Box::pin(async { Ok(S::default()) }),
            stop: |_| Box::pin(async {}),
            health: |_| Health::Ok,
        }
    }
}

impl<S> std::fmt::Debug for Lifecycle<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lifecycle")
    }
}

/// The test that is generated for every service: the linked handlers match the manifest, and their
/// types are not ambiguous on the wire. Handlers of other services in the test binary are ignored.
///
/// # Panics
///
/// If not, with the text that would refuse boot.
pub fn check_linked<S: Contract>() {
    let manifest = match hecate_om_manifest::Manifest::parse(S::MANIFEST) {
        Ok(manifest) => manifest,
        Err(error) => panic!("the manifest in this binary does not parse: {error}"),
    };
    let scope = HandlerScope::of_service(S::PACKAGE, S::MANIFEST);
    let (capabilities, handlers) = (linked(&scope), Handlers::linked(&scope));
    let manifest = without_foreign(manifest, &capabilities, &handlers);
    if let Some(text) = difference(&manifest, &capabilities, &handlers) {
        panic!("{text}");
    }
    let ambiguities = capabilities.iter().flat_map(Capability::ambiguities);
    if let Some(ambiguity) = ambiguities.chain(handlers.ambiguities()).next() {
        panic!("{ambiguity}");
    }
}
