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
            .map(|(p, metrics)| (p.as_str(), &**metrics))
    };
    page.durations(
        "rpc_server_call_duration",
        "Duration of received calls",
        calls().flat_map(durations),
    )?;
    page.counters(
        "hecate_calls",
        "Calls received, by outcome",
        calls().flat_map(|(method, metrics)| {
            metrics
                .ended()
                .map(move |(outcome, n)| ([("rpc_method", method), ("outcome", outcome)], n))
        }),
    )?;
    page.gauges(
        "hecate_calls_in_flight",
        "Calls in flight, including queued calls",
        calls().map(|(method, metrics)| ([("rpc_method", method)], metrics.running() as f64)),
    )
}

pub(super) fn outgoing(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let made = sources.mesh.call_metrics().methods();
    page.durations(
        "rpc_client_call_duration",
        "Duration of calls to other services",
        made.iter()
            .flat_map(|(method, metrics)| durations((method.as_str(), &**metrics))),
    )
}

/// Returns durations by label set. By the conventions, a successful call has no `error_type`.
fn durations<'m>(
    (method, metrics): (&'m str, &'m CallMetrics),
) -> impl Iterator<
    Item = (
        Vec<(&'static str, &'m str)>,
        &'m prometheus_client::metrics::histogram::Histogram,
    ),
> {
    metrics.durations().map(move |(outcome, took)| {
        let mut labels = vec![SYSTEM, ("rpc_method", method)];
        if outcome != "ok" {
            labels.push(("error_type", outcome));
        }
        (labels, took)
    })
}
