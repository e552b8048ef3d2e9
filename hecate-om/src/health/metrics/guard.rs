//! The guard of each capability: denied, running and waiting calls.

use std::fmt;

use super::page::Page;
use crate::capability::GuardCounts;
use crate::health::HealthState;

pub(super) fn guard(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let counts: Vec<(&str, GuardCounts)> = sources
        .guards
        .iter()
        .map(|(procedure, guard)| (procedure.as_str(), guard.counts()))
        .collect();
    page.counters(
        "hecate_guard_denied",
        "Calls denied before their handler, by reason",
        counts.iter().flat_map(|(method, counts)| {
            [
                ("caller", counts.denied_caller),
                ("size", counts.denied_size),
                ("rate", counts.denied_rate),
                ("distinct_callers", counts.denied_distinct),
                ("busy", counts.denied_busy),
            ]
            .map(|(reason, n)| ([("rpc_method", *method), ("reason", reason)], n))
        }),
    )?;
    let mut gauge = |name, help, of: fn(&GuardCounts) -> u64| {
        let values = counts
            .iter()
            .map(|(method, counts)| ([("rpc_method", *method)], of(counts) as f64));
        page.gauges(name, help, values)
    };
    gauge("hecate_guard_running", "Calls running now", |c| c.running)?;
    gauge("hecate_guard_queued", "Queued calls", |c| c.queued)?;
    gauge(
        "hecate_guard_callers_over_limit",
        "Callers above their limit in the current window",
        |c| c.callers_over_limit,
    )
}
