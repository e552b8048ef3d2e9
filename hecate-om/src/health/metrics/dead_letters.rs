//! Dead letters: facts and runs that their handlers failed to handle.

use std::fmt;

use super::page::Page;
use crate::health::HealthState;

pub(super) fn dead_letters(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(dead_letters) = health_state.dead_letters.get() else {
        return Ok(());
    };
    let stats = dead_letters.stats();
    page.value(
        "hecate_dead_letters",
        "Dead letters in the store",
        stats.letters as f64,
    )?;
    page.value(
        "hecate_dead_letters_bytes",
        "Bytes of the dead letters in the store",
        stats.bytes as f64,
    )?;
    page.count(
        "hecate_dead_letters_stored",
        "Dead letters stored since the start of the process",
        stats.stored,
    )?;
    page.count(
        "hecate_dead_letters_dropped",
        "Dead letters dropped for newer ones since the store was created",
        stats.dropped,
    )?;
    page.count(
        "hecate_dead_letters_lost",
        "Dead letters that could not be stored",
        stats.lost,
    )
}
