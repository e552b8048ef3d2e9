//! One service on one node.

use std::time::SystemTime;

use serde::Serialize;

use crate::terminal::printable;

/// The most characters that are kept of what a service says of itself.
const MAX_TEXT: usize = 128;

/// One service on one node, by what it answers on the mesh and at its health listener.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Row {
    /// The namespace of its procedures; of a listener that could not be asked, its address.
    pub(super) org: String,
    pub(super) node_id: Option<String>,
    pub(super) version: Option<String>,
    /// As the service says: `ok`, `degraded`, `down`, `unknown`; ours: `no answer`, `unreachable`.
    pub(super) status: String,
    /// Why it is not well, as its health listener says.
    pub(super) reason: Option<String>,
    /// Whether callers can reach it, as its health listener says.
    pub(super) ready: Option<bool>,
    pub(super) uptime_s: Option<u64>,
    /// Calls a second: those its guard let through, or, by its health listener, those that ended.
    pub(super) calls_per_s: Option<f64>,
    /// Calls a second that its guard denied.
    pub(super) denied_per_s: Option<f64>,
    /// By its health listener, of the calls of the interval.
    pub(super) p99_ms: Option<f64>,
    /// By its health listener.
    pub(super) in_flight: Option<f64>,
    /// How many procedures it offers on the mesh.
    pub(super) procedures: usize,
    /// Its health listener.
    pub(super) health: Option<String>,
}

/// A row and when it was observed.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    at: String,
    #[serde(flatten)]
    row: &'a Row,
}

impl Row {
    pub(super) fn line(&self, at: SystemTime) -> Line<'_> {
        Line {
            at: humantime::format_rfc3339_millis(at).to_string(),
            row: self,
        }
    }
}

/// A text that others wrote, as it may be kept and shown.
pub(super) fn text(text: &str) -> String {
    let kept: String = text.chars().take(MAX_TEXT).collect();
    printable(&kept).replace(['\n', '\t'], " ")
}
