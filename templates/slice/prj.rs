//! The projection `{{ slice }}`, which queries read. It is in memory, so it is empty after a
//! restart.
//!
//! Pass it to `boot.provide` in the service's `start`; capabilities then borrow it as
//! `&{{ type_name }}`.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// Fact that the projection counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Subject of the fact.
    pub subject: String,
}

/// Number of facts by subject.
#[derive(Debug, Default)]
pub struct {{ type_name }}(RwLock<BTreeMap<String, u64>>);

impl {{ type_name }} {
    /// Counts a fact.
    pub fn apply(&self, fact: Happened) {
        let mut counts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(fact.subject).or_default() += 1;
    }

    /// Returns the number of facts about a subject.
    pub fn count(&self, subject: &str) -> u64 {
        let counts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        counts.get(subject).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_counted_by_subject() {
        let projection = {{ type_name }}::default();
        for subject in ["a", "b", "a"] {
            let subject = subject.into();
            projection.apply(Happened { subject });
        }
        assert_eq!((projection.count("a"), projection.count("c")), (2, 0));
    }
}
