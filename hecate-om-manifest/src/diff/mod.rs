//! What has changed between two manifests, and whom it breaks.
//!
//! ```
//! use hecate_om_manifest::{Capability, Manifest};
//! use hecate_om_manifest::diff::{Severity, between};
//!
//! let mut old = Manifest { name: "hecate-rag".into(), ..Manifest::default() };
//! old.capabilities = vec![Capability::new("rag.search", 1)];
//! let mut new = old.clone();
//! new.capabilities = vec![Capability::new("rag.search", 2)];
//! let changes = between(&old, &new);
//! assert_eq!(changes[0].severity, Severity::Breaking);
//! assert_eq!(
//!     changes[0].to_string(),
//!     "`rag.search` version 1: is gone; version 2 is served"
//! );
//! ```

mod capability;
mod limits;
pub mod schema;
mod service;

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Capability, Manifest};

/// How much a change asks of those it affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// What worked against the old one may fail against the new one.
    Breaking,
    /// Unknown: the part is too complex to compare, or refers to what its schema does not hold, and may break.
    Undecided,
    /// Something has come that nobody need use.
    Additive,
    /// Good to know; nothing fails by it.
    Note,
}

/// Whom a change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Affected {
    /// Who calls the service.
    Callers,
    /// Who publishes the facts that it listens to.
    Publishers,
    /// Who runs it.
    Operators,
}

/// One change between two manifests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// How much it asks.
    pub severity: Severity,
    /// Of whom.
    pub affects: Affected,
    /// The capability it is about, `rag.search version 1`, else the subscription or schedule; absent where
    /// it is about the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Where in it: `request`, `response chunks[].score`, `limits.max_bytes`; empty for the whole.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub place: String,
    /// What has changed there.
    pub what: String,
}

/// What a change is about, where not the service as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// A capability's name, a topic, a schedule's name.
    pub name: String,
    /// A capability's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

impl Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "`{}` version {version}", self.name),
            None => write!(f, "`{}`", self.name),
        }
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(subject) = &self.subject {
            write!(f, "{subject}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.what)
    }
}

/// Everything that has changed from `old` to `new`, what breaks first, then by what it is about.
///
/// Requests and responses are compared by their JSON Schemas, which the complete descriptor has
/// (`<service> manifest`). Where either side lacks them, the names of the types are compared, and the
/// change says so: a type may change under its name, and keep its shape under another.
#[must_use]
pub fn between(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut changes = Changes::default();
    service::compare(old, new, &mut changes);
    capability::compare(old, new, &mut changes);
    let mut changes = changes.0;
    changes.sort();
    changes.dedup();
    changes
}

/// The changes found so far.
#[derive(Debug, Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn about<'c>(&'c mut self, capability: &Capability) -> About<'c> {
        self.of(Subject {
            name: capability.name.clone(),
            version: Some(capability.version),
        })
    }

    fn of(&mut self, subject: Subject) -> About<'_> {
        About {
            changes: self,
            subject: Some(subject),
        }
    }

    fn of_service(&mut self) -> About<'_> {
        About {
            changes: self,
            subject: None,
        }
    }
}

/// The changes of one subject.
#[derive(Debug)]
struct About<'c> {
    changes: &'c mut Changes,
    subject: Option<Subject>,
}

impl About<'_> {
    fn say(
        &mut self,
        severity: Severity,
        affects: Affected,
        place: impl Into<String>,
        what: impl Into<String>,
    ) {
        self.changes.0.push(Change {
            severity,
            affects,
            subject: self.subject.clone(),
            place: place.into(),
            what: what.into(),
        });
    }

    fn callers(&mut self, severity: Severity, place: impl Into<String>, what: impl Into<String>) {
        self.say(severity, Affected::Callers, place, what);
    }

    fn operators(&mut self, severity: Severity, place: impl Into<String>, what: impl Into<String>) {
        self.say(severity, Affected::Operators, place, what);
    }

    /// The differences of two schemas, as changes to those on the other side.
    fn schemas(
        &mut self,
        affects: Affected,
        place: &str,
        direction: schema::Direction,
        (old, new): (&Value, &Value),
    ) {
        for change in schema::differences(old, new) {
            let severity = match change.effect {
                _ if change.breaks(direction) => Severity::Breaking,
                schema::Effect::Undecided => Severity::Undecided,
                schema::Effect::Dropped => Severity::Note,
                _ => Severity::Additive,
            };
            let at = if change.place.is_empty() {
                place.to_owned()
            } else {
                format!("{place} `{}`", change.place)
            };
            self.say(severity, affects, at, change.what);
        }
    }
}

/// Whether it is announced by hand (`planned`, say) and has no code yet.
fn is_planned(capability: &Capability) -> bool {
    capability.status.is_some() && capability.package.is_none()
}
