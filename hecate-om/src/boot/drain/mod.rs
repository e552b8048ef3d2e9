//! Graceful shutdown: no work in flight is lost, and nothing blocks the exit forever.

mod unfinished;
mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::sequence::Running;
use crate::health::Stage;
use crate::panic::caught;
use crate::service::Contract;
use unfinished::Unfinished;
use watchdog::DrainWatchdog;

/// Time for macula-rust to sign the handlers' answers and write them to the link. It does both
/// after the handler returns, and does not report completion.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
/// Additional time per call in flight at the start of the drain: twice the hybrid profile's 2.3 ms
/// per signature.
const EACH_ANSWER: Duration = Duration::from_millis(5);
/// Bytes of answers signed per second: a tenth of what an idle core achieves.
const SIGNED_PER_SECOND: u64 = 16 * 1024 * 1024;
/// Timeout of the withdrawal from all stations.
const WITHDRAW: Duration = Duration::from_secs(10);
/// Time for abandoned work to end. Work that takes longer blocks its thread, and only the end of
/// the process stops it.
const ABANDONED_GRACE: Duration = Duration::from_secs(1);
/// Timeout of sending the queued facts, including those that `stop` publishes.
const PUBLISH: Duration = Duration::from_secs(5);
/// Timeout of the stations' confirmations once the drain's own time is over.
const READ: Duration = Duration::from_secs(5);
/// Timeout of withdrawing shared contents and stopping their server. Fetches in progress share the
/// calls' limit.
const UNSHARE: Duration = Duration::from_secs(15);
/// Timeout of closing the links with a goodbye.
const GOODBYE: Duration = Duration::from_secs(5);
/// Timeout of leaving a development mesh that this process hosts. Calls in flight on it get five
/// seconds.
const LEAVE: Duration = Duration::from_secs(10);
/// Timeout of the service's own `stop`.
const STOP: Duration = Duration::from_secs(10);

/// Shuts the service down in order: readiness, withdrawal, work in flight, `stop`, the mesh, and
/// the health port last. Each step has a timeout. If handlers block every thread of the runtime, no
/// timeout can fire, so a watchdog thread aborts the drain.
pub(crate) async fn drain<S: Contract>(running: Running<S>) {
    let limit = running.config.drain_max;
    let work = Unfinished::of(&running);
    tokio::select! {
        () = end(running, &work) => {}
        () = DrainWatchdog::watch(limit) => {
            work.report(limit);
            tracing::error!(
                "drain aborted after HECATE_DRAIN_MAX ({limit:?}): handlers or `stop` block every runtime thread"
            );
        }
    }
}

async fn end<S: Contract>(running: Running<S>, work: &Unfinished) {
    running.vitals.enter(Stage::Draining);
    running.systemd.stopping();
    running.systemd.extend(WITHDRAW);
    let ran = u32::try_from(running.in_flight.len()).unwrap_or(u32::MAX);
    let answered = running.in_flight.answered_bytes();
    let pool = match running.online {
        Some(online) => {
            online.connecting.cancel();
            match timeout(WITHDRAW, online.serving).await {
                Ok(Ok(Some((serving, pool)))) => {
                    match timeout(WITHDRAW, serving.withdraw()).await {
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
    work.stop();
    if work.calls_itself() {
        running.systemd.extend(limit);
    }
    tokio::select! {
        idle = timeout_at(until, work.idle()) => if idle.is_err() {
            work.report(limit);
            work.give_up();
            running.systemd.extend(ABANDONED_GRACE);
            // Work that can be cancelled ends at once; the rest blocks its thread.
            let _ = timeout(ABANDONED_GRACE, work.handlers_idle()).await;
        },
        () = running.systemd.extend_while(&running.in_flight) => {}
    }
    if pool.is_some() {
        let bytes = running.in_flight.answered_bytes().saturating_sub(answered);
        let signing = Duration::from_millis(bytes.saturating_mul(1_000) / SIGNED_PER_SECOND);
        let last_answers = LAST_ANSWERS.saturating_add(EACH_ANSWER.saturating_mul(ran)) + signing;
        running.systemd.extend(last_answers);
        tokio::time::sleep(last_answers).await;
    }
    let left = until.saturating_duration_since(Instant::now());
    running.systemd.extend(left.saturating_add(UNSHARE));
    running.mesh.stop_sharing(until).await;
    running.sampler.abort();
    running.systemd.extend(STOP);
    work.set_stopping(true);
    let returned = stop::<S>(&running.service).await;
    work.set_stopping(!returned);
    running.systemd.extend(PUBLISH);
    let outbox = &running.mesh.facts().outbox;
    if timeout(PUBLISH, outbox.idle()).await.is_err() {
        tracing::error!(
            "{} facts did not leave within {PUBLISH:?} and are given up",
            outbox.len()
        );
    }
    let left = until.saturating_duration_since(Instant::now()).max(READ);
    running.systemd.extend(left);
    // The link may still hold megabytes of answers and facts; closing it would drop them.
    for station in running.mesh.unread(left).await {
        tracing::error!(
            station = hex::encode(station),
            "a station did not confirm the last answers and facts within {left:?}; they may be lost"
        );
    }
    running.systemd.extend(GOODBYE + LEAVE);
    if let Some(pool) = pool
        && timeout(GOODBYE, pool.close()).await.is_err()
    {
        tracing::warn!("a station did not take the goodbye within {GOODBYE:?}");
    }
    #[cfg(feature = "dev-mesh")]
    if let Some(dev) = running.dev
        && timeout(LEAVE, dev.leave()).await.is_err()
    {
        tracing::warn!("leaving the development mesh took longer than {LEAVE:?}");
    }
    tracing::info!("{} has drained", running.vitals.about.name);
    running.health.close().await;
    // The next process may use this node key now.
    drop(running.identity);
}

/// Runs the service's own `stop` in a task, so that a blocking `stop` does not block the drain's
/// thread. Returns whether it has ended.
pub(super) async fn stop<S: Contract>(service: &Arc<S>) -> bool {
    let service = Arc::clone(service);
    let stopping = tokio::spawn(async move {
        let stop = S::lifecycle().stop;
        caught(stop(&service)).await
    });
    let stopped = tokio::select! {
        stopped = timeout(STOP, stopping) => stopped,
        // Where `stop` blocks the only thread of the runtime, no timer of it fires.
        () = DrainWatchdog::watch(STOP) => {
            tracing::error!(
                "the service's `stop` did not return within {STOP:?} and blocks the runtime"
            );
            return false;
        }
    };
    match stopped {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(panic))) => tracing::error!(
            at = panic.place(),
            backtrace = panic.backtrace(),
            "the service's `stop` panicked: {panic}"
        ),
        // Only a runtime that shuts down cancels the task.
        Ok(Err(_)) => {}
        Err(_) => {
            tracing::error!("the service's `stop` did not return within {STOP:?}");
            return false;
        }
    }
    true
}
