//! Runs of schedules.

use std::fmt;
use std::sync::atomic::Ordering;

use super::page::Page;
use crate::health::HealthState;

pub(super) fn schedules(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let all = &sources.schedules;
    page.durations(
        "hecate_schedule_run_duration",
        "Duration of runs",
        all.iter().flat_map(|stats| {
            let took = stats.metrics.durations();
            took.map(|(outcome, took)| ([("schedule", stats.name), ("outcome", outcome)], took))
        }),
    )?;
    page.counters(
        "hecate_schedule_runs",
        "Runs, by outcome",
        all.iter().flat_map(|stats| {
            let ended = stats.metrics.ended();
            ended.map(|(outcome, n)| ([("schedule", stats.name), ("outcome", outcome)], n))
        }),
    )?;
    page.counters(
        "hecate_schedule_skipped",
        "Runs skipped, by reason",
        all.iter().flat_map(|stats| {
            let skipped = stats.skipped();
            skipped.map(|(reason, n)| ([("schedule", stats.name), ("reason", reason)], n))
        }),
    )?;
    page.counters(
        "hecate_schedule_retried",
        "Retries of failed runs",
        all.iter().map(|stats| {
            (
                [("schedule", stats.name)],
                stats.retried.load(Ordering::Relaxed),
            )
        }),
    )?;
    page.gauges(
        "hecate_schedule_running",
        "Runs in progress, at most one",
        all.iter()
            .map(|stats| ([("schedule", stats.name)], stats.metrics.running() as f64)),
    )?;
    page.gauges(
        "hecate_schedule_last_success_age_seconds",
        "Time since the last successful run; absent before the first",
        all.iter().filter_map(|stats| {
            let ago = stats.last_success_ago()?;
            Some(([("schedule", stats.name)], ago.as_secs_f64()))
        }),
    )
}
