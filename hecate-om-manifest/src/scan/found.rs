//! Results of scanning the sources of a crate.

use super::facts::FactPath;
use super::report::Location;
use crate::model::{Capability, Publication, Schedule, Subscription};

/// An item with one of our attributes.
#[derive(Debug, Clone)]
pub(super) struct FoundItem<T> {
    pub(super) item: T,
    pub(super) location: Location,
    /// Whether the attribute is certainly ours. One of another crate must not fail the build.
    pub(super) certain: bool,
}

/// The handlers of one crate.
#[derive(Debug, Clone)]
pub(super) struct CrateHandlers {
    /// The crate's package.
    pub(super) package: String,
    /// The library's name, if it does not follow from the package's.
    pub(super) library: Option<String>,
    /// How the crate is linked into the service.
    pub(super) link: Link,
    /// The programs that the crate is part of.
    pub(super) part: Part,
    /// Capabilities of the crate, in the order of the source.
    pub(super) capabilities: Vec<FoundItem<Capability>>,
    /// Subscriptions of the crate, in the order of the source.
    pub(super) subscriptions: Vec<FoundItem<Subscription>>,
    /// Subscriptions without a topic, with the types of their facts.
    pub(super) inferred: Vec<FoundItem<(Subscription, FactPath)>>,
    /// The facts that the crate publishes, in the order of the source.
    pub(super) publications: Vec<FoundItem<Publication>>,
    /// Schedules of the crate, in the order of the source.
    pub(super) schedules: Vec<FoundItem<Schedule>>,
}

impl CrateHandlers {
    pub(super) fn is_empty(&self) -> bool {
        self.capabilities.is_empty()
            && self.subscriptions.is_empty()
            && self.inferred.is_empty()
            && self.publications.is_empty()
            && self.schedules.is_empty()
    }
}

/// How a crate is linked into the service.
#[derive(Debug, Clone)]
pub(super) enum Link {
    /// The service's own crate, or the binary that uses it: nothing to do.
    Given,
    /// Linked by this name, which the service's crate must mention.
    Named(String),
    /// Linked only if the crates in between mention the crate.
    Indirect,
}

/// The programs that a crate is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The service, and the unit tests of the service's crate.
    Both,
    /// The service only: its own crate as compiled for the service, or the binary around it.
    Service,
    /// The unit tests only: the service's own crate as compiled for them.
    Tests,
}
