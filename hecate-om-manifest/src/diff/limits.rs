//! Comparison of limits.

use hecate_om_grammar::{Kind, Limits};

use super::{Severity, SubjectChanges};
use crate::model::Capability;

pub(super) fn compare(old: &Capability, new: &Capability, about: &mut SubjectChanges<'_>) {
    if old.kind == new.kind {
        timeout(timeout_of(old), timeout_of(new), about);
    }
    let (old, new) = (&old.limits, &new.limits);
    let bounds = [
        (
            "max_bytes",
            Limits::DEFAULT_MAX_BYTES,
            old.max_bytes,
            new.max_bytes,
        ),
        (
            "max_distinct_callers",
            Limits::DEFAULT_MAX_DISTINCT_CALLERS.into(),
            old.max_distinct_callers.map(u64::from),
            new.max_distinct_callers.map(u64::from),
        ),
    ];
    for (name, default, was, is) in bounds {
        let (was, is) = (was.unwrap_or(default), is.unwrap_or(default));
        let severity = match was.cmp(&is) {
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater => Severity::Breaking,
            std::cmp::Ordering::Less => Severity::Additive,
        };
        about.callers(
            severity,
            format!("limits.{name}"),
            format!("was {was}, is {is}"),
        );
    }
    rates(old, new, about);
    let [(was_run, was_wait), (run, wait)] = [old, new].map(|limits| {
        let run = limits.concurrency.unwrap_or(Limits::DEFAULT_CONCURRENCY);
        let wait = limits.queue.unwrap_or(run.min(Limits::DEFAULT_CONCURRENCY));
        (run, wait)
    });
    for (name, was, is) in [("concurrency", was_run, run), ("queue", was_wait, wait)] {
        if was != is {
            let what = format!("was {was}, is {is}");
            about.operators(Severity::Note, format!("limits.{name}"), what);
        }
    }
}

/// Returns the timeout of the handler in milliseconds; `None` for no limit, the default of streams.
fn timeout_of(capability: &Capability) -> Option<u64> {
    let default = match capability.kind {
        Kind::Unary => Some(Limits::DEFAULT_TIMEOUT_MS),
        Kind::ServerStreaming | Kind::ClientStreaming | Kind::Bidirectional => None,
    };
    capability.limits.timeout_ms.or(default)
}

fn timeout(was: Option<u64>, is: Option<u64>, about: &mut SubjectChanges<'_>) {
    if was == is {
        return;
    }
    let is_less = is.unwrap_or(u64::MAX) < was.unwrap_or(u64::MAX);
    let severity = if is_less {
        Severity::Breaking
    } else {
        Severity::Additive
    };
    let text = |timeout: Option<u64>| timeout.map_or("none".to_owned(), |ms| ms.to_string());
    let what = format!("was {}, is {}", text(was), text(is));
    about.callers(severity, "limits.timeout_ms", what);
}

/// Compares the calls per window and per second: callers lose if either decreases.
fn rates(old: &Limits, new: &Limits, about: &mut SubjectChanges<'_>) {
    let window = |limits: &Limits| limits.window_ms.unwrap_or(Limits::DEFAULT_WINDOW_MS).max(1);
    let (span, spans) = (window(old), window(new));
    let rates = [
        (
            "per_caller_max",
            Limits::DEFAULT_PER_CALLER_MAX,
            old.per_caller_max,
            new.per_caller_max,
        ),
        (
            "global_max",
            Limits::DEFAULT_GLOBAL_MAX,
            old.global_max,
            new.global_max,
        ),
    ];
    for (name, default, was, is) in rates {
        let (was, is) = (was.unwrap_or(default), is.unwrap_or(default));
        // Compares two fractions without division.
        let (before, after) = (
            u128::from(was) * u128::from(spans),
            u128::from(is) * u128::from(span),
        );
        if (was, span) == (is, spans) {
            continue;
        }
        let severity = if is < was || after < before {
            Severity::Breaking
        } else {
            Severity::Additive
        };
        let what = format!("was {was} in {span} ms, is {is} in {spans} ms");
        about.callers(severity, format!("limits.{name}"), what);
    }
}
