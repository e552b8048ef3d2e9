//! One line for each call and each changed description, on standard error.

use std::io::Write as _;
use std::time::Duration;

use hecate_om::__private::escaped_json;
use serde_json::{Value, json};

/// Reports a call.
pub(super) fn call(caller: Option<&str>, procedure: &str, outcome: &str, took: Duration) {
    write(&json!({
        "audit": "call",
        "caller": caller,
        "procedure": procedure,
        "outcome": outcome,
        "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }));
}

/// Reports that a tool is described differently than when it was pinned.
pub(super) fn changed(procedure: &str) {
    write(&json!({"audit": "changed", "procedure": procedure}));
}

fn write(line: &Value) {
    // If standard error is closed, there is nowhere to report it.
    let _ = writeln!(
        std::io::stderr().lock(),
        "{}",
        escaped_json(&line.to_string())
    );
}
