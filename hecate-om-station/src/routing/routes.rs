//! Advertised procedures. Each link has its own table; this module bounds their total.

use std::sync::atomic::{AtomicUsize, Ordering};

use macula_rust::record::procedure_org;

use crate::link::{AdvertisedProcedure, Link};
use crate::name::QualifiedName;
use crate::policy::RegistrationRefusal;

/// Maximum number of advertised procedures: of one link, and of all links together.
pub(super) const MAX_PER_LINK: usize = 8_192;
const MAX_TOTAL: usize = 131_072;

/// Number of the advertised procedures of all links, with the operations that change it.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    total: AtomicUsize,
}

impl Routes {
    /// Adds or renews a procedure of `link`.
    pub(crate) fn insert(
        &self,
        link: &Link,
        name: QualifiedName,
        new: AdvertisedProcedure,
    ) -> Result<(), RegistrationRefusal> {
        let mut procedures = link.procedures();
        if let Some(current) = procedures.get_mut(&name) {
            if new.version >= current.version {
                *current = new;
            }
            return Ok(());
        }
        if procedures.len() >= MAX_PER_LINK {
            return Err(RegistrationRefusal::AdvertiserQuota);
        }
        if self.total.fetch_add(1, Ordering::Relaxed) >= MAX_TOTAL {
            self.total.fetch_sub(1, Ordering::Relaxed);
            return Err(RegistrationRefusal::TooManyProviders);
        }
        procedures.insert(name, new);
        Ok(())
    }

    /// Removes a procedure of `link` unless its version is later than `version`, so that a late
    /// withdrawal does not undo a renewal.
    pub(crate) fn withdraw(&self, link: &Link, name: &QualifiedName, version: [u8; 16]) {
        let mut procedures = link.procedures();
        let current = procedures.get(name);
        if current.is_some_and(|current| current.version <= version) {
            procedures.remove(name);
            self.total.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Removes and returns the procedures of `link` under `org`.
    pub(crate) fn remove_org(
        &self,
        link: &Link,
        org: &str,
    ) -> Vec<(QualifiedName, AdvertisedProcedure)> {
        let in_org =
            |name: &QualifiedName| matches!(procedure_org(&name.text), Ok(Some(o)) if o == org);
        let removed: Vec<_> = link
            .procedures()
            .extract_if(|name, _| in_org(name))
            .collect();
        self.total.fetch_sub(removed.len(), Ordering::Relaxed);
        removed
    }

    /// Removes all procedures of `link`.
    pub(crate) fn remove_link(&self, link: &Link) {
        let removed = std::mem::take(&mut *link.procedures()).len();
        self.total.fetch_sub(removed, Ordering::Relaxed);
    }

    /// Removes the expired procedures of `link`.
    pub(crate) fn sweep(&self, link: &Link, now_ms: i64) {
        let mut procedures = link.procedures();
        let before = procedures.len();
        procedures.retain(|_, procedure| procedure.is_live(now_ms));
        self.total
            .fetch_sub(before - procedures.len(), Ordering::Relaxed);
    }

    /// Returns the number of advertised procedures of all links.
    pub(crate) fn total(&self) -> usize {
        self.total.load(Ordering::Relaxed)
    }
}
