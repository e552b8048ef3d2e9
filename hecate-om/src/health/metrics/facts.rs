//! Published and received facts, by OpenTelemetry's messaging conventions.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::page::Page;
use crate::health::HealthState;
use crate::mesh::{FactStats, SubscriptionState};
use crate::metrics::CallMetrics;

const SYSTEM: (&str, &str) = ("messaging_system", "macula");
const TOPIC: &str = "messaging_destination_name";

pub(super) fn published(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let topics = sources.mesh.facts().publish_queue.metrics.methods();
    page.durations(
        "messaging_client_operation_duration",
        "Duration of publishing a fact",
        topics
            .iter()
            .flat_map(|(topic, metrics)| durations("publish", topic, metrics)),
    )?;
    page.counters(
        "hecate_facts_published",
        "Facts published, by outcome",
        topics
            .iter()
            .flat_map(|(topic, metrics)| ended(topic, metrics)),
    )?;
    page.value(
        "hecate_facts_leaving",
        "Facts that are being published",
        sources.mesh.facts().publish_queue.len() as f64,
    )
}

pub(super) fn received(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let topics = sources.mesh.facts().subscription_stats();
    page.durations(
        "messaging_process_duration",
        "Duration of handling a fact",
        topics
            .iter()
            .flat_map(|stats| durations("process", &stats.topic, &stats.metrics)),
    )?;
    page.counters(
        "hecate_facts_heard",
        "Facts handled, by outcome, including notices of interruptions and gaps",
        topics
            .iter()
            .flat_map(|stats| ended(&stats.topic, &stats.metrics)),
    )?;
    page.counters(
        "hecate_facts_dropped",
        "Facts dropped because the queue was full",
        topics.iter().map(|stats| count(stats, &stats.dropped)),
    )?;
    page.counters(
        "hecate_facts_repeated",
        "Facts skipped because they were received before, with the same id",
        topics.iter().map(|stats| count(stats, &stats.repeated)),
    )?;
    page.counters(
        "hecate_subscription_interruptions",
        "Interruptions of the subscription: times that no station carried it any more",
        topics
            .iter()
            .map(|stats| count(stats, &stats.interruptions)),
    )?;
    page.counters(
        "hecate_facts_retried",
        "Retries of facts whose handling failed",
        topics.iter().map(|stats| count(stats, &stats.retried)),
    )?;
    page.gauges(
        "hecate_facts_retries_waiting",
        "Facts that wait for a retry",
        topics
            .iter()
            .map(|stats| value(stats, stats.retries_waiting.load(Ordering::Relaxed) as f64)),
    )?;
    page.gauges(
        "hecate_facts_handling",
        "Facts that are being handled",
        topics
            .iter()
            .map(|stats| value(stats, stats.metrics.running() as f64)),
    )?;
    page.gauges(
        "hecate_facts_waiting",
        "Facts queued for their handler",
        topics
            .iter()
            .map(|stats| value(stats, stats.waiting().0 as f64)),
    )?;
    page.gauges(
        "hecate_facts_lag_seconds",
        "Age of the oldest queued fact",
        topics
            .iter()
            .map(|stats| value(stats, stats.waiting().1.as_secs_f64())),
    )?;
    page.gauges(
        "hecate_subscribed",
        "1 if a station carries the subscription, else 0; absent after the last subscription to the topic has ended",
        topics.iter().filter_map(|stats| {
            let (state, _) = stats.subscription_state()?;
            Some(value(
                stats,
                f64::from(u8::from(state == SubscriptionState::Subscribed)),
            ))
        }),
    )
}

fn value(stats: &Arc<FactStats>, value: f64) -> ([(&str, &str); 1], f64) {
    ([(TOPIC, &stats.topic)], value)
}

fn count<'s>(
    stats: &'s Arc<FactStats>,
    count: &std::sync::atomic::AtomicU64,
) -> ([(&'s str, &'s str); 1], u64) {
    ([(TOPIC, &stats.topic)], count.load(Ordering::Relaxed))
}

fn ended<'m>(
    topic: &'m str,
    metrics: &'m CallMetrics,
) -> impl Iterator<Item = ([(&'static str, &'m str); 2], u64)> {
    metrics
        .ended()
        .map(move |(outcome, n)| ([(TOPIC, topic), ("outcome", outcome)], n))
}

/// Returns durations by label set. By the conventions, a success has no `error_type`.
fn durations<'m>(
    operation: &'static str,
    topic: &'m str,
    metrics: &'m CallMetrics,
) -> impl Iterator<
    Item = (
        Vec<(&'static str, &'m str)>,
        &'m prometheus_client::metrics::histogram::Histogram,
    ),
> {
    metrics.durations().map(move |(outcome, took)| {
        let mut labels = vec![
            SYSTEM,
            ("messaging_operation_name", operation),
            (TOPIC, topic),
        ];
        if outcome != "ok" {
            labels.push(("error_type", outcome));
        }
        (labels, took)
    })
}
