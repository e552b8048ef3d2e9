//! The fact `denials_observed`: that callers were denied, told to whoever watches the realm's services.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::window::Figures;
use super::{GuardControl, LimitKey, Report};
use crate::backoff::jittered;
use crate::clock::Clock;
use crate::mesh::{Mesh, PublishError};

/// The fact's topic: a bare name, as upstream has it.
const TOPIC: &str = "denials_observed";
/// How often the windows are looked at (upstream's `alert_tick_ms`).
const TICK: Duration = Duration::from_secs(10);

/// The fact (upstream's keys): numbers and text only.
#[derive(Debug, Serialize)]
struct DenialsObserved<'a> {
    procedure: &'a str,
    window_start_ms: u64,
    global_max: u64,
    per_caller_max: u64,
    #[serde(flatten)]
    figures: Figures,
}

impl<'a> DenialsObserved<'a> {
    fn of(procedure: &'a str, report: Report) -> Self {
        Self {
            procedure,
            window_start_ms: report.start,
            global_max: report.bounds.get(LimitKey::GlobalMax),
            per_caller_max: report.bounds.get(LimitKey::PerCallerMax),
            figures: report.figures,
        }
    }
}

/// Publishes the fact until `ended`: at most one for each window of a procedure, and only where that window saw a
/// denial or a caller over its budget. Of windows shorter than the tick, the latest is told of.
pub(crate) async fn tell_denials(
    control: Arc<GuardControl>,
    mesh: Mesh,
    clock: Clock,
    ended: CancellationToken,
) {
    loop {
        tokio::select! {
            () = clock.sleep(jittered(TICK)) => {}
            () = ended.cancelled() => return,
        }
        for (procedure, guard) in control.guards() {
            let Some(report) = guard.report(TICK) else {
                continue;
            };
            let start = report.start;
            let fact = DenialsObserved::of(procedure, report);
            // It is told of once a station is linked, unless another window has come to be told of by then.
            if let Err(PublishError::NotConnected(_)) = mesh.publish(TOPIC, &fact).await {
                continue;
            }
            guard.reported(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::NodeId;
    use crate::capability::guard::{Bounds, rate::Rate};
    use crate::mesh::codec;

    #[test]
    fn the_fact_has_upstreams_keys_and_no_others() {
        let mut bounds = Bounds::DEFAULT;
        bounds.set(LimitKey::PerCallerMax, 1);
        let mut rate = Rate::new(bounds);
        let caller = NodeId::from_bytes([0xab; 32]);
        for bytes in [1, 1, 70_000] {
            let _ = rate.count(caller, bytes, 20_000);
        }
        let report = rate.report(30_000, 10_000).unwrap();
        let fact = codec::encode(&DenialsObserved::of("acme/echo", report)).unwrap();
        let fact: serde_json::Value = codec::decode(fact).unwrap();
        assert_eq!(
            fact,
            serde_json::json!({
                "procedure": "acme/echo", "window_start_ms": 20_000, "denied_rate": 1, "denied_size": 1,
                "callers_over_limit": 1, "global_count": 1, "global_max": 6_000, "per_caller_max": 1,
                "distinct_callers": 1, "top_callers": [{"caller": "ab".repeat(32), "count": 2}],
            })
        );
    }
}
