//! The issuers whose tokens capabilities accept, read from settings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::allow_lists::setting_of;
use crate::boot_refusal::{BootRefusal, Reason};
use crate::capability::{Access, Capability, NodeId};
use crate::config::{Layers, OwnVariables};
use crate::linked::{HandlerScope, linked};
use crate::service::Contract;
use crate::settings;

/// Resolver of the issuers whose tokens capabilities accept.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Issuers {
    /// Access policy of the service, for capabilities that set none.
    pub(super) default: Option<Access>,
    /// Issuer of a test, which replaces every other issuer.
    pub(super) replacement: Option<NodeId>,
}

impl Issuers {
    /// Resolves the issuers in the access of each capability: replaces each setting that names an
    /// issuer by the issuer's id. Returns the service's default access, resolved in the same way.
    ///
    /// # Errors
    ///
    /// One refusal for each setting that is unset or not a node id.
    pub(super) fn resolve(
        self,
        layers: &Layers,
        capabilities: &mut [Capability],
    ) -> Result<Option<Access>, Vec<BootRefusal>> {
        let mut refusals = BTreeMap::new();
        let mut default = self.default;
        let accesses = capabilities
            .iter_mut()
            .map(|capability| &mut capability.access);
        for access in accesses.chain([&mut default]).flatten() {
            let issuer = match (*access, self.replacement) {
                (Access::Ucan { .. } | Access::UcanFrom { .. }, Some(issuer)) => Ok(issuer),
                (Access::UcanFrom { setting }, None) => {
                    read_issuer(layers, setting).map_err(|text| (setting, text))
                }
                _ => continue,
            };
            match issuer {
                Ok(issuer) => {
                    let issuer = leaked(issuer.to_string());
                    *access = Access::Ucan { issuer };
                }
                Err((setting, text)) => {
                    refusals.insert(setting, text);
                }
            }
        }
        if refusals.is_empty() {
            return Ok(default);
        }
        let refusal = |text| BootRefusal::new(Reason::ISSUER_UNCONFIGURED, text);
        Err(refusals.into_values().map(refusal).collect())
    }
}

/// Returns the variables that the service declares: its settings, those in `env` of its attribute,
/// and those that name an issuer or the nodes that may call.
pub(crate) fn declared_variables<S: Contract>() -> OwnVariables {
    let linked = linked(&HandlerScope::of_service(S::PACKAGE, S::MANIFEST));
    let accesses = linked.iter().map(|capability| capability.access);
    let issuers = accesses
        .chain([S::ACCESS])
        .filter_map(|access| match access? {
            Access::UcanFrom { setting } => Some(setting),
            access => setting_of(access),
        });
    let mut variables: Vec<&str> = S::ENV.to_vec();
    variables.extend(issuers);
    let mut seen = BTreeSet::new();
    variables.retain(|variable| seen.insert(*variable));
    settings::own_variables::<S::Settings>(S::NAME, variables)
}

/// Returns a text as `Access` needs it. Each text is leaked once, however often it is read again.
fn leaked(text: String) -> &'static str {
    static LEAKED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut leaked = LEAKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = leaked.get(&*text) {
        return known;
    }
    let text = text.leak();
    leaked.insert(text);
    text
}

fn read_issuer(layers: &Layers, setting: &str) -> Result<NodeId, String> {
    let text = layers.value(setting).ok_or_else(|| {
        format!(
            "`{setting}` is not set; set it to the node id of the issuer whose tokens the service \
             accepts"
        )
    })?;
    // The value is not printed, because a secret may have been set in the wrong variable.
    text.trim().parse().map_err(|_| {
        format!(
            "the value of `{setting}` is not a node id; set it to the issuer's 64 hex digits, as \
             `hecate-om token --json` prints them"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{HandlerFuture, Invocation};

    fn invoke(_: Invocation) -> HandlerFuture {
        unreachable!("nothing is called")
    }

    const FROM: Access = Access::UcanFrom {
        setting: "PARCELS_ISSUER",
    };

    fn resolved(
        issuers: Issuers,
        environment: &[(&str, &str)],
        access: Option<Access>,
    ) -> Result<[Option<Access>; 2], Vec<String>> {
        let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        let declared = OwnVariables {
            env: vec!["PARCELS_ISSUER"],
            ..OwnVariables::default()
        };
        let layers = Layers::merge(environment, &BTreeMap::new(), None, declared).unwrap();
        let mut capabilities = [Capability {
            access,
            ..Capability::new("a", invoke)
        }];
        let default = issuers.resolve(&layers, &mut capabilities);
        let text = |wrong: Vec<BootRefusal>| wrong.iter().map(ToString::to_string).collect();
        default
            .map(|default| [default, capabilities[0].access])
            .map_err(text)
    }

    #[test]
    fn an_issuer_is_the_node_id_in_its_setting() {
        let id = "AB".repeat(32);
        let issuers = Issuers {
            default: Some(FROM),
            replacement: None,
        };
        let lower = id.to_lowercase();
        let issued = Some(Access::Ucan {
            issuer: lower.leak(),
        });
        let set = [("PARCELS_ISSUER", &*id)];
        assert_eq!(resolved(issuers, &set, Some(FROM)), Ok([issued, issued]));
        let open = Issuers {
            default: None,
            replacement: None,
        };
        let accesses = resolved(open, &[], Some(Access::Open));
        assert_eq!(accesses, Ok([None, Some(Access::Open)]));
    }

    #[test]
    fn a_setting_without_an_issuer_refuses_boot_once_and_shows_no_value() {
        let issuers = Issuers {
            default: Some(FROM),
            replacement: None,
        };
        let unset = resolved(issuers, &[("PARCELS_ISSUER", " ")], Some(FROM)).unwrap_err();
        assert_eq!(unset.len(), 1, "{unset:?}");
        assert!(unset[0].starts_with("issuer_unconfigured: `PARCELS_ISSUER` is not set"));
        let set = [("PARCELS_ISSUER", "my secret")];
        let malformed = resolved(issuers, &set, None).unwrap_err();
        assert!(malformed[0].contains("is not a node id") && !malformed[0].contains("secret"));
    }

    #[test]
    fn a_tests_issuer_replaces_every_issuer_and_no_other_access() {
        let issuer = NodeId::from_bytes([7; 32]);
        let issuers = Issuers {
            default: Some(FROM),
            replacement: Some(issuer),
        };
        let literal = Access::Ucan { issuer: "00" };
        let id = issuer.to_string();
        let issued = Some(Access::Ucan { issuer: id.leak() });
        assert_eq!(resolved(issuers, &[], Some(literal)), Ok([issued, issued]));
        let member = Some(Access::RealmMember { permission: "a" });
        assert_eq!(resolved(issuers, &[], member), Ok([issued, member]));
    }
}
