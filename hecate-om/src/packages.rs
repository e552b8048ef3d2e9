//! Whose handlers those are that were linked. A service's own binary has none but its own; a test's may have several
//! services, of which each is to serve what is its own.

use std::collections::BTreeSet;

use hecate_om_manifest::Manifest;

use crate::service_contract::Contract;

/// The packages whose handlers are a service's.
#[derive(Debug, Clone)]
pub(crate) enum Packages {
    /// Every one that was linked.
    All,
    /// These: the service's own, and those that its manifest names.
    Of(BTreeSet<String>),
}

impl Packages {
    pub(crate) fn of<S: Contract>() -> Self {
        let mut packages = BTreeSet::from([S::PACKAGE.to_owned()]);
        // One that does not parse is refused by whoever reads it for what it says.
        if let Ok(manifest) = Manifest::parse(S::MANIFEST) {
            packages.extend(manifest.capabilities.into_iter().filter_map(|c| c.package));
            packages.extend(manifest.subscriptions.into_iter().filter_map(|s| s.package));
            packages.extend(manifest.schedules.into_iter().filter_map(|s| s.package));
        }
        Self::Of(packages)
    }

    /// Whether a handler of `package` is the service's.
    pub(crate) fn have(&self, package: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(packages) => packages.contains(package),
        }
    }
}
