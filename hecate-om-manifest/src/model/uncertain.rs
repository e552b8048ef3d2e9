//! Handlers whose attribute may be of another crate.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Manifest;

/// Key of the uncertain handlers in a manifest in `OUT_DIR`. Other manifests lack it, because only
/// a binary knows whether it has linked them.
const FIELD: &str = "$uncertain";

/// Names of handlers, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerNames {
    /// Names and versions of capabilities.
    pub capabilities: BTreeSet<(String, u32)>,
    /// Topics of subscriptions.
    pub subscriptions: BTreeSet<String>,
    /// Topics of published facts.
    #[serde(default)]
    pub publications: BTreeSet<String>,
    /// Names of schedules.
    pub schedules: BTreeSet<String>,
}

impl HandlerNames {
    /// Returns whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.capabilities.is_empty()
            && self.subscriptions.is_empty()
            && self.publications.is_empty()
            && self.schedules.is_empty()
    }
}

impl Manifest {
    /// Returns the manifest with `uncertain`, the handlers whose attribute may be of another crate,
    /// because only the compiler can resolve a glob import.
    #[must_use]
    pub fn with_uncertain(mut self, uncertain: &HandlerNames) -> Self {
        self.other.remove(FIELD);
        // Names contain only text and numbers, so serialization does not fail.
        if let (false, Ok(value)) = (uncertain.is_empty(), serde_json::to_value(uncertain)) {
            self.other.insert(FIELD.to_owned(), value);
        }
        self
    }

    /// Returns the manifest without the uncertain handlers that are not in `linked`: their
    /// attributes are of another crate.
    #[must_use]
    pub fn without_foreign(mut self, linked: &HandlerNames) -> Self {
        let uncertain = self.other.remove(FIELD);
        // If the names do not parse, all handlers count as the service's.
        let uncertain = uncertain.and_then(|value| serde_json::from_value(value).ok());
        let Some(uncertain): Option<HandlerNames> = uncertain else {
            return self;
        };
        let is_foreign = |name: &String, uncertain: &BTreeSet<_>, linked: &BTreeSet<_>| {
            uncertain.contains(name) && !linked.contains(name)
        };
        self.capabilities.retain(|capability| {
            let key = (capability.name.clone(), capability.version);
            !uncertain.capabilities.contains(&key) || linked.capabilities.contains(&key)
        });
        self.subscriptions.retain(|subscription| {
            !is_foreign(
                &subscription.topic,
                &uncertain.subscriptions,
                &linked.subscriptions,
            )
        });
        self.publications.retain(|publication| {
            !is_foreign(
                &publication.topic,
                &uncertain.publications,
                &linked.publications,
            )
        });
        self.schedules.retain(|schedule| {
            !is_foreign(&schedule.name, &uncertain.schedules, &linked.schedules)
        });
        self
    }
}
