//! Graceful shutdown: no work in flight is lost, and nothing delays the exit beyond its bound.

mod bounds;
mod own_timer;
mod unfinished;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::online::Online;
use super::sequence::Running;
use crate::health::Stage;
use crate::mesh::PoolHandle;
use crate::panic::caught;
use crate::service::Contract;
use bounds::Bounds;
use own_timer::own_timer;
use unfinished::{FINISHED, Unfinished};

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
const ABANDONED: Duration = Duration::from_millis(200);
/// Timeout of the service's own `stop`.
const STOP: Duration = Duration::from_secs(10);

/// Shuts the service down in order: readiness, withdrawal, work in flight, `stop`, the mesh, and
/// the health port last. All steps share the bound of the drain.
pub(crate) async fn drain<S: Contract>(running: Running<S>) {
    let bounds = Bounds::start(running.config.drain_max);
    let work = Arc::new(Unfinished::of(&running));
    if running.own_process {
        bounds.exit_in_time(&work);
    }
    end(running, &work, bounds).await;
}

async fn end<S: Contract>(mut running: Running<S>, work: &Unfinished, bounds: Bounds) {
    // Not after the withdrawal, which a silent station holds up: a drain starts no run.
    work.stop();
    running.vitals.enter(Stage::Draining);
    running.systemd.stopping();
    let ran = u32::try_from(running.in_flight.len()).unwrap_or(u32::MAX);
    let answered = running.in_flight.answered_bytes();
    running.systemd.extend(WITHDRAW);
    let pool = match running.online.take() {
        Some(online) => withdraw(online, bounds).await,
        None => None,
    };
    finish(&running, work, bounds).await;
    let bytes = running.in_flight.answered_bytes().saturating_sub(answered);
    let signing = Duration::from_millis(bytes.saturating_mul(1_000) / SIGNED_PER_SECOND);
    let last_answers = LAST_ANSWERS.saturating_add(EACH_ANSWER.saturating_mul(ran)) + signing;
    let answered = Instant::now() + last_answers;
    running.systemd.extend(bounds.left());
    work.enter("withdrawing the shared contents");
    // Fetches of contents share the bound of the work in flight.
    let unshared = running.mesh.stop_sharing(bounds.work());
    if timeout_at(bounds.unshared(), unshared).await.is_err() {
        tracing::warn!("the shared contents were not withdrawn from every station in time");
    }
    running.sampler.abort();
    work.set_stopping(true);
    let left = bounds.last_step().saturating_duration_since(Instant::now());
    let stopped = stop::<S>(&running.service, left.min(STOP)).await;
    // If the drain has time left, the report at its bound would name the wrong limit.
    if !stopped && left > STOP {
        late();
    }
    work.set_stopping(!stopped && left <= STOP);
    work.enter("sending the last facts");
    // What is left is reported.
    let _ = timeout_at(bounds.last_step(), running.mesh.facts().outbox.idle()).await;
    if pool.is_some() {
        sleep_until(answered.min(bounds.last_step())).await;
    }
    // The link may still hold megabytes of answers and facts; closing it would drop them.
    let left = bounds.confirmed().saturating_duration_since(Instant::now());
    let unread = running.mesh.unread(left).await;
    if work.is_given_up() {
        // The time was too short for an answer, so it belongs into the one line about abandoned work.
        work.set_unconfirmed(unread.len());
    } else {
        for station in unread {
            tracing::error!(
                station = hex::encode(station),
                "a station did not confirm the last answers and facts in time; they may be lost"
            );
        }
    }
    close(running, work, pool, bounds).await;
}

/// Withdraws every capability from every station, and returns what closes the links.
async fn withdraw(online: Online, bounds: Bounds) -> Option<PoolHandle> {
    online.connecting.cancel();
    let until = bounds.work().min(Instant::now() + WITHDRAW);
    let Ok(Ok(Some((serving, pool)))) = timeout_at(until, online.serving).await else {
        return None;
    };
    match timeout_at(until, serving.withdraw()).await {
        Ok(()) => tracing::debug!("withdrawn from every station"),
        Err(_) => tracing::warn!(
            "not withdrawn from every station in time; its advertisements lapse with the links"
        ),
    }
    Some(pool)
}

/// Waits for the work in flight, and abandons it at the end of its time.
async fn finish<S>(running: &Running<S>, work: &Unfinished, bounds: Bounds) {
    work.enter("finishing the work in flight");
    if work.calls_itself() {
        running.systemd.extend(bounds.left());
    }
    tokio::select! {
        idle = timeout_at(bounds.work(), work.idle()) => if idle.is_err() {
            work.give_up();
            // Work that can be cancelled ends at once; the rest blocks its thread.
            let _ = tokio::time::timeout(ABANDONED, work.idle()).await;
        },
        () = running.systemd.extend_while(&running.in_flight) => {}
    }
}

/// Closes the links with a goodbye, leaves the development mesh, and closes the health port.
async fn close<S>(
    running: Running<S>,
    work: &Unfinished,
    pool: Option<PoolHandle>,
    bounds: Bounds,
) {
    running.systemd.extend(bounds.left());
    work.enter("closing the links");
    if let Some(pool) = pool
        && timeout_at(bounds.goodbye(), pool.close()).await.is_err()
    {
        tracing::warn!("a station did not take the goodbye in time");
    }
    #[cfg(feature = "dev-mesh")]
    if let Some(dev) = running.dev
        && timeout_at(bounds.leave(), dev.leave()).await.is_err()
    {
        tracing::warn!("the development mesh was not handed over in time");
    }
    work.enter(FINISHED);
    if !work.report(bounds.limit) {
        tracing::info!("{} has drained", running.vitals.about.name);
    }
    running.health.close().await;
    // The next process may use this node key now.
    drop(running.identity);
}

/// Runs the service's own `stop` after a boot that was refused.
pub(super) async fn undo_start<S: Contract>(service: &Arc<S>) {
    if !stop::<S>(service, STOP).await {
        late();
    }
}

fn late() {
    tracing::error!("the service's `stop` did not return within {STOP:?}");
}

/// Runs the service's own `stop` for at most `limit`, in a task, so that a blocking `stop` does not
/// block the drain's thread. Returns whether it has ended.
async fn stop<S: Contract>(service: &Arc<S>, limit: Duration) -> bool {
    let service = Arc::clone(service);
    let stopping = tokio::spawn(async move {
        let stop = S::lifecycle().stop;
        caught(stop(&service)).await
    });
    tokio::select! {
        stopped = stopping => {
            // Only a runtime that shuts down cancels the task.
            if let Ok(Err(panic)) = stopped {
                tracing::error!(
                    at = panic.place(),
                    backtrace = panic.backtrace(),
                    "the service's `stop` panicked: {panic}"
                );
            }
            true
        }
        () = own_timer(limit) => false,
    }
}
