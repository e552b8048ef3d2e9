//! The scope of a service: the linked handlers that belong to it. The binary of a service contains
//! only the service's own handlers; a test may link several services.

use std::collections::BTreeSet;

use hecate_om_manifest::Manifest;

/// The packages whose handlers belong to a service.
#[derive(Debug, Clone)]
pub(crate) enum HandlerScope {
    /// Every linked package except these, which are linked only for their types because their
    /// capabilities are called remotely.
    Except(BTreeSet<String>),
    /// Only these packages: the service's own, and those in its manifest.
    Only(BTreeSet<String>),
}

impl HandlerScope {
    /// Returns the scope of a binary with a single service, from the service's manifest. A manifest
    /// that does not parse is refused elsewhere.
    pub(crate) fn of_binary(manifest: &str) -> Self {
        let called = Manifest::parse(manifest).map(|manifest| manifest.calls);
        Self::Except(called.unwrap_or_default().into_keys().collect())
    }

    /// Returns the scope of one of several services in a binary: the service's own package, and the
    /// packages in its manifest. A manifest that does not parse is refused elsewhere.
    pub(crate) fn of_service(package: &str, manifest: &str) -> Self {
        let mut packages = BTreeSet::from([package.to_owned()]);
        if let Ok(manifest) = Manifest::parse(manifest) {
            packages.extend(manifest.capabilities.into_iter().filter_map(|c| c.package));
            packages.extend(manifest.subscriptions.into_iter().filter_map(|s| s.package));
            packages.extend(manifest.publications.into_iter().filter_map(|p| p.package));
            packages.extend(manifest.schedules.into_iter().filter_map(|s| s.package));
        }
        Self::Only(packages)
    }

    /// Returns whether the handlers of `package` belong to the service.
    pub(crate) fn contains(&self, package: &str) -> bool {
        match self {
            Self::Except(called) => !called.contains(package),
            Self::Only(packages) => packages.contains(package),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_its_own_package_and_those_in_its_manifest() {
        let manifest = r#"{"name": "hecate-rag", "capabilities": [{"name": "rag.embed", "crate": "embed-corpus"}, "planned"]}"#;
        let scope = HandlerScope::of_service("rag-service", manifest);
        assert!(scope.contains("rag-service") && scope.contains("embed-corpus"));
        assert!(!scope.contains("hecate-echo"));
    }

    #[test]
    fn a_binary_has_every_linked_package_except_those_that_it_calls() {
        let scope =
            HandlerScope::of_binary(r#"{"name": "a", "calls": {"query-chunks": "hecate-rag"}}"#);
        assert!(scope.contains("hecate-echo"));
        assert!(!scope.contains("query-chunks"));
    }
}
