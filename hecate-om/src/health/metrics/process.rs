//! Build, start time and health of the process.

use std::fmt;
use std::time::UNIX_EPOCH;

use super::page::Page;
use crate::build_info;
use crate::health::{HealthState, Stage};
use crate::metrics::ServiceMetrics;
use crate::telemetry::dropped_lines;

pub(super) fn build(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    page.info(
        "hecate_build",
        "Build of the service",
        &[
            ("name", health_state.service.name),
            ("version", health_state.service.version),
            ("hecate_om_version", build_info::VERSION),
            ("profile", profile),
            ("ml_dsa", build_info::ML_DSA),
        ],
    )
}

pub(super) fn start(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let since = health_state
        .since
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    page.value(
        "process_start_time_seconds",
        "Time at which boot started, in seconds since 1970",
        since.as_secs_f64(),
    )
}

pub(super) fn reload(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let last = health_state.reload.last();
    page.value(
        "hecate_config_last_reload_successful",
        "1 if the last reload of the configuration succeeded, or if there was none, else 0",
        f64::from(u8::from(last.is_successful)),
    )?;
    let time = last.last_success.duration_since(UNIX_EPOCH);
    page.value(
        "hecate_config_last_reload_success_timestamp_seconds",
        "Time of the last successful reload, or of boot, in seconds since 1970",
        time.unwrap_or_default().as_secs_f64(),
    )
}

pub(super) fn heartbeat(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    page.value(
        "hecate_heartbeat_age_seconds",
        "Time since the runtime last ran a task; at most about 1 unless handlers block the runtime",
        health_state.heartbeat.age().as_secs_f64(),
    )
}

pub(super) fn log(_: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    page.count(
        "hecate_log_lines_dropped",
        "Log lines dropped because standard error was not read",
        dropped_lines(),
    )
}

pub(super) fn overflows(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let metrics = health_state.service_metrics.get();
    page.counters(
        "hecate_metric_overflow",
        "Measurements of the service's metrics under `_OTHER`, beyond the maximum number of label sets",
        metrics
            .into_iter()
            .flat_map(ServiceMetrics::overflows)
            .map(|(name, count)| ([("metric", name)], count)),
    )
}

pub(super) fn stage(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let now = health_state.stage.borrow().name();
    let words = [
        Stage::Starting("").name(),
        Stage::Live.name(),
        Stage::Draining.name(),
    ];
    page.state(
        "hecate_stage",
        "Stage of the service: starting, live or draining",
        "stage",
        &words,
        now,
    )?;
    page.value(
        "hecate_ready",
        "1 if callers can reach the service, as in /health/ready, else 0",
        f64::from(u8::from(health_state.ready().is_ok())),
    )
}

pub(super) fn health(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    page.state(
        "hecate_health",
        "Health of the service, as in /health",
        "status",
        &["ok", "degraded", "down"],
        health_state.verdict().status(),
    )?;
    match health_state
        .sample
        .borrow()
        .as_ref()
        .map(|sample| sample.age())
    {
        None => Ok(()),
        Some(age) => page.value(
            "hecate_health_sample_age_seconds",
            "Time since the last result of the service's own health check",
            age.as_secs_f64(),
        ),
    }
}
