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
        "How many contents the service shares",
        now.shared as f64,
    )?;
    page.value(
        "hecate_content_shared_bytes",
        "The bytes of the contents that the service shares, which are in memory",
        now.shared_bytes as f64,
    )?;
    page.counters(
        "hecate_content_given",
        "Blocks and manifests given to nodes that fetched them",
        [([("", ""); 0], now.sent_blocks)],
    )?;
    page.counters(
        "hecate_content_fetched_bytes",
        "The bytes of the contents that the service has fetched whole",
        [([("", ""); 0], now.fetched_bytes)],
    )?;
    page.counters(
        "hecate_content_fetches",
        "Contents fetched, by how that ended",
        fetches
            .ended()
            .map(|(outcome, ended)| ([("outcome", outcome)], ended)),
    )?;
    page.value(
        "hecate_content_fetching",
        "How many contents are being fetched now",
        fetches.running() as f64,
    )
}
