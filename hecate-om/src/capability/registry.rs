//! The capabilities of this binary, in one order, held against its manifest.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use hecate_om_manifest::{Manifest, is_reserved, procedure};

use super::{Capability, Dispatcher, Guard, InFlight, Kind, States, StreamsOf};
use crate::__private::CAPABILITIES;
use crate::drift::Causes;
use crate::health::Tally;
use crate::packages::Packages;

/// The capabilities of the packages that were linked, by name and version: the linker's order differs between builds.
pub(crate) fn linked(packages: &Packages) -> Vec<Capability> {
    let mut linked: Vec<Capability> = CAPABILITIES
        .iter()
        .filter(|capability| packages.have(capability.package))
        .copied()
        .collect();
    linked.sort_by_key(|c| (c.name, c.version, c.location));
    linked
}

/// How what was linked differs from what the manifest lists.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drift {
    missing: Vec<Entry>,
    unlisted: Vec<Entry>,
    twice: Vec<(Entry, Entry)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    version: u32,
    /// The package, and where it is known, the place in it.
    place: String,
    /// The cause of the difference, and the remedy.
    cause: String,
}

impl Drift {
    /// The difference; `None` when there is none.
    pub(crate) fn between(manifest: &Manifest, linked: &[Capability]) -> Option<Self> {
        let mut by_name: BTreeMap<(&str, u32), &Capability> = BTreeMap::new();
        let mut twice = Vec::new();
        for capability in linked {
            if let Some(first) = by_name.insert((capability.name, capability.version), capability) {
                let entry = |one| Entry::linked(one, String::new());
                twice.push((entry(first), entry(capability)));
            }
        }
        let listed: BTreeMap<(&str, u32), &hecate_om_manifest::Capability> = manifest
            .capabilities
            .iter()
            // One that is announced by hand (`planned`, say) has no code, and so no crate.
            .filter(|c| c.status.is_none() || c.package.is_some())
            .map(|c| ((c.name.as_str(), c.version), c))
            .collect();
        let causes = Causes(manifest);
        let missing: Vec<Entry> = listed
            .iter()
            .filter(|(key, _)| !by_name.contains_key(*key))
            .map(|(_, c)| {
                let package = c.package.as_deref().unwrap_or(&manifest.name);
                Entry {
                    name: c.name.to_string(),
                    version: c.version,
                    place: package.to_owned(),
                    cause: causes.of_missing(&c.name, package),
                }
            })
            .collect();
        let unlisted: Vec<Entry> = by_name
            .iter()
            .filter(|(key, _)| !listed.contains_key(*key))
            .map(|(_, c)| {
                let cause = causes.of_unlisted(c.name, c.package, "capability");
                Entry::linked(c, cause)
            })
            .collect();
        let drift = Self {
            missing,
            unlisted,
            twice,
        };
        let none = drift.missing.is_empty() && drift.unlisted.is_empty() && drift.twice.is_empty();
        (!none).then_some(drift)
    }
}

impl Entry {
    fn linked(capability: &Capability, cause: String) -> Self {
        Self {
            name: capability.name.to_owned(),
            version: capability.version,
            place: format!("{}, {}", capability.package, capability.location),
            cause,
        }
    }
}

/// A line for each difference, each after a line break.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for c in &self.missing {
            write!(
                text,
                "\n  `{}` version {} is in the manifest and was not linked: {}",
                c.name, c.version, c.cause,
            )?;
        }
        for c in &self.unlisted {
            write!(
                text,
                "\n  `{}` version {} was linked ({}) and is not in the manifest: {}",
                c.name, c.version, c.place, c.cause,
            )?;
        }
        for (first, second) in &self.twice {
            write!(
                text,
                "\n  `{}` version {} is defined twice ({} and {}): give one another name or version",
                first.name, first.version, first.place, second.place,
            )?;
        }
        f.write_str(&text)
    }
}

/// Refuses what has a name that the runtime answers itself. The attribute does, too, and earlier; but a binary may
/// link what another version of it let through.
pub(crate) fn reserved(linked: &[Capability]) -> Result<(), String> {
    match linked.iter().find(|c| is_reserved(c.name)) {
        None => Ok(()),
        Some(c) => Err(format!(
            "`{}` ({}, {}) is a name that the runtime answers itself; give the capability another",
            c.name, c.package, c.location
        )),
    }
}

/// What the service serves: each capability under its procedure.
#[derive(Debug)]
pub(crate) struct Registry {
    served: Vec<(String, Arc<Dispatcher>)>,
}

impl Registry {
    /// Gives each capability its procedure in `org` and what runs it.
    ///
    /// # Errors
    ///
    /// Names every type that a handler borrows and nobody provided.
    pub(crate) fn new(
        org: &str,
        capabilities: Vec<Capability>,
        states: &Arc<States>,
        in_flight: &InFlight,
    ) -> Result<Self, MissingState> {
        let missing: Vec<(&'static str, &'static str)> = capabilities
            .iter()
            .flat_map(|c| c.needs.iter().map(move |need| (need, c.name)))
            .filter(|(need, _)| !states.contains(need.id()))
            .map(|(need, name)| (need.name(), name))
            .collect();
        if !missing.is_empty() {
            return Err(MissingState(missing));
        }
        let served = capabilities
            .into_iter()
            .map(|c| {
                let dispatcher = Dispatcher::new(c, Arc::clone(states), in_flight.clone());
                (procedure(org, c.name, c.version), Arc::new(dispatcher))
            })
            .collect();
        Ok(Self { served })
    }

    pub(crate) fn procedures(&self) -> Vec<String> {
        self.iter()
            .map(|(procedure, _)| procedure.to_owned())
            .collect()
    }

    /// How each capability's calls go, by procedure.
    pub(crate) fn tallies(&self) -> Vec<(String, Arc<Tally>)> {
        self.iter()
            .map(|(procedure, dispatcher)| (procedure.to_owned(), Arc::clone(&dispatcher.tally)))
            .collect()
    }

    /// What each capability's calls pass, by procedure.
    pub(crate) fn guards(&self) -> Vec<(String, Arc<Guard>)> {
        self.iter()
            .map(|(procedure, dispatcher)| (procedure.to_owned(), Arc::clone(&dispatcher.guard)))
            .collect()
    }

    /// The streams of each capability that takes or answers them.
    pub(crate) fn streams(&self) -> Vec<StreamsOf> {
        self.iter()
            .filter(|(_, dispatcher)| dispatcher.capability.kind != Kind::Response)
            .map(|(procedure, dispatcher)| StreamsOf {
                procedure: procedure.to_owned(),
                tally: Arc::clone(&dispatcher.tally),
                items: Arc::clone(&dispatcher.items),
            })
            .collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Dispatcher>)> {
        self.served.iter().map(|(p, d)| (p.as_str(), d))
    }
}

/// State that handlers borrow and nobody provided: each type and the capability.
#[derive(Debug)]
pub(crate) struct MissingState(Vec<(&'static str, &'static str)>);

impl fmt::Display for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a handler borrows what nobody provided")?;
        self.0.iter().try_for_each(|(ty, capability)| {
            write!(
                f,
                "\n  `{capability}` takes `&{ty}`: call `boot.provide(…)` with one in `Service::start`"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{Invocation, Pending, StateNeed};

    fn invoke(_: Invocation) -> Pending {
        Pending::new(async { Ok(crate::mesh::codec::Payload::default()) })
    }

    fn capability(name: &'static str, location: &'static str) -> Capability {
        Capability {
            package: "embed-corpus",
            location,
            ..Capability::new(name, invoke)
        }
    }

    fn manifest(capabilities: &[&str]) -> Manifest {
        Manifest {
            name: "hecate-rag".into(),
            capabilities: capabilities
                .iter()
                .map(|name| hecate_om_manifest::Capability {
                    package: Some("embed-corpus".into()),
                    ..hecate_om_manifest::Capability::new(*name, 1)
                })
                .collect(),
            ..Manifest::default()
        }
    }

    #[test]
    fn what_is_linked_and_listed_alike_has_no_drift() {
        let linked = [capability("b", "1"), capability("a", "2")];
        assert_eq!(Drift::between(&manifest(&["a", "b"]), &linked), None);
    }

    #[test]
    fn a_capability_that_is_planned_need_not_be_linked() {
        let mut manifest = manifest(&["a"]);
        manifest.capabilities[0].status = Some("planned".into());
        assert!(
            Drift::between(&manifest, &[]).is_some(),
            "what has a crate has code"
        );
        manifest.capabilities[0].package = None;
        assert_eq!(Drift::between(&manifest, &[]), None);
    }

    #[test]
    fn a_capability_the_linker_left_out_is_named_with_its_crate_and_the_cure() {
        let drift = Drift::between(&manifest(&["a", "b"]), &[capability("a", "1")]).unwrap();
        let text = drift.to_string();
        assert!(
            text.contains("`b` version 1 is in the manifest and was not linked"),
            "{text}"
        );
        assert!(text.contains("its crate `embed-corpus`"), "{text}");
        assert!(text.contains("write `use embed_corpus as _;`"), "{text}");
    }

    #[test]
    fn a_capability_the_scanner_did_not_see_is_named_with_its_place() {
        let linked = [
            capability("a", "src/lib.rs:1"),
            capability("b", "src/lib.rs:9"),
        ];
        let text = Drift::between(&manifest(&["a"]), &linked)
            .unwrap()
            .to_string();
        assert!(
            text.contains("`b` version 1 was linked (embed-corpus, src/lib.rs:9)"),
            "{text}"
        );
    }

    #[test]
    fn a_name_that_the_runtime_answers_is_refused_with_its_place() {
        assert_eq!(reserved(&[capability("a", "src/x.rs:1")]), Ok(()));
        for name in ["info", "get_limits", "a.describe_capabilities"] {
            let text = reserved(&[capability(name, "src/x.rs:1")]).unwrap_err();
            assert!(text.contains(name) && text.contains("src/x.rs:1"), "{text}");
        }
    }

    #[test]
    fn a_capability_defined_twice_is_named_with_both_places() {
        let linked = [capability("a", "src/x.rs:1"), capability("a", "src/y.rs:2")];
        let text = Drift::between(&manifest(&["a"]), &linked)
            .unwrap()
            .to_string();
        assert!(
            text.contains("src/x.rs:1") && text.contains("src/y.rs:2"),
            "{text}"
        );
    }

    #[test]
    fn state_that_nobody_provided_is_named_with_its_capability() {
        let needy = Capability {
            needs: const { &[StateNeed::of::<Vec<u8>>()] },
            ..capability("rag.embed", "1")
        };
        let states = Arc::new(States::default());
        let error = Registry::new("org", vec![needy], &states, &InFlight::default()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("`rag.embed` takes `&alloc::vec::Vec<u8>`"),
            "{error}"
        );
    }
}
