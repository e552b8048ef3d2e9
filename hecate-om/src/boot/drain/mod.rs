//! The end: nothing in flight is lost, and nothing holds the process for ever.

mod overseer;
mod unfinished;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::sequence::Running;
use crate::health::Stage;
use crate::service_contract::Contract;
use crate::telemetry::caught;
use overseer::Overseer;
use unfinished::Unfinished;

/// How long answers that the handlers have given may take to be signed and handed to the link: macula-rust does both
/// after the handler returns, and gives no sign when it is done.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
/// As much again for each call that ran when the drain began: twice the hybrid profile's 2.3 ms a signature.
const EACH_ANSWER: Duration = Duration::from_millis(5);
/// How many bytes of answers are signed in a second: a tenth of what a core does that has nothing else to do.
const SIGNED_A_SECOND: u64 = 16 * 1024 * 1024;
/// How long withdrawing may take, over all stations.
const WITHDRAW: Duration = Duration::from_secs(10);
/// How long what was given up may take to end: longer is what blocks its thread, which nothing ends but the process.
const GIVEN_UP: Duration = Duration::from_secs(1);
/// How long facts that are on their way may take to leave, those that `stop` publishes among them.
const PUBLISH: Duration = Duration::from_secs(5);
/// How long the stations may take to have read all that, where the drain's own time is over.
const READ: Duration = Duration::from_secs(5);
/// How long it may take to withdraw what is shared, and to stop giving it; the fetches of it share the calls' limit.
const UNSHARE: Duration = Duration::from_secs(15);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);
/// How long leaving a development mesh that the process hosts may take: its calls under way get five seconds.
const LEAVE: Duration = Duration::from_secs(10);
/// How long the service's own `stop` may take.
const STOP: Duration = Duration::from_secs(10);

/// Ends the service in order: not ready, withdrawn, what is in flight finished, stopped, the mesh closed, the
/// health port closed last. Each step has its limit; handlers that block every thread of the runtime, so that no limit
/// is noticed, are given up with the rest of the drain.
pub(crate) async fn drain<S: Contract>(running: Running<S>) {
    let limit = running.config.drain_max;
    let work = Unfinished::of(&running);
    tokio::select! {
        () = end(running, &work) => {}
        () = Overseer::watch(limit) => {
            work.report(limit);
            tracing::error!(
                "drain aborted after HECATE_DRAIN_MAX ({limit:?}): handlers block every runtime thread"
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
            running.systemd.extend(GIVEN_UP);
            // What ends now ends at once; the rest blocks its thread.
            let _ = timeout(GIVEN_UP, work.handlers_idle()).await;
        },
        () = running.systemd.extend_while(&running.in_flight) => {}
    }
    if pool.is_some() {
        let bytes = running.in_flight.answered_bytes().saturating_sub(answered);
        let signing = Duration::from_millis(bytes.saturating_mul(1_000) / SIGNED_A_SECOND);
        let last_answers = LAST_ANSWERS.saturating_add(EACH_ANSWER.saturating_mul(ran)) + signing;
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
    if timeout(PUBLISH, outbox.idle()).await.is_err() {
        tracing::error!(
            "{} facts did not leave within {PUBLISH:?} and are given up",
            outbox.len()
        );
    }
    let left = until.saturating_duration_since(Instant::now()).max(READ);
    running.systemd.extend(left);
    // Answers and facts are with the link by now, which may hold megabytes of them; closing it would drop those.
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
    // The next process of this key may begin.
    drop(running.identity);
}

/// Runs the service's own `stop`, in a task: where it blocks its thread, that is not the drain's.
pub(super) async fn stop<S: Contract>(service: &Arc<S>) {
    let service = Arc::clone(service);
    let stopping = tokio::spawn(async move {
        let stop = S::lifecycle().stop;
        caught(stop(&service)).await
    });
    match timeout(STOP, stopping).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(panic))) => tracing::error!(
            at = panic.place(),
            backtrace = panic.backtrace(),
            "the service's `stop` panicked: {panic}"
        ),
        // Only a runtime that shuts down cancels the task.
        Ok(Err(_)) => {}
        Err(_) => tracing::error!("the service's `stop` did not return within {STOP:?}"),
    }
}
