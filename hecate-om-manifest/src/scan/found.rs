//! What the scanner finds in the sources of a crate.

use super::report::Location;
use crate::model::{Capability, Schedule, Subscription};

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
    /// Its capabilities, in the order of the source.
    pub(super) capabilities: Vec<FoundItem<Capability>>,
    /// Its subscriptions, in the order of the source.
    pub(super) subscriptions: Vec<FoundItem<Subscription>>,
    /// Its schedules, in the order of the source.
    pub(super) schedules: Vec<FoundItem<Schedule>>,
}

impl CrateHandlers {
    pub(super) fn is_empty(&self) -> bool {
        self.capabilities.is_empty() && self.subscriptions.is_empty() && self.schedules.is_empty()
    }
}

/// How a crate is linked into the service.
#[derive(Debug, Clone)]
pub(super) enum Link {
    /// The service's own crate, or the binary that uses it: nothing to do.
    Given,
    /// By this name, which the service's crate must mention.
    Named(String),
    /// Only if the crates in between mention it.
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
