//! Default orgs of called capabilities.

use std::collections::BTreeMap;

use hecate_om_manifest::procedure;

use super::CallError;
use crate::capability::Callable;

/// Default orgs of called capabilities.
#[derive(Debug, Default)]
pub(crate) struct Orgs {
    /// Org of the service. A client has no org.
    own: Option<String>,
    /// Orgs of the packages that are linked only for their types.
    by_package: BTreeMap<String, String>,
}

impl Orgs {
    pub(crate) const fn new(own: String, by_package: BTreeMap<String, String>) -> Self {
        Self {
            own: Some(own),
            by_package,
        }
    }

    /// Returns the procedure of the capability `T`, in `org` if set.
    pub(in crate::mesh) fn procedure_of<T: Callable>(
        &self,
        org: Option<&str>,
    ) -> Result<String, CallError> {
        let org = org.or(T::ORG).or_else(|| self.of_package(T::PACKAGE));
        match org {
            Some(org) => Ok(procedure(org, T::NAME, T::VERSION)),
            None => Err(CallError::NoOrg {
                capability: T::NAME,
            }),
        }
    }

    fn of_package(&self, package: &str) -> Option<&str> {
        let org = self.by_package.get(package).or(self.own.as_ref())?;
        Some(org)
    }
}
