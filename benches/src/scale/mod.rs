//! Model of a realm: what its nodes and stations spend on links, advertisements, lookups and calls.
//!
//! The costs of the operations are measured with a few processes; a [`Realm`] may have any size.
//! The model has no network and no queues: it counts processor time, and a process whose time
//! reaches one second per second is saturated.

mod simulation;

pub use simulation::{Load, simulate};

/// Seconds after which an advertisement is renewed: half of its lifetime (macula-rust,
/// `MAX_ADVERTISEMENT_TTL`).
pub const RENEWED_AFTER: usize = 150;
/// Seconds for which a caller uses the result of a lookup.
pub const LOOKUP_FRESH_FOR: f64 = 10.0;
/// Maximum number of direct links of a node, to stations other than its own.
pub const MAX_DIRECT_LINKS: usize = 64;

/// Processor time of an operation in seconds, by the process that spends it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Time of the node that starts the operation.
    pub node: f64,
    /// Time of the station.
    pub station: f64,
}

/// Costs of all operations.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Costs {
    /// One second of a link, with its probes.
    pub second: Cost,
    /// Opening a link.
    pub link: Cost,
    /// Advertising a capability, or renewing its advertisement.
    pub advertisement: Cost,
    /// Looking up the providers of a capability.
    pub lookup: Cost,
    /// Making a call.
    pub call: Cost,
    /// Answering a call, at its provider.
    pub answer: f64,
}

/// A realm and its work.
#[derive(Debug, Clone, Copy)]
pub struct Realm {
    /// Number of stations. Each node is linked to one of them.
    pub stations: usize,
    /// Number of nodes that advertise capabilities.
    pub providers: usize,
    /// Number of capabilities, which the providers share evenly.
    pub capabilities: usize,
    /// Number of nodes that call. The providers call first; further callers advertise nothing.
    pub callers: usize,
    /// Number of capabilities that each caller calls. Some capabilities are more popular.
    pub called: usize,
    /// Calls per second of each caller, at random times.
    pub calls_per_second: f64,
    /// Simulated time in seconds.
    pub seconds: usize,
}

impl Realm {
    /// Returns the number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.providers.max(self.callers)
    }
}
