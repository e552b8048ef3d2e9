//! Names of metrics and labels.

/// Prefixes of the runtime's own metrics, and of those that OpenMetrics and Prometheus reserve.
const RESERVED: [&str; 5] = ["hecate_", "messaging_", "process_", "rpc_", "target_"];

/// Suffixes by which the text format marks the parts of a metric (OpenMetrics 1.0, §5.1).
const SUFFIXES: [&str; 5] = ["_bucket", "_count", "_created", "_info", "_sum"];

/// Label of a histogram's bounds (OpenMetrics 1.0, §5.1.5).
const BOUND: &str = "le";

/// Panics if a metric cannot have this name. `suffix` is what the text format adds to it.
#[track_caller]
pub(super) fn check_name(name: &str, suffix: &str) {
    assert!(
        is_identifier(name),
        "`{name}` is not the name of a metric; use letters, digits and `_`, and no digit at first"
    );
    if let Some(prefix) = RESERVED.iter().find(|prefix| name.starts_with(**prefix)) {
        panic!(
            "the metric `{name}` has the reserved prefix `{prefix}`; start it with the service's name"
        );
    }
    let added = SUFFIXES.into_iter().chain([suffix, "_total"]);
    if let Some(suffix) = added
        .filter(|suffix| !suffix.is_empty())
        .find(|suffix| name.ends_with(suffix))
    {
        panic!(
            "the metric `{name}` ends with `{suffix}`, which `/metrics` adds by itself; leave it out"
        );
    }
}

/// Panics if a family cannot have these labels.
#[track_caller]
pub(super) fn check_labels(name: &str, labels: &[&str]) {
    for (index, label) in labels.iter().enumerate() {
        let is_reserved = label.starts_with("__") || *label == BOUND;
        assert!(
            is_identifier(label) && !is_reserved && !labels[..index].contains(label),
            "the metric `{name}` cannot have the label `{label}`; use different names of letters, digits and `_`, and neither `{BOUND}` nor `__` at first"
        );
    }
}

fn is_identifier(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
