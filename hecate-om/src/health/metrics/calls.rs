//! Served and outgoing calls, by OpenTelemetry's RPC conventions.

use std::fmt;

use super::page::Page;
use crate::health::HealthState;
use crate::metrics::CallMetrics;

const SYSTEM: (&str, &str) = ("rpc_system_name", "macula");

pub(super) fn served(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let calls = || {
        sources
            .calls
            .iter()
            .map(|(p, tally)| (p.as_str(), &**tally))
    };
    page.durations(
        "rpc_server_call_duration",
        "Duration of received calls",
        calls().flat_map(durations),
    )?;
    page.counters(
        "hecate_calls",
        "Calls received, by outcome",
        calls().flat_map(|(method, tally)| {
            tally
                .ended()
                .map(move |(outcome, n)| ([("rpc_method", method), ("outcome", outcome)], n))
        }),
    )?;
    page.gauges(
        "hecate_calls_in_flight",
        "Calls in flight, including queued calls",
        calls().map(|(method, tally)| ([("rpc_method", method)], tally.running() as f64)),
    )
}

pub(super) fn made(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let made = sources.mesh.call_metrics().methods();
    page.durations(
        "rpc_client_call_duration",
        "Duration of calls to other services",
        made.iter()
            .flat_map(|(method, tally)| durations((method.as_str(), &**tally))),
    )
}

/// Returns durations by label set. By the conventions, a successful call has no `error_type`.
fn durations<'t>(
    (method, tally): (&'t str, &'t CallMetrics),
) -> impl Iterator<
    Item = (
        Vec<(&'static str, &'t str)>,
        &'t prometheus_client::metrics::histogram::Histogram,
    ),
> {
    tally.durations().map(move |(outcome, took)| {
        let mut labels = vec![SYSTEM, ("rpc_method", method)];
        if outcome != "ok" {
            labels.push(("error_type", outcome));
        }
        (labels, took)
    })
}
