//! One health listener, asked again and again.

use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use super::http::Endpoint;
use super::metrics::{Between, Page};
use super::row::{Row, text};

/// Status of a health listener that does not answer.
pub(super) const UNREACHABLE: &str = "unreachable";

/// A health listener and what it said last.
#[derive(Debug)]
pub(super) struct Listener {
    endpoint: Endpoint,
    before: Option<(Instant, Page)>,
}

impl Listener {
    pub(super) const fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            before: None,
        }
    }

    /// What it says of its service now; one that does not answer is a row of its own.
    pub(super) async fn observe(&mut self, patience: Duration) -> Row {
        let address = self.endpoint.to_string();
        match self.ask(patience).await {
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

    async fn ask(&mut self, patience: Duration) -> Result<Row, String> {
        let (metrics, health) = tokio::join!(
            self.endpoint.get("/metrics", patience),
            self.endpoint.get("/health", patience)
        );
        let (status, metrics) = metrics?;
        if status != StatusCode::OK {
            return Err(format!(
                "`/metrics` returned {status}; is this a service's health listener?"
            ));
        }
        let page = Page::read(&metrics);
        let health: Value = serde_json::from_str(&health?.1).unwrap_or_default();
        let word = |key: &str| health[key].as_str().map(text);
        let (now, at) = (Instant::now(), SystemTime::now());
        let uptime = page.uptime(at);
        let Between {
            calls_per_s,
            denied_per_s,
            p99_ms,
        } = match &self.before {
            Some((then, before)) => page.since(before, (now - *then).as_secs_f64()),
            // The first time, all since it started.
            None => page.since(&Page::default(), uptime.as_secs_f64()),
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
