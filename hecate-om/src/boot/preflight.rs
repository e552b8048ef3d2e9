//! The step `config`: checks everything before anything is created, and reports all mistakes at
//! once.

use std::collections::BTreeMap;
use std::sync::Arc;

use hecate_om_manifest::{Manifest, ManifestError};

use super::allow_lists::{AllowLists, ListedNodes};
use super::error::BootError;
use super::issuers::Issuers;
use crate::boot_refusal::{BootRefusal, Reason};
use crate::capability::{Access, Capability};
use crate::config::{Config, Defaults, Layers, OwnSetting};
use crate::linked::{
    HandlerScope, Handlers, difference, linked, reserved, settings_difference, without_foreign,
};
use crate::mesh;
use crate::service::Contract;
use crate::settings::{self, ReadSettings};

/// Configuration, manifest and linked handlers that are consistent with each other.
pub(super) struct ValidatedConfig<S: Contract> {
    pub(super) config: Config,
    pub(super) settings: ReadSettings<S::Settings>,
    pub(super) capabilities: Vec<Capability>,
    pub(super) handlers: Handlers,
    /// Packages whose capabilities are called, each with the org that serves them.
    pub(super) called: BTreeMap<String, String>,
    /// Access of capabilities that do not set their own; `None` if the author set none.
    pub(super) access: Option<Access>,
    pub(super) allow_lists: AllowLists,
    /// The nodes of the lists, which are not in effect yet.
    pub(super) listed: ListedNodes,
}

/// Reads the configuration, and compares it with the manifest and the linked handlers. The settings
/// of the service are not read if a test gives them. `allow_lists` has those of the boot, if the
/// service runs.
pub(super) fn preflight<S: Contract>(
    layers: &Layers,
    defaults: Defaults,
    scope: &HandlerScope,
    issuers: Issuers,
    settings: Option<Arc<S::Settings>>,
    mut allow_lists: AllowLists,
) -> Result<ValidatedConfig<S>, BootError> {
    let mut refusals = Vec::new();
    let mut capabilities = linked(scope);
    let handlers = Handlers::linked(scope);
    let manifest = Manifest::parse(S::MANIFEST)
        .map(|manifest| without_foreign(manifest, &capabilities, &handlers));
    let called = manifest.as_ref().map(|manifest| manifest.calls.clone());
    let called = called.unwrap_or_default();
    check_manifest(&manifest, &capabilities, &handlers, &mut refusals);
    check_settings(&manifest, layers.own_settings(), &mut refusals);
    check_payloads(&capabilities, &handlers, &mut refusals);
    let access = issuers.resolve(layers, &mut capabilities);
    let mut access = access.unwrap_or_else(|found| {
        refusals.extend(found);
        None
    });
    let own = capabilities.iter_mut().map(|c| &mut c.access);
    allow_lists.resolve(own.chain([&mut access]).flatten());
    let listed = allow_lists.read(layers);
    let listed = listed.map_err(|found| refusals.extend(found)).ok();
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
    let settings = match settings {
        Some(settings) => Ok(ReadSettings {
            settings,
            secrets: Vec::new(),
        }),
        None => settings::read(layers, S::NAME),
    };
    let settings = settings.map_err(|error| refusals.extend(error.0)).ok();
    match config.zip(settings).zip(listed) {
        Some(((config, settings), listed)) if refusals.is_empty() => Ok(ValidatedConfig {
            config,
            settings,
            capabilities,
            handlers,
            called,
            access,
            allow_lists,
            listed,
        }),
        _ => Err(BootError {
            step: "config",
            refusals,
        }),
    }
}

/// Checks the configuration and the capabilities against each other.
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
    let guard = config
        .guard
        .check(capabilities.iter().map(|c| (c.name, c.limits)));
    refuse(Reason::GUARD_BAD_LIMITS, guard);
    let sealing = mesh::check_confidential(capabilities, config.kem_advertise);
    refuse(Reason::CONFIDENTIAL_WITHOUT_KEM, sealing);
}

/// Refuses payload types that are ambiguous on the wire.
fn check_payloads(
    capabilities: &[Capability],
    handlers: &Handlers,
    refusals: &mut Vec<BootRefusal>,
) {
    let ambiguities = capabilities.iter().flat_map(Capability::ambiguities);
    let ambiguities = ambiguities.chain(handlers.ambiguities());
    refusals.extend(ambiguities.map(|text| BootRefusal::new(Reason::PAYLOAD_AMBIGUOUS, text)));
}

/// Compares the linked handlers with the manifest in the binary.
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
            let found = difference(manifest, linked, handlers);
            refusals.extend(found.map(|text| BootRefusal::new(Reason::MANIFEST_DRIFT, text)));
        }
        Err(error) => refusals.push(BootRefusal::new(
            Reason::MANIFEST_MALFORMED,
            format!("the manifest in this binary does not parse: {error}; build it again"),
        )),
    }
}

/// Compares the settings of the service with the manifest in the binary.
fn check_settings(
    manifest: &Result<Manifest, ManifestError>,
    settings: &[OwnSetting],
    refusals: &mut Vec<BootRefusal>,
) {
    if let Ok(manifest) = manifest {
        let found = settings_difference(&manifest.settings, settings);
        refusals.extend(found.map(|text| BootRefusal::new(Reason::MANIFEST_DRIFT, text)));
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;
    use crate::capability::schema::{request_schema, response_schema};
    use crate::capability::{HandlerFuture, Invocation, Schemas};
    use crate::codec::Payload;
    use crate::subscription::FactHandler;

    /// A flag or a count.
    #[derive(JsonSchema)]
    #[schemars(untagged)]
    #[allow(dead_code, reason = "only described")]
    enum Value {
        Flag(bool),
        Count(u8),
    }

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only described")]
    struct Page {
        values: Vec<Value>,
        ok: bool,
    }

    fn invoke(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(async { Ok(Payload::default()) })
    }

    #[test]
    fn a_type_that_is_ambiguous_on_the_wire_refuses_boot_and_is_named() {
        let capability = Capability {
            schemas: Schemas {
                request: request_schema::<Page>,
                ..Schemas::of_response::<bool>()
            },
            location: "src/a.rs:1",
            ..Capability::new("a", invoke)
        };
        let answers = Capability {
            schemas: Schemas {
                response: response_schema::<Option<Value>>,
                ..Schemas::NONE
            },
            ..capability
        };
        let fact = FactHandler {
            schema: request_schema::<Page>,
            ..FactHandler::new("acme/a/b_v1", |_| unreachable!("no fact is delivered"))
        };
        let handlers = Handlers {
            facts: vec![fact],
            ..Handlers::default()
        };
        let mut refusals = Vec::new();
        check_payloads(&[capability, answers], &handlers, &mut refusals);
        let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let expected = [
            "payload_ambiguous: the request of `a` (hecate-om, src/a.rs:1): `Value` is ambiguous at `$.values[]`",
            "payload_ambiguous: the response of `a` (hecate-om, src/a.rs:1): ",
            "payload_ambiguous: the fact of `acme/a/b_v1` (hecate-om, ",
        ];
        assert_eq!(texts.len(), expected.len(), "{texts:?}");
        for (text, expected) in texts.iter().zip(expected) {
            assert!(text.starts_with(expected), "{text}");
        }
    }
}
