//! The step `config`: everything that can be found wrong before anything is made, all at once.

use std::collections::BTreeMap;

use hecate_om_manifest::{Manifest, ManifestError};

use super::error::BootError;
use crate::boot_refusal::{BootRefusal, Reason};
use crate::capability::{Capability, Drift, linked, reserved};
use crate::config::{Config, Defaults, Layers};
use crate::handler::Handlers;
use crate::mesh;
use crate::packages::Packages;

/// What was found to hold together.
pub(super) struct Checked {
    pub(super) config: Config,
    pub(super) capabilities: Vec<Capability>,
    pub(super) handlers: Handlers,
    /// The packages whose capabilities are called, each with the org that serves them.
    pub(super) called: BTreeMap<String, String>,
}

/// Holds the configuration, the manifest and what was linked against each other.
pub(super) fn checked(
    layers: &Layers,
    defaults: Defaults,
    manifest: &str,
    packages: &Packages,
) -> Result<Checked, BootError> {
    let mut refusals = Vec::new();
    let capabilities = linked(packages);
    let handlers = Handlers::linked(packages);
    let manifest = Manifest::parse(manifest);
    let called = manifest.as_ref().map(|manifest| manifest.calls.clone());
    let called = called.unwrap_or_default();
    check_manifest(&manifest, &capabilities, &handlers, &mut refusals);
    let config = match Config::read(layers, defaults) {
        Ok(config) => {
            check_together(&config, &capabilities, &mut refusals);
            Some(config)
        }
        Err(error) => {
            refusals.splice(0..0, error.0);
            None
        }
    };
    match config {
        Some(config) if refusals.is_empty() => Ok(Checked {
            config,
            capabilities,
            handlers,
            called,
        }),
        _ => Err(BootError {
            step: "config",
            refusals,
        }),
    }
}

/// What the configuration and the capabilities say only together.
fn check_together(config: &Config, capabilities: &[Capability], refusals: &mut Vec<BootRefusal>) {
    let mut refuse = |reason, outcome: Result<(), String>| {
        if let Err(text) = outcome {
            refusals.push(BootRefusal::new(reason, text));
        }
    };
    if let Some(stations) = &config.stations {
        let outcome = mesh::check_stations(stations, config.profile);
        refuse(Reason::REALM_KEY_MALFORMED, outcome);
    }
    let guard = config.guard.check(capabilities);
    refuse(Reason::GUARD_BAD_LIMITS, guard);
    let sealing = mesh::check_confidential(capabilities, config.kem_advertise);
    refuse(Reason::CONFIDENTIAL_WITHOUT_KEM, sealing);
}

/// Holds what was linked against the manifest in the binary.
fn check_manifest(
    manifest: &Result<Manifest, ManifestError>,
    linked: &[Capability],
    handlers: &Handlers,
    refusals: &mut Vec<BootRefusal>,
) {
    if let Err(error) = reserved(linked) {
        let reason = Reason::CAPABILITY_NAME_RESERVED;
        refusals.push(BootRefusal::new(reason, error));
    }
    match manifest {
        Ok(manifest) => {
            if let Some(drift) = Drift::between(manifest, linked) {
                refusals.push(BootRefusal::new(Reason::MANIFEST_DRIFT, drift.to_string()));
            }
            if let Some(drift) = handlers.drift(manifest) {
                refusals.push(BootRefusal::new(Reason::MANIFEST_DRIFT, drift));
            }
        }
        Err(error) => refusals.push(BootRefusal::new(
            Reason::MANIFEST_MALFORMED,
            format!("the manifest in this binary does not parse: {error}; build it again"),
        )),
    }
}
