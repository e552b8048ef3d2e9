//! Links, losses, advertisements, grants and the claim.

use std::fmt;

use super::page::Page;
use crate::health::HealthState;
use crate::mesh::{ClaimState, Grant, refused_handshakes, unknown_on_the_wire};

pub(super) fn links(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let links = sources.mesh.connection().link_stats();
    let up = |station: &[u8; 32]| links.stations.contains(station);
    let count = |n: usize| n as f64;
    page.gauges(
        "hecate_links",
        "Links to stations: configured, up, and opened only for calls",
        [
            ([("state", "known")], count(sources.stations.len())),
            ([("state", "up")], count(links.stations.len())),
            ([("state", "direct")], count(links.direct)),
        ],
    )?;
    page.gauges(
        "hecate_link_up",
        "1 if the link to the station is up, else 0",
        sources.stations.iter().map(|station| {
            let labels = [("station", hex::encode(station))];
            (labels, f64::from(u8::from(up(station))))
        }),
    )
}

pub(super) fn sdk(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    page.count(
        "hecate_facts_unconfirmed",
        "Facts that a link accepted, and that no station is known to have read",
        sources.mesh.connection().unconfirmed_facts(),
    )?;
    page.counters(
        "hecate_wire_unknown",
        "Parts of frames that this process does not know, by kind",
        unknown_on_the_wire().map(|(kind, count)| ([("kind", kind)], count)),
    )?;
    page.counters(
        "hecate_handshakes_refused",
        "Stations that this process refused to link to, by reason",
        refused_handshakes()
            .into_iter()
            .map(|(reason, count)| ([("reason", reason)], count)),
    )
}

pub(super) fn publications(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(statuses) = health_state.statuses.get() else {
        return Ok(());
    };
    let publications = statuses.publications();
    page.gauges(
        "hecate_advertised_stations",
        "Stations that have the procedure's advertisement",
        publications
            .iter()
            .map(|(procedure, p)| ([("procedure", procedure.as_str())], p.stations.len() as f64)),
    )?;
    page.gauges(
        "hecate_advertise_age_seconds",
        "Time since a station last had the procedure's advertisement: 0 while one has it, absent before the first",
        publications.iter().filter_map(|(procedure, p)| {
            let age = p.liveness().last_success_ago?;
            Some(([("procedure", procedure.as_str())], age.as_secs_f64()))
        }),
    )
}

pub(super) fn grants(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(statuses) = health_state.statuses.get() else {
        return Ok(());
    };
    let publications = statuses.publications();
    page.gauges(
        "hecate_grant",
        "State of the realm's grant for the procedure",
        publications.iter().flat_map(|(procedure, p)| {
            let now = p.grant().name();
            Grant::NAMES.map(|state| {
                let labels = [("procedure", procedure.as_str()), ("state", state)];
                (labels, f64::from(u8::from(state == now)))
            })
        }),
    )
}

pub(super) fn claim(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(statuses) = health_state.statuses.get() else {
        return Ok(());
    };
    page.state(
        "hecate_claim",
        "State of the service's claim to its realm",
        "state",
        &ClaimState::NAMES,
        statuses.claim().state.name(),
    )
}
