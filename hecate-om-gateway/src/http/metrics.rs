//! What the gateway counts, at `/metrics` (OpenMetrics).

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Shared;

/// Upper bounds of the buckets of times, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics of a gateway.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
    in_flight: Gauge,
    /// Open connections.
    pub(crate) connections: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: &'static str,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hecate_gateway");
        let requests = Family::<Labels, Counter>::default();
        let seconds = Histogram::new(BUCKETS);
        let (in_flight, connections) = (Gauge::default(), Gauge::default());
        registry.register(
            "requests",
            "Requests by the status of their answers",
            requests.clone(),
        );
        let help = "Time until the header of an answer, in seconds";
        registry.register("request_seconds", help, seconds.clone());
        let help = "Requests without the header of an answer";
        registry.register("requests_in_flight", help, in_flight.clone());
        registry.register("connections", "Open connections", connections.clone());
        Self {
            registry,
            requests,
            seconds,
            in_flight,
            connections,
        }
    }
}

/// A request in flight, also if its caller leaves.
struct InFlight<'a>(&'a Gauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts a request.
pub(super) async fn count(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let metrics = &shared.metrics;
    let route = route(request.uri().path());
    let began = Instant::now();
    metrics.in_flight.inc();
    let in_flight = InFlight(&metrics.in_flight);
    let response = next.run(request).await;
    drop(in_flight);
    metrics.seconds.observe(began.elapsed().as_secs_f64());
    let status = response.status().as_u16();
    metrics
        .requests
        .get_or_create_owned(&Labels { route, status })
        .inc();
    response
}

/// Returns the label of a path. A path is the caller's, so its own text is no label.
fn route(path: &str) -> &'static str {
    match path.split('/').nth(1).unwrap_or_default() {
        "v1" => "call",
        "contents" => "content",
        "mcp" => "mcp",
        "openapi.json" => "description",
        "health" | "metrics" => "probe",
        _ => "other",
    }
}

pub(super) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = encode(&mut text, &shared.metrics.registry);
    ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response()
}
