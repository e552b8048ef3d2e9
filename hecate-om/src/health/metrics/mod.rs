//! `/metrics`: what the service counts and what it is, in the OpenMetrics text form, read from the live structures
//! when it is asked for.
//!
//! To add a measurement, write a function `(&HealthState, &mut Page<'_>) -> fmt::Result` beside the others and name it in
//! [`SOURCES`]. A label's values are bounded by what the service itself is made of (its procedures, its stations,
//! fixed words), never by what callers send; a caller's id is no label.

mod calls;
mod content;
mod facts;
mod guard;
mod identity;
mod mesh;
mod page;
mod process;
mod schedules;
mod streams;

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;

use super::HealthState;
use crate::capability::{Guard, StreamMetrics};
use crate::mesh::Mesh;
use crate::metrics::CallMetrics;
use crate::schedule::ScheduleStats;
use page::Page;

/// The media type of [`scrape`]'s text.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is measured beyond the health state, known once the service has started.
#[derive(Debug)]
pub(crate) struct MetricsSources {
    /// How each capability's calls go, by procedure.
    pub(crate) calls: Vec<(String, Arc<CallMetrics>)>,
    /// What each capability's calls pass, by procedure.
    pub(crate) guards: Vec<(String, Arc<Guard>)>,
    /// The streams of each capability that has any.
    pub(crate) streams: Vec<StreamMetrics>,
    pub(crate) mesh: Mesh,
    /// How the runs of each schedule go.
    pub(crate) schedules: Vec<Arc<ScheduleStats>>,
    /// The stations that the service is to be linked to.
    pub(crate) stations: Vec<[u8; 32]>,
}

type Source = fn(&HealthState, &mut Page<'_>) -> fmt::Result;

/// Everything on the page, in its order.
const SOURCES: &[Source] = &[
    process::build,
    process::start,
    process::heartbeat,
    process::log,
    process::stage,
    process::health,
    calls::served,
    calls::made,
    content::contents,
    streams::streams,
    guard::guard,
    mesh::links,
    mesh::publications,
    mesh::grants,
    mesh::claim,
    facts::published,
    facts::heard,
    schedules::schedules,
    identity::certificate,
    identity::authority,
];

/// The page.
///
/// # Errors
///
/// None that is known: writing to a text does not fail.
pub(crate) fn scrape(health_state: Arc<HealthState>) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape(health_state)));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Scrape(Arc<HealthState>);

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        SOURCES
            .iter()
            .try_for_each(|source| source(&self.0, &mut page))
    }
}

#[cfg(test)]
mod tests;
