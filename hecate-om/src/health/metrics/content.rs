//! Contents that the service shares and fetches.

use std::fmt;

use super::page::Page;
use crate::health::HealthState;

pub(super) fn contents(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let now = sources.mesh.contents().stats();
    let fetches = sources.mesh.contents().fetches();
    page.value(
        "hecate_content_shared",
        "Contents that the service shares",
        now.shared as f64,
    )?;
    page.value(
        "hecate_content_shared_bytes",
        "Bytes of the contents that the service shares, which are in memory",
        now.shared_bytes as f64,
    )?;
    page.counters(
        "hecate_content_given",
        "Blocks and manifests sent to nodes that fetch contents",
        [([("", ""); 0], now.sent_blocks)],
    )?;
    page.counters(
        "hecate_content_fetched_bytes",
        "Bytes of the contents that the service has fetched completely",
        [([("", ""); 0], now.fetched_bytes)],
    )?;
    page.counters(
        "hecate_content_fetches",
        "Fetches of contents, by outcome",
        fetches
            .ended()
            .map(|(outcome, ended)| ([("outcome", outcome)], ended)),
    )?;
    page.value(
        "hecate_content_fetching",
        "Contents that are being fetched",
        fetches.running() as f64,
    )
}
