//! The end: nothing in flight is lost.

use std::time::Duration;

use tokio::time::Instant;

use super::sequence::Running;
use crate::capability::InFlight;
use crate::health::Stage;
use crate::service_contract::Contract;
use crate::telemetry::caught;

/// How long answers that the handlers have given may take to be signed and written: macula-rust does both after
/// the handler returns, and gives no sign when it is done.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
/// As much again for each call that ran when the drain began: twice the hybrid profile's 2.3 ms a signature.
const EACH_ANSWER: Duration = Duration::from_millis(5);
/// How long withdrawing may take, over all stations.
const WITHDRAW: Duration = Duration::from_secs(10);
/// How long facts that are on their way may take to leave, those that `stop` publishes among them.
const PUBLISH: Duration = Duration::from_secs(5);
/// How long it may take to withdraw what is shared, and to stop giving it; the fetches of it share the calls' limit.
const UNSHARE: Duration = Duration::from_secs(15);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);
/// How long leaving a development mesh that the process hosts may take: its calls under way get five seconds.
const LEAVE: Duration = Duration::from_secs(10);
/// How long the service's own `stop` may take.
const STOP: Duration = Duration::from_secs(10);

/// Ends the service in order: not ready, withdrawn, what is in flight finished, stopped, the mesh closed, the
/// health port closed last.
pub(crate) async fn drain<S: Contract>(running: Running<S>) {
    running.vitals.enter(Stage::Draining);
    running.systemd.stopping();
    running.systemd.extend(WITHDRAW);
    let ran = u32::try_from(running.in_flight.len()).unwrap_or(u32::MAX);
    let pool = match running.online {
        Some(online) => {
            online.connecting.cancel();
            match online.serving.await {
                Ok(Some((serving, pool))) => {
                    match tokio::time::timeout(WITHDRAW, serving.withdraw()).await {
                        Ok(()) => tracing::debug!("withdrawn from every station"),
                        Err(_) => tracing::warn!(
                            "not withdrawn from every station within {WITHDRAW:?}; its advertisements lapse with \
                             the links"
                        ),
                    }
                    Some(pool)
                }
                _ => None,
            }
        }
        None => None,
    };
    let limit = running.config.drain_max;
    let until = Instant::now() + limit;
    if !(running.listening.is_empty() && running.timetable.is_empty()) {
        running.systemd.extend(limit);
    }
    let own = async {
        tokio::join!(
            running.listening.drain(limit),
            running.timetable.drain(limit)
        );
    };
    let calls = async {
        tokio::select! {
            idle = tokio::time::timeout(limit, running.in_flight.idle()) => {
            if idle.is_err() {
                    give_up(&running.in_flight, limit);
                }
            }
            () = running.systemd.extend_while(&running.in_flight) => {}
        }
    };
    tokio::join!(calls, own);
    if pool.is_some() {
        let last_answers = LAST_ANSWERS.saturating_add(EACH_ANSWER.saturating_mul(ran));
        running.systemd.extend(last_answers);
        tokio::time::sleep(last_answers).await;
    }
    let left = until.saturating_duration_since(Instant::now());
    running.systemd.extend(left.saturating_add(UNSHARE));
    running.mesh.stop_sharing(until).await;
    running.sampler.abort();
    running.systemd.extend(STOP);
    stop::<S>(&running.service).await;
    running.systemd.extend(PUBLISH);
    let outbox = &running.mesh.facts().outbox;
    if tokio::time::timeout(PUBLISH, outbox.idle()).await.is_err() {
        tracing::error!(
            "{} facts did not leave within {PUBLISH:?} and are given up",
            outbox.len()
        );
    }
    running.systemd.extend(GOODBYE + LEAVE);
    if let Some(pool) = pool
        && tokio::time::timeout(GOODBYE, pool.close()).await.is_err()
    {
        tracing::warn!("a station did not take the goodbye within {GOODBYE:?}");
    }
    #[cfg(feature = "dev-mesh")]
    if let Some(dev) = running.dev {
        dev.leave().await;
    }
    tracing::info!("{} has drained", running.vitals.about.name);
    running.health.close().await;
    // The next process of this key may begin.
    drop(running.identity);
}

/// Says of each call that still runs which it is: its caller hears nothing more of it.
fn give_up(in_flight: &InFlight, limit: Duration) {
    for call in in_flight.all() {
        tracing::error!(
            capability = call.capability,
            call_id = call.id,
            caller = %call.caller,
            "a call still runs after HECATE_DRAIN_MAX ({limit:?}) and is given up"
        );
    }
    in_flight.give_up();
}

/// Runs the service's own `stop`.
pub(super) async fn stop<S: Contract>(service: &S) {
    let stop = S::lifecycle().stop;
    match tokio::time::timeout(STOP, caught(stop(service))).await {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => tracing::error!(
            at = panic.place(),
            backtrace = panic.backtrace(),
            "the service's `stop` panicked: {panic}"
        ),
        Err(_) => tracing::error!("the service's `stop` did not return within {STOP:?}"),
    }
}
