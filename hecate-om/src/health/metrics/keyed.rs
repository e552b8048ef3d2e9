//! Calls with keys, and the answers kept for their repeats.

use std::fmt;

use super::page::Page;
use crate::health::HealthState;

pub(super) fn keyed(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(keyed) = health_state.keyed.get() else {
        return Ok(());
    };
    let stats = keyed.stats();
    page.value(
        "hecate_dedupe_keys",
        "Keys of calls that run, or whose answers are kept",
        stats.keys as f64,
    )?;
    page.value(
        "hecate_dedupe_bytes",
        "Bytes of the kept answers, with those reserved for calls that run",
        stats.bytes as f64,
    )?;
    page.count(
        "hecate_dedupe_first",
        "Calls that were the first with their keys",
        stats.first,
    )?;
    page.count(
        "hecate_dedupe_repeated",
        "Repeats that got the kept answer",
        stats.repeated,
    )?;
    page.count(
        "hecate_dedupe_waited",
        "Repeats that waited for the first answer",
        stats.waited,
    )?;
    page.count(
        "hecate_dedupe_mismatched",
        "Calls refused because their keys were used for other requests",
        stats.mismatched,
    )?;
    page.count(
        "hecate_dedupe_full",
        "Calls refused because the maximum number of answers was kept",
        stats.full,
    )
}
