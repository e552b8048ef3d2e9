//! Comparison of what happens to failed runs of handlers, for operators.

use serde_json::Value;

use super::{Severity, SubjectChanges};

/// Compares two subscriptions or two schedules.
pub(super) fn compare(was: &Value, is: &Value, about: &mut SubjectChanges<'_>) {
    for (field, describe) in [
        ("retries", retries as fn(&Value) -> Option<String>),
        ("deadline", text),
        ("order", text),
    ] {
        let (was, is) = (describe(&was[field]), describe(&is[field]));
        if was != is {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "none".into());
            let what = format!("was {}, is {}", shown(was), shown(is));
            about.operators(Severity::Note, field, what);
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(|text| format!("`{text}`"))
}

fn retries(value: &Value) -> Option<String> {
    let (max, backoff) = (value["max"].as_u64()?, value["backoff"].as_str()?);
    Some(format!("{max} after `{backoff}`"))
}
