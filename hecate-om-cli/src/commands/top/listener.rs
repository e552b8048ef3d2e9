//! Client of a service's health listener, queried at each interval.

use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use super::metrics::{IntervalStats, MetricsPage};
use super::row::{Row, text};
use crate::http::Endpoint;

/// Status of a health listener that does not respond.
pub(super) const UNREACHABLE: &str = "unreachable";

/// A health listener and its last response.
#[derive(Debug)]
pub(super) struct HealthListener {
    endpoint: Endpoint,
    before: Option<(Instant, MetricsPage)>,
}

impl HealthListener {
    pub(super) const fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            before: None,
        }
    }

    /// Queries the listener. If it does not respond, the row has its address.
    pub(super) async fn observe(&mut self, timeout: Duration) -> Row {
        let address = self.endpoint.to_string();
        match self.query(timeout).await {
            Ok(row) => Row {
                health: Some(address),
                ..row
            },
            Err(error) => Row {
                org: address.clone(),
                status: UNREACHABLE.into(),
                reason: Some(error),
                health: Some(address),
                ..Row::default()
            },
        }
    }

    async fn query(&mut self, timeout: Duration) -> Result<Row, String> {
        let (metrics, health) = tokio::join!(
            self.endpoint.get("/metrics", timeout),
            self.endpoint.get("/health", timeout)
        );
        let (status, metrics) = metrics?;
        if status != StatusCode::OK {
            return Err(format!(
                "`/metrics` returned {status}; is this a service's health listener?"
            ));
        }
        let page = MetricsPage::read(&metrics);
        let health: Value = serde_json::from_str(&health?.1).unwrap_or_default();
        let word = |key: &str| health[key].as_str().map(text);
        let (now, at) = (Instant::now(), SystemTime::now());
        let uptime = page.uptime(at);
        let IntervalStats {
            calls_per_s,
            denied_per_s,
            p99_ms,
        } = match &self.before {
            Some((then, before)) => page.since(before, (now - *then).as_secs_f64()),
            // At the first query, the average since the service started.
            None => page.since(&MetricsPage::default(), uptime.as_secs_f64()),
        };
        let row = Row {
            org: page
                .org
                .as_deref()
                .map(text)
                .unwrap_or_else(|| self.endpoint.to_string()),
            version: page.version.as_deref().map(text),
            status: word("status").unwrap_or_else(|| "unknown".into()),
            reason: word("reason"),
            ready: page.ready,
            uptime_s: Some(uptime.as_secs()),
            calls_per_s: Some(calls_per_s),
            denied_per_s: Some(denied_per_s),
            p99_ms,
            in_flight: Some(page.in_flight),
            ..Row::default()
        };
        self.before = Some((now, page));
        Ok(row)
    }
}
