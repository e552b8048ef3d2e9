//! Comparison of two manifests: what changed, and whom it breaks.
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
mod failure;
mod limits;
pub mod schema;
mod service;

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Capability, Manifest};

/// Severity of a change for those it affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something that worked with the old manifest may fail with the new one.
    Breaking,
    /// May break: the part is too complex to compare, or has a reference that its schema does not
    /// resolve.
    Undecided,
    /// An addition that existing callers can ignore.
    Additive,
    /// Information; nothing fails.
    Note,
}

/// Group of people that a change affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Affected {
    /// Callers of the service.
    Callers,
    /// Publishers of the facts that it subscribes to.
    Publishers,
    /// Subscribers to the facts that it publishes.
    Subscribers,
    /// Operators of the service.
    Operators,
}

/// One change between two manifests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// The severity.
    pub severity: Severity,
    /// Group of people that the change affects.
    pub affects: Affected,
    /// The capability, subscription, schedule or setting that changed; `None` for the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The part that changed: `request`, `response chunks[].score`, `limits.max_bytes`; empty for
    /// the whole.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub place: String,
    /// The change.
    pub what: String,
}

/// A capability, subscription, schedule or setting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// A capability's name, a topic, a schedule's name, a setting's variable.
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

/// Returns the changes from `old` to `new`, sorted by severity.
///
/// Compares requests and responses by their JSON Schemas, which `<service> manifest` prints. If a
/// side has none, only the names of the types are compared, and a note says so.
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
    fn about<'c>(&'c mut self, capability: &Capability) -> SubjectChanges<'c> {
        self.about_subject(Subject {
            name: capability.name.clone(),
            version: Some(capability.version),
        })
    }

    fn about_subject(&mut self, subject: Subject) -> SubjectChanges<'_> {
        SubjectChanges {
            changes: self,
            subject: Some(subject),
        }
    }

    fn of_service(&mut self) -> SubjectChanges<'_> {
        SubjectChanges {
            changes: self,
            subject: None,
        }
    }
}

/// The changes of one subject.
#[derive(Debug)]
struct SubjectChanges<'c> {
    changes: &'c mut Changes,
    subject: Option<Subject>,
}

impl SubjectChanges<'_> {
    fn add(
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
        self.add(severity, Affected::Callers, place, what);
    }

    fn operators(&mut self, severity: Severity, place: impl Into<String>, what: impl Into<String>) {
        self.add(severity, Affected::Operators, place, what);
    }

    /// Adds the differences of two schemas.
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
            let at = if change.path.is_empty() {
                place.to_owned()
            } else {
                format!("{place} `{}`", change.path)
            };
            self.add(severity, affects, at, change.what);
        }
    }
}
