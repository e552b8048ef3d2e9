//! Runs the author's health check in the background, with a timeout.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{HealthSample, HealthState};
use crate::clock::Clock;
use crate::health_status::Health;
use crate::panic::catch;

/// Interval of the health check, and its timeout.
const EVERY: Duration = Duration::from_secs(5);

/// Runs the health check periodically, as long as the future is polled.
pub(crate) async fn sample<S: Send + Sync + 'static>(
    service: Arc<S>,
    health: fn(&S) -> Health,
    health_state: Arc<HealthState>,
    clock: Clock,
) {
    let mut panicked = None;
    loop {
        let asked = Arc::clone(&service);
        // Runs on a separate thread, because the check may block.
        let mut answer = tokio::task::spawn_blocking(move || catch(|| health(&asked)));
        let answered = match tokio::time::timeout(EVERY, &mut answer).await {
            Ok(answered) => answered,
            Err(_) => {
                record(
                    &health_state,
                    Health::down("the service's own health check does not return"),
                );
                // Not repeated until the check has returned, because each check occupies a thread.
                answer.await
            }
        };
        // The blocking task neither panics nor is cancelled.
        let Ok(answered) = answered else { return };
        let health = match answered {
            Ok(health) => {
                panicked = None;
                health
            }
            Err(panic) => {
                if panicked.as_ref() != Some(&panic) {
                    let (at, backtrace) = (panic.location(), panic.backtrace());
                    tracing::error!(%panic, at, backtrace, "the health check panicked");
                    panicked = Some(panic);
                }
                Health::down("the service's own health check panicked")
            }
        };
        record(&health_state, health);
        clock.sleep(EVERY).await;
    }
}

fn record(health_state: &HealthState, health: Health) {
    let before = health_state
        .sample
        .borrow()
        .as_ref()
        .map(|s| s.health.clone());
    if before.as_ref() != Some(&health) {
        match health.reason() {
            Some(reason) => tracing::warn!(
                status = health.status(),
                reason,
                "the health check reports a problem"
            ),
            None if before.is_some() => {
                tracing::info!(status = "ok", "the health check passes again")
            }
            None => {}
        }
    }
    health_state.sample.send_replace(Some(HealthSample {
        health,
        at: Instant::now(),
    }));
}
