//! The fact `denials_observed`, published after callers were denied.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::backoff::jittered;
use crate::capability::{GuardControl, WindowReport, WindowStats};
use crate::clock::Clock;
use crate::config::LimitKey;
use crate::mesh::Mesh;

/// Topic of the fact: a name without org, as in hecate-om (Erlang).
const TOPIC: &str = "denials_observed";
/// Poll interval of the windows (`alert_tick_ms` of hecate-om (Erlang)).
const TICK: Duration = Duration::from_secs(10);

/// Payload of the fact, with the keys of hecate-om (Erlang): only numbers and text.
#[derive(Debug, Serialize)]
struct DenialsObserved<'a> {
    procedure: &'a str,
    window_start_ms: u64,
    global_max: u64,
    per_caller_max: u64,
    #[serde(flatten)]
    window: WindowStats,
}

impl<'a> DenialsObserved<'a> {
    fn new(procedure: &'a str, report: WindowReport) -> Self {
        Self {
            procedure,
            window_start_ms: report.start,
            global_max: report.limits.get(LimitKey::GlobalMax),
            per_caller_max: report.limits.get(LimitKey::PerCallerMax),
            window: report.window,
        }
    }
}

/// Publishes the fact until `ended`: at most once for each window of a procedure, and only if the
/// window has a denial or a caller over its budget. If several windows end within a [`TICK`], only
/// the latest is published.
pub(crate) async fn publish_denials(
    control: Arc<GuardControl>,
    mesh: Mesh,
    clock: Clock,
    ended: CancellationToken,
) {
    let publishing = async {
        loop {
            clock.sleep(jittered(TICK)).await;
            publish_due(&control, &mesh).await;
        }
    };
    ended.run_until_cancelled(publishing).await;
}

/// Publishes the windows that are due. A window that could not be published is due again at the
/// next tick, unless a later window replaces it.
async fn publish_due(control: &GuardControl, mesh: &Mesh) {
    for (procedure, guard) in control.guards() {
        let Some(report) = guard.report(TICK) else {
            continue;
        };
        let start = report.start;
        let fact = DenialsObserved::new(procedure, report);
        if mesh.topic(TOPIC).publish(&fact).await.is_ok() {
            guard.mark_reported(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{
        Capability, HandlerFuture, InFlight, Invocation, KeyedCalls, Limits, NodeId, Registry,
        StateMap, TopCaller,
    };
    use crate::codec;
    use crate::config::{AllowedRanges, RateLimits};
    use crate::mesh::{Authority, Identity, MeshSetter};

    fn never(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(std::future::pending())
    }

    /// Returns a guard control with a denial in a window that has ended.
    fn with_a_denial() -> Arc<GuardControl> {
        let capability = Capability {
            limits: Limits {
                window_ms: Some(1),
                max_bytes: Some(1),
                ..Limits::UNSET
            },
            ..Capability::new("deny", never)
        };
        let states = Arc::new(StateMap::default());
        let registry = Registry::new(
            "acme",
            vec![capability],
            &states,
            &InFlight::default(),
            &KeyedCalls::default(),
        );
        let control = GuardControl::new(AllowedRanges::default(), None);
        control.set_guards(registry.expect("no handler borrows anything").guards());
        let (_, guard) = control.guards().next().unwrap();
        assert!(guard.admit(NodeId::from_bytes([1; 32]), 2).is_err());
        while guard.report(TICK).is_none() {
            std::thread::yield_now();
        }
        Arc::new(control)
    }

    /// Returns a mesh without links, and the setter that provides them.
    fn unlinked() -> (Mesh, MeshSetter) {
        let authority = Arc::new(Authority::none());
        Mesh::pending(&Identity::for_tests(), authority)
    }

    #[tokio::test]
    async fn a_window_that_could_not_be_published_stays_due() {
        let (control, (mesh, _setter)) = (with_a_denial(), unlinked());
        let mut in_progress = Vec::new();
        loop {
            let fact = mesh.topic("others").timeout(10 * TICK).publish(&1);
            let before = mesh.facts().publish_queue.len();
            in_progress.push(fact);
            if in_progress.len() > before {
                break;
            }
        }
        publish_due(&control, &mesh).await;
        let (_, guard) = control.guards().next().unwrap();
        assert!(guard.report(TICK).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_does_not_wait_for_a_publication_in_progress() {
        let (control, (mesh, _setter)) = (with_a_denial(), unlinked());
        let (clock, controller) = Clock::settable();
        let ended = CancellationToken::new();
        let publishing = publish_denials(control, mesh.clone(), clock, ended.clone());
        let publishing = tokio::spawn(publishing);
        tokio::task::yield_now().await;
        controller.advance(2 * TICK);
        while mesh.facts().publish_queue.len() == 0 {
            tokio::task::yield_now().await;
        }
        let since = tokio::time::Instant::now();
        ended.cancel();
        publishing.await.unwrap();
        assert_eq!(
            since.elapsed(),
            Duration::ZERO,
            "the paused clock goes on only for a wait"
        );
    }

    #[test]
    fn the_fact_has_the_keys_of_hecate_om_erlang_and_no_others() {
        let mut limits = RateLimits::DEFAULT;
        limits.set(LimitKey::PerCallerMax, 1);
        let report = WindowReport {
            start: 20_000,
            limits,
            window: WindowStats {
                global_count: 1,
                distinct_callers: 1,
                callers_over_limit: 1,
                top_callers: vec![TopCaller::new(NodeId::from_bytes([0xab; 32]), 2)],
                denied_rate: 1,
                denied_size: 1,
            },
        };
        let fact = codec::encode(&DenialsObserved::new("acme/echo", report)).unwrap();
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
