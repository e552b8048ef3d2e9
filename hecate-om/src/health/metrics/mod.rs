//! `/metrics` in the OpenMetrics text format, generated from live data at each request.
//!
//! To add a metric, write a function `(&HealthState, &mut Page<'_>) -> fmt::Result` and add it to
//! [`SOURCES`]. The service itself must bound the values of each label (procedures, stations, fixed
//! words), so a label cannot contain anything that callers send, such as their ids.

mod calls;
mod content;
mod dead_letters;
mod facts;
mod guard;
mod identity;
mod keyed;
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

/// Media type of the text from [`scrape`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Data of the metrics that are available once the service has started.
#[derive(Debug)]
pub(crate) struct MetricsSources {
    /// Metrics of each capability's calls, by procedure.
    pub(crate) calls: Vec<(String, Arc<CallMetrics>)>,
    /// Guard of each capability, by procedure.
    pub(crate) guards: Vec<(String, Arc<Guard>)>,
    /// Metrics of the streams of each streaming capability.
    pub(crate) streams: Vec<StreamMetrics>,
    pub(crate) mesh: Mesh,
    /// Statistics of each schedule.
    pub(crate) schedules: Vec<Arc<ScheduleStats>>,
    /// The configured stations.
    pub(crate) stations: Vec<[u8; 32]>,
}

type Source = fn(&HealthState, &mut Page<'_>) -> fmt::Result;

/// All parts of the page, in order.
const SOURCES: &[Source] = &[
    process::build,
    process::start,
    process::reload,
    process::heartbeat,
    process::log,
    process::stage,
    process::health,
    process::overflows,
    calls::served,
    calls::outgoing,
    content::contents,
    streams::streams,
    guard::guard,
    mesh::links,
    mesh::publications,
    mesh::grants,
    mesh::claim,
    facts::published,
    mesh::sdk,
    facts::received,
    schedules::schedules,
    dead_letters::dead_letters,
    keyed::keyed,
    identity::certificate,
    identity::authority,
];

/// Returns the metrics page.
///
/// # Errors
///
/// No error in practice, because writing to a string does not fail.
pub(crate) fn scrape(health_state: &Arc<HealthState>) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape(Arc::clone(health_state))));
    let mut text = String::new();
    text::encode_registry(&mut text, &registry)?;
    if let Some(metrics) = health_state.service_metrics.get() {
        text::encode_registry(&mut text, metrics.registry())?;
    }
    text::encode_eof(&mut text)?;
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
