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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::health::ServiceInfo;

    /// Service whose health check returns once the sender sends or is dropped.
    struct Blocked(Mutex<Receiver<()>>);

    fn check(service: &Blocked) -> Health {
        let _ = service.0.lock().unwrap().recv();
        Health::Ok
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_does_not_return_is_down_after_its_timeout_until_it_returns() {
        let (release, blocked) = channel();
        let service = Arc::new(Blocked(Mutex::new(blocked)));
        let service_info = ServiceInfo {
            name: "hecate-echo",
            version: "0.1.0",
            description: "Echoes the request",
        };
        let state = HealthState::new(service_info, "{}");
        let mut samples = state.sample.subscribe();
        let checking = sample(service, check, Arc::clone(&state), Clock::default());
        let checking = tokio::spawn(checking);
        tokio::task::yield_now().await;
        assert!(!samples.has_changed().unwrap());

        // A blocking task is running, so the paused clock does not advance by itself.
        tokio::time::advance(EVERY).await;
        samples.changed().await.unwrap();
        let reason = samples
            .borrow_and_update()
            .as_ref()
            .map(|s| s.health.clone());
        assert_eq!(
            reason,
            Some(Health::down(
                "the service's own health check does not return"
            ))
        );

        drop(release);
        samples.changed().await.unwrap();
        let health = samples.borrow().as_ref().map(|s| s.health.clone());
        assert_eq!(health, Some(Health::Ok));
        checking.abort();
    }
}
