//! Whose handlers those are that were linked. A service's own binary has none but its own; a test's may have several
//! services, of which each is to serve what is its own.

use std::collections::BTreeSet;

use hecate_om_manifest::Manifest;

/// The packages whose handlers are a service's.
#[derive(Debug, Clone)]
pub(crate) enum Packages {
    /// Every one that was linked but these, which are there for their types: their capabilities are called.
    AllBut(BTreeSet<String>),
    /// These: the service's own, and those that its manifest names.
    Of(BTreeSet<String>),
}

impl Packages {
    /// In a binary that is one service's, whose manifest this is.
    pub(crate) fn linked(manifest: &str) -> Self {
        // One that does not parse is refused by whoever reads it for what it says.
        let called = Manifest::parse(manifest).map(|manifest| manifest.calls);
        Self::AllBut(called.unwrap_or_default().into_keys().collect())
    }

    /// Handlers of one service in a binary of several: those of its `package`, and of the packages in its manifest.
    pub(crate) fn of(package: &str, manifest: &str) -> Self {
        let mut packages = BTreeSet::from([package.to_owned()]);
        // One that does not parse is refused by whoever reads it for what it says.
        if let Ok(manifest) = Manifest::parse(manifest) {
            packages.extend(manifest.capabilities.into_iter().filter_map(|c| c.package));
            packages.extend(manifest.subscriptions.into_iter().filter_map(|s| s.package));
            packages.extend(manifest.schedules.into_iter().filter_map(|s| s.package));
        }
        Self::Of(packages)
    }

    /// Whether a handler of `package` is the service's.
    pub(crate) fn have(&self, package: &str) -> bool {
        match self {
            Self::AllBut(called) => !called.contains(package),
            Self::Of(packages) => packages.contains(package),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_services_packages_are_its_own_and_those_of_its_manifest() {
        let manifest = r#"{"name": "hecate-rag", "capabilities": [{"name": "rag.embed", "crate": "embed-corpus"}, "planned"]}"#;
        let packages = Packages::of("rag-service", manifest);
        assert!(packages.have("rag-service") && packages.have("embed-corpus"));
        assert!(!packages.have("hecate-echo"));
    }

    #[test]
    fn a_binarys_packages_are_all_that_were_linked_but_those_that_are_called() {
        let packages =
            Packages::linked(r#"{"name": "a", "calls": {"query-chunks": "hecate-rag"}}"#);
        assert!(packages.have("hecate-echo"));
        assert!(!packages.have("query-chunks"));
    }
}
