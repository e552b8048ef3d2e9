//! One service on one node.

use std::time::SystemTime;

use serde::Serialize;

use crate::terminal::one_line;

/// Maximum number of characters of a service's texts.
const MAX_TEXT: usize = 128;

/// A service on a node, with values from the mesh and from its health listener.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Row {
    /// Org of the procedures, or the address of a listener that did not respond.
    pub(super) org: String,
    pub(super) node_id: Option<String>,
    pub(super) version: Option<String>,
    /// Status from the service (`ok`, `degraded`, `down`, `unknown`), or `no answer` or
    /// `unreachable`.
    pub(super) status: String,
    /// Reason for a bad status, from the health listener.
    pub(super) reason: Option<String>,
    /// Readiness, from the health listener.
    pub(super) ready: Option<bool>,
    pub(super) uptime_s: Option<u64>,
    /// Calls per second: admitted ones from the guard, or finished ones from the health listener.
    pub(super) calls_per_s: Option<f64>,
    /// Denied calls per second.
    pub(super) denied_per_s: Option<f64>,
    /// Latency in the interval, from the health listener.
    pub(super) p99_ms: Option<f64>,
    /// Calls in flight, from the health listener.
    pub(super) in_flight: Option<f64>,
    /// Number of procedures on the mesh.
    pub(super) procedures: usize,
    /// Address of the health listener.
    pub(super) health: Option<String>,
}

/// A row with the time of its snapshot.
#[derive(Debug, Serialize)]
pub(super) struct TimedRow<'a> {
    at: String,
    #[serde(flatten)]
    row: &'a Row,
}

impl Row {
    pub(super) fn at(&self, at: SystemTime) -> TimedRow<'_> {
        TimedRow {
            at: humantime::format_rfc3339_millis(at).to_string(),
            row: self,
        }
    }
}

/// Limits and sanitizes a text from a service.
pub(super) fn text(text: &str) -> String {
    let kept: String = text.chars().take(MAX_TEXT).collect();
    one_line(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_text_is_printable_short_and_on_one_line() {
        assert_eq!(
            text("ok\r\nacme\t\u{1b}[2J\u{202e}"),
            "ok\u{fffd}\u{fffd}acme\u{fffd}\u{fffd}[2J\u{fffd}"
        );
        assert_eq!(text(&"é".repeat(1_000)), "é".repeat(MAX_TEXT));
    }
}
