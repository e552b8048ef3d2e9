//! The projection `{{ slice }}`: what happened, as queries read it; in memory, so empty after a restart.
//!
//! The service gives it to `boot.provide` in `start`, and capabilities borrow it as `&{{ type_name }}`.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// What it happened to.
    pub subject: String,
}

/// How often something happened to each subject.
#[derive(Debug, Default)]
pub struct {{ type_name }}(RwLock<BTreeMap<String, u64>>);

impl {{ type_name }} {
    /// Takes in what happened.
    pub fn apply(&self, fact: Happened) {
        let mut counts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(fact.subject).or_default() += 1;
    }

    /// How often something happened to this subject.
    pub fn count(&self, subject: &str) -> u64 {
        let counts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        counts.get(subject).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_by_subject() {
        let projection = {{ type_name }}::default();
        for subject in ["a", "b", "a"] {
            let subject = subject.into();
            projection.apply(Happened { subject });
        }
        assert_eq!((projection.count("a"), projection.count("c")), (2, 0));
    }
}
