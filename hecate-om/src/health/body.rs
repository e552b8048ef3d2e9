//! The body of `/health`, in the form of hecate-om (Erlang).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::HealthState;
use crate::health_status::Health;
use crate::mesh::{ClaimState, FactStats, Facts, Grant, StatusTable, SubscriptionState};

impl HealthState {
    /// Returns whether the service is well, and the body of `/health`.
    pub(crate) fn body(&self) -> (bool, Value) {
        let verdict = self.verdict();
        let mut body = Map::new();
        if verdict == Health::Ok {
            body.insert("name".into(), self.service.name.into());
            body.insert("version".into(), self.service.version.into());
            body.insert("description".into(), self.service.description.into());
        }
        body.insert("status".into(), verdict.status().into());
        if let Some(reason) = verdict.reason() {
            body.insert("reason".into(), reason.into());
        }
        let stage = *self.stage.borrow();
        body.insert("stage".into(), stage.name().into());
        if let Some(sample) = self.sample.borrow().as_ref() {
            body.insert("checked_ms_ago".into(), millis(sample.age()));
        }
        body.insert("heartbeat_ms_ago".into(), millis(self.heartbeat.age()));
        let statuses = self.statuses.get();
        body.insert(
            "provider_grants".into(),
            statuses.map_or(json!([]), |table| grants(table)),
        );
        body.insert(
            "advertise_liveness".into(),
            statuses.map_or(json!([]), |table| liveness(table)),
        );
        let sources = self.sources.get();
        let failed = sources.map_or(0, |s| s.mesh.facts().publish_queue.aborted());
        body.insert("failed_publishes".into(), failed.into());
        body.insert(
            "subscriptions".into(),
            sources.map_or(json!([]), |s| subscriptions(s.mesh.facts())),
        );
        body.insert(
            "claim".into(),
            statuses.map_or_else(
                || json!({"state": ClaimState::Unsent.name()}),
                |table| claim(table),
            ),
        );
        if let Some(cert) = self.certificate.get() {
            let cert = cert.current();
            body.insert(
                "certificate".into(),
                json!({
                    "subject": cert.subject(),
                    "not_after": cert.not_after_text(),
                    "days_left": cert.days_left(),
                }),
            );
        }
        (verdict == Health::Ok, Value::Object(body))
    }
}

fn grants(statuses: &StatusTable) -> Value {
    let entry = |(procedure, publication): (String, crate::mesh::PublicationStatus)| {
        let grant = publication.grant();
        let mut entry = json!({"procedure": procedure, "status": grant.name()});
        if let Grant::Waiting { reason, since } | Grant::NotGranted { reason, since } = grant {
            entry["reason"] = reason.into();
            entry["since_ms"] = millis(since);
        }
        entry
    };
    statuses.publications().into_iter().map(entry).collect()
}

fn liveness(statuses: &StatusTable) -> Value {
    let entry = |(procedure, publication): (String, crate::mesh::PublicationStatus)| {
        let liveness = publication.liveness();
        let mut entry = json!({
            "procedure": procedure,
            "status": liveness.status,
            // hecate-om (Erlang) prints `undefined` here.
            "last_advertise_ms_ago": liveness.last_success_ago.map_or_else(|| "undefined".into(), millis),
        });
        if let Some((ago, reason)) = liveness.failure {
            entry["last_advertise_failure"] = json!({"ms_ago": millis(ago), "reason": reason});
        }
        entry
    };
    statuses.publications().into_iter().map(entry).collect()
}

/// Returns for each topic whether a station carries its subscription, and the time since the last
/// change.
fn subscriptions(facts: &Facts) -> Value {
    let entry = |stats: std::sync::Arc<FactStats>| {
        let (state, since) = stats.subscription_state()?;
        let mut entry = json!({"topic": stats.topic, "since_ms": millis(since)});
        match state {
            SubscriptionState::Subscribed => entry["status"] = "subscribed".into(),
            SubscriptionState::Unsubscribed(reason) => {
                entry["status"] = "not_subscribed".into();
                entry["reason"] = reason.into();
            }
        }
        Some(entry)
    };
    facts
        .subscription_stats()
        .into_iter()
        .filter_map(entry)
        .collect()
}

fn claim(statuses: &StatusTable) -> Value {
    let claim = statuses.claim();
    let mut body = json!({"state": claim.state.name()});
    if claim.state != ClaimState::NoMesh {
        body["org"] = statuses.org().into();
        body["since_ms"] = millis(claim.since.elapsed());
    }
    if let ClaimState::NotDelivered(reason) = claim.state {
        body["reason"] = reason.into();
    }
    body
}

fn millis(duration: Duration) -> Value {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .into()
}
